// Bytes as an attacker sends them: raw TCP, WebSocket frames made by hand, answers read by node's own HTTP parser.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

const { HTTPParser } = process.binding('http_parser');

// A connection that remembers everything that came.
export class Wire {
  static async open(address, options = {}) {
    const { hostname, port } = new URL(address);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, ...options });
    const wire = new Wire(socket);
    await Promise.race([once(socket, 'connect'), wire.closed.then(() => Promise.reject(new Error(`no connection: ${wire.error}`)))]);
    return wire;
  }

  constructor(socket) {
    this.socket = socket;
    this.received = Buffer.alloc(0);
    this.ended = false;
    this.wakes = new Set();
    socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.#wake();
    });
    socket.on('end', () => ((this.ended = true), this.#wake()));
    socket.on('error', (error) => ((this.error = error.code), this.#wake()));
    this.closed = new Promise((done) => socket.on('close', () => ((this.ended = true), this.#wake(), done())));
  }

  #wake() {
    for (const wake of this.wakes) wake();
  }

  // Never fails: a server that has cut the connection is a result like any other.
  send(bytes) {
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes);
    return this;
  }

  // Resolves with what `read` finds in the bytes that came; null once the connection ended without it.
  async until(what, read, timeout = 30000) {
    let timer, wake;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`not within ${timeout} ms: ${what}; came: ${JSON.stringify(this.received.toString('latin1').slice(0, 300))}`)), timeout)));
    try {
      for (;;) {
        const found = read(this.received);
        if (found) return found;
        if (this.ended) return null;
        await Promise.race([new Promise((done) => this.wakes.add((wake = done))), late]);
        this.wakes.delete(wake);
      }
    } finally {
      clearTimeout(timer);
      this.wakes.delete(wake);
    }
  }

  // The answers so far, as node's parser (llhttp, strict) understands them.
  responses() {
    return parse(this.received);
  }

  // The first `count` answers, or those that came before the end.
  async answers(count = 1, timeout) {
    await this.until(`${count} answers`, () => this.responses().length >= count, timeout);
    return this.responses();
  }

  end() {
    this.socket.destroy();
  }
}

export function parse(bytes) {
  const parser = new HTTPParser();
  const found = [];
  let current;
  parser.initialize(HTTPParser.RESPONSE, {});
  parser[HTTPParser.kOnHeadersComplete] = (major, minor, headers, method, url, status) => {
    current = { status, headers: {}, body: '' };
    for (let i = 0; i < headers.length; i += 2) current.headers[headers[i].toLowerCase()] = headers[i + 1];
    return 0;
  };
  parser[HTTPParser.kOnBody] = (chunk, start = 0, length = chunk.length) => (current.body += chunk.subarray(start, start + length));
  parser[HTTPParser.kOnMessageComplete] = () => {
    try {
      current.error = JSON.parse(current.body).error;
    } catch {}
    found.push(current);
  };
  const result = parser.execute(bytes, 0, bytes.length);
  if (result instanceof Error) found.push({ status: 0, unreadable: result.code, body: bytes.toString('latin1').slice(0, 200) });
  return found;
}

// One request as it stands, one answer; null where the server cut the connection without one.
export async function ask(address, text, { count = 1, timeout } = {}) {
  const wire = await Wire.open(address);
  try {
    return (await wire.send(text).answers(count, timeout))[0] ?? null;
  } finally {
    wire.end();
  }
}

// ---- WebSocket ----

export const upgrade = (token, extra = '') =>
  `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nAuthorization: Bearer ${token}\r\n${extra}\r\n`;

// A frame with any header one likes (RFC 6455, 5.2). `length` lies about the payload's.
export function frame(payload = '', { opcode = 1, fin = true, rsv = 0, masked = true, length, mask = randomBytes(4) } = {}) {
  const data = Buffer.from(payload);
  const told = length ?? data.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const bit = masked ? 0x80 : 0;
  if (told < 126) head.push(bit | Number(told));
  else if (told < 65536) head.push(bit | 126, Number(told) >> 8, Number(told) & 255);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(told));
    head.push(bit | 127, ...wide);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  return Buffer.concat([Buffer.from(head), mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}

// The frames of a server: [{opcode, payload}], the close code with a close frame.
export function frames(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  const found = [];
  let at = end + 4;
  if (end < 0) return found;
  while (at + 2 <= bytes.length) {
    let length = bytes[at + 1] & 127;
    let start = at + 2;
    if (length === 126) (length = start + 2 <= bytes.length ? bytes.readUInt16BE(start) : Infinity), (start += 2);
    else if (length === 127) (length = start + 8 <= bytes.length ? Number(bytes.readBigUInt64BE(start)) : Infinity), (start += 8);
    if (start + length > bytes.length) break;
    const payload = bytes.subarray(start, start + length);
    const opcode = bytes[at] & 15;
    found.push({ opcode, payload: payload.toString(), code: opcode === 8 && length >= 2 ? payload.readUInt16BE(0) : undefined });
    at = start + length;
  }
  return found;
}

// A WebSocket that is open, in the hands of an attacker.
export async function attacker(address, token, extra = '') {
  const wire = await Wire.open(address);
  wire.send(upgrade(token, extra));
  const status = await wire.until('the handshake', (bytes) => /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/.exec(bytes.toString('latin1'))?.[1]);
  if (status !== '101') throw new Error(`the handshake was answered with ${status}: ${wire.received}`);
  wire.frames = () => frames(wire.received);
  // The code with which the server closes; 1006: it cut the connection without a word.
  wire.closing = async (timeout) => (await wire.until('a close frame', () => wire.frames().find(({ opcode }) => opcode === 8), timeout))?.code ?? 1006;
  wire.answer = async (id, timeout) => {
    const read = () => wire.frames().filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(payload)).find((each) => each.id === id);
    return wire.until(`the answer ${id}`, read, timeout);
  };
  wire.call = (id, method, params = {}) => (wire.send(frame(JSON.stringify({ jsonrpc: '2.0', id, method, params }))), wire.answer(id));
  return wire;
}
