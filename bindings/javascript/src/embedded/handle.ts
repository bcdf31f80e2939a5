/** Ids as numbers below 2^53, which is what the core knows: a hash with seeds and factors of this process, so that nobody can make two
 * ids meet on purpose. Nothing has to be remembered for it.
 *
 * Two characters at a time, in one half of the hash the other way round: what the highest bit of a word changes, no factor hides. */

const random = Int32Array.from({ length: 4 }, () => Math.random() * 2 ** 32);
globalThis.crypto?.getRandomValues?.(random);
const SEED_A = random[0] as number;
const SEED_B = random[1] as number;
const FACTOR_A = (random[2] as number) | 1;
const FACTOR_B = (random[3] as number) | 1;

/** Never 0, which is "none". */
export function handleOf(id: string): number {
  const { length } = id;
  const last = length - 1;
  const factorA = FACTOR_A | 0; // here, or each character reads them anew
  const factorB = FACTOR_B | 0;
  let a = SEED_A ^ length;
  let b = SEED_B | 0;
  let i = 0;
  for (; i < last; i += 2) {
    const first = id.charCodeAt(i);
    const second = id.charCodeAt(i + 1);
    a = Math.imul(a ^ (first | second << 16), factorA);
    b = Math.imul(b ^ (second | first << 16), factorB);
  }
  if (i === last) {
    a = Math.imul(a ^ id.charCodeAt(i), factorA);
    b = Math.imul(b ^ id.charCodeAt(i), factorB);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (b & 0x1fffff) + (a >>> 0) || 1;
}
