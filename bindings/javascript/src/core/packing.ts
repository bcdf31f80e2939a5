/** The core's wasm in the browser bundle: packed smaller by a third than gzip does it, as base64, which gzip turns into bytes again.
 *
 * Context mixing, after Mahoney's lpaq. Each bit is predicted from what followed in seven contexts before: the bytes before it, and
 * what they mean in WebAssembly's code (the instruction and those before it). Each context predicts twice: by how often a 1 followed,
 * and by what followed elsewhere after the same last eight bits. The predictions are weighed by how well each did lately; an
 * arithmetic coder takes the probability of what came. What packs and what unpacks learn the same from the same bits. Only operations
 * that every engine rounds alike are used: not Math.exp, not Math.log.
 *
 * A page waits for it once, so: what a context knows of four bits lies in one line of the processor's cache, nothing is allocated for
 * a bit, and the weights rest while the predictions are right.
 */

const CONTEXTS = 7;
const INPUTS = 2 * CONTEXTS;
/** Bits of a bucket's number. A bucket is 16 words: whose it is, then a slot for each way to begin four bits. */
const BUCKET_BITS = 17;
/** A slot is the chance of a 1, of 2^20, times 2^12, and its last bits behind a 1; in the table it stands xor this, so that 0 is fresh. */
const FRESH = 1 << 31 | 1;
/** So many last bits. */
const LAST_BITS = 8;
const HISTORIES = 2 << LAST_BITS;
/** The weights' first value, how fast they learn, and which error is none. */
const WEIGHT = 0.15;
const RATE = 0.01;
const RIGHT = 1 / 64;
/** How near a chance comes to 0 or 1. */
const CLOSEST = 1 / 4096;

/** ln(p / (1 - p)) by p in 4096 steps, by adding up its slope. */
const stretch = new Float32Array(4096);
for (let i = 2048, sum = 0; i < 4096; i++) {
  stretch[i] = sum += 4096 / (i * (4096 - i));
  stretch[4095 - i] = -sum;
}

/** How far a chance moves, by how often it has moved. */
const speeds = Float64Array.from({ length: 256 }, (_, count) => 1 / (count + 1.5));
/** The same of a slot, by the zeros before its last bits. */
const slotSpeeds = Float64Array.from({ length: 32 }, (_, zeros) => 1 / (32.1 - zeros));

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

function scatter(hash: number): number {
  return Math.imul(hash ^ hash >>> 15, 0x85ebca6b);
}

/** Of each context, by its last bits: the chance of a 1, of 4095. At first what those bits say. */
function chancesOfHistories(): Float32Array {
  const chances = new Float32Array(CONTEXTS * HISTORIES);
  for (let i = 0; i < chances.length; i++) {
    const history = i % HISTORIES;
    const length = 31 - Math.clz32(history);
    let ones = 0.4;
    for (let bit = 0; bit < length; bit++) ones += history >> bit & 1;
    chances[i] = 4095 * ones / (length + 0.8);
  }
  return chances;
}

/** The bucket of each context behind these bits; what was of another one is forgotten. */
function enter(table: Int32Array, contexts: Int32Array, bits: number, buckets: Int32Array): void {
  for (let i = 0; i < CONTEXTS; i++) {
    const hash = scatter(scatter(Math.imul((contexts[i] as number) + i * 0x3c6ef372, 0x9e3779b1)) + Math.imul(bits, 0x2c1b3c6d));
    const bucket = hash >>> (32 - BUCKET_BITS) << 4;
    if (table[bucket] !== (hash | 1)) {
      if (table[bucket] !== 0) table.fill(0, bucket, bucket + 16);
      table[bucket] = hash | 1;
    }
    buckets[i] = bucket;
  }
}

/** Of each byte that came: sets the contexts of the next one, and tells whose weights it has. */
function reader(contexts: Int32Array): (byte: number) => number {
  // Instructions: the present one, with operands to come, and the last ones.
  let code = 0;
  let left = 0;
  let codes = 0;
  let before = 0;
  return (byte) => {
    before = before << 8 | byte;
    if (left === 0) {
      code = byte;
      left = operands(byte);
    } else if (byte < 128) {
      left--;
    }
    if (left === 0) {
      codes = codes << 8 | code;
      code = 0;
    }
    const last = codes & 255;
    const here = code | left << 8;
    contexts.set([
      0, before & 0xffff, before & 0xff00ff, before & 0xffff00, here, here | last << 16, (here | last << 16) ^ Math.imul(codes & 0xffff00, 0x9e3779b1),
    ]);
    return (256 + (left ? here : last)) * INPUTS;
  };
}

/** Goes through `size` bytes bit by bit: `decide` is told the chance that the next bit is 1, and says which it is. What is known of a
 * context is learnt on the way. One function, as its state is in variables that neither the heap nor the bundle has to name. */
export function follow(size: number, decide: (chance: number) => number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const table = new Int32Array(16 << BUCKET_BITS);
  const chances = chancesOfHistories();
  const moved = new Uint8Array(chances.length);
  // By the bits so far, and by the instruction; what is said is between the two.
  const weights = new Float32Array(1024 * INPUTS).fill(WEIGHT);
  const inputs = new Float32Array(INPUTS);
  const contexts = new Int32Array(CONTEXTS);
  const buckets = new Int32Array(CONTEXTS);
  const read = reader(contexts);
  for (let at = 0, byCode = 256 * INPUTS; at < size; byCode = read(bytes[at++] as number)) {
    let half = 0;
    // The bits of this byte so far behind a 1.
    for (let bits = 1; bits < 256;) {
      if (bits < 2 || (bits & 0xf0) === 16) {
        half = 1;
        enter(table, contexts, bits, buckets);
      }
      const byBits = bits * INPUTS;
      let sumByBits = 0;
      let sumByCode = 0;
      for (let i = 0, j = 0; i < CONTEXTS; i++, j += 2) {
        const slot = (table[(buckets[i] as number) + half] as number) ^ FRESH;
        const often = (inputs[j] = stretch[slot >>> 20] as number);
        const elsewhere = (inputs[j + 1] = stretch[(chances[i * HISTORIES + (slot & 4095)] as number) | 0] as number);
        sumByBits += often * (weights[byBits + j] as number) + elsewhere * (weights[byBits + j + 1] as number);
        sumByCode += often * (weights[byCode + j] as number) + elsewhere * (weights[byCode + j + 1] as number);
      }
      const chance = Math.min(Math.max(squash((sumByBits + sumByCode) / 2), CLOSEST), 1 - CLOSEST);
      const bit = decide(chance);
      if (Math.abs(bit - chance) > RIGHT) {
        const errorByBits = RATE * (bit - squash(sumByBits));
        const errorByCode = RATE * (bit - squash(sumByCode));
        for (let i = 0; i < INPUTS; i++) {
          const input = inputs[i] as number;
          weights[byBits + i]! += input * errorByBits;
          weights[byCode + i]! += input * errorByCode;
        }
      }
      for (let i = 0; i < CONTEXTS; i++) {
        const place = (buckets[i] as number) + half;
        const slot = (table[place] as number) ^ FRESH;
        const history = slot & 4095;
        const j = i * HISTORIES + history;
        const count = moved[j] as number;
        chances[j]! += (bit * 4095 - (chances[j] as number)) * (speeds[count] as number);
        if (count < 255) moved[j] = count + 1;
        const next = history << 1 | bit;
        const ones = slot >>> 12;
        table[place] = (ones + (bit * 0xfffff - ones) * (slotSpeeds[Math.clz32(history)] as number) << 12 |
          (next < HISTORIES ? next : next & HISTORIES / 2 - 1 | HISTORIES / 2)) ^ FRESH;
      }
      bits = bits * 2 + bit;
      half = half * 2 + bit;
      bytes[at] = bits;
    }
  }
  return bytes;
}

/** The `size` bytes that pack() packed. */
export function unpack(packed: string, size: number): Uint8Array<ArrayBuffer> {
  let low = 0;
  let high = 0xffffffff;
  let code = 0;
  let at = 0;
  const next = (): number => code = (code << 8 | packed.charCodeAt(at++) & 255) >>> 0;
  while (at < 4) next();
  return follow(size, (chance) => {
    const middle = low + Math.floor((high - low) * chance);
    const bit = code <= middle ? 1 : 0;
    if (bit) high = middle;
    else low = middle + 1;
    for (; (low ^ high) >>> 24 === 0; next()) {
      low = low << 8 >>> 0;
      high = (high << 8 | 255) >>> 0;
    }
    return bit;
  });
}
