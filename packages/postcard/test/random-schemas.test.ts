import { PostcardError, type WireFormat } from "@cantrip/postcard";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { engines } from "./engines.ts";
import { schemas } from "./random-schema.ts";

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
        { type: "Z" },
        { type: "A" },
        new Map([[1, 2]]),
        new Uint8Array(7),
      ),
    ),
    offset: rarely(fc.constantFrom(-1, 0.5, 1, 2), 8),
  }),
);

const formats: readonly WireFormat[] = ["0.7", "1"];
const runs = engines.flatMap((engine) => formats.map((format) => ({ ...engine, format })));

describe.each(runs)("random schemas, $engine, format $format", ({ engine, codec, format }) => {
  it("keep their values, and refuse what is none with a PostcardError", () => {
    const right = new FuzzReport(`postcard ${engine} ${format}, random schemas`);
    const damaged = new FuzzReport(
      `postcard ${engine} ${format}, damaged messages of random schemas`,
    );
    let refused = 0;
    fc.assert(
      fc.property(cases, ({ schema, value, edits, cut, strange, offset }) => {
        const options = { format, limits: { maxZst: 20 } };
        const coder = codec(schema, options);
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
        const strict = codec(schema, { ...options, strict: { canonical: true, trailing: true } });
        expect(strict.decode(encoded)).toEqual(value);
        const canonical = strict.safeDecode(bytes);
        if (canonical.ok) expect(strict.encode(canonical.value)).toEqual(bytes);
        const narrow = codec(schema, { ...options, wordBits: 32 });
        const narrowed = narrow.safeDecode(bytes);
        if (narrowed.ok)
          expect(narrow.decode(narrow.encode(narrowed.value))).toEqual(narrowed.value);
        try {
          coder.encode(strange);
        } catch (error) {
          expect(error).toBeInstanceOf(PostcardError);
          refused++;
        }
      }),
      { numRuns: 350 },
    );
    expect(refused).toBeGreaterThan(50);
    right.finish();
    damaged.finish();
  });
});
