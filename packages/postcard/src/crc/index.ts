import { type Codec } from "../codec.ts";
import { PostcardError } from "../postcard-error.ts";
import { type Checksum } from "./checksum.ts";

export * from "./algorithms.ts";
export { type Algorithm, type Checksum, checksum } from "./checksum.ts";

/** A message with its checksum behind it, little-endian (postcard's `CrcModifier`). */
export function encode<T>(codec: Codec<T>, value: T, crc: Checksum): Uint8Array {
  const message = codec.encode(value);
  const bytes = new Uint8Array(message.length + crc.size);
  bytes.set(message);
  let rest = crc.of(message);
  for (let at = message.length; at < bytes.length; at++) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/**
 * The message at `offset` and the offset after its checksum.
 *
 * @throws PostcardError `DeserializeBadCrc`, or `DeserializeUnexpectedEnd` when the checksum is not all there.
 */
export function take<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
  crc: Checksum,
  offset = 0,
): { readonly value: T; readonly end: number } {
  const { value, end } = codec.take(bytes, offset);
  if (crc.size > bytes.length - end) {
    throw new PostcardError("DeserializeUnexpectedEnd", end, "a checksum expected");
  }
  let found = 0n;
  for (let at = end + crc.size - 1; at >= end; at--) found = (found << 8n) | BigInt(bytes[at] ?? 0);
  if (found !== crc.of(bytes.subarray(offset, end))) {
    throw new PostcardError("DeserializeBadCrc", end, `checksum ${found.toString(16)}`);
  }
  return { value, end: end + crc.size };
}
