/** getDaemonManager() of @neolith/core in this page: the mirror of the daemons that are shown, over the page's own connection. Import
 * this lazily. */
import { mirrorDaemons, type DaemonMirror } from '@neolith/core/mirror';
import { chosenTold, onSignedOut, sharedConnection, watchDaemons } from './connection.js';

let mirror: DaemonMirror | null = null;

/** Makes getDaemonManager() know this daemon until the returned function is called: the server is asked for its notices, then how it
 * is, so that nothing lies between. */
export function followDaemon(orchestratorId: string): () => void {
  const connection = sharedConnection();
  if (!connection) return () => {}; // logged out: who is shown disappears
  mirror ??= mirrorDaemons(connection);
  const { follow } = mirror;
  let end: (() => void) | null = watchDaemons([orchestratorId]);
  void chosenTold().then(() => {
    if (!end) return;
    const unwatch = end;
    const unfollow = follow(orchestratorId);
    end = () => {
      unfollow();
      unwatch();
    };
  });
  return () => {
    end?.();
    end = null;
  };
}

onSignedOut(() => {
  void mirror?.end();
  mirror = null;
});
