import { coder, type Coder } from "./coder.ts";
import {
  decodeFields,
  encodeFields,
  enumCoder,
  type FieldCoder,
  sizeOf,
  structCoder,
} from "./fields.ts";
import { within } from "./postcard-error.ts";
import { scalarCoder } from "./scalars.ts";
import { type FieldNode, type SchemaNode } from "./schema-node.ts";
import { varintSize } from "./varint-size.ts";
import { type WireOptions } from "./wire-format.ts";
import {
  advance,
  type Cursor,
  enter,
  isRecord,
  leave,
  mismatch,
  readCount,
  readDiscriminant,
  readFlag,
  readLength,
  readText,
  refuse,
  writeFixed,
  writeLength,
  writeText,
  writeVarint,
} from "./cursor.ts";

/** Makes the closures of a schema. */
export function compile(node: SchemaNode, options: WireOptions): Coder {
  const of = (inner: SchemaNode): Coder => compile(inner, options);
  const fieldsOf = (fields: readonly FieldNode[], ...outer: string[]): readonly FieldCoder[] =>
    fields.map(({ name, node: each }) => ({ name, path: [name, ...outer], coder: of(each) }));
  switch (node.type) {
    case "scalar":
      return scalarCoder(node.scalar, options);
    case "fixint":
      return scalarCoder(node.scalar, { ...options, isVarint: false }, node.isBigEndian);
    case "nonZero": {
      const { max, encode, decode } = of(node.inner);
      return coder(
        max,
        (cursor, value) => {
          const start = cursor.position;
          encode(cursor, value);
          if (Number(value) === 0) refuse(cursor, node.type, start);
        },
        (cursor) => {
          const start = cursor.position;
          const value = decode(cursor);
          if (Number(value) === 0) refuse(cursor, node.type, start);
          return value;
        },
      );
    }
    case "string": {
      const most = node.max ?? Infinity;
      return coder(
        varintSize(most) + most,
        (cursor, value) => {
          if (typeof value !== "string") mismatch(cursor, node.type, value);
          writeText(cursor, value, most);
        },
        (cursor) => readText(cursor, readLength(cursor, most), "DeserializeBadUtf8"),
      );
    }
    case "bytes":
    case "rawBytes": {
      const { isOwned } = node;
      const length = node.type === "rawBytes" ? node.length : undefined;
      return coder(
        length ?? Infinity,
        (cursor, value) => {
          if (!(value instanceof Uint8Array) || (length ?? value.length) !== value.length) {
            mismatch(cursor, node.type, value);
          }
          if (length === undefined) writeLength(cursor, value.length, Infinity);
          cursor.bytes.set(value, advance(cursor, value.length));
        },
        (cursor) => {
          const size = length ?? readLength(cursor, Infinity);
          const at = advance(cursor, size);
          const view = cursor.bytes.subarray(at, at + size);
          return isOwned ? new Uint8Array(view) : view;
        },
      );
    }
    case "option": {
      const { max, encode, decode } = of(node.inner);
      const { isWrapped } = node;
      return coder(
        1 + max,
        (cursor, value) => {
          writeFixed(cursor, value === undefined ? 0 : 1, 1);
          if (value === undefined) return;
          if (isWrapped && !isRecord(value)) mismatch(cursor, node.type, value);
          encode(cursor, isWrapped ? (value as { some?: unknown }).some : value);
        },
        (cursor) => {
          if (!readFlag(cursor, "DeserializeBadOption")) return undefined;
          return isWrapped ? { some: decode(cursor) } : decode(cursor);
        },
      );
    }
    case "newtype":
      return of(node.inner);
    case "seq":
      return sequence(node.max ?? Infinity, of(node.element));
    case "array": {
      const element = of(node.element);
      const { length } = node;
      return coder(
        length && length * element.max,
        (cursor, value) => {
          encodeEach(cursor, arrayOf(cursor, value, length), element);
        },
        (cursor) => decodeEach(cursor, length, element),
      );
    }
    case "map": {
      const entries = sequence(Infinity, tuple([of(node.key), of(node.value)]));
      return coder(
        Infinity,
        (cursor, value) => {
          if (!(value instanceof Map)) mismatch(cursor, node.type, value);
          entries.encode(cursor, [...(value as ReadonlyMap<unknown, unknown>)]);
        },
        (cursor) => new Map(entries.decode(cursor) as [unknown, unknown][]),
      );
    }
    case "tuple":
      return tuple(node.elements.map(of));
    case "struct":
      return structCoder(fieldsOf(node.fields));
    case "enum": {
      const names = node.variants.map(({ name }) => name);
      const payloads = node.variants.map(({ name, payload }): readonly FieldCoder[] => {
        if (payload.type === "unit") return [];
        if (payload.type === "fields") return fieldsOf(payload.fields, name);
        return [{ name: "value", path: [name], coder: of(payload.node) }];
      });
      return enumCoder(node.tag, names, payloads);
    }
    case "unitEnum":
    case "enumIndex": {
      const names: readonly unknown[] =
        node.type === "unitEnum" ? node.names : [...Array(node.count).keys()];
      return coder(
        varintSize(names.length),
        (cursor, value) => {
          const index = names.indexOf(value);
          if (index < 0) mismatch(cursor, node.type, value);
          writeVarint(cursor, index);
        },
        (cursor) => names[readDiscriminant(cursor, names.length)],
      );
    }
    case "lazy": {
      let inner: Coder | undefined;
      return coder(
        Infinity,
        // A recursion that goes on without a byte has no finite value, so that there is always one.
        (cursor, value) => {
          inner ??= of(node.resolve());
          enter(cursor);
          inner.encode(cursor, value);
          leave(cursor);
        },
        (cursor) => {
          inner ??= of(node.resolve());
          enter(cursor);
          const value = inner.decode(cursor);
          leave(cursor);
          return value;
        },
      );
    }
  }
}

/** A number of elements, at most `most`, and those. */
function sequence(most: number, element: Coder): Coder {
  return coder(
    varintSize(most) + (most && element.max && most * element.max),
    (cursor, value) => {
      if (!Array.isArray(value)) mismatch(cursor, "seq", value);
      writeLength(cursor, value.length, most);
      encodeEach(cursor, value, element);
    },
    (cursor) => decodeEach(cursor, readCount(cursor, most, element.max === 0), element),
  );
}

function tuple(elements: readonly Coder[]): Coder {
  const fields = elements.map((element, name) => ({ name, path: [name], coder: element }));
  return coder(
    sizeOf(fields),
    (cursor, value) => {
      encodeFields(cursor, arrayOf(cursor, value, fields.length), fields);
    },
    (cursor) => decodeFields(cursor, [], fields),
  );
}

function encodeEach(cursor: Cursor, values: readonly unknown[], { encode }: Coder): void {
  let index = 0;
  try {
    for (; index < values.length; index++) encode(cursor, values[index]);
  } catch (error) {
    throw within(error, index);
  }
}

function decodeEach(cursor: Cursor, count: number, { decode }: Coder): unknown[] {
  const values: unknown[] = [];
  try {
    while (values.length < count) values.push(decode(cursor));
  } catch (error) {
    throw within(error, values.length);
  }
  return values;
}

function arrayOf(cursor: Cursor, value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    mismatch(cursor, `an array of ${length}`, value);
  }
  return value;
}
