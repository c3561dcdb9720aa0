import { PostcardError } from "./postcard-error.ts";

const FIRST_BYTES = 0x4000;
const MOST_BYTES = 0x7fff_ffff;

/** Runs `encode`, which writes from 0 and returns the end, with ever larger buffers until one is large enough. */
export function encodeGrowing(encode: (bytes: Uint8Array) => number): {
  readonly bytes: Uint8Array;
  readonly end: number;
} {
  for (let size = FIRST_BYTES; ; size *= 4) {
    const bytes = new Uint8Array(Math.min(size, MOST_BYTES));
    try {
      return { bytes, end: encode(bytes) };
    } catch (error) {
      const isFull = error instanceof PostcardError && error.code === "SerializeBufferFull";
      if (!isFull || size > MOST_BYTES) throw error;
    }
  }
}
