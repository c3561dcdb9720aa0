import { decodeInPlace } from "../cobs/frame.ts";
import { type Codec } from "../codec.ts";
import { PostcardError } from "../postcard-error.ts";

/** How messages follow each other in a stream. */
export interface FramerOptions {
  /** `none` (default): one message after the other; `cobs`: each in a COBS frame. */
  readonly framing?: "none" | "cobs";
  /** Most bytes of a message or frame. Default 65536. */
  readonly maxBytes?: number;
  /** Gets the errors of COBS frames, which are then left out; without it they are thrown. */
  readonly onError?: (error: PostcardError) => void;
}

/** Cuts a stream of bytes into messages. Borrowed bytes in them stay: each piece of the stream is copied. */
export class Framer<T> {
  readonly #codec: Codec<T>;
  readonly #options: FramerOptions;
  readonly #maxBytes: number;
  /** What has come of the next message. */
  #pending: Uint8Array = new Uint8Array(0);
  #isDiscarding = false;

  constructor(codec: Codec<T>, options: FramerOptions = {}) {
    this.#codec = codec;
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? 0x1_0000;
  }

  /** The messages that `chunk` completes. @throws PostcardError */
  *push(chunk: Uint8Array): Generator<T, void, void> {
    const bytes = new Uint8Array(this.#pending.length + chunk.length);
    bytes.set(this.#pending);
    bytes.set(chunk, this.#pending.length);
    const searched = this.#pending.length;
    this.#pending = bytes;
    if (this.#options.framing === "cobs") yield* this.#frames(searched);
    else yield* this.#plain();
  }

  /** Ends the stream. @throws PostcardError `DeserializeUnexpectedEnd` within a message */
  finish(): void {
    const { length } = this.#pending;
    if (length > 0) throw new PostcardError("DeserializeUnexpectedEnd", length, "the stream ends");
  }

  *#plain(): Generator<T, void, void> {
    while (this.#pending.length > 0) {
      let taken: { readonly value: T; readonly end: number };
      try {
        taken = this.#codec.take(this.#pending);
      } catch (error) {
        const isCut = error instanceof PostcardError && error.code === "DeserializeUnexpectedEnd";
        if (!isCut) throw error;
        if (this.#pending.length > this.#maxBytes) throw this.#tooLong();
        return;
      }
      if (taken.end === 0) throw new PostcardError("SerdeDeCustom", 0, "messages without bytes");
      this.#pending = this.#pending.subarray(taken.end);
      yield taken.value;
    }
  }

  *#frames(searched: number): Generator<T, void, void> {
    let start = 0;
    let from = searched;
    for (;;) {
      const zero = this.#pending.indexOf(0, from);
      if (zero < 0) break;
      const frame = this.#pending.subarray(start, zero + 1);
      start = zero + 1;
      from = start;
      if (this.#isDiscarding) this.#isDiscarding = false;
      else yield* this.#frame(frame);
    }
    this.#pending = this.#isDiscarding ? new Uint8Array(0) : this.#pending.subarray(start);
    if (this.#pending.length > this.#maxBytes) {
      this.#pending = new Uint8Array(0);
      this.#isDiscarding = true;
      this.#report(this.#tooLong());
    }
  }

  *#frame(frame: Uint8Array): Generator<T, void, void> {
    let value: T;
    try {
      if (frame.length > this.#maxBytes) throw this.#tooLong();
      value = this.#codec.decode(frame, 0, decodeInPlace(frame).dataEnd);
    } catch (error) {
      if (!(error instanceof PostcardError)) throw error;
      this.#report(error);
      return;
    }
    yield value;
  }

  #tooLong(): PostcardError {
    return new PostcardError("SerdeDeCustom", this.#maxBytes, "a message that is too long");
  }

  #report(error: PostcardError): void {
    if (this.#options.onError === undefined) throw error;
    this.#options.onError(error);
  }
}
