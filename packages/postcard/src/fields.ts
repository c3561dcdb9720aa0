import { coder, type Coder } from "./coder.ts";
import { type PathSegment, within } from "./postcard-error.ts";
import { varintSize } from "./varint-size.ts";
import { type Cursor, isRecord, mismatch, readDiscriminant, writeVarint } from "./cursor.ts";

/** A part of a value: a field, or an element of a tuple. */
export interface FieldCoder {
  readonly name: PathSegment;
  /** What errors in it get before their path, innermost first. */
  readonly path: readonly PathSegment[];
  readonly coder: Coder;
}
type Target = Record<PathSegment, unknown>;

/** The most bytes of all parts. */
export function sizeOf(fields: readonly FieldCoder[]): number {
  return fields.reduce((total, field) => total + field.coder.max, 0);
}

/** Writes the parts of `value`. */
export function encodeFields(cursor: Cursor, value: object, fields: readonly FieldCoder[]): void {
  let at: FieldCoder | undefined;
  try {
    for (at of fields) at.coder.encode(cursor, (value as Target)[at.name]);
  } catch (error) {
    throw within(error, ...(at?.path ?? []));
  }
}

/** Reads parts into `target`. */
export function decodeFields(
  cursor: Cursor,
  target: object,
  fields: readonly FieldCoder[],
): object {
  let at: FieldCoder | undefined;
  try {
    for (at of fields) (target as Target)[at.name] = at.coder.decode(cursor);
  } catch (error) {
    throw within(error, ...(at?.path ?? []));
  }
  return target;
}

/** The coder of an object with these parts. */
export function structCoder(fields: readonly FieldCoder[]): Coder {
  return coder(
    sizeOf(fields),
    (cursor, value) => {
      if (!isRecord(value)) mismatch(cursor, "struct", value);
      encodeFields(cursor, value, fields);
    },
    (cursor) => decodeFields(cursor, {}, fields),
  );
}

/** The coder of an enum whose variants have these names and parts. */
export function enumCoder(
  tag: string,
  names: readonly string[],
  payloads: readonly (readonly FieldCoder[])[],
): Coder {
  const indices = new Map<unknown, number>(names.map((name, index) => [name, index]));
  return coder(
    varintSize(names.length) + Math.max(0, ...payloads.map(sizeOf)),
    (cursor, value) => {
      const index = isRecord(value) ? indices.get(value[tag]) : undefined;
      if (index === undefined) mismatch(cursor, "enum", value);
      writeVarint(cursor, index);
      encodeFields(cursor, value as object, payloads[index] ?? []);
    },
    (cursor) => {
      const index = readDiscriminant(cursor, names.length);
      // A literal with a computed name is much slower.
      const target: Target = {};
      target[tag] = names[index];
      return decodeFields(cursor, target, payloads[index] ?? []);
    },
  );
}
