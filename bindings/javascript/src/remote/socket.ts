/** A WebSocket to orchd where the platform has one: browsers and workers, with the cookie of a login. */

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** The WebSocket's close code, 4401 also where the server refused it for want of a login; and why, where that is known. */
  closed(code: number, why: string): void;
}

/** Throws for one that cannot be sent. */
export function checkToken(token: string | undefined): void {
  if (token !== undefined) throw new TypeError('a page cannot send a token with a WebSocket: log in to orchd, its cookie says who asks');
}

/** The browser's own cookie says who asks. */
export async function openSocket(url: string, _token: string | undefined, events: SocketEvents): Promise<Socket> {
  const socket = new WebSocket(url);
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) => events.received(String(data));
  // A refusal is told to nobody's script.
  socket.onclose = ({ code, reason }) => events.closed(code, reason || 'it is away, or no orchd, or nobody is logged in');
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
