import { type Cursor } from "./cursor.ts";
/** Writes one value, after checking that it fits the schema. */
type Encode = (cursor: Cursor, value: unknown) => void;
/** Reads one value. */
type Decode = (cursor: Cursor) => unknown;

/** A schema as closures: no code is generated, so it runs under any content security policy. */
export interface Coder {
  /**
   * The most bytes of a value, as postcard's `MaxSize` counts them; `Infinity` when there is no limit. With 0 every
   * value is without bytes.
   */
  readonly max: number;
  readonly encode: Encode;
  readonly decode: Decode;
}

/** Puts a {@link Coder} together. */
export function coder(max: number, encode: Encode, decode: Decode): Coder {
  return { max, encode, decode };
}
