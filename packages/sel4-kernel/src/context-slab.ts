import { CONTEXT_HIGH, type SavedContext } from "./objects.ts";

/** Words of a saved context: see {@link CONTEXT_HIGH}. */
const CONTEXT_WORDS = 2 * CONTEXT_HIGH;
const CONTEXT_BYTES = CONTEXT_WORDS * 4;
/** Contexts in one buffer: making a buffer takes ten times what making a view of one takes. */
const CONTEXTS_PER_BUFFER = 32;

/** Hands out zeroed contexts for threads. None is handed out twice: a buffer lives as long as a thread that is in it. */
export class ContextSlab {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  take(): SavedContext {
    if (this.#used === this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(CONTEXTS_PER_BUFFER * CONTEXT_BYTES);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += CONTEXT_BYTES;
    return {
      words: new Int32Array(this.#buffer, at, CONTEXT_WORDS),
      pairs: new BigInt64Array(this.#buffer, at, CONTEXT_HIGH),
    };
  }
}
