/** A manager that shares a page's connection. */
import { OrchestratorError } from '../errors.js';
import { OrchestratorDaemonManager } from '../manager.js';
import type { DaemonManagerConfig } from '../types.js';
import type { Connection } from './connection.js';
import { RemoteBackend } from './manager.js';

export interface DaemonMirror {
  /** What getDaemonManager() returns from now on. */
  readonly manager: OrchestratorDaemonManager;
  /** Mirrors this daemon until the returned function is called; its `daemon:health` comes when it is known. Who follows has asked
   * orchd for its notices. */
  follow(orchestratorId: string): () => void;
  /** The next getDaemonManager() makes a new manager. */
  end(): Promise<void>;
}

/** Makes the manager of this page the mirror of the orchd behind `connection`, without a WebSocket of its own. A page shows a few
 * daemons of thousands: the mirror has those that are followed, and tells `daemon:health` with each news of them, not at checks alone. */
export function mirrorDaemons(connection: Connection, config: DaemonManagerConfig = {}): DaemonMirror {
  const followers = new Map<string, number>();
  let backend: RemoteBackend | undefined;
  const manager = OrchestratorDaemonManager.withBackend({ ...config, url: connection.url }, (made, settings) =>
    (backend = new RemoteBackend(made, settings, connection, followers)));
  if (!backend) throw new OrchestratorError('conflict', 'there is a daemon manager already; end it first');
  const mirroring = backend;
  return {
    manager,
    follow(id) {
      let following = true;
      followers.set(id, (followers.get(id) ?? 0) + 1);
      void mirroring.readFollowed(id).catch(() => {}); // a connection that is cut reads it when it stands again
      return () => {
        if (!following) return;
        following = false;
        const left = (followers.get(id) ?? 1) - 1;
        if (left > 0) followers.set(id, left);
        else if (followers.delete(id)) mirroring.unfollowed(id);
      };
    },
    end: () => OrchestratorDaemonManager.resetInstance(),
  };
}
