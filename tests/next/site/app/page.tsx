import { allOrchestrators, tell } from '../lib/orchd';
import { Login } from './login';
import { Room } from './room';

interface Me {
  user: { id: string; name: string };
}

export default async function Home() {
  const me = await tell<Me>('/api/auth/me');
  const orchestrators = me && (await allOrchestrators());
  const list = orchestrators && (await tell<{ channels: Array<{ id: string; slug: string }> }>('/api/channels'));
  const channel = list?.channels.find(({ slug }) => slug === 'general');
  if (!me || !orchestrators || !channel) return <Login />;
  return <Room me={me.user} orchestrators={orchestrators} channelId={channel.id} />;
}
