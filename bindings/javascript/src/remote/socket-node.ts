/** A WebSocket to orchd in Node, with a bearer token. An idle connection does not keep the process. */
import type { Socket, SocketEvents } from './socket.js';

const HANDSHAKE_MS = 30_000;
const MESSAGE_MAX = 16 << 20;

/** A header can carry every token that it can carry. */
export function checkToken(token: string | undefined): void {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new TypeError('token is not given as `orchd token create` showed it');
}

export async function openSocket(url: string, token: string | undefined, events: SocketEvents): Promise<Socket> {
  // A bundler that finds no optional addon may give an empty module in its place, which `ws` takes for the addon.
  process.env.WS_NO_BUFFER_UTIL ??= '1';
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url, {
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    handshakeTimeout: HANDSHAKE_MS, maxPayload: MESSAGE_MAX, perMessageDeflate: false,
    allowSynchronousEvents: false, // who waits for an answer has it before what is told after it
  });
  let why = '';
  socket.on('upgrade', (response) => (response.socket as { unref?(): void } | null)?.unref?.()); // Bun has none

  socket.on('open', () => events.opened());
  socket.on('message', (data) => events.received(String(data)));
  socket.on('error', ({ message }) => (why = message)); // 'close' follows
  socket.on('close', (code, reason) => events.closed(why.endsWith(' 401') ? 4401 : code, String(reason) || why));
  return socket;
}

export function unref(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}

/** A server is not looked at, nor does it sleep. */
export function onReturn(_listener: () => void): () => void {
  return () => {};
}
