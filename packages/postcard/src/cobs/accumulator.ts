import { type Codec } from "../codec.ts";
import { PostcardError } from "../postcard-error.ts";
import { decodeInPlace } from "./frame.ts";

/** What became of bytes that were fed; `rest` has to be fed next. */
export type CobsFeed<T> =
  | { readonly type: "Consumed" }
  | { readonly type: "OverFull"; readonly rest: Uint8Array }
  | { readonly type: "DeserError"; readonly error: PostcardError; readonly rest: Uint8Array }
  | { readonly type: "Success"; readonly value: T; readonly rest: Uint8Array };

/** Collects the frames of a stream that arrives in pieces (`CobsAccumulator<N>`). */
export class CobsAccumulator<T> {
  readonly #codec: Codec<T>;
  readonly #buffer: Uint8Array;
  readonly #discards: boolean;
  #used = 0;
  #isDiscarding = false;

  /**
   * @param capacity - most bytes of a frame, with its zero
   * @param options - `discard`: after a frame that is too long, pass everything up to its zero. Rust does not, and may
   *   take the end of that frame for one.
   */
  constructor(codec: Codec<T>, capacity: number, options: { readonly discard?: boolean } = {}) {
    this.#codec = codec;
    this.#buffer = new Uint8Array(capacity);
    this.#discards = options.discard ?? false;
  }

  /** Takes bytes up to the end of a frame. Borrowed bytes in its value last until the next call. */
  feed(bytes: Uint8Array): CobsFeed<T> {
    if (bytes.length === 0) return { type: "Consumed" };
    const zero = bytes.indexOf(0);
    const taken = zero < 0 ? bytes.length : zero + 1;
    const rest = bytes.subarray(taken);
    if (this.#isDiscarding) {
      if (zero >= 0) this.#isDiscarding = false;
      return zero < 0 ? { type: "Consumed" } : this.feed(rest);
    }
    const room = this.#buffer.length - this.#used;
    if (taken > room) {
      this.#used = 0;
      if (zero >= 0) return { type: "OverFull", rest };
      this.#isDiscarding = this.#discards;
      return { type: "OverFull", rest: this.#discards ? rest : bytes.subarray(room) };
    }
    this.#buffer.set(zero < 0 ? bytes : bytes.subarray(0, taken), this.#used);
    this.#used += taken;
    if (zero < 0) return { type: "Consumed" };
    const end = this.#used;
    this.#used = 0;
    try {
      const { dataEnd } = decodeInPlace(this.#buffer, 0, end);
      return { type: "Success", value: this.#codec.decode(this.#buffer, 0, dataEnd), rest };
    } catch (error) {
      if (!(error instanceof PostcardError)) throw error;
      return { type: "DeserError", error, rest };
    }
  }
}
