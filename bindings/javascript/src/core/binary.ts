/** The core's wasm, put in by the build as base64 so that the module has no file to find: as it is for Node, packed for browsers. */
import { unpack } from './packing.js';

declare const ORCHD_CORE: string;
/** Of what is packed; 0: nothing is. */
declare const ORCHD_CORE_SIZE: number;

export function loadBinary(): Uint8Array<ArrayBuffer> {
  const text = atob(ORCHD_CORE);
  return ORCHD_CORE_SIZE === 0 ? Uint8Array.from(text, (byte) => byte.charCodeAt(0)) : unpack(text, ORCHD_CORE_SIZE);
}
