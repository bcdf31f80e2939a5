import { getDaemonManager } from '@neolith/core';
import { closeSession, tell } from '../../../../lib/orchd';

export async function POST() {
  const me = await tell<{ user: { id: string } }>('/api/auth/me');
  if (me) {
    await getDaemonManager().onUserLogout(me.user.id);
    await closeSession();
  }
  return new Response(null, { status: 204 });
}
