/** For the build alone: what unpack() unpacks. */
import { follow } from './packing.js';

export function pack(bytes: Uint8Array): Uint8Array {
  const packed: number[] = [];
  let low = 0;
  let high = 0xffffffff;
  let at = 0;
  follow(bytes.length, (chance) => {
    const middle = low + Math.floor((high - low) * chance);
    const bit = ((bytes[at >> 3] as number) >> (7 - (at & 7))) & 1;
    at++;
    if (bit) high = middle;
    else low = middle + 1;
    for (; (low ^ high) >>> 24 === 0; high = (high << 8 | 255) >>> 0) {
      packed.push(low >>> 24);
      low = low << 8 >>> 0;
    }
    return bit;
  });
  for (let i = 0; i < 4; i++) packed.push(high >>> (24 - 8 * i) & 255);
  return Uint8Array.from(packed);
}
