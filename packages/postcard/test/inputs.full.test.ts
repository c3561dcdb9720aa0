import { PostcardError, type WireFormat } from "@cantrip/postcard";
import { isDeepStrictEqual as equals } from "node:util";
import { expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { engines } from "./engines.ts";
import { exact, translateType, unhex } from "./rust-schema.ts";
import { lines } from "./rust-vectors.ts";

/** A random number generator with a seed: 32 bits of xorshift. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

it("a million random inputs give values or PostcardErrors, the same on all engines", () => {
  const report = new FuzzReport("postcard, a million inputs");
  const vectors = lines("vectors.ndjson");
  const formats: readonly WireFormat[] = ["1", "0.7"];
  const schemas = vectors.flatMap(({ kind, id, schema }) =>
    kind === "type" ? [{ id, schema: translateType(id, schema, exact).schema }] : [],
  );
  const cases = schemas.flatMap(({ id, schema }) =>
    formats.map((format) => ({
      codecs: engines.map(({ codec }) => codec(schema, { format })),
      valid: vectors.flatMap((line) =>
        line.kind === "vec" && line.type === id
          ? [unhex(format === "1" ? line.hex : line.hex07)]
          : [],
      ),
    })),
  );
  const next = random(0x5eed);
  const perCase = Math.ceil(1_000_000 / cases.length);
  const before = process.memoryUsage().arrayBuffers;
  for (const { codecs, valid } of cases) {
    for (let count = 0; count < perCase; count++) {
      // Noise, or a recorded message with up to two bytes changed and sometimes cut off.
      const base = valid.length > 0 && next() % 4 > 0 ? valid[next() % valid.length] : undefined;
      const input = base?.slice() ?? Uint8Array.from({ length: next() % 24 }, () => next());
      for (let edits = next() % 3; edits > 0 && input.length > 0; edits--) {
        input[next() % input.length] = next() % 3 === 0 ? 0xff : next();
      }
      const bytes = next() % 8 === 0 ? input.subarray(0, next() % (input.length + 1)) : input;
      const [expected, ...others] = codecs.map((codec) => codec.safeDecode(bytes));
      if (expected?.ok === true) report.succeeded();
      else {
        expect(expected?.error).toBeInstanceOf(PostcardError);
        report.refused(expected?.error.code ?? "");
      }
      for (const found of others) {
        const isSame = found.ok
          ? expected?.ok === true && (count % 16 > 0 || equals(found.value, expected.value))
          : expected?.ok === false && found.error.message === expected.error.message;
        if (!isSame) expect(found).toEqual(expected);
      }
    }
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 2 ** 20);
  report.finish();
}, 600_000);
