// JSON-RPC 2.0 over the WebSocket of orchd, by an independent client (npm's ws).
import { EventEmitter, once } from 'node:events';
import WebSocket from 'ws';

export class RpcError extends Error {
  constructor(error) {
    super(error.message);
    Object.assign(this, { code: error.code, data: error.data });
  }
}

// Emits 'notification' (method, params) and 'closed'.
export class Rpc extends EventEmitter {
  #pending = new Map();
  #id = 0;

  static async open(address, token, options = {}) {
    const rpc = new Rpc();
    rpc.socket = new WebSocket(address.replace(/^http/, 'ws') + '/ws', {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      ...options,
    });
    rpc.socket.on('message', (data) => rpc.#receive(JSON.parse(data)));
    rpc.socket.on('close', (code) => rpc.#close(code));
    rpc.socket.on('error', () => {});
    await Promise.race([
      once(rpc.socket, 'open'),
      once(rpc.socket, 'close').then(() => {
        throw new Error('the connection was refused');
      }),
    ]);
    return rpc;
  }

  #receive(frame) {
    if (frame.method) {
      this.emit('notification', frame.method, frame.params);
      return;
    }
    const waiting = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.error) waiting?.reject(new RpcError(frame.error));
    else waiting?.resolve(frame.result);
  }

  #close(code) {
    for (const { reject } of this.#pending.values()) reject(new Error('the connection was cut'));
    this.#pending.clear();
    this.emit('closed', code);
  }

  call(method, params = {}) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(new Error('the connection was cut'));
        return;
      }
      const id = ++this.#id;
      this.#pending.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  async close() {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await Promise.race([once(this.socket, 'close'), new Promise((done) => setTimeout(done, 2000).unref())]);
    this.socket.terminate();
  }
}
