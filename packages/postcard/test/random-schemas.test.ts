import * as p from "@cantrip/postcard";
import { PostcardError, type WireFormat } from "@cantrip/postcard";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

type Schema = Parameters<typeof p.codec<unknown>>[0];

/** A schema, and values of it. */
interface Made {
  readonly schema: Schema;
  readonly values: fc.Arbitrary<unknown>;
}

const signed = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const unsigned = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
const text = fc.string({ unit: "binary", maxLength: 5 });

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
  { schema: p.unit, values: fc.constant(undefined) },
  { schema: p.unitEnum(["Low", "High"]), values: fc.constantFrom("Low", "High") },
  { schema: p.enumIndex(5), values: fc.nat(4) },
  { schema: p.rawBytes(2), values: fc.uint8Array({ minLength: 2, maxLength: 2 }) },
  { schema: p.rawBytes(0), values: fc.constant(new Uint8Array(0)) },
];

/** Schemas of schemas. Those that JavaScript's values cannot tell apart are refused, and replaced. */
const schemas: fc.Arbitrary<Made> = fc.letrec<{ made: Made }>((tie) => ({
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
      schema: p.enumeration({ A: null, B: a.schema, C: [a.schema, b.schema], D: { x: b.schema } }),
      values: fc.oneof(
        fc.constant({ kind: "A" }),
        a.values.map((value) => ({ kind: "B", value })),
        fc.tuple(a.values, b.values).map((value) => ({ kind: "C", value })),
        b.values.map((x) => ({ kind: "D", x })),
      ),
    })),
    tie("made").map(({ schema, values }) => ({ schema: p.newtype(schema), values })),
  ),
})).made;

function option({ schema, values }: Made): Made {
  try {
    return { schema: p.option(schema), values: fc.option(values, { nil: undefined }) };
  } catch (error) {
    // An option of an option.
    expect(error).toBeInstanceOf(TypeError);
    return { schema, values };
  }
}

function struct(parts: readonly Made[]): Made {
  const named = <T>(list: readonly T[]): Readonly<Record<string, T>> =>
    Object.fromEntries(list.map((each, index) => [`field${"xyz"[index] ?? ""}`, each]));
  return {
    schema: p.struct(named(parts.map(({ schema }) => schema))),
    values: fc.tuple(...parts.map(({ values }) => values)).map((values) => named(values)),
  };
}

const cases = schemas.chain(({ schema, values }) =>
  fc.record({
    schema: fc.constant(schema),
    value: values,
    edits: fc.oneof(
      fc.constant([]),
      fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x80, 0xff))), {
        maxLength: 3,
      }),
    ),
    cut: rarely(fc.nat(), 6),
    strange: fc.oneof(
      fc.constantFrom<unknown>(
        -1,
        0.5,
        2 ** 60,
        2n ** 70n,
        "",
        "ab",
        "\ud800",
        null,
        undefined,
        true,
      ),
      fc.constantFrom<unknown>(
        [],
        [1, 2],
        {},
        { kind: "Z" },
        { kind: "A" },
        new Map([[1, 2]]),
        new Uint8Array(7),
      ),
    ),
    offset: rarely(fc.constantFrom(-1, 0.5, 1, 2), 8),
  }),
);

describe.each<WireFormat>(["0.7", "1"])("random schemas, format %s", (format) => {
  it("keep their values, and refuse what is none with a PostcardError", () => {
    const right = new FuzzReport(`postcard ${format}, random schemas`);
    const damaged = new FuzzReport(`postcard ${format}, damaged messages of random schemas`);
    let refused = 0;
    fc.assert(
      fc.property(cases, ({ schema, value, edits, cut, strange, offset }) => {
        const coder = p.codec<unknown>(schema, { format, maxZeroSizeElements: 20 });
        const encoded = coder.encode(value);
        expect(coder.size(value)).toBe(encoded.length);
        expect(coder.decode(encoded)).toEqual(value);
        right.succeeded();
        const bytes = encoded.slice(
          0,
          cut === undefined ? encoded.length : cut % (encoded.length + 1),
        );
        for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const result = coder.safeDecode(bytes, offset ?? 0);
        damaged.count(result.ok ? undefined : result.error.code);
        if (result.ok) expect(coder.decode(coder.encode(result.value))).toEqual(result.value);
        try {
          coder.encode(strange);
        } catch (error) {
          expect(error).toBeInstanceOf(PostcardError);
          refused++;
        }
      }),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(100);
    right.finish();
    damaged.finish();
  });
});
