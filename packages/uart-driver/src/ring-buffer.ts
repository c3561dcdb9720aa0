/** A queue of bytes of fixed capacity. */
export class RingBuffer {
  readonly #bytes: Uint8Array;
  #head = 0;
  #size = 0;
  /** Bytes that were dropped because the buffer was full. */
  overflows = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#size;
  }
  get space(): number {
    return this.#bytes.length - this.#size;
  }

  /** Adds a byte; a full buffer drops and counts it. */
  push(byte: number): void {
    if (this.space === 0) {
      this.overflows++;
      return;
    }
    this.#bytes[(this.#head + this.#size) % this.#bytes.length] = byte;
    this.#size++;
  }

  /** Takes the oldest byte; `undefined` when the buffer is empty. */
  shift(): number | undefined {
    if (this.#size === 0) return undefined;
    const byte = this.#bytes[this.#head];
    this.#head = (this.#head + 1) % this.#bytes.length;
    this.#size--;
    return byte;
  }

  clear(): void {
    this.#head = 0;
    this.#size = 0;
  }
}
