import { type CapdlObject, type CapdlSpec, loaderSpec, ownersOf, parseCapdl } from "@cantrip/capdl";
import {
  blocksOf,
  kindsText,
  kmemText,
  leastMemory,
  packingText,
  packSpec,
  sizeReport,
} from "@cantrip/capdl/size";
import { cantrip, upstream, upstream64 } from "@cantrip/sel4-config";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const text = `arch riscv
objects {
  one_cnode = cnode (4 bits) one_tcb = tcb one_sc = sc (8 bits) one_pd = pt pt_one = pt
  two_cnode = cnode (5 bits) two_tcb = tcb two_pd = pt
  stack__camkes_stack_one_0_control_0_one_obj = frame (4k)
  one_frame__camkes_ipc_buffer_one_0_control = frame (4k)
  code = frame (4k, fill: [{0 4096 CDL_FrameFill_FileData "one" 0}])
  talk_1_data_0_obj = frame (4k) talk_ep = ep talk_reply_cap_slot = rtreply
  uart = frame (4M, paddr: 0x50000000)
  nobody = notification
}
caps {
  one_tcb { cspace: one_cnode vspace: one_pd sc_slot: one_sc }
  two_tcb { cspace: two_cnode vspace: two_pd }
  one_cnode { 1: one_cnode 2: talk_ep (WGP, badge: 1) }
  two_cnode { 1: talk_ep (R) 2: talk_reply_cap_slot }
  one_pd { 0: pt_one 1: uart (RW) }
  pt_one { 1: stack__camkes_stack_one_0_control_0_one_obj (RW) 2: one_frame__camkes_ipc_buffer_one_0_control (RW) 3: code (RX) 4: talk_1_data_0_obj (RW) }
  two_pd { 0: talk_1_data_0_obj (RW) }
}`;

function read(source: string): CapdlSpec {
  const parsed = parseCapdl(source, { dialect: "cantrip" });
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.spec;
}

const spec = read(text);

describe("ownersOf", () => {
  it("finds components by their CSpaces, what is theirs, and what they share", () => {
    const { components, ofObject, threads } = ownersOf(spec);
    expect([...components].sort()).toEqual(["one", "two"]);
    expect(threads.get("one")).toEqual(["one_tcb"]);
    expect(ofObject.get("pt_one")).toEqual(["one"]);
    expect([...(ofObject.get("talk_ep") ?? [])].sort()).toEqual(["one", "two"]);
    expect(ofObject.get("nobody")).toBeUndefined();
  });
});

describe("sizeReport", () => {
  const report = sizeReport(spec, cantrip.sizeBits);

  it("adds up by kind, for a kernel", () => {
    const bytesOf = (kind: string): number | undefined =>
      report.kinds.find((each) => each.kind === kind)?.bytes;
    expect(bytesOf("cnode")).toBe((16 + 32) * 16);
    expect(bytesOf("tcb")).toBe(2 * 512);
    expect(bytesOf("frame")).toBe(4 * 4096);
    expect(report.deviceBytes).toBe(4 * 1024 * 1024);
    expect(report.bytes).toBe(768 + 1024 + 256 + 3 * 4096 + 4 * 4096 + 16 + 16 + 32);
    // The same for a kernel with other sizes.
    const wide = sizeReport(spec, upstream64.sizeBits);
    expect(wide.kinds.find(({ kind }) => kind === "cnode")?.bytes).toBe((16 + 32) * 32);
    expect(wide.kinds.find(({ kind }) => kind === "tcb")?.bytes).toBe(2 * 1024);
  });

  it("tells components and connections, and what they use memory for", () => {
    const one = report.owners.find(({ name }) => name === "one");
    expect(one?.uses).toEqual({
      ...{ elf: 4096, bss: 0, stack: 4096, ipc_buffer: 4096, bootinfo: 0 },
      ...{ objects: 256 + 512 + 256 + 2 * 4096, mmio: 4 * 1024 * 1024 },
    });
    const talk = report.owners.find(({ name }) => name === "talk");
    expect(talk).toMatchObject({ isShared: true, bytes: 4096 + 16 + 16 });
    expect(report.owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(report.bytes);
    expect(kmemText(report, true)).toContain("GRAND TOTAL");
    expect(kindsText(report)).toContain("at fixed addresses");
  });
});

describe("packSpec", () => {
  it("fills the largest block first and never goes back", () => {
    const blocks = [
      { paddr: 0x1000, sizeBits: 12 },
      { paddr: 0x8000, sizeBits: 15 },
    ];
    const packing = packSpec(spec, blocks, cantrip.sizeBits);
    expect(packing.blocks[0]).toMatchObject({
      paddr: 0x8000,
      objectBytes: 7 * 4096 + 1024 + 512 + 256 + 256 + 32 + 32,
    });
    expect(packing.unplaced).toBeUndefined();
    expect(packing.placements.get("code")).toBe(0x8000);
    expect(packing.placements.has("uart")).toBe(false);
    const small = packSpec(
      spec,
      [
        { paddr: 0, sizeBits: 14 },
        { paddr: 0x4000, sizeBits: 13 },
      ],
      cantrip.sizeBits,
    );
    expect(small.unplaced).toBe("two_pd");
    expect(packingText(small)).toContain("no place for two_pd");
  });

  it("counts what alignment and left blocks cost", () => {
    const mixed = read(
      "arch riscv objects { a = frame (4k) b = frame (4M) c = ut (13 bits) d = ep }",
    );
    const blocks = [
      { paddr: 0, sizeBits: 22 },
      { paddr: 0x400000, sizeBits: 14 },
    ];
    const packing = packSpec(mixed, blocks, cantrip.sizeBits);
    expect([...packing.placements]).toEqual([
      ["b", 0],
      ["c", 0x400000],
      ["a", 0x402000],
      ["d", 0x403000],
    ]);
    expect(packing.wasteBytes).toBe(0);
    // A frame of 4 KiB does not fit behind the 4 MiB, and the small block is used up by what comes before.
    expect(packSpec(mixed, [{ paddr: 0, sizeBits: 23 }], cantrip.sizeBits).wasteBytes).toBe(0);
    const left = packSpec(
      mixed,
      [
        { paddr: 0, sizeBits: 22 },
        { paddr: 1 << 23, sizeBits: 13 },
        { paddr: 1 << 24, sizeBits: 13 },
      ],
      cantrip.sizeBits,
    );
    expect(left.blocks.map(({ leftBytes }) => leftBytes)).toEqual([0, 0, 8192 - 4096 - 16]);
  });

  it("divides ranges as the kernel does", () => {
    expect(blocksOf(0x3000, 0x9000)).toEqual([
      { paddr: 0x3000, sizeBits: 12 },
      { paddr: 0x4000, sizeBits: 14 },
      { paddr: 0x8000, sizeBits: 12 },
    ]);
    expect(blocksOf(8, 16)).toEqual([]);
  });

  it("places objects at multiples of their sizes, apart from each other, or says that it could not", () => {
    let placed = 0;
    const object = fc.record({ bits: fc.integer({ min: 4, max: 16 }), isFrame: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 255 }),
        (drafts, first, pages) => {
          const objects = drafts.map(({ bits, isFrame }, index): CapdlObject => {
            const name = `o${index}`;
            return isFrame
              ? { kind: "frame", name, sizeBits: 12 }
              : { kind: "ut", name, sizeBits: bits, children: [] };
          });
          const random: CapdlSpec = { arch: "riscv", objects, irqs: [] };
          const packing = packSpec(
            random,
            blocksOf(first * 4096, (first + pages) * 4096),
            upstream.sizeBits,
          );
          const ranges = objects.flatMap(({ name, ...rest }) => {
            const start = packing.placements.get(name);
            const bytes = 2 ** ("sizeBits" in rest ? rest.sizeBits : 0);
            return start === undefined ? [] : [{ start, bytes }];
          });
          for (const { start, bytes } of ranges) expect(start % bytes).toBe(0);
          ranges.sort((a, b) => a.start - b.start);
          ranges.forEach(({ start, bytes }, index) => {
            expect(start + bytes).toBeLessThanOrEqual(
              ranges[index + 1]?.start ?? (first + pages) * 4096,
            );
          });
          expect(packing.unplaced === undefined).toBe(ranges.length === objects.length);
          if (packing.unplaced === undefined) placed++;
          const least = leastMemory(random, upstream.sizeBits);
          expect(packSpec(random, blocksOf(0, least), upstream.sizeBits).unplaced).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
    console.info(`packing: ${placed} of 200 fit`);
    expect(placed).toBeGreaterThan(60);
  });

  it("takes specifications of loaders, too", () => {
    const loaded = loaderSpec(spec);
    if (!loaded.ok) throw new Error(loaded.errors.join("\n"));
    expect(sizeReport(loaded.spec, cantrip.sizeBits).bytes).toBe(
      sizeReport(spec, cantrip.sizeBits).bytes,
    );
  });
});
