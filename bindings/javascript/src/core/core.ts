/** One instance of the core: calls with JavaScript's values, effects as 32-bit words.
 *
 * Text goes through one buffer of the instance; views on the memory are made anew when it has grown.
 */
import { loadBinary } from './binary.js';
import { BOARD, type CoreExports } from './exports.js';

/* Made with the first core: where they are missing, as in jsdom, importing the module and following an orchd need neither. */
let encoder: TextEncoder;
let decoder: TextDecoder;

/** Up to this length a loop over ASCII is faster than a TextEncoder. */
const enum TEXT { SHORT = 16 }

export class Core {
  readonly wasm: CoreExports;
  /** Where the board lies, in words. */
  readonly boardAt: number;
  #bytes = new Uint8Array(0);
  #view = new Int32Array(0);
  #text = new Uint8Array(0);

  constructor() {
    encoder ??= new TextEncoder();
    decoder ??= new TextDecoder();
    const module = new WebAssembly.Module(loadBinary());
    this.wasm = new WebAssembly.Instance(module, {}).exports as unknown as CoreExports;
    this.boardAt = this.wasm.board() >>> 2;
  }

  /** The memory as words. A view that has no length is of a memory that has grown since. */
  words(): Int32Array {
    return this.#view.length === 0 ? this.#renew() : this.#view;
  }

  #renew(): Int32Array {
    this.#bytes = new Uint8Array(this.wasm.memory.buffer);
    return (this.#view = new Int32Array(this.wasm.memory.buffer));
  }

  /** The text buffer, with room for `size` bytes. Where it was moved its capacity has changed. */
  #textBuffer(size: number): Uint8Array {
    const { length } = this.#text;
    return size <= length && length === this.words()[this.boardAt + BOARD.TEXT_CAPACITY] ? this.#text : this.#renewText(size);
  }

  #renewText(size: number): Uint8Array {
    const at = this.wasm.text_buffer(size) >>> 0;
    const capacity = this.words()[this.boardAt + BOARD.TEXT_CAPACITY] as number;
    return (this.#text = this.#bytes.subarray(at, at + capacity));
  }

  /** Writes a text into the text buffer; its length in bytes. */
  putOne(text: string): number {
    const { length } = text;
    const bytes = this.#textBuffer(length * 3);
    if (length <= TEXT.SHORT) {
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        bytes[i] = code;
      }
      if (i === length) return i;
    }
    return encoder.encodeInto(text, bytes).written;
  }

  /** Words stand in a text. */
  phraseIn(text: string, phrase: string): boolean {
    const length = encoder.encode(phrase).length;
    return this.wasm.phrase_in(this.putOne(text + phrase) - length, length) !== 0;
  }

  /** The text that a call answered with. */
  answer(length: number): string {
    return decoder.decode(this.#textBuffer(length).subarray(0, length));
  }

  /** A text that ends with NUL. */
  terminated(at: number): string {
    this.words();
    const begin = at >>> 0;
    return decoder.decode(this.#bytes.subarray(begin, this.#bytes.indexOf(0, begin)));
  }

  /** Writes daemons' numbers into the ids buffer. */
  putIds(ids: readonly number[]): void {
    const at = this.wasm.ids_buffer(ids.length) >>> 2;
    this.words().set(ids, at);
  }

  /** The daemons that the last route() found. */
  routed(count: number): number[] {
    const at = this.wasm.routed() >>> 2;
    return Array.from(this.words().subarray(at, at + count));
  }

  /** What waits to be carried out. */
  effectsCount(): number {
    return this.words()[this.boardAt + BOARD.EFFECTS_COUNT] as number;
  }

  /** Where the words of the first effect begin. Every call may move them. */
  effectsAt(): number {
    return (this.words()[this.boardAt + BOARD.EFFECTS] as number) >>> 2;
  }

  /** All was carried out. */
  clearEffects(): void {
    this.words()[this.boardAt + BOARD.EFFECTS_COUNT] = 0;
  }

  /** The place of the turn of the message that was handed over last; 0: it has none under way. */
  turnPlace(): number {
    return this.words()[this.boardAt + BOARD.TURN] as number;
  }

  /** Whether heartbeats and health checks are told. */
  tellHealth(told: boolean): void {
    this.words()[this.boardAt + BOARD.TELL_HEALTH] = told ? 1 : 0;
  }

  /** The nine fields of health_read(). */
  health(): Float64Array {
    return new Float64Array(this.wasm.memory.buffer, this.wasm.health() >>> 0, 9);
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
