import { coder, type Coder } from "./coder.ts";
import { integerCoder } from "./integers.ts";
import { type ScalarName } from "./schema-node.ts";
import { type WireOptions } from "./wire-format.ts";
import {
  fail,
  mismatch,
  readFlag,
  readFloat,
  readText,
  readWord,
  refuse,
  writeFixed,
  writeFloat,
  writeText,
} from "./cursor.ts";
import { type FieldCoder, structCoder } from "./fields.ts";

interface Duration {
  readonly secs: bigint;
  readonly nanos: number;
}

/** The coder of a type without parts. */
export function scalarCoder(name: ScalarName, options: WireOptions, isBigEndian = false): Coder {
  const integer = integerCoder(name, options, isBigEndian);
  if (integer !== undefined) return integer;
  switch (name) {
    case "bool":
      return coder(
        1,
        (cursor, value) => {
          if (typeof value !== "boolean") mismatch(cursor, name, value);
          writeFixed(cursor, value ? 1 : 0, 1);
        },
        (cursor) => readFlag(cursor, "DeserializeBadBool"),
      );
    case "f32":
    case "f64": {
      const size = name === "f32" ? 4 : 8;
      return coder(
        size,
        (cursor, value) => {
          if (typeof value !== "number") mismatch(cursor, name, value);
          writeFloat(cursor, value, size);
        },
        (cursor) => readFloat(cursor, size),
      );
    }
    case "f32bits":
      return scalarCoder("u32", { ...options, isVarint: false });
    case "f64bits":
      return scalarCoder("u64", { ...options, isVarint: false });
    case "char":
      return coder(
        5,
        (cursor, value) => {
          if (typeof value !== "string" || Array.from(value).length !== 1) {
            mismatch(cursor, name, value);
          }
          writeText(cursor, value, Infinity);
        },
        (cursor) => {
          // Rust takes the first character of up to four bytes of text.
          const start = cursor.position;
          const length = readWord(cursor, options.wordBits);
          const [first] = length > 4 ? "" : readText(cursor, length, "DeserializeBadChar");
          return first ?? fail(cursor, "DeserializeBadChar", `${length} bytes`, start);
        },
      );
    case "duration": {
      const part = (field: string, type: ScalarName): FieldCoder => ({
        name: field,
        path: [field],
        coder: scalarCoder(type, options),
      });
      const parts = structCoder([part("secs", "u64"), part("nanos", "u32")]);
      return coder(
        parts.max,
        (cursor, value) => {
          const start = cursor.position;
          parts.encode(cursor, value);
          if ((value as Duration).nanos >= 1e9) refuse(cursor, name, start);
        },
        (cursor) => {
          // Nanoseconds carry into seconds, as in Rust.
          const start = cursor.position;
          const { secs, nanos } = parts.decode(cursor) as Duration;
          const carried = secs + BigInt(Math.floor(nanos / 1e9));
          if (carried >> 64n) refuse(cursor, name, start);
          return { secs: carried, nanos: nanos % 1e9 };
        },
      );
    }
    default:
      // `unit` and `unitStruct`
      return coder(
        0,
        (cursor, value) => {
          if (value !== undefined) mismatch(cursor, name, value);
        },
        () => undefined,
      );
  }
}
