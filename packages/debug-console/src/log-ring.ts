/** Bytes that wait: more than the memory manager says of all of its blocks (`mdebug`). */
export const LOG_RING_BYTES = 8192;

/**
 * Lines of the log that the UART has no room for yet, in the order in which they came.
 *
 * A full ring drops what comes, not what is there: that was acknowledged. How many were dropped is a line of its own, where
 * they would have been.
 */
export class LogRing {
  readonly #capacity: number;
  readonly #lines: Uint8Array[] = [];
  #bytes = 0;
  #lost = 0;
  #shifted = 0;

  /** @param capacity - bytes */
  constructor(capacity: number = LOG_RING_BYTES) {
    this.#capacity = capacity;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#lost === 0;
  }

  /** Lines that were taken out whole, and those that are in it: a line is gone when {@link shifted} has reached this. */
  get end(): number {
    return this.#shifted + this.#lines.length + (this.#lost > 0 ? 1 : 0);
  }

  get shifted(): number {
    return this.#shifted;
  }

  /** Appends a line, or counts it as lost. */
  push(line: Uint8Array): void {
    const note = this.#lost > 0 ? noteOf(this.#lost) : undefined;
    if (this.#bytes + (note?.length ?? 0) + line.length > this.#capacity) {
      this.#lost++;
      return;
    }
    if (note !== undefined) this.#append(note);
    this.#lost = 0;
    this.#append(line);
  }

  /** What is to be written next: a line, or what is left of it. `undefined` when the ring is empty. */
  peek(): Uint8Array | undefined {
    if (this.#lines.length === 0 && this.#lost > 0) {
      this.#append(noteOf(this.#lost));
      this.#lost = 0;
    }
    return this.#lines[0];
  }

  /** Takes the first bytes of {@link peek} out. */
  consume(bytes: number): void {
    const [line] = this.#lines;
    if (line === undefined) return;
    this.#bytes -= bytes;
    if (bytes < line.length) {
      this.#lines[0] = line.subarray(bytes);
      return;
    }
    this.#lines.shift();
    this.#shifted++;
  }

  #append(line: Uint8Array): void {
    this.#lines.push(line);
    this.#bytes += line.length;
  }
}

function noteOf(lost: number): Uint8Array {
  const text = `cantrip_debug_console::${lost} log records lost\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
