import { PostcardError, withPath } from "./postcard-error.ts";
import { type AnySchema, type FieldNode, type ScalarName, type VariantNode } from "./schema.ts";
import { type WireFormat } from "./wire-format.ts";
import { type Writer } from "./writer.ts";

/** Writes one value, after checking that it fits the schema. */
export type Encoder = (writer: Writer, value: unknown) => void;

/** The encoder of `schema`, as a closure: no code is generated, so it runs under any content security policy. */
export function compileEncoder(schema: AnySchema, format: WireFormat): Encoder {
  const { node } = schema;
  switch (node.type) {
    case "scalar":
      return scalarEncoder(node.name, format);
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
      const inner = compileEncoder(node.inner, format);
      return (writer, value) => {
        if (value === undefined) {
          writer.byte(0);
        } else {
          writer.byte(1);
          inner(writer, value);
        }
      };
    }
    case "seq": {
      const element = compileEncoder(node.element, format);
      return (writer, value) => {
        if (!Array.isArray(value)) mismatch(writer, "an array", value);
        writer.varint(value.length);
        encodeEach(writer, value, () => element);
      };
    }
    case "map":
      return mapEncoder(compileEncoder(node.key, format), compileEncoder(node.value, format));
    case "tuple": {
      const elements = node.elements.map((element) => compileEncoder(element, format));
      return (writer, value) => {
        if (!Array.isArray(value) || value.length !== elements.length) {
          mismatch(writer, `an array of ${elements.length}`, value);
        }
        encodeEach(writer, value, (index) => elements[index]);
      };
    }
    case "struct":
      return fieldsEncoder(node.fields, format);
    case "enumeration":
      return enumerationEncoder(node.variants, format);
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
        writer.varint(integer(writer, value, 0, count - 1, "a discriminant"));
      };
    }
  }
}

function scalarEncoder(name: ScalarName, format: WireFormat): Encoder {
  switch (name) {
    case "bool":
      return (writer, value) => {
        if (typeof value !== "boolean") mismatch(writer, "a boolean", value);
        writer.byte(value ? 1 : 0);
      };
    case "u8":
      return (writer, value) => {
        writer.byte(integer(writer, value, 0, 0xff, name));
      };
    case "i8":
      return (writer, value) => {
        writer.byte(integer(writer, value, -0x80, 0x7f, name) & 0xff);
      };
    case "u16":
    case "u32":
      return unsignedEncoder(name, format);
    case "i16":
    case "i32":
      return signedEncoder(name, format);
    case "u64":
      return (writer, value) => {
        const wide = integer64(writer, value, 0n, (1n << 64n) - 1n, name);
        if (format === "1") writer.varint64(wide);
        else writer.fixed64(wide);
      };
    case "i64":
      return (writer, value) => {
        writeSigned64(
          writer,
          integer64(writer, value, -(1n << 63n), (1n << 63n) - 1n, name),
          format,
        );
      };
    case "usize":
      return (writer, value) => {
        const word = integer(writer, value, 0, Number.MAX_SAFE_INTEGER, name);
        if (format === "1") {
          writer.varint(word);
        } else {
          writer.fixed(word | 0, 4);
          writer.fixed(Math.floor(word / 2 ** 32), 4);
        }
      };
    case "isize":
      return (writer, value) => {
        const word = integer(writer, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, name);
        writeSigned64(writer, BigInt(word), format);
      };
    case "f32":
      return (writer, value) => {
        if (typeof value !== "number") mismatch(writer, "a number", value);
        const at = writer.reserve(4);
        viewOf(writer).setFloat32(at, value, true);
      };
    case "f64":
      return (writer, value) => {
        if (typeof value !== "number") mismatch(writer, "a number", value);
        const at = writer.reserve(8);
        viewOf(writer).setFloat64(at, value, true);
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
    case "string":
      return (writer, value) => {
        if (typeof value !== "string") mismatch(writer, "a string", value);
        writer.text(value);
      };
    case "bytes":
      return (writer, value) => {
        if (!(value instanceof Uint8Array)) mismatch(writer, "a Uint8Array", value);
        writer.varint(value.length);
        writer.raw(value);
      };
    case "unit":
      return (writer, value) => {
        if (value !== undefined) mismatch(writer, "undefined", value);
      };
  }
}

function unsignedEncoder(name: "u16" | "u32", format: WireFormat): Encoder {
  const size = name === "u16" ? 2 : 4;
  const max = 2 ** (size * 8) - 1;
  if (format === "1") {
    return (writer, value) => {
      writer.varint(integer(writer, value, 0, max, name));
    };
  }
  return (writer, value) => {
    writer.fixed(integer(writer, value, 0, max, name), size);
  };
}

function signedEncoder(name: "i16" | "i32", format: WireFormat): Encoder {
  const size = name === "i16" ? 2 : 4;
  const half = 2 ** (size * 8 - 1);
  return (writer, value) => {
    const word = integer(writer, value, -half, half - 1, name);
    if (format === "1") writer.varint(((word << 1) ^ (word >> 31)) >>> 0);
    else writer.fixed(word, size);
  };
}

function writeSigned64(writer: Writer, value: bigint, format: WireFormat): void {
  if (format === "1") writer.varint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  else writer.fixed64(value);
}

function mapEncoder(key: Encoder, item: Encoder): Encoder {
  return (writer, value) => {
    if (!(value instanceof Map)) mismatch(writer, "a Map", value);
    const entries = value as ReadonlyMap<unknown, unknown>;
    writer.varint(entries.size);
    let index = 0;
    try {
      for (const [name, content] of entries) {
        key(writer, name);
        item(writer, content);
        index += 1;
      }
    } catch (error) {
      throw withPath(error, index);
    }
  };
}

function fieldsEncoder(fields: readonly FieldNode[], format: WireFormat): Encoder {
  const names = fields.map((field) => field.name);
  const encoders = fields.map((field) => compileEncoder(field.schema, format));
  return (writer, value) => {
    if (!isRecord(value)) mismatch(writer, "an object", value);
    let index = 0;
    try {
      for (const encoder of encoders) {
        encoder(writer, value[names[index] ?? ""]);
        index += 1;
      }
    } catch (error) {
      throw withPath(error, names[index] ?? "");
    }
  };
}

function enumerationEncoder(variants: readonly VariantNode[], format: WireFormat): Encoder {
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
      const inner =
        payload.type === "fields"
          ? fieldsEncoder(payload.fields, format)
          : compileEncoder(payload.schema, format);
      const isFields = payload.type === "fields";
      return [
        name,
        (writer, value) => {
          writer.varint(discriminant);
          try {
            inner(writer, isFields ? value : (value as { value?: unknown }).value);
          } catch (error) {
            throw withPath(error, name);
          }
        },
      ];
    }),
  );
  return (writer, value) => {
    if (!isRecord(value)) mismatch(writer, "an object with a kind", value);
    const encoder = encoders.get(value["kind"]);
    if (encoder === undefined) mismatch(writer, "a known kind", value["kind"]);
    encoder(writer, value);
  };
}

function encodeEach(
  writer: Writer,
  values: readonly unknown[],
  encoderOf: (index: number) => Encoder | undefined,
): void {
  let index = 0;
  try {
    for (; index < values.length; index++) encoderOf(index)?.(writer, values[index]);
  } catch (error) {
    throw withPath(error, index);
  }
}

function integer(writer: Writer, value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    mismatch(writer, what, value);
  }
  return value;
}

function integer64(writer: Writer, value: unknown, min: bigint, max: bigint, what: string): bigint {
  if (typeof value !== "bigint" || value < min || value > max) {
    mismatch(writer, `${what} as a bigint`, value);
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function viewOf(writer: Writer): DataView {
  const { bytes } = writer;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function mismatch(writer: Writer, expected: string, value: unknown): never {
  const got =
    typeof value === "number" || typeof value === "bigint" ? value.toString() : typeof value;
  throw new PostcardError("SerdeSerCustom", writer.position, `expected ${expected}, got ${got}`);
}
