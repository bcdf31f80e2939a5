/** The service worker, and a newer version of the page: offered, never forced.
 *
 *     another version is served ──▶ installed beside the one in use ──▶ offered ──▶ accepted: it takes over, this tab loads anew
 *
 * A tab in which nobody accepted goes on as it is, also when another tab has accepted: the service worker still has its files.
 */
import { connectionState } from '../app/connection.js';
import { toast } from '../ui/Toast.js';

const LOOK_EVERY_MS = 30 * 60_000;

/** The one script that may become a worker (Content-Security-Policy: trusted-types). */
function scriptUrl(): string {
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } } }).trustedTypes;
  const policy = types?.createPolicy('orchd-worker', { createScriptURL: () => '/service-worker.js' });
  return policy ? policy.createScriptURL('') : '/service-worker.js';
}

function offer(worker: ServiceWorker): void {
  toast('A newer version of this page is there.', {
    stays: 0,
    action: {
      label: 'Update',
      run: () => {
        if (worker.state !== 'installed') { // another tab has accepted
          location.reload();
          return;
        }
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        worker.postMessage('take-over');
      },
    },
  });
}

export function startUpdates(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined; // only in a secure context
  if (!workers) return;
  const watch = (registration: ServiceWorkerRegistration): void => {
    if (registration.waiting && workers.controller) offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && workers.controller) offer(installing);
      });
    });
    const look = (): void => void registration.update().catch(() => {});
    setInterval(look, LOOK_EVERY_MS);
    // A server that went away may have come back as a newer one.
    let away = false;
    connectionState.watch(() => {
      const { phase } = connectionState.get();
      if (phase === 'online' && away) look();
      away = phase === 'offline' || (away && phase !== 'online');
    });
  };
  window.addEventListener('load', () => {
    void workers.register(scriptUrl(), { updateViaCache: 'none' }).then(watch).catch(() => {}); // without it the page needs the network, no more
  });
}
