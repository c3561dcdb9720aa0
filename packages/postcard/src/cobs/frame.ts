import { PostcardError } from "../postcard-error.ts";

/** The most bytes that a frame of `length` bytes has, with the zero at its end. */
export function maxFrameLength(length: number): number {
  return length + Math.floor(length / 254) + 2;
}

/**
 * The COBS frame of `bytes`, with the zero at its end, as postcard's `Cobs` flavour writes it: after each run of 254
 * bytes it begins a block, also when nothing follows.
 */
export function encode(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(maxFrameLength(bytes.length));
  return frame.slice(0, encodeInto(bytes, frame));
}

/**
 * Writes the frame of `bytes` at `offset` of `frame`, another buffer, and returns the offset after it.
 *
 * @throws PostcardError `SerializeBufferFull`
 */
export function encodeInto(bytes: Uint8Array, frame: Uint8Array, offset = 0): number {
  let codeAt = offset;
  let at = offset + 1;
  for (const byte of bytes) {
    if (byte !== 0) frame[at++] = byte;
    if (byte === 0 || at - codeAt === 0xff) {
      frame[codeAt] = at - codeAt;
      codeAt = at++;
    }
  }
  frame[codeAt] = at - codeAt;
  frame[at++] = 0;
  if (at > frame.length) throw new PostcardError("SerializeBufferFull", offset, "no room");
  return at;
}

/** What {@link decodeInPlace} found. */
export interface DecodedFrame {
  /** Offset after the decoded bytes, which begin where the frame began. */
  readonly dataEnd: number;
  /** Offset after the frame, and after the zero at its end if it is there. */
  readonly end: number;
}

/**
 * Decodes the frame in `bytes[offset..end)` into its own place. It ends at the first zero, or at the end.
 *
 * @throws PostcardError `DeserializeBadEncoding` for an empty frame and one that is cut off.
 */
export function decodeInPlace(
  bytes: Uint8Array,
  offset = 0,
  end: number = bytes.length,
): DecodedFrame {
  if (offset >= end) throw new PostcardError("DeserializeBadEncoding", offset, "an empty frame");
  let at = offset;
  let dataEnd = offset;
  while (at < end) {
    const code = bytes[at++] ?? 0;
    if (code === 0) break;
    for (let left = code - 1; left > 0; left--) {
      const byte = at < end ? (bytes[at] ?? 0) : 0;
      if (byte === 0) throw new PostcardError("DeserializeBadEncoding", at, "a frame cut off");
      bytes[dataEnd++] = byte;
      at += 1;
    }
    if (code !== 0xff && at < end && bytes[at] !== 0) bytes[dataEnd++] = 0;
  }
  return { dataEnd, end: at };
}

/** The bytes in the frame in `bytes`, which stay as they are. @throws PostcardError as {@link decodeInPlace}. */
export function decode(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.prototype.slice.call(bytes);
  return copy.subarray(0, decodeInPlace(copy).dataEnd);
}
