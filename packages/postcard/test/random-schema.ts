import * as p from "@cantrip/postcard";
import fc from "fast-check";

/** A schema, and values of it. */
export interface Made {
  readonly schema: p.AnySchema;
  readonly values: fc.Arbitrary<unknown>;
}

const signed = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const unsigned = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
const big = (min: bigint, max: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(fc.bigInt({ min, max }), fc.bigInt({ min: min > 0n ? min : 0n, max: 300n }));
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 15 }),
);

interface Tree {
  readonly word: number;
  readonly children: readonly Tree[];
}
const tree: p.Schema<Tree> = p.struct({ word: p.u16, children: p.seq(p.lazy(() => tree)) });
const treesOf = (depth: number): fc.Arbitrary<Tree> =>
  fc.record({
    word: unsigned(16),
    children: depth === 0 ? fc.constant([]) : fc.array(treesOf(depth - 1), { maxLength: 2 }),
  });

const scalars: readonly Made[] = [
  { schema: p.bool, values: fc.boolean() },
  { schema: p.u8, values: unsigned(8) },
  { schema: p.u16, values: unsigned(16) },
  { schema: p.u32, values: unsigned(32) },
  { schema: p.u64, values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { schema: p.usize, values: fc.maxSafeNat() },
  { schema: p.i8, values: signed(8) },
  { schema: p.i16, values: signed(16) },
  { schema: p.i32, values: signed(32) },
  { schema: p.i64, values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { schema: p.isize, values: fc.maxSafeInteger() },
  { schema: p.f32, values: fc.float({ noNaN: true }) },
  { schema: p.f64, values: fc.double({ noNaN: true }) },
  { schema: p.char, values: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  { schema: p.string, values: text },
  { schema: p.bytes, values: fc.uint8Array({ maxLength: 5 }) },
  { schema: p.u64n, values: fc.maxSafeNat() },
  { schema: p.i64n, values: fc.maxSafeInteger() },
  { schema: p.u128, values: big(0n, 2n ** 128n - 1n) },
  { schema: p.i128, values: big(-(2n ** 127n), 2n ** 127n - 1n) },
  { schema: p.usizeBig, values: big(0n, 2n ** 64n - 1n) },
  { schema: p.isizeBig, values: big(-(2n ** 63n), 2n ** 63n - 1n) },
  { schema: p.f32bits, values: unsigned(32) },
  { schema: p.f64bits, values: big(0n, 2n ** 64n - 1n) },
  { schema: p.fixintLe(p.u16), values: unsigned(16) },
  { schema: p.fixintBe(p.i32), values: signed(32) },
  { schema: p.fixintLe(p.i64), values: big(-(2n ** 63n), 2n ** 63n - 1n) },
  { schema: p.fixintBe(p.u128), values: big(0n, 2n ** 128n - 1n) },
  { schema: p.nonZero(p.u32), values: fc.integer({ min: 1, max: 2 ** 32 - 1 }) },
  { schema: p.nonZero(p.u64), values: big(1n, 2n ** 64n - 1n) },
  {
    schema: p.duration,
    values: fc.record({ secs: big(0n, 2n ** 64n - 1n), nanos: fc.nat(999_999_999) }),
  },
  { schema: p.boundedString(15), values: text },
  { schema: p.seq(p.u16, 4), values: fc.array(unsigned(16), { maxLength: 4 }) },
  { schema: p.bytesOwned, values: fc.uint8Array({ maxLength: 5 }) },
  { schema: p.rawBytesOwned(3), values: fc.uint8Array({ minLength: 3, maxLength: 3 }) },
  { schema: p.unitStruct, values: fc.constant(undefined) },
  { schema: p.unit, values: fc.constant(undefined) },
  { schema: p.unitEnum("Low", "High"), values: fc.constantFrom("Low", "High") },
  { schema: p.enumIndex(5), values: fc.nat(4) },
  { schema: p.rawBytes(2), values: fc.uint8Array({ minLength: 2, maxLength: 2 }) },
  { schema: tree, values: treesOf(3) },
  { schema: p.rawBytes(0), values: fc.constant(new Uint8Array(0)) },
];

/** Schemas of schemas. */
export const schemas: fc.Arbitrary<Made> = fc.letrec<{ made: Made }>((tie) => ({
  made: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(...scalars),
    tie("made").map(option),
    tie("made").map(({ schema, values }) => ({
      schema: p.seq(schema),
      values: fc.array(values, { maxLength: 4 }),
    })),
    fc.tuple(tie("made"), fc.nat(3)).map(([{ schema, values }, length]) => ({
      schema: p.array(schema, length),
      values: fc.array(values, { minLength: length, maxLength: length }),
    })),
    fc.array(tie("made"), { maxLength: 3 }).map((parts) => ({
      schema: p.tuple(parts.map(({ schema }) => schema)),
      values: fc.tuple(...parts.map(({ values }) => values)),
    })),
    fc.array(tie("made"), { maxLength: 3 }).map(struct),
    tie("made").map(({ schema, values }) => ({
      schema: p.map(p.string, schema),
      values: fc
        .uniqueArray(fc.tuple(text, values), { maxLength: 3, selector: ([key]) => key })
        .map((entries) => new Map(entries)),
    })),
    fc.tuple(tie("made"), tie("made")).map(([a, b]) => ({
      schema: p.enumOf({ A: null, B: a.schema, C: [a.schema, b.schema], D: { x: b.schema } }),
      values: fc.oneof(
        fc.constant({ type: "A" }),
        a.values.map((value) => ({ type: "B", value })),
        fc.tuple(a.values, b.values).map((value) => ({ type: "C", value })),
        b.values.map((x) => ({ type: "D", x })),
      ),
    })),
    fc.tuple(tie("made"), tie("made")).map(([a, b]) => ({
      schema: p.result(a.schema, p.tupleStruct([b.schema, p.range(a.schema)])),
      values: fc.oneof(
        a.values.map((value) => ({ type: "Ok", value })),
        fc
          .tuple(b.values, fc.record({ start: a.values, end: a.values }))
          .map((value) => ({ type: "Err", value })),
      ),
    })),
    tie("made").map(({ schema, values }) => ({ schema: p.newtype(schema), values })),
  ),
})).made;

function option({ schema, values }: Made): Made {
  const isWrapped = canBeUndefined(schema.node);
  const some = isWrapped ? values.map((value) => ({ some: value })) : values;
  return { schema: p.option(schema), values: fc.option(some, { nil: undefined }) };
}

function canBeUndefined(node: p.SchemaNode): boolean {
  if (node.type === "newtype") return canBeUndefined(node.inner);
  return node.type === "option" || (node.type === "scalar" && node.scalar.startsWith("unit"));
}

function struct(parts: readonly Made[]): Made {
  const named = <T>(list: readonly T[]): Readonly<Record<string, T>> =>
    Object.fromEntries(list.map((each, index) => [`field${"xyz"[index] ?? ""}`, each]));
  return {
    schema: p.struct(named(parts.map(({ schema }) => schema))),
    values: fc.tuple(...parts.map(({ values }) => values)).map((values) => named(values)),
  };
}
