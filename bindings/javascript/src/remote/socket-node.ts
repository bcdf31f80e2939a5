/** A WebSocket to orchd in Node, with a bearer token. An idle connection does not keep the process. */
import type { Socket, SocketEvents } from './socket.js';

export async function openSocket(url: string, token: string | undefined, events: SocketEvents): Promise<Socket> {
  // A bundler that finds no optional addon may give an empty module in its place, which `ws` takes for the addon.
  process.env.WS_NO_BUFFER_UTIL ??= '1';
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  socket.on('upgrade', ({ socket: stream }) => stream.unref());
  socket.on('open', () => events.opened());
  socket.on('message', (data) => events.received(String(data)));
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', (code) => events.closed(code));
  return socket;
}

export function unref(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}

/** A server is not looked at, nor does it sleep. */
export function onReturn(_listener: () => void): () => void {
  return () => {};
}
