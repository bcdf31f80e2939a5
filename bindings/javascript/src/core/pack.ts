/** For the build alone: what unpack() unpacks. */
import { Model } from './packing.js';

export function pack(bytes: Uint8Array): Uint8Array {
  const model = new Model();
  const packed: number[] = [];
  let low = 0;
  let high = 0xffffffff;
  for (let i = 0; i < bytes.length * 8; i++) {
    const middle = low + Math.floor((high - low) * model.predict());
    const bit = ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1;
    if (bit) high = middle;
    else low = middle + 1;
    model.learn(bit);
    for (; (low ^ high) >>> 24 === 0; high = (high << 8 | 255) >>> 0) {
      packed.push(low >>> 24);
      low = low << 8 >>> 0;
    }
  }
  for (let i = 0; i < 4; i++) packed.push(high >>> (24 - 8 * i) & 255);
  return Uint8Array.from(packed);
}
