import {
  BundleImageError,
  type BundleManifest,
  crc32,
  DEFAULT_MANIFEST,
  encodeSectionHeader,
  formatManifest,
  ManifestError,
  manifestOf,
  parseManifest,
  parseSectionHeader,
  readBundleImage,
  SECTION_HEADER_BYTES,
  SectionFlag,
  SectionType,
  withManifest,
} from "@cantrip/bundle-image";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

function image(data: Uint8Array): Uint8Array {
  const header = encodeSectionHeader({
    ...{ vaddr: 0x1_0000, entry: 0, flags: SectionFlag.Read, align: 4 },
    ...{ fsize: data.length, msize: data.length, crc32: crc32(data) },
    ftype: SectionType.Application,
  });
  return Uint8Array.from([...header, ...data]);
}

const plain = image(Uint8Array.of(1, 2, 3));
const pages = (max: number): fc.Arbitrary<number> => fc.nat(max).map((count) => count * 4096);
const manifests: fc.Arbitrary<BundleManifest> = fc
  .record({
    stackBytes: pages(255).map((bytes) => bytes + 4096),
    heapBytes: pages(1000),
    priority: fc.nat(254),
    budgetUs: fc.integer({ min: 100, max: 100_000 }),
    more: fc.nat(100_000),
    models: fc.option(fc.array(fc.stringMatching(/^[a-z0-9._]{1,12}$/)), { nil: undefined }),
    keys: fc.option(fc.nat(1000), { nil: undefined }),
    keyBytes: fc.option(fc.nat(100_000), { nil: undefined }),
    restart: fc.constantFrom<BundleManifest["restart"]>("never", "on-failure", "always"),
    maxRestarts: fc.nat(1000),
  })
  .map(({ more, ...rest }) => ({ ...rest, periodUs: rest.budgetUs + more }));

describe("manifest of a bundle", () => {
  it("has CantripOS's values where it says nothing", () => {
    expect(parseManifest("[Manifest]\n")).toEqual(DEFAULT_MANIFEST);
    expect(parseManifest("# Comments like this\n[Manifest]\nBundleId=fake\n")).toEqual(
      DEFAULT_MANIFEST,
    );
    expect(formatManifest(DEFAULT_MANIFEST)).toBe("[Manifest]\n");
    expect(manifestOf(plain)).toBeUndefined();
  });

  it("is behind a header with which CantripOS's loader stops without a word", () => {
    const packed = withManifest(plain, { ...DEFAULT_MANIFEST, priority: 7 });
    expect(packed.subarray(0, plain.length)).toEqual(plain);
    const rest = packed.subarray(plain.length);
    expect(parseSectionHeader(rest)).toBeUndefined();
    expect(rest.subarray(0, SECTION_HEADER_BYTES)).toEqual(new Uint8Array(SECTION_HEADER_BYTES));
    expect(Buffer.from(rest.subarray(SECTION_HEADER_BYTES)).toString("latin1")).toMatch(
      /^CANMANIF.{8}\[Manifest\]\nPriority=7\n$/s,
    );
    expect(readBundleImage(packed)).toHaveLength(1);
  });

  it("replaces the one before it", () => {
    const packed = withManifest(plain, { ...DEFAULT_MANIFEST, priority: 7 });
    const again = withManifest(packed, { ...DEFAULT_MANIFEST, keys: 9 });
    expect(manifestOf(again)).toEqual({ ...DEFAULT_MANIFEST, keys: 9 });
  });

  it.each<readonly [string, string, RegExp]>([
    ["no head", "Priority=3\n", /line 1: "Priority=3" is no field/],
    ["nothing", "", /no line \[Manifest\]/],
    ["no value", "[Manifest]\nPriority\n", /line 2: "Priority" is no field/],
    ["an unknown field", "[Manifest]\nColour=red\n", /line 2: unknown field Colour/],
    ["a field twice", "[Manifest]\nKeys=1\nKeys=1\n", /line 3: a second Keys/],
    ["a number that is none", "[Manifest]\nPriority=high\n", /Priority=high: wanted 0 to 254/],
    ["a priority of the kernel", "[Manifest]\nPriority=255\n", /wanted 0 to 254/],
    ["half a page of stack", "[Manifest]\nStackBytes=6144\n", /a multiple of 4096/],
    ["models without names", "[Manifest]\nModels=a,,b\n", /Models: "": wanted names of 1 to 60/],
    ["too many models", `[Manifest]\nModels=${"m,".repeat(32)}m\n`, /33 names: wanted at most 32/],
    ["more keys than anybody has", "[Manifest]\nKeys=1025\n", /Keys=1025: wanted 0 to 1024/],
    ["odd bytes of keys", "[Manifest]\nKeyBytes=-1\n", /KeyBytes=-1: wanted 0 to 1048576/],
    ["an unknown policy", "[Manifest]\nRestart=maybe\n", /wanted never, on-failure, always/],
    ["more budget than time", "[Manifest]\nBudgetUs=20000\n", /budget 20000 above period 10000/],
  ])("with %s is refused", (_what, text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
    expect(() => parseManifest(text)).toThrow(ManifestError);
  });

  it("that could not be read again is not written", () => {
    const bad = [{ priority: 300 }, { models: ["é"] }, { models: ["m".repeat(5000)] }];
    for (const change of bad) {
      expect(() => withManifest(plain, { ...DEFAULT_MANIFEST, ...change })).toThrow(ManifestError);
    }
  });

  it("of any lines is read, or refused with an error of its own", () => {
    const names = [
      "StackBytes",
      "HeapBytes",
      "Priority",
      "BudgetUs",
      "PeriodUs",
      "Keys",
      "KeyBytes",
    ];
    const number = fc.constantFrom(0, 1, 100, 254, 255, 4096, 8192, 9999, 2 ** 40, "x");
    const field = fc.oneof(
      fc.tuple(fc.constantFrom(...names, "MaxRestarts"), number),
      fc.tuple(fc.constant("Restart"), fc.constantFrom("never", "on-failure", "always", "odd")),
      fc.tuple(
        fc.constantFrom("Models", "BundleId"),
        fc.constantFrom("", "a", "a.b, c", "a,,b", "m,".repeat(40) + "m"),
      ),
      fc.tuple(fc.constantFrom("Colour", "# comment"), fc.constant("red")),
    );
    const lines = fc.array(
      field.map(([name, value]) => `${name}=${value}`),
      { maxLength: 3 },
    );
    const head = rarely(fc.constantFrom("", "odd line", "# only a comment"), 8);
    const report = new FuzzReport("manifest text");
    fc.assert(
      fc.property(head, lines, (odd, rest) => {
        const first: string = odd ?? "[Manifest]";
        try {
          const manifest = parseManifest([first, ...rest].join("\n"));
          expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
          report.succeeded();
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
          report.refused("ManifestError");
        }
      }),
      { numRuns: 1000 },
    );
    report.finish();
  });

  it("is the same behind any image, and damage is refused or harmless", () => {
    const report = new FuzzReport("bundle manifest");
    const damage = rarely(fc.record({ at: fc.nat(200), value: fc.nat(255) }), 2);
    fc.assert(
      fc.property(manifests, fc.uint8Array({ maxLength: 60 }), damage, (manifest, data, where) => {
        const packed = withManifest(image(data), manifest);
        const framed = new Uint8Array(Math.ceil(packed.length / 4096) * 4096);
        framed.set(packed);
        expect(manifestOf(framed)).toEqual(manifest);
        if (where === undefined) {
          report.succeeded();
          return;
        }
        packed[where.at % packed.length] = where.value;
        try {
          const read = manifestOf(packed);
          if (read !== undefined) expect(read).toEqual(manifest);
          report.succeeded();
        } catch (error) {
          if (!(error instanceof ManifestError || error instanceof BundleImageError)) throw error;
          report.refused(error.name);
        }
      }),
      { numRuns: 500 },
    );
    report.finish();
  });
});
