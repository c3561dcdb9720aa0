import { cantrip, type KernelConfig, upstream, upstream64 } from "@cantrip/sel4-config";
import {
  CapType,
  checkInvariants,
  type CNode,
  type InitialTask,
  inspectAddress,
  Kernel,
  type KernelPlatform,
} from "@cantrip/sel4-kernel";
import { type BootInfo, InitialCap, readBootInfo } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { SparsePort } from "./sparse-port.ts";

const MIB = 0x100000;

/**
 * CantripOS's kernel (AmbiML/sparrow-kernel af78898a, debug, root CNode of 2^11 slots) on sparrow with 4 MiB: image and
 * boot code from its ELF file, devices from its `devices_gen.h`.
 */
const sparrow: KernelPlatform = {
  ram: { base: 0x28000000, size: 4 * MIB },
  kernelImage: { base: 0x28000000, size: 0x29000, bootBytes: 0x3000 },
  kernelDevices: [{ base: 0x60000000, size: 0x4000000 }],
  ...{ maxIrq: 33, ticksPerUs: 24 },
};
/** An initial task of two pages at 0x10000, without a device tree: `examples/root-task`. */
const smallTask: InitialTask = {
  image: { paddr: 0x28029000, size: 0x2000 },
  ...{ vaddr: 0x10000, entry: 0x10000 },
};
/** What that kernel printed on `@cantrip/hw-riscv`: address, log2 of the bytes; `d` device, `t` tainted. */
const SPARROW = `
  0:27d 8000000:29d 28400000:22d 28800000:23d 29000000:24d 2a000000:25d 2c000000:26d 30000000:27d 38000000:28d
  48000000:28d 58000000:27d 64000000:26d 68000000:29d 88000000:29d a8000000:29d c8000000:29d e8000000:28d f8000000:26d
  fc000000:25d fe000000:24d ff000000:23d ff800000:22d ffc00000:21d ffe00000:20d fff00000:19d fff80000:18d fffc0000:17d
  fffe0000:16d ffff0000:15d ffff8000:14d ffffc000:13d ffffe000:12d fffff000:11d fffff800:10d fffffc00:9d fffffe00:8d
  ffffff00:7d ffffff80:6d ffffffc0:5d ffffffe0:4d 28029000:12t 2802a000:12t 2802b000:12t 2802c000:14t 28030000:16
  28040000:18 28080000:19 28100000:20 28200000:20 28300000:19 28380000:18 283c0000:17 283e0000:16 283fa100:8 283fa200:9
  283fa400:10 283fa800:11 283fb000:12 283fc000:14 283f0000:15t 28000000:13`;

/** Upstream's kernel (seL4 1326364b, riscv32, MCS, debug) on `qemu-riscv-virt`, likewise. */
const qemuVirt = (ramEnd: number): KernelPlatform => ({
  ram: { base: 0x80200000, size: ramEnd - 0x80200000 },
  kernelImage: { base: 0x80200000, size: 0x24000, bootBytes: 0x3000 },
  kernelDevices: [
    { base: 0x2000000, size: 0x400000 },
    { base: 0xc000000, size: 0x800000 },
  ],
  ...{ maxIrq: 96, ticksPerUs: 10 },
});
/** sel4test-driver, and the device tree that the build dumps from QEMU 7.2. */
const driver: InitialTask = {
  image: { paddr: 0x80226000, size: 0x406000 },
  ...{ vaddr: 0x10000, entry: 0x1bde8 },
  deviceTree: { paddr: 0x80224000, size: 0x1191 },
};
const VIRT_DEVICES = `
  0:25d 2400000:22d 2800000:23d 3000000:24d 4000000:26d 8000000:26d c800000:23d d000000:24d e000000:25d 10000000:28d
  20000000:29d 40000000:29d 60000000:29d 80000000:21d`;
const VIRT_LOW = `
  80200000:13 80202000:12 802251a0:5 802251c0:6 80225200:9 80225400:10 80225800:11 8062c000:14 80630000:16 80640000:18
  80680000:19 80700000:20 80800000:23 81000000:24 82000000:25`;
/** What sel4test printed on that kernel in QEMU, with `-m 128` … */
const VIRT_128 = `${VIRT_DEVICES}
  88000000:27d 90000000:28d a0000000:29d c0000000:29d e0000000:29d ${VIRT_LOW}
  84000000:25 86000000:24 87000000:23 87800000:22 87c00000:21 87e00000:20 87f00000:19 87f80000:18 87fe8280:7
  87fe8300:8 87fe8400:10 87fe8800:11 87fe9000:12 87fea000:13 87fec000:14 87ff0000:16`;
/** … and with `-m 2048`: the last 8 MiB are outside of the kernel's window. */
const VIRT_2048 = `${VIRT_DEVICES}
  ff800000:23d ${VIRT_LOW}
  84000000:26 88000000:27 90000000:28 a0000000:29 c0000000:29 e0000000:28 f0000000:27 f8000000:26 fc000000:25
  fe000000:24 ff000000:22 ff400000:21 ff600000:20 ff700000:19 ff780000:18 ff7e8280:7 ff7e8300:8 ff7e8400:10
  ff7e8800:11 ff7e9000:12 ff7ea000:13 ff7ec000:14 ff7f0000:16`;

/** Upstream's kernel for riscv64 on the same board, with 3 GiB. */
const qemuVirt64: KernelPlatform = {
  ram: { base: 0x80200000, size: 0x140000000 - 0x80200000 },
  kernelImage: { base: 0x80200000, size: 0x28000, bootBytes: 0x3000 },
  kernelDevices: [
    { base: 0x2000000, size: 0x200000 },
    { base: 0xc000000, size: 0x600000 },
  ],
  ...{ maxIrq: 96, ticksPerUs: 10 },
};
const driver64: InitialTask = {
  image: { paddr: 0x8022a000, size: 0x426000 },
  ...{ vaddr: 0x10000, entry: 0x1c746 },
  deviceTree: { paddr: 0x80228000, size: 0x1145 },
};
/** What sel4test printed on that kernel in QEMU. */
const VIRT_64 = `
  0:25d 2200000:21d 2400000:22d 2800000:23d 3000000:24d 4000000:26d 8000000:26d c600000:21d c800000:23d d000000:24d
  e000000:25d 10000000:28d 20000000:29d 40000000:30d 80000000:21d 140000000:30d 180000000:31d 200000000:33d
  400000000:34d 800000000:35d 1000000000:36d 2000000000:37d 4000000000:38d 80200000:13 80202000:12 80229150:4
  80229160:5 80229180:7 80229200:9 80229400:10 80229800:11 80650000:16 80660000:17 80680000:19 80700000:20
  80800000:23 81000000:24 82000000:25 84000000:26 88000000:27 90000000:28 a0000000:29 c0000000:30 100000000:29
  120000000:28 130000000:27 138000000:26 13c000000:25 13e000000:24 13f000000:23 13f800000:22 13fc00000:21
  13fe00000:20 13ff00000:19 13ffca480:7 13ffca500:8 13ffca600:9 13ffca800:11 13ffcb000:12 13ffcc000:14 13ffd0000:16
  13ffe0000:17`;

interface Booted {
  readonly kernel: Kernel;
  readonly port: SparsePort;
  readonly root: CNode;
  readonly info: BootInfo;
}

function boot(
  config: KernelConfig,
  platform: KernelPlatform,
  task: InitialTask,
  port = new SparsePort(),
): Booted {
  const kernel = new Kernel({ config, port, platform });
  kernel.boot(task);
  checkInvariants(kernel.state);
  const cspace = kernel.state.current.slots[0]?.cap;
  if (cspace?.type !== CapType.CNode) throw new Error("the initial task has no root CNode");
  const frame = cspace.object.slots[InitialCap.BootInfoFrame]?.cap;
  if (frame?.type !== CapType.Frame) throw new Error("there is no boot info");
  const info = readBootInfo(port.page(frame.paddr), config);
  return { kernel, port, root: cspace.object, info };
}

function shown({ untypedList }: BootInfo): string[] {
  return untypedList.map(
    ({ paddr, sizeBits, isDevice, isTainted }) =>
      `${paddr.toString(16)}:${sizeBits}${isDevice ? "d" : ""}${isTainted ? "t" : ""}`,
  );
}

function listed(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Types of the capabilities in a region of slots. */
function typesIn(root: CNode, { start, end }: { start: number; end: number }): Set<CapType> {
  return new Set(root.slots.slice(start, end).map(({ cap }) => cap.type));
}

describe("the boot info is that of the real kernel", () => {
  it("of CantripOS on sparrow", () => {
    const { info, root } = boot(cantrip, sparrow, smallTask);
    expect(shown(info)).toEqual(listed(SPARROW));
    expect(info).toMatchObject({
      ...{ extraLen: 0, nodeId: 0, numNodes: 1, ipcBuffer: 0x12000 },
      ...{ initThreadCNodeSizeBits: 11, initThreadDomain: 0, kernelReservedBytes: 0x26000 },
      untyped: { start: 15, end: 76 },
      userImagePaging: { start: 76, end: 77 },
      schedcontrol: { start: 77, end: 78 },
      userImageFrames: { start: 79, end: 81 },
      extraBIPages: { start: 0, end: 0 },
      empty: { start: 81, end: 2048 },
    });
    // The untyped of the IPC buffer's frame, in a slot that no region has.
    expect(root.slots[78]?.cap).toMatchObject({ type: CapType.Untyped, sizeBits: 12 });
    expect(typesIn(root, info.userImageFrames)).toEqual(new Set([CapType.Frame]));
    expect(typesIn(root, info.empty)).toEqual(new Set([CapType.Null]));
  });

  it("of CantripOS for a task whose boot info ends with a page table's 4 MiB: it has one more", () => {
    const { info } = boot(cantrip, sparrow, { ...smallTask, vaddr: 0x3fc000, entry: 0x3fc000 });
    expect(info).toMatchObject({
      userImagePaging: { start: 76, end: 78 },
      userImageFrames: { start: 80, end: 82 },
    });
    const lower = boot(cantrip, sparrow, { ...smallTask, vaddr: 0x3fb000, entry: 0x3fb000 });
    expect(lower.info.userImagePaging).toEqual({ start: 76, end: 77 });
  });

  it.each([
    ["128 MiB", 0x88000000, VIRT_128, { start: 1051, end: 1101 }],
    ["2 GiB", 0x100000000, VIRT_2048, { start: 1051, end: 1104 }],
  ])("of upstream on qemu-virt with %s", (_name, ramEnd, list, untyped) => {
    const { info, root } = boot(upstream, qemuVirt(ramEnd), driver);
    expect(shown(info)).toEqual(listed(list));
    expect(info).toMatchObject({
      ...{ extraLen: 0x1199, nodeId: 0, numNodes: 1, ipcBuffer: 0x416000 },
      ...{ initThreadCNodeSizeBits: 13, initThreadDomain: 0 },
      userImagePaging: { start: 16, end: 18 },
      extraBIPages: { start: 18, end: 20 },
      schedcontrol: { start: 20, end: 21 },
      userImageFrames: { start: 21, end: 1051 },
      untyped,
      empty: { start: untyped.end, end: 8192 },
    });
    expect(typesIn(root, info.userImagePaging)).toEqual(new Set([CapType.PageTable]));
    expect(typesIn(root, info.extraBIPages)).toEqual(new Set([CapType.Frame]));
    expect(typesIn(root, info.untyped)).toEqual(new Set([CapType.Untyped]));
  });
});

describe("the boot info is that of the real 64-bit kernel", () => {
  it("of upstream on qemu-virt with 3 GiB", () => {
    const { info, root, kernel } = boot(upstream64, qemuVirt64, driver64);
    expect(shown(info)).toEqual(listed(VIRT_64));
    expect(info).toMatchObject({
      ...{ extraLen: 0x1155, nodeId: 0, numNodes: 1, ipcBuffer: 0x436000 },
      ...{ initThreadCNodeSizeBits: 13, initThreadDomain: 0 },
      // One page table for the first GiB, and three below it.
      userImagePaging: { start: 16, end: 20 },
      extraBIPages: { start: 20, end: 22 },
      schedcontrol: { start: 22, end: 23 },
      userImageFrames: { start: 23, end: 1085 },
      untyped: { start: 1085, end: 1147 },
      empty: { start: 1147, end: 8192 },
    });
    expect(typesIn(root, info.userImagePaging)).toEqual(new Set([CapType.PageTable]));
    expect(root.slots.slice(16, 20).map(({ cap }) => "vaddr" in cap && cap.vaddr)).toEqual([
      0, 0, 0x200000, 0x400000,
    ]);
    const { current } = kernel.state;
    expect(inspectAddress(kernel.state, current, 0x10000)).toBe(0x8022a000);
    expect(inspectAddress(kernel.state, current, 0x435ffc)).toBe(0x8064fffc);
    expect(inspectAddress(kernel.state, current, 0xf000)).toBe(0);
    // An address that 32 bits do not hold is not the same as its lower half.
    expect(inspectAddress(kernel.state, current, 2 ** 32 + 0x10000)).toBe(0);
  });
});

describe("the device tree", () => {
  it.each([
    // CantripOS's kernel counts whole pages.
    [cantrip, 0x2008],
    [upstream, 0x1199],
  ])("follows the boot info of $name with a header, and nothing behind it", (config, extraLen) => {
    const port = new SparsePort();
    const { paddr, size } = driver.deviceTree ?? { paddr: 0, size: 0 };
    for (let at = 0; at < 0x2000; at += 4) port.writeWord(paddr + at, 0x01010101);
    const { info, root, kernel } = boot(config, qemuVirt(0x88000000), driver, port);
    expect(info.extraLen).toBe(extraLen);
    const frames = root.slots.slice(info.extraBIPages.start, info.extraBIPages.end);
    const bytes = frames.flatMap(({ cap }) => {
      if (cap.type !== CapType.Frame) throw new Error("extra boot info is no frame");
      return Array.from(port.page(cap.paddr));
    });
    const header = new DataView(Uint8Array.from(bytes).buffer);
    expect([header.getUint32(0, true), header.getUint32(4, true)]).toEqual([6, extraLen]);
    expect(new Set(bytes.slice(8, extraLen))).toEqual(new Set([1]));
    expect(new Set(bytes.slice(extraLen))).toEqual(new Set([0]));
    expect(frames[0]?.cap).toMatchObject({ vaddr: info.ipcBuffer + 0x2000 });
    expect(kernel.state.current.context[10]).toBe(info.ipcBuffer + 0x1000);
    // The blob itself stays where it is: nobody gets its memory.
    const covers = info.untypedList.some(
      (untyped) =>
        untyped.paddr <= paddr + size - 1 && untyped.paddr + 2 ** untyped.sizeBits > paddr,
    );
    expect(covers).toBe(false);
  });
});
