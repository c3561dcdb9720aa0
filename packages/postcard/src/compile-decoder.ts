import { withPath } from "./postcard-error.ts";
import { type Reader } from "./reader.ts";
import { type AnySchema, type FieldNode, type ScalarName, type VariantNode } from "./schema.ts";
import { readUtf8 } from "./utf8.ts";
import { type WireFormat } from "./wire-format.ts";

/** Reads one value. */
export type Decoder = (reader: Reader) => unknown;

/** The decoder of `schema`. */
export function compileDecoder(schema: AnySchema, format: WireFormat): Decoder {
  const { node } = schema;
  switch (node.type) {
    case "scalar":
      return scalarDecoder(node.name, format);
    case "rawBytes": {
      const { length } = node;
      return (reader) => {
        const at = reader.advance(length);
        return reader.bytes.slice(at, at + length);
      };
    }
    case "option": {
      const inner = compileDecoder(node.inner, format);
      return (reader) => {
        const tag = reader.byte();
        if (tag > 1) reader.fail("DeserializeBadOption", `tag ${tag}`);
        return tag === 0 ? undefined : inner(reader);
      };
    }
    case "seq": {
      const element = compileDecoder(node.element, format);
      const isZeroSize = minSize(node.element) === 0;
      return (reader) => {
        const count = readCount(reader, format, isZeroSize);
        return decodeEach(reader, count, () => element);
      };
    }
    case "map": {
      const key = compileDecoder(node.key, format);
      const item = compileDecoder(node.value, format);
      const isZeroSize = minSize(node.key) + minSize(node.value) === 0;
      return (reader) => {
        const count = readCount(reader, format, isZeroSize);
        const entries = new Map<unknown, unknown>();
        let index = 0;
        try {
          for (; index < count; index++) {
            const name = key(reader);
            entries.set(name, item(reader));
          }
        } catch (error) {
          throw withPath(error, index);
        }
        return entries;
      };
    }
    case "tuple": {
      const elements = node.elements.map((element) => compileDecoder(element, format));
      return (reader) => decodeEach(reader, elements.length, (index) => elements[index]);
    }
    case "struct": {
      const decode = fieldsDecoder(node.fields, format);
      return (reader) => {
        const value: Record<string, unknown> = {};
        decode(reader, value);
        return value;
      };
    }
    case "enumeration":
      return enumerationDecoder(node.variants, format);
    case "unitEnum": {
      const { names } = node;
      return (reader) => names[readDiscriminant(reader, format, names.length)];
    }
    case "enumIndex": {
      const { count } = node;
      return (reader) => readDiscriminant(reader, format, count);
    }
  }
}

function scalarDecoder(name: ScalarName, format: WireFormat): Decoder {
  const isVariable = format === "1";
  switch (name) {
    case "bool":
      return (reader) => {
        const value = reader.byte();
        if (value > 1) reader.fail("DeserializeBadBool", `byte ${value}`);
        return value === 1;
      };
    case "u8":
      return (reader) => reader.byte();
    case "i8":
      return (reader) => (reader.byte() << 24) >> 24;
    case "u16":
      return isVariable ? (reader) => reader.varint(16) : (reader) => reader.fixed(2);
    case "u32":
      return isVariable ? (reader) => reader.varint(32) : (reader) => reader.fixed(4);
    case "i16":
      return isVariable
        ? (reader) => zigZag(reader.varint(16))
        : (reader) => (reader.fixed(2) << 16) >> 16;
    case "i32":
      return isVariable ? (reader) => zigZag(reader.varint(32)) : (reader) => reader.fixed(4) | 0;
    case "u64":
      return isVariable ? (reader) => reader.varint64() : (reader) => reader.fixed64();
    case "i64":
      return (reader) => readSigned64(reader, format);
    case "usize":
      return (reader) => {
        const value = isVariable ? reader.varint(64) : reader.fixed(4) + reader.fixed(4) * 2 ** 32;
        if (value > Number.MAX_SAFE_INTEGER) reader.fail("SerdeDeCustom", "usize above 2^53-1");
        return value;
      };
    case "isize":
      return (reader) => {
        const value = Number(readSigned64(reader, format));
        if (!Number.isSafeInteger(value)) reader.fail("SerdeDeCustom", "isize above 2^53-1");
        return value;
      };
    case "f32":
      return (reader) => {
        const at = reader.advance(4);
        return viewOf(reader).getFloat32(at, true);
      };
    case "f64":
      return (reader) => {
        const at = reader.advance(8);
        return viewOf(reader).getFloat64(at, true);
      };
    case "char":
      return (reader) => readChar(reader, format);
    case "string":
      return (reader) => {
        const length = readLength(reader, format);
        const at = reader.advance(length);
        const text = readUtf8(reader.bytes, at, at + length);
        if (text === undefined) reader.fail("DeserializeBadUtf8", "");
        return text;
      };
    case "bytes":
      return (reader) => {
        const length = readLength(reader, format);
        const at = reader.advance(length);
        return reader.bytes.slice(at, at + length);
      };
    case "unit":
      return () => undefined;
  }
}

/** Rust takes the first character of up to four bytes of text, so this does. */
function readChar(reader: Reader, format: WireFormat): string {
  const length = readLength(reader, format);
  if (length > 4) reader.fail("DeserializeBadChar", `${length} bytes`);
  const at = reader.advance(length);
  const text = readUtf8(reader.bytes, at, at + length);
  if (text === undefined || text === "") reader.fail("DeserializeBadChar", "");
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

function readLength(reader: Reader, format: WireFormat): number {
  return format === "1" ? reader.varint(64) : reader.looseVarint();
}

function readCount(reader: Reader, format: WireFormat, isZeroSize: boolean): number {
  const count = readLength(reader, format);
  if (isZeroSize) {
    if (count > reader.zeroSizeBudget) {
      reader.fail("SerdeDeCustom", `${count} elements without bytes`);
    }
    reader.zeroSizeBudget -= count;
  }
  return count;
}

function readDiscriminant(reader: Reader, format: WireFormat, count: number): number {
  const value = format === "1" ? reader.varint(32) : reader.looseVarint();
  if (value > 0xffff_ffff) reader.fail("DeserializeBadEnum", `discriminant ${value}`);
  if (value >= count) reader.fail("SerdeDeCustom", `discriminant ${value} of ${count} variants`);
  return value;
}

function readSigned64(reader: Reader, format: WireFormat): bigint {
  if (format !== "1") return BigInt.asIntN(64, reader.fixed64());
  const value = reader.varint64();
  return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
}

function zigZag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** Reads fields into `target`. */
function fieldsDecoder(
  fields: readonly FieldNode[],
  format: WireFormat,
): (reader: Reader, target: Record<string, unknown>) => void {
  const names = fields.map((field) => field.name);
  const decoders = fields.map((field) => compileDecoder(field.schema, format));
  return (reader, target) => {
    let index = 0;
    try {
      for (const decoder of decoders) {
        target[names[index] ?? ""] = decoder(reader);
        index += 1;
      }
    } catch (error) {
      throw withPath(error, names[index] ?? "");
    }
  };
}

function enumerationDecoder(variants: readonly VariantNode[], format: WireFormat): Decoder {
  const decoders = variants.map(({ name, payload }): Decoder => {
    if (payload.type === "unit") return () => ({ kind: name });
    if (payload.type === "fields") {
      const decode = fieldsDecoder(payload.fields, format);
      return (reader) => {
        const value: Record<string, unknown> = { kind: name };
        decode(reader, value);
        return value;
      };
    }
    const decode = compileDecoder(payload.schema, format);
    return (reader) => ({ kind: name, value: decode(reader) });
  });
  return (reader) => {
    const discriminant = readDiscriminant(reader, format, decoders.length);
    try {
      return decoders[discriminant]?.(reader);
    } catch (error) {
      throw withPath(error, variants[discriminant]?.name ?? "");
    }
  };
}

function decodeEach(
  reader: Reader,
  count: number,
  decoderOf: (index: number) => Decoder | undefined,
): unknown[] {
  const values: unknown[] = [];
  let index = 0;
  try {
    for (; index < count; index++) values.push(decoderOf(index)?.(reader));
  } catch (error) {
    throw withPath(error, index);
  }
  return values;
}

/** Whether a value takes no bytes: 0 when it may, otherwise at least 1. */
function minSize({ node }: AnySchema): 0 | 1 {
  switch (node.type) {
    case "scalar":
      return node.name === "unit" ? 0 : 1;
    case "rawBytes":
      return node.length === 0 ? 0 : 1;
    case "tuple":
      return node.elements.some((element) => minSize(element) === 1) ? 1 : 0;
    case "struct":
      return node.fields.some((field) => minSize(field.schema) === 1) ? 1 : 0;
    default:
      return 1;
  }
}

function viewOf(reader: Reader): DataView {
  const { bytes } = reader;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
