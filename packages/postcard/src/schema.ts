import { codec } from "./codec.ts";
import { PostcardError } from "./postcard-error.ts";
import {
  canBeUndefined,
  type FieldNode,
  type ScalarName,
  type SchemaNode,
  type TypedNode,
  type VariantNode,
} from "./schema-node.ts";
import { type StandardProps } from "./standard-schema.ts";

/** A schema for values of type `T`. Immutable; make one with the functions of this module. */
export class Schema<out T> implements TypedNode<T> {
  /** What the engines read. */
  readonly node: SchemaNode;
  /** Carries the type only; never set. */
  declare readonly "~type"?: T;

  constructor(node: SchemaNode) {
    this.node = node;
  }

  /** [Standard Schema](https://standardschema.dev): checks that a value has the type `T`. */
  get "~standard"(): StandardProps<T> {
    const coder = codec(this, { format: "1" });
    return {
      version: 1,
      vendor: "postcard",
      validate(value) {
        try {
          coder.size(value as T);
          return { value: value as T };
        } catch (error) {
          if (!(error instanceof PostcardError)) throw error;
          return { issues: [{ message: error.detail, path: error.path }] };
        }
      },
    };
  }
}

/** A schema whose value type does not matter. */
export type AnySchema = Schema<unknown>;
/** The values a schema describes. */
export type Infer<S extends AnySchema> = S extends Schema<infer T> ? T : never;
/** Field name to schema, in wire order. */
export type Fields = Readonly<Record<string, AnySchema>>;
/** A variant's payload: none, one schema, a tuple, or named fields. */
export type VariantSpec = null | AnySchema | readonly AnySchema[] | Fields;
/** The variants of an enum by name, in declaration order. */
export type Variants = Readonly<Record<string, VariantSpec>>;
/** What a variant carries. */
type Carried<V extends VariantSpec> = V extends null
  ? unknown
  : V extends Schema<infer T>
    ? [T] extends [undefined]
      ? { readonly value?: undefined }
      : { readonly value: T }
    : V extends readonly AnySchema[]
      ? { readonly value: { readonly [I in keyof V]: V[I] extends Schema<infer T> ? T : never } }
      : V extends Fields
        ? { readonly [K in keyof V]: Infer<V[K]> }
        : never;
/** The value of a variant called `N`; `G` is the name of the tag. Written so that editors show one object type. */
// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- editors show a Record by its name
export type VariantValue<N, V extends VariantSpec, G extends string> = {
  readonly [K in G]: N;
} & Carried<V> extends infer O
  ? { readonly [K in keyof O]: O[K] }
  : never;

function scalar<T>(name: ScalarName): Schema<T> {
  return new Schema<T>({ type: "scalar", scalar: name });
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
/** `u64`, as a number; a decoded value above 2^53-1 is an error. */
export const u64n: Schema<number> = scalar("u64n");
/** `u128`, as a bigint */
export const u128: Schema<bigint> = scalar("u128");
/** `usize`: 64 bits on the wire, a number here; a decoded value above 2^53-1 is an error. */
export const usize: Schema<number> = scalar("usize");
/** `usize`, as a bigint */
export const usizeBig: Schema<bigint> = scalar("usizeBig");
/** `i8` */
export const i8: Schema<number> = scalar("i8");
/** `i16` */
export const i16: Schema<number> = scalar("i16");
/** `i32` */
export const i32: Schema<number> = scalar("i32");
/** `i64`, as a bigint */
export const i64: Schema<bigint> = scalar("i64");
/** `i64`, as a number; a decoded value outside ±(2^53-1) is an error. */
export const i64n: Schema<number> = scalar("i64n");
/** `i128`, as a bigint */
export const i128: Schema<bigint> = scalar("i128");
/** `isize`: 64 bits on the wire, a safe integer here. */
export const isize: Schema<number> = scalar("isize");
/** `isize`, as a bigint */
export const isizeBig: Schema<bigint> = scalar("isizeBig");
/** `f32`; encoding rounds. Every NaN is the same one: {@link f32bits} keeps its payload. */
export const f32: Schema<number> = scalar("f32");
/** `f64`; every NaN is the same one: {@link f64bits} keeps its payload. */
export const f64: Schema<number> = scalar("f64");
/** `f32`, as its bits: an integer of 0 to 2^32-1 */
export const f32bits: Schema<number> = scalar("f32bits");
/** `f64`, as its bits: a bigint of 0 to 2^64-1 */
export const f64bits: Schema<bigint> = scalar("f64bits");
/** `char`: a string of one code point */
export const char: Schema<string> = scalar("char");
/** `String` or `&str`; text with a lone surrogate is refused. */
export const string: Schema<string> = new Schema<string>({ type: "string", max: undefined });
/** `&[u8]`: a view of the message, which changes with it. For a copy use {@link bytesOwned}. */
export const bytes: Schema<Uint8Array> = new Schema<Uint8Array>({
  type: "bytes",
  isOwned: false,
});
/** `Vec<u8>`: a copy of the bytes in the message. */
export const bytesOwned: Schema<Uint8Array> = new Schema<Uint8Array>({
  type: "bytes",
  isOwned: true,
});
/** `()`: no bytes; the value is `undefined`. */
export const unit: Schema<undefined> = scalar("unit");
/** `struct Name;`: no bytes; the value is `undefined`. */
export const unitStruct: Schema<undefined> = scalar("unitStruct");
/** `core::time::Duration` */
export const duration: Schema<{
  readonly secs: bigint;
  /** 0 to 999,999,999 */
  readonly nanos: number;
}> = scalar("duration");

/** `String` of at most `max` bytes of UTF-8 (`heapless::String<N>`). */
export function boundedString(max: number): Schema<string> {
  return new Schema<string>({ type: "string", max: checkedCount(max) });
}

/** `&[u8; N]`: `length` bytes with no length before them, as a view of the message. */
export function rawBytes(length: number): Schema<Uint8Array> {
  return new Schema<Uint8Array>({ type: "rawBytes", length: checkedCount(length), isOwned: false });
}

/** `[u8; N]`: `length` bytes with no length before them, copied. */
export function rawBytesOwned(length: number): Schema<Uint8Array> {
  return new Schema<Uint8Array>({ type: "rawBytes", length: checkedCount(length), isOwned: true });
}

/** `NonZero<T>` of an integer. */
export function nonZero<T extends number | bigint>(inner: Schema<T>): Schema<T> {
  return new Schema<T>({ type: "nonZero", inner: inner.node });
}

function fixint<T>({ node }: Schema<T>, isBigEndian: boolean): Schema<T> {
  if (node.type !== "scalar" || !/^[iu](16|32|64|128)$/.test(node.scalar)) {
    throw new TypeError("fixint: 16 to 128 bits");
  }
  return new Schema<T>({ type: "fixint", scalar: node.scalar, isBigEndian });
}

/** `#[serde(with = "postcard::fixint::le")]` of an integer of 16 to 128 bits */
export function fixintLe<T extends number | bigint>(integer: Schema<T>): Schema<T> {
  return fixint(integer, false);
}

/** `#[serde(with = "postcard::fixint::be")]` of an integer of 16 to 128 bits */
export function fixintBe<T extends number | bigint>(integer: Schema<T>): Schema<T> {
  return fixint(integer, true);
}

/**
 * `Option<T>`; `None` is `undefined`.
 *
 * Where a value of `inner` can be `undefined` itself, `Some` is `{some: value}`.
 */
export function option<T>(
  inner: Schema<T>,
): Schema<undefined extends T ? { readonly some: T } | undefined : T | undefined> {
  return new Schema({
    type: "option",
    inner: inner.node,
    isWrapped: canBeUndefined(inner.node),
  });
}

/** `Vec<T>` or `&[T]`, of at most `max` elements (`heapless::Vec<T, N>`). For bytes use {@link bytes}, which has the same wire form. */
export function seq<T>(element: Schema<T>, max?: number): Schema<readonly T[]> {
  return new Schema<readonly T[]>({
    type: "seq",
    element: element.node,
    max: max === undefined ? undefined : checkedCount(max),
  });
}

/** A map, encoded in insertion order (`BTreeMap` sorts); of equal keys in a message the last one wins. */
export function map<K extends string | number | bigint | boolean, V>(
  key: Schema<K>,
  value: Schema<V>,
): Schema<ReadonlyMap<K, V>> {
  return new Schema<ReadonlyMap<K, V>>({ type: "map", key: key.node, value: value.node });
}

/** `[T; N]`: `length` elements with no count before them. */
export function array<T>(element: Schema<T>, length: number): Schema<readonly T[]> {
  return new Schema<readonly T[]>({
    type: "array",
    element: element.node,
    length: checkedCount(length),
  });
}

/** `(A, B, …)` */
export function tuple<const E extends readonly AnySchema[]>(
  elements: E,
): Schema<{ readonly [I in keyof E]: Infer<E[I]> }> {
  return tupleOf(elements, false);
}

/** `struct Name(A, B, …);`, on the wire a tuple */
export function tupleStruct<const E extends readonly AnySchema[]>(
  elements: E,
): Schema<{ readonly [I in keyof E]: Infer<E[I]> }> {
  return tupleOf(elements, true);
}

function tupleOf<T>(elements: readonly AnySchema[], isStruct: boolean): Schema<T> {
  return new Schema<T>({ type: "tuple", elements: elements.map(({ node }) => node), isStruct });
}

/**
 * A struct: the fields in the order of the object's keys, and nothing else.
 *
 * @throws TypeError for field names whose order or meaning JavaScript changes (integers, `__proto__`).
 */
export function struct<F extends Fields>(
  fields: F,
): Schema<{ readonly [K in keyof F]: Infer<F[K]> }> {
  return new Schema({ type: "struct", fields: fieldNodes(fields) });
}

/** `struct Name(T);`: on the wire its inner value. `T` may name a branded type. */
export function newtype<T>(inner: Schema<T>): Schema<T> {
  return new Schema<T>({ type: "newtype", inner: inner.node });
}

/** `Range<T>` */
export function range<T>(bound: Schema<T>): Schema<{ readonly start: T; readonly end: T }> {
  return named("Range<T>", struct({ start: bound, end: bound }));
}

/**
 * An enum with payloads; the keys are the variants in declaration order, numbered from 0.
 *
 * A payload is `null` (value `{type}`), a schema or a list of schemas (value `{type, value}`), or an
 * object of fields, a struct variant (value `{type, …fields}`). `tag` is another name for `type`.
 *
 * @throws TypeError for names as in {@link struct}, and for a field with the name of the tag.
 */
export function enumOf<const V extends Variants, const G extends string = "type">(
  variants: V,
  options?: { readonly tag: G },
): Schema<{ [N in keyof V]: VariantValue<N, V[N], NoInfer<G>> }[keyof V]> {
  const tag = checkedName(options?.tag ?? "type", "value");
  const nodes = Object.entries(variants).map(([name, spec]) =>
    variantNode(checkedName(name), spec, tag),
  );
  return new Schema({ type: "enum", tag, variants: nodes });
}

/** `Result<T, E>` */
export function result<T, E>(
  ok: Schema<T>,
  err: Schema<E>,
): Schema<
  { readonly type: "Ok"; readonly value: T } | { readonly type: "Err"; readonly value: E }
> {
  const variants = Object.entries({ Ok: ok, Err: err }).map(([name, { node }]): VariantNode => ({
    name,
    payload: { type: "value", node, tuple: "element" },
  }));
  return new Schema({ name: "Result<T, E>", type: "enum", tag: "type", variants });
}

/** An enum without payloads; the value is the variant's name. */
export function unitEnum<const N extends readonly string[]>(...names: N): Schema<N[number]> {
  return new Schema<N[number]>({ type: "unitEnum", names: [...names] });
}

/** An enum without payloads; the value is the discriminant, 0 to `count` - 1. */
export function enumIndex(count: number): Schema<number> {
  return new Schema<number>({ type: "enumIndex", count: checkedCount(count) });
}

/** A schema that can hold itself: `resolve` is called at the first use. The type has to be given. */
export function lazy<T>(resolve: () => Schema<T>): Schema<T> {
  return new Schema<T>({ type: "lazy", resolve: () => resolve().node });
}

/** The same schema with the name that its type has in Rust, which postcard-schema tells. */
export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  return new Schema<T>({ ...schema.node, name });
}

function variantNode(name: string, spec: VariantSpec, tag: string): VariantNode {
  if (spec === null) return { name, payload: { type: "unit" } };
  if (spec instanceof Schema) return { name, payload: { type: "value", node: spec.node } };
  if (Array.isArray(spec)) {
    const elements = spec as readonly AnySchema[];
    return { name, payload: { type: "value", node: tuple(elements).node, tuple: "whole" } };
  }
  // An array never gets here, which the declaration of isArray does not tell.
  return { name, payload: { type: "fields", fields: fieldNodes(spec as Fields, tag) } };
}

function fieldNodes(fields: Fields, tag?: string): readonly FieldNode[] {
  return Object.entries(fields).map(([name, { node }]) => ({ name: checkedName(name, tag), node }));
}

function checkedName(name: string, tag?: string): string {
  // JavaScript moves integer keys to the front, and assigning to __proto__ sets no property.
  if (name === "__proto__" || name === tag || /^\d+$/.test(name)) {
    throw new TypeError(`"${name}" cannot be a name`);
  }
  return name;
}

function checkedCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) throw new TypeError(`no count: ${count}`);
  return count;
}
