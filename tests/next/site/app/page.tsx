import { tell } from '../lib/orchd';
import { Login } from './login';
import { Room, type Orchestrator } from './room';

interface Me {
  user: { id: string; name: string };
}

export default async function Home() {
  const me = await tell<Me>('/api/auth/me');
  const known = me && (await tell<{ orchestrators: Orchestrator[] }>('/api/orchestrators'));
  const list = known && (await tell<{ channels: Array<{ id: string; slug: string }> }>('/api/channels'));
  const channel = list?.channels.find(({ slug }) => slug === 'general');
  if (!me || !known || !channel) return <Login />;
  return <Room me={me.user} orchestrators={known.orchestrators} channelId={channel.id} />;
}
