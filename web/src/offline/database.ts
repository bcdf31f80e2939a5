/** What the page keeps on this device (IndexedDB). A browser that has none, or is full, keeps nothing; the page goes on. */

const NAME = 'orchd';
const VERSION = 1;

export type Table = 'outbox' | 'timelines' | 'lists';

let opened: Promise<IDBDatabase | null> | null = null;

function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise((resolve) => {
    let request: IDBOpenDBRequest;
    try {
      request = indexedDB.open(NAME, VERSION);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      const { result: database } = request;
      database.createObjectStore('outbox', { keyPath: 'clientId' });
      database.createObjectStore('timelines', { keyPath: 'channelId' });
      database.createObjectStore('lists', { keyPath: 'name' });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
  });
  return opened;
}

async function run<Result>(table: Table, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result | undefined> {
  const database = await open();
  if (!database) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(table, mode);
    const request = work(transaction.objectStore(table));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error ?? new Error('the device keeps nothing'));
    transaction.onabort = transaction.onerror;
  });
}

export async function keep(table: Table, value: object): Promise<void> {
  await run(table, 'readwrite', (store) => store.put(value));
}

export async function forget(table: Table, key: string): Promise<void> {
  await run(table, 'readwrite', (store) => store.delete(key) as IDBRequest<unknown>);
}

export async function read<Value>(table: Table, key: string): Promise<Value | undefined> {
  return run(table, 'readonly', (store) => store.get(key) as IDBRequest<Value>);
}

export async function readAll<Value>(table: Table): Promise<Value[]> {
  return (await run(table, 'readonly', (store) => store.getAll() as IDBRequest<Value[]>)) ?? [];
}

/** Everything, when somebody logs out. */
export async function clearDevice(): Promise<void> {
  for (const table of ['outbox', 'timelines', 'lists'] as const) await run(table, 'readwrite', (store) => store.clear() as IDBRequest<unknown>);
}
