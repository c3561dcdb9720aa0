import { crc32 } from "node:zlib";
import { SpecImageError, SpecImageReader, writeSpecImage } from "@cantrip/capdl/image";
import { type Spec } from "@cantrip/capdl";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
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

  it("throws only SpecImageError on damage that the CRC does not show", () => {
    const report = new FuzzReport("specification image");
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 16, max: image.length - 1 }),
            fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0xff)),
          ),
          { maxLength: 3 },
        ),
        (edits) => {
          const bytes = image.slice();
          for (const [at, value] of edits) bytes[at] = value;
          const message = failure(() => new SpecImageReader(withCrc(bytes)).spec());
          report.count(message?.replace(/[0-9].*|".*/, "\u2026"));
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
