import { within } from "./postcard-error.ts";
import {
  type FieldNode,
  type ScalarName,
  type SchemaNode,
  type VariantNode,
} from "./schema-node.ts";
import { utf8Length } from "./utf8.ts";
import { type WireOptions } from "./wire-format.ts";
import { mismatch, type Writer } from "./writer.ts";

/** Writes one value, after checking that it fits the schema. */
export type Encoder = (writer: Writer, value: unknown) => void;

/** The encoder of a schema, as closures. */
export function compileEncoder(node: SchemaNode, options: WireOptions): Encoder {
  switch (node.type) {
    case "scalar":
      return scalarEncoder(node.scalar, options);
    case "nonZero": {
      const inner = compileEncoder(node.inner, options);
      return (writer, value) => {
        if (value === 0 || value === 0n) mismatch(writer, "no zero", value);
        inner(writer, value);
      };
    }
    case "fixint": {
      const { bits, isSigned, isBigEndian } = node;
      const size = bits / 8;
      if (bits <= 32) {
        const min = isSigned ? -(2 ** (bits - 1)) : 0;
        const max = min + 2 ** bits - 1;
        return (writer, value) => {
          writer.fixed(integer(writer, value, min, max), size, isBigEndian);
        };
      }
      return (writer, value) => {
        writer.fixedBig(bigInteger(writer, value, bits, isSigned), size, isBigEndian);
      };
    }
    case "string": {
      const max = node.max ?? Infinity;
      const limit = Math.min(max, options.maxLen);
      return (writer, value) => {
        if (typeof value !== "string") mismatch(writer, "a string", value);
        // A unit of text is at most three bytes, so that most texts need no counting.
        if (value.length * 3 > limit) writer.limit(utf8Length(value), max);
        writer.text(value);
      };
    }
    case "bytes":
      return (writer, value) => {
        if (!(value instanceof Uint8Array)) mismatch(writer, "a Uint8Array", value);
        writer.length(value.length, Infinity);
        writer.raw(value);
      };
    case "rawBytes": {
      const { length } = node;
      return (writer, value) => {
        if (!(value instanceof Uint8Array) || value.length !== length) {
          mismatch(writer, `${length} bytes`, value);
        }
        writer.raw(value);
      };
    }
    case "option": {
      const inner = compileEncoder(node.inner, options);
      const { isWrapped } = node;
      return (writer, value) => {
        if (value === undefined) {
          writer.byte(0);
          return;
        }
        writer.byte(1);
        inner(writer, isWrapped ? property(writer, value, "some") : value);
      };
    }
    case "newtype":
      return compileEncoder(node.inner, options);
    case "seq": {
      const element = compileEncoder(node.element, options);
      const max = node.max ?? Infinity;
      return (writer, value) => {
        if (!Array.isArray(value)) mismatch(writer, "an array", value);
        writer.length(value.length, max);
        encodeEach(writer, value, element);
      };
    }
    case "map": {
      const key = compileEncoder(node.key, options);
      const item = compileEncoder(node.value, options);
      return (writer, value) => {
        if (!(value instanceof Map)) mismatch(writer, "a Map", value);
        const entries = value as ReadonlyMap<unknown, unknown>;
        writer.length(entries.size, Infinity);
        let index = 0;
        try {
          for (const [name, content] of entries) {
            key(writer, name);
            item(writer, content);
            index += 1;
          }
        } catch (error) {
          throw within(error, index);
        }
      };
    }
    case "array": {
      const { length } = node;
      const element = compileEncoder(node.element, options);
      return (writer, value) => {
        encodeEach(writer, arrayOf(writer, value, length), element);
      };
    }
    case "tuple": {
      const encoders = node.elements.map((element) => compileEncoder(element, options));
      return (writer, value) => {
        const values = arrayOf(writer, value, encoders.length);
        let index = 0;
        try {
          for (const encoder of encoders) {
            encoder(writer, values[index]);
            index += 1;
          }
        } catch (error) {
          throw within(error, index);
        }
      };
    }
    case "struct":
      return fieldsEncoder(node.fields, options);
    case "enum":
      return enumEncoder(node.tag, node.variants, options);
    case "unitEnum": {
      const indices = new Map<unknown, number>(node.names.map((name, index) => [name, index]));
      return (writer, value) => {
        const index = indices.get(value);
        if (index === undefined) mismatch(writer, "a variant's name", value);
        writer.varint(index);
      };
    }
    case "enumIndex": {
      const { count } = node;
      return (writer, value) => {
        writer.varint(integer(writer, value, 0, count - 1));
      };
    }
    case "lazy": {
      let inner: Encoder | undefined;
      return (writer, value) => {
        inner ??= compileEncoder(node.resolve(), options);
        writer.enter();
        inner(writer, value);
        writer.leave();
      };
    }
  }
}

function scalarEncoder(name: ScalarName, { isVarint, wordBits }: WireOptions): Encoder {
  switch (name) {
    case "bool":
      return (writer, value) => {
        if (typeof value !== "boolean") mismatch(writer, "a boolean", value);
        writer.byte(value ? 1 : 0);
      };
    case "u8":
      return (writer, value) => {
        writer.byte(integer(writer, value, 0, 0xff));
      };
    case "i8":
      return (writer, value) => {
        writer.byte(integer(writer, value, -0x80, 0x7f) & 0xff);
      };
    case "u16":
      return (writer, value) => {
        writer.integer(integer(writer, value, 0, 0xffff), 2);
      };
    case "u32":
      return (writer, value) => {
        writer.integer(integer(writer, value, 0, 0xffff_ffff), 4);
      };
    case "i16":
      return signedEncoder(2, isVarint);
    case "i32":
      return signedEncoder(4, isVarint);
    case "u64":
      return bigEncoder(64, false, 64);
    case "u128":
      return bigEncoder(128, false, 128);
    case "i64":
      return bigEncoder(64, true, 64);
    case "i128":
      return bigEncoder(128, true, 128);
    case "usizeBig":
      return bigEncoder(64, false, wordBits);
    case "isizeBig":
      return bigEncoder(64, true, wordBits);
    case "u64n":
      return (writer, value) => {
        writer.word(integer(writer, value, 0, Number.MAX_SAFE_INTEGER));
      };
    case "usize":
      return (writer, value) => {
        writer.word(integer(writer, value, 0, writer.maxWord));
      };
    case "i64n":
    case "isize": {
      const max = name === "isize" && wordBits === 32 ? 0x7fff_ffff : Number.MAX_SAFE_INTEGER;
      const min = max === 0x7fff_ffff ? -max - 1 : -max;
      return (writer, value) => {
        writer.signedBig(BigInt(integer(writer, value, min, max)), 64);
      };
    }
    case "f32":
      return (writer, value) => {
        if (typeof value !== "number") mismatch(writer, "a number", value);
        writer.float32(value);
      };
    case "f64":
      return (writer, value) => {
        if (typeof value !== "number") mismatch(writer, "a number", value);
        writer.float64(value);
      };
    case "f32bits":
      return (writer, value) => {
        writer.fixed(integer(writer, value, 0, 0xffff_ffff), 4);
      };
    case "f64bits":
      return (writer, value) => {
        writer.fixedBig(bigInteger(writer, value, 64, false), 8);
      };
    case "char":
      return (writer, value) => {
        if (
          typeof value !== "string" ||
          value !== String.fromCodePoint(value.codePointAt(0) ?? 0)
        ) {
          mismatch(writer, "one character", value);
        }
        writer.text(value);
      };
    case "unit":
    case "unitStruct":
      return (writer, value) => {
        if (value !== undefined) mismatch(writer, "undefined", value);
      };
    case "duration":
      return (writer, value) => {
        const nanos = integer(writer, property(writer, value, "nanos"), 0, 999_999_999);
        const secs = bigInteger(writer, property(writer, value, "secs"), 64, false);
        writer.unsignedBig(secs, 64);
        writer.integer(nanos, 4);
      };
  }
}

function signedEncoder(size: 2 | 4, isVarint: boolean): Encoder {
  const half = 2 ** (size * 8 - 1);
  return (writer, value) => {
    const word = integer(writer, value, -half, half - 1);
    if (isVarint) writer.varint(((word << 1) ^ (word >> 31)) >>> 0);
    else writer.fixed(word, size);
  };
}

/** An integer of `bits` bits on the wire, of which values use `used`. */
function bigEncoder(bits: 64 | 128, isSigned: boolean, used: number): Encoder {
  return (writer, value) => {
    const wide = bigInteger(writer, value, used, isSigned);
    if (isSigned) writer.signedBig(wide, bits);
    else writer.unsignedBig(wide, bits);
  };
}

function fieldsEncoder(fields: readonly FieldNode[], options: WireOptions): Encoder {
  const names = fields.map((field) => field.name);
  const encoders = fields.map((field) => compileEncoder(field.node, options));
  return (writer, value) => {
    if (!isRecord(value)) mismatch(writer, "an object", value);
    let index = 0;
    try {
      for (const encoder of encoders) {
        encoder(writer, value[names[index] ?? ""]);
        index += 1;
      }
    } catch (error) {
      throw within(error, names[index] ?? "");
    }
  };
}

function enumEncoder(tag: string, variants: readonly VariantNode[], options: WireOptions): Encoder {
  const encoders = new Map<unknown, Encoder>(
    variants.map(({ name, payload }, discriminant): [string, Encoder] => {
      if (payload.type === "unit") {
        return [
          name,
          (writer) => {
            writer.varint(discriminant);
          },
        ];
      }
      const isFields = payload.type === "fields";
      const inner = isFields
        ? fieldsEncoder(payload.fields, options)
        : compileEncoder(payload.node, options);
      return [
        name,
        (writer, value) => {
          writer.varint(discriminant);
          try {
            inner(writer, isFields ? value : (value as { value?: unknown }).value);
          } catch (error) {
            throw within(error, name);
          }
        },
      ];
    }),
  );
  return (writer, value) => {
    const name = property(writer, value, tag);
    const encoder = encoders.get(name);
    if (encoder === undefined) mismatch(writer, `a known ${tag}`, name);
    encoder(writer, value);
  };
}

function encodeEach(writer: Writer, values: readonly unknown[], encoder: Encoder): void {
  let index = 0;
  try {
    for (; index < values.length; index++) encoder(writer, values[index]);
  } catch (error) {
    throw within(error, index);
  }
}

function integer(writer: Writer, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    mismatch(writer, `an integer of ${min} to ${max}`, value);
  }
  return value;
}

function bigInteger(writer: Writer, value: unknown, bits: number, isSigned: boolean): bigint {
  if (
    typeof value !== "bigint" ||
    value !== (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
  ) {
    mismatch(writer, `a${isSigned ? " signed" : "n unsigned"} bigint of ${bits} bits`, value);
  }
  return value;
}

function arrayOf(writer: Writer, value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    mismatch(writer, `an array of ${length}`, value);
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function property(writer: Writer, value: unknown, name: string): unknown {
  if (!isRecord(value)) mismatch(writer, `an object with ${name}`, value);
  return value[name];
}
