/** The core's wasm in the browser bundle: packed smaller by a third than gzip does it, as base64, which gzip turns into bytes again.
 *
 * Context mixing, after Mahoney's lpaq. Each bit is predicted from what followed in nine contexts before: the bytes before it, and
 * what they mean in WebAssembly's code (the instruction, those before it, its last operand). The predictions are weighed by how
 * well each did lately; an arithmetic coder takes the probability of what came. What packs and what unpacks learn the same from
 * the same bits. Only operations that every engine rounds alike are used: not Math.exp, not Math.log.
 */

const CONTEXTS = 9;
const SLOTS = 1 << 19;
/** How soon a slot forgets, the weights' first value, and how fast they learn. */
const COUNT_MAX = 16;
const WEIGHT = 0.3;
const RATE = 0.02;
/** How near a chance comes to 0 or 1. */
const CLOSEST = 1 / 4096;

/** ln(p / (1 - p)) by p in 4096 steps, by adding up its slope. */
const stretch = new Float64Array(4096);
for (let i = 2048, sum = 0; i < 4096; i++) {
  stretch[i] = sum += 4096 / (i * (4096 - i));
  stretch[4095 - i] = -sum;
}

/** By how often a slot was asked for. */
const speeds = Float64Array.from({ length: COUNT_MAX + 1 }, (_, count) => 1 / (count + 1.25));

/** 1 / (1 + e^-x), nearly. */
function squash(x: number): number {
  let e = 1 - Math.min(Math.max(x, -12), 12) / 1024;
  for (let i = 0; i < 10; i++) e *= e;
  return 1 / (1 + e);
}

/** How many operands an instruction has that are numbers. */
function operands(code: number): number {
  if (code >= 0x28 && code <= 0x3e) return 2;
  return (code >= 0x02 && code <= 0x04) || code === 0x0c || code === 0x0d || code === 0x10 || (code >= 0x20 && code <= 0x24) ||
    code === 0x41 || code === 0x42 || code === 0xfc ? 1 : 0;
}

/** Predicts the next bit, and learns which it was. */
export class Model {
  /** A slot is the chance of a 1, of 2^22, times 512, and how often it was asked for. */
  private readonly table = new Int32Array(CONTEXTS * SLOTS).fill(1 << 30);
  private readonly weights = new Float64Array(2 * 65536 * CONTEXTS).fill(WEIGHT);
  private readonly inputs = new Float64Array(CONTEXTS);
  private readonly slots = new Int32Array(CONTEXTS);
  private readonly hashes = new Int32Array(CONTEXTS);
  /** The bits of this byte so far behind a 1; the four bytes before it. */
  private bits = 1;
  private before = [0, 0, 0, 0];
  /** Instructions: the present one, with operands to come, and the last three. The last operand of each. */
  private code = 0;
  private left = 0;
  private codes = [0, 0, 0];
  private readonly operand = new Uint8Array(256);
  /** By the bits so far, and by the instruction; what is said is between the two. */
  private chanceByBits = 0;
  private chanceByCode = 0;
  private byBits = 0;
  private byCode = 0;

  constructor() {
    this.enterByte();
  }

  private enterByte(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.before;
    const [last = 0, second = 0, third = 0] = this.codes;
    const here = this.code | this.left << 8;
    const contexts = [
      0, a | b << 8, a | b << 8 | c << 16 | d << 24, a | c << 8, b | c << 8, here, here | last << 16, (here | last << 16) ^ Math.imul(second | third << 8, 0x9e3779b1),
      here | (this.operand[this.code] as number) << 16 | a << 24,
    ];
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul((contexts[i] as number) + i * 0x3c6ef372, 0x9e3779b1);
      this.hashes[i] = Math.imul(hash ^ hash >>> 15, 0x85ebca6b);
    }
    this.byCode = (256 + (this.left * 256 | (this.left ? this.code : last))) * CONTEXTS;
  }

  /** The chance that the next bit is 1. */
  predict(): number {
    const { weights, inputs, table } = this;
    let sumByBits = 0;
    let sumByCode = 0;
    this.byBits = this.bits * CONTEXTS;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = (this.hashes[i] as number) + Math.imul(this.bits, 0x2c1b3c6d);
      const slot = Math.imul(hash ^ hash >>> 15, 0x85ebca6b) >>> 13 | i * SLOTS;
      const input = stretch[(table[slot] as number) >> 19] as number;
      this.slots[i] = slot;
      inputs[i] = input;
      sumByBits += input * (weights[this.byBits + i] as number);
      sumByCode += input * (weights[this.byCode + i] as number);
    }
    this.chanceByBits = squash(sumByBits);
    this.chanceByCode = squash(sumByCode);
    return Math.min(Math.max(squash((sumByBits + sumByCode) / 2), CLOSEST), 1 - CLOSEST);
  }

  learn(bit: number): void {
    const { weights, table } = this;
    for (let i = 0; i < CONTEXTS; i++) {
      const slot = this.slots[i] as number;
      const input = RATE * (this.inputs[i] as number);
      const value = table[slot] as number;
      const count = value & 511;
      weights[this.byBits + i]! += input * (bit - this.chanceByBits);
      weights[this.byCode + i]! += input * (bit - this.chanceByCode);
      table[slot] = value + (count < COUNT_MAX ? 1 : 0) + (((bit * 0x3fffff - (value >> 9)) * (speeds[count] as number)) << 9);
    }
    this.bits = this.bits * 2 + bit;
    if (this.bits > 255) this.endByte(this.bits & 255);
  }

  private endByte(byte: number): void {
    this.bits = 1;
    this.before = [byte, ...this.before.slice(0, 3)];
    if (this.left === 0) {
      this.code = byte;
      this.left = operands(byte);
    } else if (byte < 128) {
      this.operand[this.code] = byte;
      this.left--;
    }
    if (this.left === 0) {
      this.codes = [this.code, ...this.codes.slice(0, 2)];
      this.code = 0;
    }
    this.enterByte();
  }
}

/** The `size` bytes that pack() packed. */
export function unpack(packed: string, size: number): Uint8Array<ArrayBuffer> {
  const model = new Model();
  const bytes = new Uint8Array(size);
  let low = 0;
  let high = 0xffffffff;
  let code = 0;
  let at = 0;
  const next = (): number => packed.charCodeAt(at++) & 255;
  for (let i = 0; i < 4; i++) code = (code << 8 | next()) >>> 0;
  for (let i = 0; i < size * 8; i++) {
    const middle = low + Math.floor((high - low) * model.predict());
    const bit = code <= middle ? 1 : 0;
    if (bit) high = middle;
    else low = middle + 1;
    model.learn(bit);
    bytes[i >> 3]! |= bit << (7 - (i & 7));
    for (; (low ^ high) >>> 24 === 0; code = (code << 8 | next()) >>> 0) {
      low = low << 8 >>> 0;
      high = (high << 8 | 255) >>> 0;
    }
  }
  return bytes;
}
