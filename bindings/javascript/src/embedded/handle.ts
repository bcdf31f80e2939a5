/** Ids as numbers below 2^53, which is what the core knows: a hash with seeds of this process, so that nobody can make two ids
 * meet on purpose. Nothing has to be remembered for it. */

const random = new Uint32Array(2);
globalThis.crypto?.getRandomValues?.(random);
const SEED_A = random[0] || (Math.random() * 2 ** 32) >>> 0;
const SEED_B = random[1] || (Math.random() * 2 ** 32) >>> 0;

/** Never 0, which is "none". */
export function handleOf(id: string): number {
  const { length } = id;
  let a = SEED_A ^ length;
  let b = SEED_B;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    const codes = id.charCodeAt(i) | (id.charCodeAt(i + 1) << 16);
    a = Math.imul(a ^ codes, 2654435761);
    b = Math.imul(b ^ codes, 1597334677);
  }
  if (i < length) {
    a = Math.imul(a ^ id.charCodeAt(i), 2654435761);
    b = Math.imul(b ^ id.charCodeAt(i), 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (b & 0x1fffff) + (a >>> 0) || 1;
}
