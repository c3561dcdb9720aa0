import { coder, type Coder } from "./coder.ts";
import { integerCoder, integerKind } from "./integers.ts";
import { type ScalarName } from "./schema-node.ts";
import { type WireOptions } from "./wire-format.ts";
import { mismatch } from "./cursor.ts";
import { structCoder } from "./fields.ts";

interface Duration {
  readonly secs: bigint;
  readonly nanos: number;
}

/** The coder of a type without parts. */
export function scalarCoder(name: ScalarName, { isVarint, wordBits }: WireOptions): Coder {
  const kind = integerKind(name, wordBits);
  if (kind !== undefined) return integerCoder(kind, isVarint);
  const unsigned = (bits: number, isWire: boolean): Coder =>
    integerCoder({ bits, isSigned: false, usedBits: bits, isBig: bits > 32 }, isWire);
  switch (name) {
    case "bool":
      return coder(
        1,
        (cursor, value) => {
          if (typeof value !== "boolean") mismatch(cursor, "a boolean", value);
          cursor.putFixed(value ? 1 : 0, 1);
        },
        (cursor) => cursor.flag("DeserializeBadBool"),
      );
    case "f32":
    case "f64": {
      const size = name === "f32" ? 4 : 8;
      return coder(
        size,
        (cursor, value) => {
          if (typeof value !== "number") mismatch(cursor, "a number", value);
          cursor.putFloat(value, size);
        },
        (cursor) => cursor.float(size),
      );
    }
    case "f32bits":
      return unsigned(32, false);
    case "f64bits":
      return unsigned(64, false);
    case "char":
      return coder(
        5,
        (cursor, value) => {
          if (typeof value !== "string" || [...value].length !== 1) {
            mismatch(cursor, "one character", value);
          }
          cursor.putText(value, Infinity);
        },
        (cursor) => {
          // Rust takes the first character of up to four bytes of text.
          const start = cursor.position;
          const length = cursor.word(wordBits);
          const [first] = length > 4 ? "" : cursor.text(length, "DeserializeBadChar");
          return first ?? cursor.fail("DeserializeBadChar", `${length} bytes`, start);
        },
      );
    case "duration": {
      const parts = structCoder([
        { name: "secs", path: ["secs"], coder: unsigned(64, isVarint) },
        { name: "nanos", path: ["nanos"], coder: unsigned(32, isVarint) },
      ]);
      return coder(
        parts.max,
        (cursor, value) => {
          const start = cursor.position;
          parts.encode(cursor, value);
          if ((value as Duration).nanos >= 1e9) cursor.refuse("a second or more of nanos", start);
        },
        (cursor) => {
          // Nanoseconds carry into seconds, as in Rust.
          const start = cursor.position;
          const { secs, nanos } = parts.decode(cursor) as Duration;
          const carried = secs + BigInt(Math.floor(nanos / 1e9));
          if (carried >> 64n) cursor.refuse("2^64 s or more", start);
          return { secs: carried, nanos: nanos % 1e9 };
        },
      );
    }
    default:
      // `unit` and `unitStruct`
      return coder(
        0,
        (cursor, value) => {
          if (value !== undefined) mismatch(cursor, "undefined", value);
        },
        () => undefined,
      );
  }
}
