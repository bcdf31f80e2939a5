/** The service worker: the page's files, kept so that it opens without network. What the server says (/api, /ws) is never kept here.
 *
 * A version is installed beside the one in use, whole or not at all, and takes over when the reader says so (offline/updates.ts) or when
 * no page of the old one is open. The files of the version before stay: a tab that was opened with it still asks for its views.
 */
declare const self: ServiceWorkerGlobalScope;
/** Put in by the build: every file of this version, and a name of it. */
declare const PRECACHED: readonly string[];
declare const VERSION: string;

const CACHE = `orchd-${VERSION}`;
const SERVER = /^\/(api|v1|ws|healthz|readyz|metrics)(\/|$)/;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(PRECACHED.map((path) => new Request(path, { cache: 'reload', credentials: 'omit' })));
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const others = (await caches.keys()).filter((name) => name !== CACHE); // in the order of their making
    for (const name of others.slice(0, -1)) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});

async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? (await caches.match(path)) ?? fetch(request);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || SERVER.test(url.pathname)) return;
  event.respondWith(answer(request, request.mode === 'navigate' ? '/' : url.pathname));
});

export {};
