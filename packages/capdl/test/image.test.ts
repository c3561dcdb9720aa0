import { crc32 } from "node:zlib";
import { SpecImageError, SpecImageReader, writeSpecImage } from "@cantrip/capdl/image";
import { type Spec } from "@cantrip/capdl";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { smallSpec } from "./small-spec.ts";

const image = writeSpecImage(smallSpec);

function failure(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SpecImageError) return error.message;
    throw error;
  }
}

function withCrc(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

/** Without the fields that are undefined. */
type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

describe("specification image", () => {
  it("keeps a specification", () => {
    expect(new SpecImageReader(image).spec()).toEqual(smallSpec);
    expect(writeSpecImage(smallSpec)).toEqual(image);
  });

  it("keeps untypeds and the optional fields of a TCB", () => {
    const spec: Spec = {
      arch: "riscv",
      objects: [
        { kind: "ut", name: "ut", sizeBits: 20, paddr: 0x100000, children: ["tcb", "ut2"] },
        { kind: "ut", name: "ut2", sizeBits: 12, children: [] },
        {
          kind: "tcb",
          name: "tcb",
          slots: [{ slot: 2, cap: { kind: "object", object: "tcb", reply: "master_reply" } }],
          addr: 0,
          ip: 0xffff_ffff,
          sp: 0,
          prio: 255,
          maxPrio: 255,
          affinity: 255,
          domain: 255,
          faultEp: 7,
          fpuDisabled: false,
          resume: false,
          init: [],
        },
      ],
      irqs: [],
    };
    expect(new SpecImageReader(writeSpecImage(spec)).spec()).toEqual(spec);
  });

  it("reads object by object from a source, never outside of it", () => {
    const offset = 100;
    const memory = new Uint8Array(image.length + 300).fill(0xee);
    memory.set(image, offset);
    const reader = new SpecImageReader({
      length: image.length + 200,
      read(at, length) {
        expect(at + length).toBeLessThanOrEqual(image.length + 200);
        return memory.slice(offset + at, offset + at + length);
      },
    });
    expect(reader.objectCount).toBe(smallSpec.objects.length);
    expect(reader.irq(0)).toEqual(smallSpec.irqs[0]);
    expect(reader.object(0)).toEqual(smallSpec.objects[0]);
    expect(reader.objectName(0)).toBe("flash");
    expect(failure(() => reader.object(reader.objectCount))).toContain("no object");
    expect(failure(() => reader.irq(1))).toContain("no irq");
  });

  it("reports every altered byte", () => {
    for (let at = 0; at < image.length; at++) {
      const bytes = image.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0x20;
      expect(
        failure(() => new SpecImageReader(bytes)),
        `byte ${at}`,
      ).toBeDefined();
    }
    const bytes = image.slice();
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    expect(failure(() => new SpecImageReader(bytes))).toContain("the image was altered");
  });

  it("reports a cut image", () => {
    for (let length = 0; length < image.length; length += 7) {
      expect(failure(() => new SpecImageReader(image.subarray(0, length)))).toBeDefined();
    }
  });

  /** Specifications with optional fields or without, and now and then with what an image cannot hold. */
  const byte = fc.oneof(
    { weight: 40, arbitrary: fc.nat(255) },
    { weight: 1, arbitrary: fc.constantFrom(256, -1, 0.5) },
  );
  const word = fc.oneof(
    { weight: 40, arbitrary: fc.nat(0xffff_ffff) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 32, -1, 0.5) },
  );
  const time = fc.oneof(word, fc.nat(2 ** 45));
  const name = fc.oneof(
    { weight: 40, arbitrary: fc.constant("more") },
    { weight: 1, arbitrary: fc.constantFrom("\u0416", "x".repeat(1100)) },
  );
  const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined });
  const present = <T extends object>(object: T): Present<T> =>
    Object.fromEntries(
      Object.entries(object).filter(([, value]) => value !== undefined),
    ) as Present<T>;
  const target = rarely(fc.constant("nobody"), 40).map((wrong) => wrong ?? "tcb");
  const cap = fc
    .record({
      kind: fc.constant("object" as const),
      object: target,
      badge: some(word),
      rights: some(fc.nat(15)),
      reply: some(fc.constantFrom("reply" as const, "master_reply" as const)),
      cached: some(fc.boolean()),
      mapping: some(fc.record({ container: target, slot: word })),
    })
    .map(present);
  const guarded = fc
    .record({
      kind: fc.constant("object" as const),
      object: target,
      guard: word,
      guardSize: fc.nat(32),
      badge: rarely(word, 30),
    })
    .map(present);
  const slots = fc.array(fc.record({ slot: word, cap: fc.oneof(cap, guarded) }), { maxLength: 3 });
  const fields = fc.record({
    tcb: fc
      .record({
        ...{ addr: word, ip: word, sp: word, prio: byte, maxPrio: byte, affinity: byte },
        ...{ domain: some(byte), faultEp: some(word), fpuDisabled: some(fc.boolean()) },
        ...{ resume: some(fc.boolean()), init: fc.array(word, { maxLength: 3 }), slots },
      })
      .map(present),
    cnode: fc.record({ sizeBits: fc.nat(20), hasUntypedMemory: fc.boolean(), slots }),
    ut: fc
      .record({
        sizeBits: fc.nat(30),
        paddr: some(word),
        children: fc.constantFrom([], ["tcb"], ["tcb", "cnode"]),
      })
      .map(present),
    pool: fc.record({ asidHigh: some(word), slots }).map(present),
    sc: fc.record({ sizeBits: fc.nat(10), periodUs: time, budgetUs: time, data: word }),
    name,
    irqs: fc.array(fc.record({ irq: word, object: fc.constant("i") }), { maxLength: 2 }),
  });
  const specs = fields.map(({ tcb, cnode, ut, pool, sc, name: last, irqs }): Spec => ({
    arch: "riscv",
    objects: [
      { kind: "tcb", name: "tcb", ...tcb },
      { kind: "cnode", name: "cnode", ...cnode },
      { kind: "ut", name: "ut", ...ut },
      { kind: "asid_pool", name: "pool", ...pool },
      { kind: "sc", name: "sc", ...sc },
      { kind: "irq", name: "i", slots: [] },
      { kind: "ep", name: last },
    ],
    irqs,
  }));

  it("keeps any specification, or refuses it", () => {
    const report = new FuzzReport("specification image writer");
    fc.assert(
      fc.property(specs, (spec) => {
        const refusal = failure(() => {
          expect(new SpecImageReader(writeSpecImage(spec)).spec()).toEqual(spec);
        });
        report.count(refusal?.replace(/^specification image: |[0-9].*|".*/g, ""));
      }),
      { numRuns: 500 },
    );
    report.finish();
  });

  it("throws only SpecImageError on damage that the CRC does not show", () => {
    const report = new FuzzReport("specification image reader");
    const value = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0xff));
    const edit = fc.tuple(
      fc.oneof({ weight: 1, arbitrary: fc.nat(35) }, { weight: 9, arbitrary: fc.nat() }),
      value,
    );
    const isHidden = fc.constantFrom(true, true, true, true, true, true, true, false);
    const originals = fc.oneof(
      { weight: 2, arbitrary: fc.constant(image) },
      {
        weight: 1,
        arbitrary: specs.map((spec) =>
          failure(() => writeSpecImage(spec)) === undefined ? writeSpecImage(spec) : image,
        ),
      },
    );
    const cut = rarely(fc.nat(200), 20);
    fc.assert(
      fc.property(
        originals,
        fc.array(edit, { maxLength: 3 }),
        isHidden,
        cut,
        (original, edits, hides, end) => {
          const bytes = original.slice();
          for (const [at, to] of edits) bytes[at % bytes.length] = to;
          if (hides) withCrc(bytes);
          const shown = end === undefined ? bytes : bytes.subarray(0, end);
          const source = {
            length: shown.length,
            read: (at: number, length: number) => shown.subarray(at, at + length),
          };
          const message = failure(() => {
            const spec = new SpecImageReader(shown).spec();
            expect(new SpecImageReader(source).spec()).toEqual(spec);
          });
          report.count(
            message?.replace(/^specification image: |[0-9].*|".*|object [a-z_]+ .*/g, ""),
          );
        },
      ),
      { numRuns: 3000 },
    );
    report.finish();
  });

  it.each([
    ["affinity", -1],
    ["prio", 0.5],
    ["maxPrio", -1],
    ["domain", 256],
  ])("refuses a TCB whose %s is %d, which became another number", (field, value) => {
    const objects = smallSpec.objects.map((object) =>
      object.kind === "tcb" ? { ...object, [field]: value } : object,
    );
    expect(failure(() => writeSpecImage({ ...smallSpec, objects }))).toContain("does not fit");
  });

  it("refuses what it cannot hold", () => {
    const ep = { kind: "ep", name: "e" } as const;
    const cnode = (badge: number, object = "e"): Spec => ({
      arch: "riscv",
      objects: [
        ep,
        {
          kind: "cnode",
          name: "c",
          sizeBits: 2,
          hasUntypedMemory: false,
          slots: [{ slot: 0, cap: { kind: "object", object, badge } }],
        },
      ],
      irqs: [],
    });
    expect(failure(() => writeSpecImage(cnode(0xffff_ffff)))).toBeUndefined();
    expect(failure(() => writeSpecImage(cnode(2 ** 32)))).toContain("does not fit");
    expect(failure(() => writeSpecImage(cnode(1, "x")))).toContain('unknown object "x"');
    expect(
      failure(() =>
        writeSpecImage({ arch: "riscv", objects: [{ ...ep, name: "\u0416" }], irqs: [] }),
      ),
    ).toBeDefined();
  });
});
