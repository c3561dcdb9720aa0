import { AssemblyError, buildBootImage, checkSystem, withComponent } from "@cantrip/assembly";
import type { SystemDescription } from "@cantrip/assembly";
import { componentTypes, sparrow, timerServiceFromElf } from "@cantrip/assembly/cantrip";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { upstream } from "@cantrip/sel4-config";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { idleClient, mirrorElf, mirrorInC, mirrorSystem } from "./mirror-system.ts";

const BASE = 0x10000;

function systemWith(image: Uint8Array, more: object = {}): SystemDescription {
  return mirrorSystem({ mirror: { ...mirrorInC, ...more, image }, client: idleClient });
}

function textsOf(system: SystemDescription): string {
  return checkSystem(system)
    .map(({ where, message }) => `${where}: ${message}`)
    .join("\n");
}

/** A component of one page of code and one of constants, with an area for its birth data. */
function image(
  change: {
    machine?: number;
    vaddr?: number;
    constants?: number;
    symbol?: string;
    symbolAt?: number;
    areaBytes?: number;
    version?: number;
    profile?: string;
  } = {},
): Uint8Array {
  const { vaddr = BASE, constants = vaddr + 0x1000, areaBytes = 1024 } = change;
  const area = new Uint8Array(4096);
  area[0] = change.version ?? 2;
  area.set(new TextEncoder().encode(change.profile ?? "cantrip"), 4);
  return writeElf({
    machine: change.machine ?? EM_RISCV,
    entry: vaddr,
    segments: [
      {
        vaddr,
        data: new Uint8Array(64),
        flags: { read: true, write: false, execute: true },
        align: 4,
      },
      { vaddr: constants, data: area, align: 4 },
    ],
    symbols: [
      {
        name: change.symbol ?? "cantrip_birth",
        value: change.symbolAt ?? constants,
        size: areaBytes,
      },
    ],
  });
}

describe("the image of a component in machine code", () => {
  it("can be any RISC-V program with an area for its birth data", () => {
    expect(checkSystem(systemWith(image()))).toEqual([]);
    expect(checkSystem(systemWith(mirrorElf))).toEqual([]);
  });

  it.each([
    ["no ELF file", Uint8Array.of(1, 2, 3), "not an ELF file"],
    ["a cut file", mirrorElf.subarray(0, 3000), "segment"],
    ["another machine's", image({ machine: 62 }), "ELF machine 62, not 243"],
    ["without birth symbol", image({ symbol: "birth" }), 'no symbol "cantrip_birth"'],
    ["with a birth area outside", image({ symbolAt: 0x20000 }), "part of a segment's contents"],
    ["with a birth area that is askew", image({ symbolAt: BASE + 0x1002 }), "not an aligned part"],
    ["with a birth area that is no structure", image({ areaBytes: 100 }), "only 100 bytes"],
    ["of another birth version", image({ version: 9 }), "version 9, not 2"],
    ["for another kernel", image({ profile: "upstream" }), 'for kernel "upstream", not "cantrip"'],
    ["below the images", image({ vaddr: 0x8000 }), "outside 0x10000 to 0x1000000"],
    ["where the stacks are", image({ vaddr: 0xffff000 }), "outside 0x10000 to 0x1000000"],
    ["with two segments on one page", image({ constants: BASE + 0x100 }), "does not begin a page"],
    [
      "without room",
      image({ areaBytes: 200 }),
      "bytes of birth data, and its image has room for 200",
    ],
  ])("is refused before anything boots: %s", (_what, bytes, message) => {
    const system = systemWith(bytes);
    expect(textsOf(system)).toMatch(/^mirror: /);
    expect(textsOf(system)).toContain(message);
    expect(() => buildBootImage(system)).toThrow(AssemblyError);
  });

  it("is refused together with every other mistake", () => {
    const system = systemWith(image({ symbol: "birth" }), { heapBytes: 4096 });
    const texts = textsOf({
      ...withComponent(system, "console", { type: { name: "Nothing" } }),
      connections: [...system.connections, ...system.connections.slice(0, 1)],
    });
    expect(texts).toContain('no symbol "cantrip_birth"');
    expect(texts).toContain("the heap of an image is its own data");
    expect(texts).toContain("console: component type Nothing has no program, no image");
    expect(texts).toContain("two connections have this name");
  });

  it("does not go with a program, and not with hardware", () => {
    const both = { ...componentTypes.timerService, image: image() };
    expect(textsOf(withComponent(sparrow(), "timer_service", { type: both }))).toContain(
      "both a program and an image",
    );
    const device = { ...componentTypes.openTitanTimer, image: image() };
    expect(textsOf(withComponent(sparrow(), "timer", { type: device }))).toContain(
      "hardware component type OpenTitanTimer has a program",
    );
  });

  it("is for the kernel of the system", () => {
    const system = withComponent(sparrow(upstream), "timer_service", {
      type: timerServiceFromElf(image()),
    });
    expect(textsOf(system)).toContain('for kernel "cantrip", not "upstream"');
  });

  it("stays as the caller has it", () => {
    const bytes = Buffer.from(mirrorElf);
    const before = Buffer.from(bytes.toString("hex"), "hex");
    const { files } = buildBootImage(systemWith(bytes));
    expect(bytes.equals(before)).toBe(true);
    expect(before.equals(files.get("mirror_group_bin") ?? before)).toBe(false);
  });

  it("with flipped bytes is accepted or refused, and nothing else", () => {
    const report = new FuzzReport("flipped component images");
    const flips = fc.array(
      fc.record({
        // Headers, code, birth area, and the symbol table at the end.
        at: fc.oneof(
          { weight: 2, arbitrary: fc.nat(180) },
          { weight: 2, arbitrary: fc.nat(mirrorElf.length - 1) },
          {
            weight: 1,
            arbitrary: fc.integer({ min: 1, max: 600 }).map((n) => mirrorElf.length - n),
          },
        ),
        bit: fc.nat(7),
      }),
      { minLength: 1, maxLength: 3 },
    );
    const original = fc.oneof(
      { weight: 8, arbitrary: fc.constant(mirrorElf) },
      { weight: 2, arbitrary: fc.constant(image()) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          image({ areaBytes: 100 }),
          image({ areaBytes: 200 }),
          image({ version: 9 }),
          image({ profile: "upstream" }),
        ),
      },
    );
    const heap = rarely(fc.constant({ heapBytes: 4096 }), 20);
    fc.assert(
      fc.property(flips, original, heap, (changes, file, more) => {
        const bytes = new Uint8Array(file);
        for (const { at, bit } of changes)
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
        const system = systemWith(bytes, more);
        const [mistake] = checkSystem(system);
        report.count(mistake?.message.replace(/^image of Mirror: |[0-9"].*$/g, "").trim());
        if (mistake === undefined) buildBootImage(system);
      }),
      { numRuns: 300, seed: 11 },
    );
    expect(report.refusals()).toBeGreaterThan(30);
    report.finish();
  });
});

describe("withComponent", () => {
  it("names what a system has", () => {
    expect(() => withComponent(sparrow(), "tmier", {})).toThrow(
      /no component "tmier"; known: .*timer_service/,
    );
  });
});
