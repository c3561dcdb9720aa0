/** Scalars by their Rust names. */
export type ScalarName =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "usize"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "isize"
  | "f32"
  | "f64"
  | "char"
  | "string"
  | "bytes"
  | "unit";

/** A variant of an enumeration: its name and what follows the discriminant. */
export interface VariantNode {
  readonly name: string;
  /** `unit`: nothing; `value`: one payload under `value`; `fields`: fields beside `kind`. */
  readonly payload:
    | { readonly type: "unit" }
    | { readonly type: "value"; readonly schema: AnySchema }
    | { readonly type: "fields"; readonly fields: readonly FieldNode[] };
}

/** A field of a struct or of a struct variant. */
export interface FieldNode {
  readonly name: string;
  readonly schema: AnySchema;
}

/** The description a codec is built from. */
export type SchemaNode =
  | { readonly type: "scalar"; readonly name: ScalarName }
  | { readonly type: "rawBytes"; readonly length: number }
  | { readonly type: "option"; readonly inner: AnySchema }
  | { readonly type: "seq"; readonly element: AnySchema }
  | { readonly type: "map"; readonly key: AnySchema; readonly value: AnySchema }
  | { readonly type: "tuple"; readonly elements: readonly AnySchema[] }
  | { readonly type: "struct"; readonly fields: readonly FieldNode[] }
  | { readonly type: "enumeration"; readonly variants: readonly VariantNode[] }
  | { readonly type: "unitEnum"; readonly names: readonly string[] }
  | { readonly type: "enumIndex"; readonly count: number };

/** A schema for values of type `T`. Immutable; make one with the functions of this module. */
export class Schema<out T> {
  /** What the codec reads. */
  readonly node: SchemaNode;
  /** Carries the type only; never set. */
  declare readonly "~type"?: T;

  constructor(node: SchemaNode) {
    this.node = node;
  }
}

/** A schema whose value type does not matter. */
export type AnySchema = Schema<unknown>;
/** The values a schema describes. */
export type Infer<S extends AnySchema> = S extends Schema<infer T> ? T : never;
/** Field name to schema, in wire order. */
export type Fields = Readonly<Record<string, AnySchema>>;
/** The value of a struct with these fields. */
export type StructValue<F extends Fields> = { readonly [K in keyof F]: Infer<F[K]> };
/** The value of a tuple with these elements. */
export type TupleValue<E extends readonly AnySchema[]> = { readonly [K in keyof E]: Infer<E[K]> };
/** A variant's payload: none, one schema, a tuple, or named fields. */
export type VariantSpec = null | AnySchema | readonly AnySchema[] | Fields;
/** The value of variant `N`. */
export type VariantValue<N, V extends VariantSpec> = V extends null
  ? { readonly kind: N }
  : V extends Schema<infer T>
    ? [T] extends [undefined]
      ? { readonly kind: N }
      : { readonly kind: N; readonly value: T }
    : V extends readonly AnySchema[]
      ? { readonly kind: N; readonly value: TupleValue<V> }
      : V extends Fields
        ? { readonly [K in keyof V | "kind"]: K extends "kind" ? N : Infer<V[K & keyof V]> }
        : never;
/** The value of an enumeration: the union of its variants. */
export type EnumerationValue<V extends Readonly<Record<string, VariantSpec>>> = {
  [N in keyof V]: VariantValue<N, V[N]>;
}[keyof V];

function scalar<T>(name: ScalarName): Schema<T> {
  return new Schema<T>({ type: "scalar", name });
}

/** `bool` */
export const bool: Schema<boolean> = scalar("bool");
/** `u8` */
export const u8: Schema<number> = scalar("u8");
/** `u16` */
export const u16: Schema<number> = scalar("u16");
/** `u32` */
export const u32: Schema<number> = scalar("u32");
/** `u64`, as a bigint */
export const u64: Schema<bigint> = scalar("u64");
/** `usize`: 64 bits on the wire, a number here; a decoded value above 2^53-1 is an error. */
export const usize: Schema<number> = scalar("usize");
/** `i8` */
export const i8: Schema<number> = scalar("i8");
/** `i16` */
export const i16: Schema<number> = scalar("i16");
/** `i32` */
export const i32: Schema<number> = scalar("i32");
/** `i64`, as a bigint */
export const i64: Schema<bigint> = scalar("i64");
/** `isize`: 64 bits on the wire, a safe integer here. */
export const isize: Schema<number> = scalar("isize");
/** `f32`; encoding rounds. The payload of a NaN is not kept. */
export const f32: Schema<number> = scalar("f32");
/** `f64` */
export const f64: Schema<number> = scalar("f64");
/** `char`: a string of one code point */
export const char: Schema<string> = scalar("char");
/** `String` or `&str`; text with a lone surrogate is refused. */
export const string: Schema<string> = scalar("string");
/** `&[u8]` or `Vec<u8>`; decoding copies, because a buffer in shared memory changes under its reader. */
export const bytes: Schema<Uint8Array> = scalar("bytes");
/** `()`: no bytes; the value is `undefined`. */
export const unit: Schema<undefined> = scalar("unit");

/** `[u8; N]`: `length` bytes with no length before them. Decoding copies. */
export function rawBytes(length: number): Schema<Uint8Array> {
  return new Schema<Uint8Array>({ type: "rawBytes", length: checkedCount(length) });
}

/**
 * `Option<T>`; `None` is `undefined`.
 *
 * @throws TypeError when `inner` itself can be `undefined`: `None` and `Some(None)` would be one value.
 */
export function option<T>(inner: Schema<T>): Schema<T | undefined> {
  const { node } = inner;
  if (node.type === "option" || (node.type === "scalar" && node.name === "unit")) {
    throw new TypeError("option of a schema whose value can be undefined: wrap it in a struct");
  }
  return new Schema<T | undefined>({ type: "option", inner });
}

/** `Vec<T>` or `&[T]`. For bytes use {@link bytes}, which has the same wire form. */
export function seq<T>(element: Schema<T>): Schema<readonly T[]> {
  return new Schema<readonly T[]>({ type: "seq", element });
}

/** A map, encoded in insertion order (`BTreeMap` sorts); of equal keys in a message the last one wins. */
export function map<K extends string | number | bigint | boolean, V>(
  key: Schema<K>,
  value: Schema<V>,
): Schema<ReadonlyMap<K, V>> {
  return new Schema<ReadonlyMap<K, V>>({ type: "map", key, value });
}

/** `[T; N]`: `length` elements with no count before them. */
export function array<T>(element: Schema<T>, length: number): Schema<readonly T[]> {
  const elements = Array.from({ length: checkedCount(length) }, () => element);
  return new Schema<readonly T[]>({ type: "tuple", elements });
}

/** `(A, B, …)` or a tuple struct. */
export function tuple<const E extends readonly AnySchema[]>(elements: E): Schema<TupleValue<E>> {
  return new Schema<TupleValue<E>>({ type: "tuple", elements: [...elements] });
}

/**
 * A struct: the fields in the order of the object's keys, and nothing else.
 *
 * @throws TypeError for field names whose order or meaning JavaScript changes (integers, `__proto__`).
 */
export function struct<F extends Fields>(fields: F): Schema<StructValue<F>> {
  return new Schema<StructValue<F>>({ type: "struct", fields: fieldNodes(fields) });
}

/** A newtype struct: on the wire its inner value. `T` may name a branded type. */
export function newtype<T>(inner: Schema<T>): Schema<T> {
  return inner;
}

/**
 * An enum with payloads; the keys are the variants in declaration order, numbered from 0.
 *
 * A payload is `null` or {@link unit} (value `{kind}`), a schema or a list of schemas (value `{kind, value}`), or an
 * object of fields, a struct variant (value `{kind, …fields}`).
 *
 * @throws TypeError for names as in {@link struct}, and for a field called `kind`.
 */
export function enumeration<const V extends Readonly<Record<string, VariantSpec>>>(
  variants: V,
): Schema<EnumerationValue<V>> {
  const nodes = Object.entries(variants).map(([name, spec]) =>
    variantNode(checkedName(name), spec),
  );
  return new Schema<EnumerationValue<V>>({ type: "enumeration", variants: nodes });
}

/** An enum without payloads; the value is the variant's name. */
export function unitEnum<const N extends readonly string[]>(names: N): Schema<N[number]> {
  return new Schema<N[number]>({ type: "unitEnum", names: [...names] });
}

/** An enum without payloads; the value is the discriminant, 0 to `count` - 1. */
export function enumIndex(count: number): Schema<number> {
  return new Schema<number>({ type: "enumIndex", count: checkedCount(count) });
}

function variantNode(name: string, spec: VariantSpec): VariantNode {
  if (spec === null) return { name, payload: { type: "unit" } };
  if (spec instanceof Schema) {
    const { node } = spec;
    const isUnit = node.type === "scalar" && node.name === "unit";
    return { name, payload: isUnit ? { type: "unit" } : { type: "value", schema: spec } };
  }
  if (isTupleSpec(spec)) return { name, payload: { type: "value", schema: tuple(spec) } };
  const fields = fieldNodes(spec);
  if (fields.some((field) => field.name === "kind")) {
    throw new TypeError(`variant ${name}: a field called kind would hide the variant's name`);
  }
  return { name, payload: { type: "fields", fields } };
}

function isTupleSpec(spec: readonly AnySchema[] | Fields): spec is readonly AnySchema[] {
  return Array.isArray(spec);
}

function fieldNodes(fields: Fields): readonly FieldNode[] {
  return Object.entries(fields).map(([name, schema]) => ({ name: checkedName(name), schema }));
}

function checkedName(name: string): string {
  // JavaScript moves integer keys to the front, and assigning to __proto__ sets no property.
  if (name === "__proto__" || /^\d+$/.test(name)) {
    throw new TypeError(`"${name}" cannot be the name of a field or variant`);
  }
  return name;
}

function checkedCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new TypeError(`expected a count, got ${count}`);
  }
  return count;
}
