import { within } from "./postcard-error.ts";
import { type Reader } from "./reader.ts";
import {
  type FieldNode,
  minSize,
  type ScalarName,
  type SchemaNode,
  type VariantNode,
} from "./schema-node.ts";
import { type WireOptions } from "./wire-format.ts";

/** Reads one value. */
export type Decoder = (reader: Reader) => unknown;

/** The decoder of a schema, as closures: no code is generated, so it runs under any content security policy. */
export function compileDecoder(node: SchemaNode, options: WireOptions): Decoder {
  switch (node.type) {
    case "scalar":
      return scalarDecoder(node.scalar, options);
    case "nonZero": {
      const inner = compileDecoder(node.inner, options);
      return (reader) => {
        const start = reader.position;
        const value = inner(reader);
        if (value === 0 || value === 0n) reader.fail("SerdeDeCustom", "zero", start);
        return value;
      };
    }
    case "fixint": {
      const { bits, isSigned, isBigEndian } = node;
      if (bits <= 32) {
        const shift = 32 - bits;
        return isSigned
          ? (reader) => (reader.fixed(bits / 8, isBigEndian) << shift) >> shift
          : (reader) => reader.fixed(bits / 8, isBigEndian);
      }
      return isSigned
        ? (reader) => BigInt.asIntN(bits, reader.fixedBig(bits / 8, isBigEndian))
        : (reader) => reader.fixedBig(bits / 8, isBigEndian);
    }
    case "string": {
      const max = node.max ?? Infinity;
      return (reader) => reader.text(max);
    }
    case "bytes": {
      const { isOwned } = node;
      return (reader) => reader.raw(reader.length(Infinity), isOwned);
    }
    case "rawBytes": {
      const { length, isOwned } = node;
      return (reader) => reader.raw(length, isOwned);
    }
    case "option": {
      const inner = compileDecoder(node.inner, options);
      const { isWrapped } = node;
      return (reader) => {
        const tag = reader.byte();
        if (tag > 1) reader.fail("DeserializeBadOption", `tag ${tag}`, reader.position - 1);
        if (tag === 0) return undefined;
        return isWrapped ? { some: inner(reader) } : inner(reader);
      };
    }
    case "newtype":
      return compileDecoder(node.inner, options);
    case "seq": {
      const element = compileDecoder(node.element, options);
      const isZeroSize = minSize(node.element) === 0;
      const max = node.max ?? Infinity;
      return (reader) => decodeEach(reader, reader.count(max, isZeroSize), element);
    }
    case "map": {
      const key = compileDecoder(node.key, options);
      const item = compileDecoder(node.value, options);
      const isZeroSize = minSize(node.key) + minSize(node.value) === 0;
      return (reader) => {
        const count = reader.count(Infinity, isZeroSize);
        const entries = new Map<unknown, unknown>();
        let index = 0;
        try {
          for (; index < count; index++) {
            const name = key(reader);
            entries.set(name, item(reader));
          }
        } catch (error) {
          throw within(error, index);
        }
        return entries;
      };
    }
    case "array": {
      const element = compileDecoder(node.element, options);
      const { length } = node;
      return (reader) => decodeEach(reader, length, element);
    }
    case "tuple": {
      const decoders = node.elements.map((element) => compileDecoder(element, options));
      return (reader) => {
        const values: unknown[] = [];
        try {
          for (const decoder of decoders) values.push(decoder(reader));
        } catch (error) {
          throw within(error, values.length);
        }
        return values;
      };
    }
    case "struct": {
      const decode = fieldsDecoder(node.fields, options);
      return (reader) => {
        const value: Record<string, unknown> = {};
        decode(reader, value);
        return value;
      };
    }
    case "enum":
      return enumDecoder(node.tag, node.variants, options);
    case "unitEnum": {
      const { names } = node;
      return (reader) => names[reader.discriminant(names.length)];
    }
    case "enumIndex": {
      const { count } = node;
      return (reader) => reader.discriminant(count);
    }
    case "lazy": {
      let inner: Decoder | undefined;
      return (reader) => {
        inner ??= compileDecoder(node.resolve(), options);
        reader.enter();
        const value = inner(reader);
        reader.leave();
        return value;
      };
    }
  }
}

function scalarDecoder(name: ScalarName, { isVarint, wordBits }: WireOptions): Decoder {
  switch (name) {
    case "bool":
      return (reader) => {
        const value = reader.byte();
        if (value > 1) reader.fail("DeserializeBadBool", `byte ${value}`, reader.position - 1);
        return value === 1;
      };
    case "u8":
      return (reader) => reader.byte();
    case "i8":
      return (reader) => (reader.byte() << 24) >> 24;
    case "u16":
      return isVarint ? (reader) => reader.varint(16) : (reader) => reader.fixed(2);
    case "u32":
      return isVarint ? (reader) => reader.varint(32) : (reader) => reader.fixed(4);
    case "i16":
      return isVarint
        ? (reader) => zigZag(reader.varint(16))
        : (reader) => (reader.fixed(2) << 16) >> 16;
    case "i32":
      return isVarint ? (reader) => zigZag(reader.varint(32)) : (reader) => reader.fixed(4) | 0;
    case "u64":
      return (reader) => reader.unsignedBig(64);
    case "u128":
      return (reader) => reader.unsignedBig(128);
    case "i64":
      return (reader) => reader.signedBig(64);
    case "i128":
      return (reader) => reader.signedBig(128);
    case "u64n":
      return (reader) => reader.safe64();
    case "i64n":
      return (reader) => reader.signedSafe(Number.MAX_SAFE_INTEGER);
    case "usize":
      return (reader) => reader.usize();
    case "isize": {
      const max = wordBits === 32 ? 0x7fff_ffff : Number.MAX_SAFE_INTEGER;
      return (reader) => reader.signedSafe(max);
    }
    case "usizeBig":
      return (reader) => {
        const start = reader.position;
        const value = reader.unsignedBig(64);
        if (value !== BigInt.asUintN(wordBits, value)) {
          reader.fail("SerdeDeCustom", "more than 32 bits", start);
        }
        return value;
      };
    case "isizeBig":
      return (reader) => {
        const start = reader.position;
        const value = reader.signedBig(64);
        if (value !== BigInt.asIntN(wordBits, value)) {
          reader.fail("SerdeDeCustom", "more than 32 bits", start);
        }
        return value;
      };
    case "f32":
      return (reader) => reader.float32();
    case "f64":
      return (reader) => reader.float64();
    case "f32bits":
      return (reader) => reader.fixed(4);
    case "f64bits":
      return (reader) => reader.fixedBig(8);
    case "char":
      return (reader) => reader.char();
    case "unit":
    case "unitStruct":
      return () => undefined;
    case "duration":
      return (reader) => reader.duration();
  }
}

function zigZag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** Reads fields into `target`. */
function fieldsDecoder(
  fields: readonly FieldNode[],
  options: WireOptions,
): (reader: Reader, target: Record<string, unknown>) => void {
  const names = fields.map((field) => field.name);
  const decoders = fields.map((field) => compileDecoder(field.node, options));
  return (reader, target) => {
    let index = 0;
    try {
      for (const decoder of decoders) {
        target[names[index] ?? ""] = decoder(reader);
        index += 1;
      }
    } catch (error) {
      throw within(error, names[index] ?? "");
    }
  };
}

function enumDecoder(tag: string, variants: readonly VariantNode[], options: WireOptions): Decoder {
  const decoders = variants.map(({ name, payload }): Decoder => {
    if (payload.type === "unit") return () => ({ [tag]: name });
    if (payload.type === "fields") {
      const decode = fieldsDecoder(payload.fields, options);
      return (reader) => {
        const value: Record<string, unknown> = {};
        value[tag] = name;
        decode(reader, value);
        return value;
      };
    }
    const decode = compileDecoder(payload.node, options);
    return (reader) => {
      const value: Record<string, unknown> = {};
      value[tag] = name;
      value["value"] = decode(reader);
      return value;
    };
  });
  return (reader) => {
    const discriminant = reader.discriminant(decoders.length);
    try {
      return decoders[discriminant]?.(reader);
    } catch (error) {
      throw within(error, variants[discriminant]?.name ?? "");
    }
  };
}

function decodeEach(reader: Reader, count: number, decoder: Decoder): unknown[] {
  const values: unknown[] = [];
  try {
    while (values.length < count) values.push(decoder(reader));
  } catch (error) {
    throw within(error, values.length);
  }
  return values;
}
