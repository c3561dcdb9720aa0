import { codec, PostcardError, type WireFormat } from "@cantrip/postcard";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { type Generated } from "../src/generated/codec.ts";
import { GeneratedReader } from "../src/generated/runtime.ts";
import { compile } from "../src/jit/compile.ts";
import { wireOptions } from "../src/wire-format.ts";
import { begin, Cursor } from "../src/cursor.ts";
import { engines } from "./engines.ts";
import { schemas } from "./random-schema.ts";

const cases = schemas.chain(({ schema, values }) =>
  fc.record({
    schema: fc.constant(schema),
    value: values,
    other: rarely(fc.anything({ withBigInt: true, withMap: true, withTypedArray: true }), 3),
    edits: fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x80, 0xff))), {
      maxLength: 2,
    }),
    cut: rarely(fc.nat(), 3),
    room: rarely(fc.nat(30), 3),
  }),
);

/** A value, or everything that an error says. */
function attempt(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    expect(error).toBeInstanceOf(PostcardError);
    const { code, offset, path, message } = error as PostcardError;
    return { code, offset, path, message };
  }
}

describe.each<WireFormat>(["0.7", "1"])("engines, format %s", (format) => {
  const options = { format, limits: { maxZst: 20 } };

  it("agree on values, bytes and errors", () => {
    const report = new FuzzReport(`postcard engines, format ${format}`);
    fc.assert(
      fc.property(cases, ({ schema, value, other, edits, cut, room }) => {
        const codecs = engines.map(({ codec }) => codec(schema, options));
        const encoded = codec(schema, options).encode(value);
        const bytes = encoded.slice(0, cut === undefined ? undefined : cut % (encoded.length + 1));
        for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const outcomes = codecs.map((coder) => {
          const page = new Uint8Array(room ?? encoded.length);
          return {
            written: attempt(() => coder.encodeInto(value, page)),
            page,
            other: attempt(() => coder.encode(other)),
            size: coder.size(value),
            taken: attempt(() => coder.take(bytes)),
            maxSize: coder.maxSize,
          };
        });
        for (const outcome of outcomes.slice(1)) expect(outcome).toEqual(outcomes[0]);
        report.count("value" in (outcomes[0]?.taken as object) ? undefined : "damaged");
      }),
      { numRuns: 300 },
    );
    report.finish();
  });

  it("need the closures only where those fail, too", () => {
    const report = new FuzzReport(`postcard generated code, format ${format}`);
    fc.assert(
      fc.property(cases, ({ schema, value, other, edits, cut }) => {
        const exact = codec<unknown>(schema, options);
        const wire = wireOptions(options);
        const generated: Generated = compile(schema.node, wire);
        for (const candidate of [value, other]) {
          let expected: Uint8Array | undefined;
          try {
            expected = exact.encode(candidate);
          } catch {
            expected = undefined;
          }
          const page = new Uint8Array(0x1000);
          const writer = new Cursor(wire, true);
          begin(writer, page, 0, page.length);
          const run = () => generated.encode(candidate, page, 0, writer);
          if (expected === undefined) expect(run).toThrow();
          else expect(page.subarray(0, run())).toEqual(expected);
        }
        const bytes = exact.encode(value).slice(0, cut);
        for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const result = exact.safeDecode(bytes);
        const reader = new GeneratedReader(wire, false);
        reader.start(bytes, 0, bytes.length);
        const run = () => generated.decode(bytes, 0, bytes.length, reader);
        if (result.ok) {
          expect(run()).toEqual(result.value);
          expect(reader.position).toBe(exact.take(bytes).end);
        } else expect(run).toThrow();
        report.count(result.ok ? undefined : result.error.code);
      }),
      { numRuns: 300 },
    );
    report.finish();
  });
});
