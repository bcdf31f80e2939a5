/** One instance of the core: calls with JavaScript's values, effects as 32-bit words.
 *
 * Text goes through one buffer of the instance; views on the memory are made anew when it has grown.
 */
import { loadBinary } from './binary.js';
import { EFFECT_WORDS, type CoreExports } from './exports.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Up to this length a loop over ASCII is faster than a TextEncoder. */
const SHORT_TEXT = 96;

export class Core {
  readonly wasm: CoreExports;
  private bytes = new Uint8Array(0);
  private words = new Int32Array(0);
  private numbers = new Float64Array(0);

  constructor() {
    const module = new WebAssembly.Module(loadBinary());
    this.wasm = new WebAssembly.Instance(module, {}).exports as unknown as CoreExports;
  }

  private refresh(): void {
    const buffer = this.wasm.memory.buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.numbers = new Float64Array(buffer);
  }

  /** Writes texts one behind the other into the text buffer; their lengths in bytes. */
  put(...texts: string[]): number[] {
    const parts = texts.map((text) => encoder.encode(text));
    let at = this.wasm.text_buffer(parts.reduce((sum, part) => sum + part.length, 0)) >>> 0;
    if (this.bytes.buffer !== this.wasm.memory.buffer) this.refresh();
    for (const part of parts) {
      this.bytes.set(part, at);
      at += part.length;
    }
    return parts.map((part) => part.length);
  }

  /** Writes one text; its length in bytes. */
  putOne(text: string): number {
    const at = this.wasm.text_buffer(text.length * 3) >>> 0;
    if (this.bytes.buffer !== this.wasm.memory.buffer) this.refresh();
    if (text.length <= SHORT_TEXT) {
      const bytes = this.bytes;
      let i = 0;
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        bytes[at + i] = code;
      }
      if (i === text.length) return i;
    }
    return encoder.encodeInto(text, this.bytes.subarray(at, at + text.length * 3)).written;
  }

  /** The text that a call answered with. */
  answer(length: number): string {
    const at = this.wasm.text_buffer(0) >>> 0;
    if (this.bytes.buffer !== this.wasm.memory.buffer) this.refresh();
    return decoder.decode(this.bytes.subarray(at, at + length));
  }

  /** A text that ends with NUL. */
  terminated(at: number): string {
    if (this.bytes.buffer !== this.wasm.memory.buffer) this.refresh();
    const begin = at >>> 0;
    return decoder.decode(this.bytes.subarray(begin, this.bytes.indexOf(0, begin)));
  }

  /** Writes daemons' numbers into the ids buffer. */
  putIds(ids: readonly number[]): void {
    const at = this.wasm.ids_buffer(ids.length) >>> 2;
    if (this.words.buffer !== this.wasm.memory.buffer) this.refresh();
    for (let i = 0; i < ids.length; i++) this.words[at + i] = ids[i] as number;
  }

  /** The daemons that the last route() found. */
  routed(count: number): number[] {
    const at = this.wasm.routed() >>> 2;
    if (this.words.buffer !== this.wasm.memory.buffer) this.refresh();
    return Array.from(this.words.subarray(at, at + count));
  }

  /** Appends the effects of the last step to `queue`; the new end of it. */
  takeEffects(queue: number[], end: number): number {
    const count = this.wasm.effects_count() * EFFECT_WORDS;
    if (count === 0) return end;
    const at = this.wasm.effects() >>> 2;
    if (this.words.buffer !== this.wasm.memory.buffer) this.refresh();
    for (let i = 0; i < count; i++) queue[end + i] = this.words[at + i] as number;
    return end + count;
  }

  /** The nine fields of health_read(). */
  health(): Float64Array {
    const at = this.wasm.health() >>> 3;
    if (this.numbers.buffer !== this.wasm.memory.buffer) this.refresh();
    return this.numbers.subarray(at, at + 9);
  }

  /** The code of an orch_error: `busy`, `not_found`, … */
  errorName(error: number): string {
    return this.terminated(this.wasm.error_name(error));
  }

  /** Its sentence. */
  errorText(error: number): string {
    return this.terminated(this.wasm.error_text(error));
  }
}
