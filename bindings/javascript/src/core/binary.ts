/** The core's wasm, put in by the build as base64 so that the module has no file to find. */
declare const ORCHD_CORE_BASE64: string;

export function loadBinary(): Uint8Array<ArrayBuffer> {
  const text = atob(ORCHD_CORE_BASE64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
