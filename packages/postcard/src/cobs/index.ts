import { type Codec } from "../codec.ts";
import { decodeInPlace, encode } from "./frame.ts";

export { CobsAccumulator, type CobsFeed } from "./accumulator.ts";
export {
  decode,
  type DecodedFrame,
  decodeInPlace,
  encode,
  encodeInto,
  maxFrameLength,
} from "./frame.ts";

/** A message in a frame (`to_vec_cobs`). */
export function encodeMessage<T>(codec: Codec<T>, value: T): Uint8Array {
  return encode(codec.encode(value));
}

/**
 * The message of the frame at `offset`, which is decoded in place, and the offset after the frame
 * (`take_from_bytes_cobs`).
 */
export function takeMessage<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  offset = 0,
): { readonly value: T; readonly end: number } {
  const { dataEnd, end } = decodeInPlace(bytes, offset);
  return { value: codec.decode(bytes, offset, dataEnd), end };
}
