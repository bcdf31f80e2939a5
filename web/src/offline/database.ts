/** What the page keeps on this device (IndexedDB). A browser that has none, or is full, keeps nothing; the page goes on. */

const NAME = 'orchd';
const VERSION = 1;
const OPEN_MS = 4000; // browsers are known to leave an opening unanswered

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
      const { result: database } = request;
      database.onversionchange = () => database.close();
      database.onclose = () => (opened = null); // the reader has cleared the page's data: begun anew
      resolve(database);
      opened = Promise.resolve(database); // also where nobody waited so long
    };
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
    setTimeout(() => resolve(null), OPEN_MS);
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

/** False: it is not kept. */
export async function keep(table: Table, value: object): Promise<boolean> {
  return run(table, 'readwrite', (store) => store.put(value)).then((key) => key !== undefined, () => false);
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

export async function clear(tables: readonly Table[]): Promise<void> {
  for (const table of tables) await run(table, 'readwrite', (store) => store.clear() as IDBRequest<unknown>).catch(() => {});
}
