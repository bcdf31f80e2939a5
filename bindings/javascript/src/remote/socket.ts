/** A WebSocket to orchd where the platform has one: browsers and workers, with the cookie of a login. */

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** The WebSocket's close code. */
  closed(code: number): void;
}

/** `token` undefined: the browser's own cookie says who asks. */
export async function openSocket(url: string, token: string | undefined, events: SocketEvents): Promise<Socket> {
  if (token !== undefined) {
    throw new TypeError('a browser cannot send a token with a WebSocket: log in to orchd on its own origin, the cookie is enough');
  }
  const socket = new WebSocket(url);
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) => events.received(String(data));
  socket.onclose = ({ code }) => events.closed(code);
  return socket;
}

/** Timers of an open connection do not keep a process: here there is none. */
export function unref(_timer: unknown): void {}

/** Calls when the page is seen again or the machine is back in the network; gives what ends that. */
export function onReturn(listener: () => void): () => void {
  const seen = (): void => {
    if (globalThis.document?.visibilityState !== 'hidden') listener();
  };
  globalThis.addEventListener?.('online', listener);
  globalThis.document?.addEventListener('visibilitychange', seen);
  return () => {
    globalThis.removeEventListener?.('online', listener);
    globalThis.document?.removeEventListener('visibilitychange', seen);
  };
}
