import type { Spec, SpecObject } from "@cantrip/capdl";
import { writeSpecImage } from "@cantrip/capdl/image";
import { writeCpio } from "@cantrip/cpio";
import {
  HAND_OVER_MAGIC,
  handOverPieces,
  handOverRemaining,
  PIECES_MAGIC,
  rootserverProgram,
  type RootserverBirth,
} from "@cantrip/rootserver";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import {
  ARCHIVE,
  BOOT_INFO,
  COPY_REGION,
  FakeKernel,
  type FakeUntyped,
  IMAGE,
  IMAGE_END,
  SPEC,
} from "./fake-kernel.ts";

const cap = (object: string, rest: object = {}) => ({ kind: "object", object, ...rest }) as const;

const frames: SpecObject[] = [
  {
    kind: "frame",
    name: "text",
    sizeBits: 12,
    fill: [
      { kind: "file", destOffset: 16, destLength: 4, file: "component", fileOffset: 2 },
      { kind: "bootinfo", destOffset: 32, destLength: 64, id: "FDT", sourceOffset: 0 },
    ],
  },
  {
    kind: "frame",
    name: "info",
    sizeBits: 12,
    fill: [{ kind: "bootinfo", destOffset: 0, destLength: 4096, id: "BootInfo", sourceOffset: 0 }],
  },
  { kind: "frame", name: "buffer", sizeBits: 12, fill: [] },
];

const objects: SpecObject[] = [
  { kind: "frame", name: "device", sizeBits: 12, paddr: 0x4100_3000, fill: [] },
  ...frames,
  {
    kind: "pt",
    name: "leaf",
    slots: [
      { slot: 16, cap: cap("text", { rights: 6 }) },
      { slot: 17, cap: cap("info", { rights: 3 }) },
      { slot: 18, cap: cap("buffer", { rights: 3 }) },
      { slot: 19, cap: cap("device", { rights: 1 }) },
      { slot: 20, cap: cap("text", { rights: 2 }) },
    ],
  },
  { kind: "pt", name: "root", slots: [{ slot: 0, cap: cap("leaf") }] },
  {
    kind: "cnode",
    name: "cnode",
    sizeBits: 7,
    hasUntypedMemory: true,
    slots: [
      { slot: 1, cap: cap("cnode", { guard: 0, guardSize: 25 }) },
      { slot: 2, cap: cap("ep", { rights: 1, badge: 7 }) },
      { slot: 3, cap: cap("device", { rights: 3, mapping: { container: "leaf", slot: 19 } }) },
      { slot: 4, cap: cap("irq") },
      { slot: 5, cap: { kind: "irq_control" } },
      { slot: 6, cap: { kind: "sched_control", core: 0 } },
    ],
  },
  {
    kind: "tcb",
    name: "tcb",
    slots: [
      { slot: 0, cap: cap("cnode", { guard: 0, guardSize: 25 }) },
      { slot: 1, cap: cap("root") },
      { slot: 4, cap: cap("buffer", { rights: 3 }) },
      { slot: 6, cap: cap("sc") },
    ],
    addr: 0x12000,
    ip: 0x10010,
    sp: 0x14000,
    prio: 254,
    maxPrio: 254,
    affinity: 0,
    resume: true,
    init: [9],
  },
  { kind: "sc", name: "sc", sizeBits: 8, periodUs: 10000, budgetUs: 5000, data: 0 },
  { kind: "notification", name: "ntfn" },
  { kind: "ep", name: "ep" },
  { kind: "irq", name: "irq", slots: [{ slot: 0, cap: cap("ntfn", { rights: 2, badge: 4 }) }] },
];

const spec: Spec = { arch: "riscv", objects, irqs: [{ irq: 5, object: "irq" }] };
const archive = writeCpio([{ name: "component", data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6) }]);

const untypeds = (): FakeUntyped[] => [
  { paddr: 0x4000_0000, sizeBits: 29, isDevice: true },
  { paddr: 0x8000_0000, sizeBits: 13 },
  { paddr: 0x9000_0000, sizeBits: 20, isTainted: true },
  { paddr: 0xa000_0000, sizeBits: 14 },
];

function boot(
  options: {
    readonly spec?: Spec;
    readonly image?: Uint8Array;
    readonly archive?: Uint8Array;
    readonly config?: KernelConfig;
    readonly untypeds?: FakeUntyped[];
  } = {},
): FakeKernel {
  const config = options.config ?? cantrip;
  const kernel = new FakeKernel(config, options.untypeds ?? untypeds());
  const image = options.image ?? writeSpecImage(options.spec ?? spec);
  const files = options.archive ?? archive;
  kernel.memory.set(image, SPEC);
  kernel.memory.set(files, ARCHIVE);
  const birth: RootserverBirth = {
    profile: config.name,
    image: { address: IMAGE, size: IMAGE_END - IMAGE },
    spec: { address: SPEC, size: image.length },
    archive: { address: ARCHIVE, size: files.length },
    copyRegion: { address: COPY_REGION, size: 0x10000 },
  };
  kernel.run(rootserverProgram(birth));
  return kernel;
}

/** Names of the invocations in order, equal neighbours taken together. */
function order(kernel: FakeKernel): string[] {
  const names = kernel.calls.map((call) => call.split(" ")[0] ?? "");
  return names.filter((name, index) => name !== names[index - 1]);
}

function withChanged(name: string, change: object): Spec {
  return {
    ...spec,
    objects: objects.map((object) => (object.name === name ? { ...object, ...change } : object)),
  };
}

describe("root server", () => {
  it("goes through the phases of the original in their order", () => {
    const kernel = boot();
    expect(order(kernel)).toEqual(
      [
        "riscvPageUnmap", // copy region
        "untypedRetype", // what is below the device frame, and the frame
        "riscvPageGetAddress",
        "untypedRetype", // objects
        "irqIssueIRQHandler",
        "cnodeMint", // notification with badge
        "irqSetIRQHandler",
        "riscvASIDPoolAssign",
        "riscvPageMap", // contents
        "riscvPageUnmap",
        "riscvPageMap",
        "riscvPageUnmap",
        "riscvPageTableMap",
        "riscvPageMap",
        "cnodeCopy", // second mapping of the text
        "riscvPageMap",
        "schedControlConfigureFlags",
        "tcbConfigure",
        "tcbSetSchedParams",
        "name",
        "tcbWriteRegisters",
        "domainSetSet",
        "cnodeMint", // CSpace
        "cnodeMove",
        "cnodeMint",
        "cnodeMove",
        "untypedRetype", // holding CNode
        "cnodeCopy", // the hand-over page
        "riscvPageMap",
        "riscvPageUnmap",
        "cnodeDelete",
        "cnodeMove", // untypeds
        "cnodeCopy", // receiver
        "cnodeMove",
        "cnodeCopy", // thread
        "cnodeMove",
        "cnodeDelete",
        "tcbResume",
        "tcbSuspend",
      ].filter((name, index, all) => name !== all[index - 1]),
    );
    expect(kernel.calls.at(-1)).toBe("tcbSuspend 1(;)");
  });

  it("logs the figures of the original", () => {
    const [bootinfo, model, size, ...rest] = boot().console.split("\n");
    expect(bootinfo).toBe(
      "cantrip_os_rootserver:Bootinfo: (88, 2048) empty slots 1 nodes (20, 24) untyped 2048 cnode slots",
    );
    expect(model).toBe("cantrip_os_rootserver:Model: 12 objects 1 irqs 0 untypeds 1 asids");
    expect(size).toBe("cantrip_os_rootserver:capDL spec: 0.00 Mbytes");
    expect(rest.slice(2)).toEqual([
      "cantrip_os_rootserver:Rootserver cnode: 30 used of 1960",
      "cantrip_os_rootserver:Rootserver untypeds: 23 used of 24",
      "",
    ]);
  });

  it("leaves device and tainted memory alone and goes on to the next untyped when one is full", () => {
    const kernel = boot();
    const used = new Set(
      kernel.calls
        .filter((call) => call.startsWith("untypedRetype"))
        .map((call) => call.slice("untypedRetype ".length, call.indexOf("("))),
    );
    expect([...used]).toEqual(["20", "23", "21"]);
  });

  it("fills frames from the archive and the boot info", () => {
    const kernel = boot();
    const [text, info] = [...kernel.frames.values()].slice(-3);
    expect([...(text ?? []).slice(16, 20)]).toEqual([2, 3, 4, 5]);
    // There is no device tree: a header of ones.
    expect([...(text ?? []).slice(32, 42)]).toEqual([...Array<number>(8).fill(0xff), 0, 0]);
    const page = info ?? new Uint8Array();
    const view = new DataView(page.buffer);
    const { untyped, empty, untypedList } = cantrip.bootInfo;
    // Slots 1..6 are the specification's, 7 is the holding CNode's.
    expect([view.getUint32(untyped, true), view.getUint32(untyped + 4, true)]).toEqual([8, 12]);
    expect([view.getUint32(empty, true), view.getUint32(empty + 4, true)]).toEqual([13, 128]);
    const original = kernel.memory.subarray(BOOT_INFO + untypedList, BOOT_INFO + untypedList + 32);
    expect(page.subarray(untypedList, untypedList + 32)).toEqual(original);
  });

  it("maps with the rights of the specification: write includes read, no grant no execution", () => {
    const maps = boot()
      .calls.filter((call) => call.startsWith("riscvPageMap"))
      .map((call) => /\((.*);/.exec(call)?.[1]);
    expect(maps.slice(2, -1)).toEqual([
      "65536,6,0",
      "69632,3,1",
      "73728,3,1",
      "77824,3,1",
      "81920,2,1",
    ]);
  });

  it("gives threads registers, and CSpaces badges, guards and the capability of a mapping", () => {
    const { calls } = boot();
    const find = (name: string): string[] => calls.filter((call) => call.startsWith(`${name} `));
    const registers = find("tcbWriteRegisters")[0]?.split(/[(,;)]/) ?? [];
    // flags, count, then pc, ra, sp ... a0
    expect(registers.slice(1, 6).map(Number)).toEqual([0, 32, 0x10010, 0, 0x14000]);
    expect(Number(registers[19])).toBe(9);
    const mints = find("cnodeMint").map((call) =>
      call
        .split(/[(,;)]/)
        .slice(1, 7)
        .map(Number),
    );
    expect(mints).toEqual([
      [expect.any(Number), 32, expect.any(Number), 32, 15, 4],
      [1, 7, expect.any(Number), 32, 15, 25 << 3],
      [2, 7, expect.any(Number), 32, 1, 7],
      [4, 7, expect.any(Number), 32, 15, 0],
      [6, 7, 19, 32, 15, 0],
    ]);
    const moves = find("cnodeMove").map((call) =>
      call
        .split(/[(,;)]/)
        .slice(1, 4)
        .map(Number),
    );
    expect(moves[0]?.[0]).toBe(3);
    expect(moves[1]).toEqual([5, 7, 4]);
  });

  it("hands over untypeds, then everything it holds, and the holding CNode last", () => {
    const kernel = boot();
    const moves = kernel.calls
      .filter((call) => call.startsWith("cnodeMove"))
      .map((call) =>
        call
          .split(/[(,;)]/)
          .slice(1, 4)
          .map(Number),
      );
    const handOff = moves.slice(2);
    expect(handOff.slice(0, 4).map(([index, , source]) => [index, source])).toEqual([
      [8, 20],
      [9, 21],
      [10, 22],
      [11, 23],
    ]);
    expect(handOff.slice(4, 10).map(([index, , source]) => [index, source])).toEqual([
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
      [4, 8],
      [5, 11],
    ]);
    expect(handOff.at(-1)?.[0]).toBe(7);
    // Nothing of the system is left in the root CNode but the thread that was still to be started.
    const left = [...kernel.caps].filter(([slot]) => slot >= 88).map(([, { what }]) => what);
    expect(left).toEqual(["object 1"]);
  });

  it("does not hand over when no CNode is to receive untyped memory", () => {
    const kernel = boot({
      spec: {
        ...withChanged("cnode", { hasUntypedMemory: false }),
        objects: withChanged("cnode", { hasUntypedMemory: false }).objects.map((object) =>
          object.name === "info" ? { ...object, fill: [] } : object,
        ),
      },
    });
    expect(kernel.calls.at(-2)).toMatch(/^tcbResume/);
    expect(kernel.caps.has(20)).toBe(true);
    expect(kernel.console).not.toContain("rootserver::");
  });

  it("writes what is left of the untypeds where the kernel cannot say", () => {
    const kernel = boot({ config: upstream, untypeds: untypeds().filter((ut) => !ut.isTainted) });
    const page = [...kernel.frames.values()].at(-1) ?? new Uint8Array();
    const view = new DataView(page.buffer);
    const { untypedList, untypedDescBytes } = upstream.bootInfo;
    const at = untypedList + 3 * untypedDescBytes;
    expect(view.getUint32(at, true)).toBe(HAND_OVER_MAGIC);
    const left = [0, 1, 2].map((index) => view.getUint32(at + 4 + index * 4, true));
    expect(left[0]).toBe(2 ** 29 - 0x100_4000);
    // A page, the CNode of 2 KiB, a thread, a scheduling context, notification, endpoint, and the holding CNode.
    expect(left[1]).toBe(2 ** 13 - (4096 + 2048 + 2048));
    expect(left[2]).toBe(0);
    expect(handOverRemaining([{ sizeBits: 12, used: 96 }])).toEqual(
      new Uint8Array([0x4c, 0x45, 0x46, 0x54, 0xa0, 0x0f, 0, 0]),
    );
  });
});

describe("device memory below a frame", () => {
  /** Words of the table of pieces in the page that was written last. */
  function table(kernel: FakeKernel, config: KernelConfig, untypedCount: number): number[] {
    const page = [...kernel.frames.values()].at(-1) ?? new Uint8Array();
    const view = new DataView(page.buffer);
    const { untypedList, untypedDescBytes } = config.bootInfo;
    const left = config.label.untypedDescribe === undefined ? 1 + untypedCount : 0;
    const at = untypedList + untypedCount * untypedDescBytes + 4 * left;
    return Array.from({ length: 7 }, (_, index) => view.getUint32(at + 4 * index, true));
  }
  /** 16 MiB, and two and one pages, below the frame at 0x41003000. */
  const pieces = [0x4000_0000 + 24, 0x4100_0000 + 13, 0x4100_2000 + 12];

  it("is kept as untypeds in the last slots of the holding CNode, and the receiver is told", () => {
    const kernel = boot();
    const [magic, depth = 0, count, ...list] = table(kernel, cantrip, 4);
    expect([magic, count, ...list]).toEqual([PIECES_MAGIC, 3, ...pieces, 0]);
    const moves = kernel.calls.filter((call) => call.startsWith("cnodeMove"));
    const last = 2 ** depth - 1;
    // From the last slots of the root CNode.
    for (const [place, index] of [last, last - 1, last - 2].entries())
      expect(moves.some((call) => call.includes(`(${index},${depth},${2047 - place},`))).toBe(true);
  });

  it("is told behind what is left of the untypeds, where the kernel cannot say", () => {
    const left = untypeds().filter((untyped) => !untyped.isTainted);
    const words = table(boot({ config: upstream, untypeds: left }), upstream, 3);
    expect(words.toSpliced(1, 1)).toEqual([PIECES_MAGIC, 3, ...pieces, 0]);
    expect(handOverPieces([{ paddr: 0x4000_0000, sizeBits: 24 }], 6).join(" ")).toBe(
      [0x48, 0x45, 0x4c, 0x44, 6, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0x40].join(" "),
    );
  });

  it("is not spoken of where there is none", () => {
    const kernel = boot({ spec: withChanged("device", { paddr: 0x4000_0000 }) });
    expect(order(kernel).filter((name) => name === "riscvPageUnmap")).toHaveLength(3);
    expect(kernel.console).not.toContain("rootserver::");
  });
});

describe("a root server in trouble", () => {
  const report = (kernel: FakeKernel): string | undefined => {
    expect(kernel.calls.at(-1)).toBe("tcbSuspend 1(;)");
    return /rootserver::(.*)\n$/.exec(kernel.console)?.[1];
  };

  it("reports an altered specification before it makes anything", () => {
    const image = writeSpecImage(spec);
    image[200] = (image[200] ?? 0) ^ 0x10;
    const kernel = boot({ image });
    expect(report(kernel)).toContain("the image was altered");
    expect(kernel.calls).toHaveLength(1);
  });

  it("reports a missing file", () => {
    const kernel = boot({ archive: writeCpio([{ name: "other", data: new Uint8Array(9) }]) });
    expect(report(kernel)).toBe("filling text: there is no file component in the archive");
  });

  it("reports a broken archive", () => {
    const kernel = boot({ archive: new Uint8Array(512) });
    expect(report(kernel)).toContain("filling text: no newc header");
  });

  it("reports that memory is out", () => {
    const kernel = boot({ untypeds: untypeds().slice(0, 3) });
    expect(report(kernel)).toMatch(/^creating \w+: out of memory: no untyped has \d+ bytes left$/);
  });

  it.each([
    ["device", { paddr: 0x1000_0000 }, "there is no device memory at 0x10000000"],
    ["device", { paddr: 0x4100_3004 }, "physical address 0x41003004 is not aligned"],
    ["cnode", { sizeBits: 3 }, "cnode has no room for 4 untypeds"],
    ["tcb", { sp: 0x14008 }, "the stack pointer is not aligned to 16 bytes"],
    ["tcb", { slots: [] }, "the thread has no CSpace or no VSpace"],
    ["buffer", { sizeBits: 13 }, "there are no frames of 2^13 bytes"],
  ])("reports a wrong %s", (name, change, text) => {
    expect(report(boot({ spec: withChanged(name, change) }))).toContain(text);
  });
});
