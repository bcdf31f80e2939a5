/** @neolith/core/worker: the manager in a Web Worker, so that daemons go on ticking while the page sleeps or works. */
import { OrchestratorError } from '../errors.js';
import { OrchestratorDaemonManager } from '../manager.js';
import type { DaemonManagerConfig } from '../types.js';
import { WorkerBackend } from './manager.js';
import type { Channel, ToPage, ToWorker } from './protocol.js';

/** Where the worker comes from. */
export interface WorkerOptions {
  /** Default: a dedicated worker of the module's own script. A SharedWorker serves all pages of an origin: each sees the daemons of
   * all, the page that started one last words its replies, the settings are those of the page that came last, and
   * OrchestratorDaemonManager.resetInstance() in one stops them for all. */
  worker?: Worker | SharedWorker;
}

/** The manager of this page, with its daemons in a worker; as getDaemonManager() otherwise. `generateResponse` is called in the
 * page. The first call decides; getDaemonManager() then returns the same one. */
export function getWorkerDaemonManager(config: DaemonManagerConfig = {}, options: WorkerOptions = {}): OrchestratorDaemonManager {
  return OrchestratorDaemonManager.withBackend(config, (manager, settings) => {
    if (!options.worker && typeof Worker === 'undefined') {
      throw new OrchestratorError('unsupported', 'there are no Web Workers here; where a server renders the page, call getWorkerDaemonManager() in an effect');
    }
    const worker = options.worker ?? new Worker(new URL('./worker-script.js', import.meta.url), { type: 'module' });
    const shared = 'port' in worker;
    const channel = (shared ? worker.port : worker) as Channel<ToWorker, ToPage>;
    const backend = new WorkerBackend(manager, settings, channel, () => (shared ? worker.port.close() : worker.terminate()));
    worker.addEventListener('error', (event) => {
      backend.fail((event as ErrorEvent).message || 'its script cannot be loaded');
      event.preventDefault();
    });
    return backend;
  });
}
