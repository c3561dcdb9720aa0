import { owned } from "./owned.ts";
import { type Contestant } from "./walk.ts";

/** A peer with its form of a value; its results are owned. */
export function contestant<V>(
  name: string,
  value: V,
  encode: (value: V) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  isInterpreted = false,
): Contestant {
  // The bytes are a message of their own: an encoder may write the next one over its last.
  const bytes = Uint8Array.prototype.slice.call(encode(value));
  const raw = { name, isInterpreted, encode: () => encode(value), decode: () => decode(bytes) };
  return owned(raw, bytes);
}
