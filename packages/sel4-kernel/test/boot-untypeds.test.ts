import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, type CNode, Kernel } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import { FakePort, RAM_BASE, RAM_SIZE } from "./fake-port.ts";
import { KernelWorld } from "./kernel-world.ts";

const KERNEL_BYTES = 0x28000;
const IMAGE_BYTES = 0x2000;
const RUBBISH = 0xdeadbeef;

describe.each([cantrip, upstream])("untypeds that the kernel $name hands out at boot", (config) => {
  it("count as used up, so that the first retype clears them", () => {
    const world = new KernelWorld(config);
    const untyped = world.typed(world.untyped, CapType.Untyped);
    expect(untyped.freeBytes).toBe(2 ** untyped.sizeBits);
    const end = untyped.paddr + 2 ** untyped.sizeBits;
    for (let paddr = untyped.paddr; paddr < end; paddr += 4096)
      world.port.writeWord(paddr, RUBBISH);
    const frame = world.typed(world.create(config.objectType.page4K), CapType.Frame);
    expect(frame.paddr).toBe(untyped.paddr);
    for (let paddr = untyped.paddr; paddr < end; paddr += 4096)
      expect(world.port.readWord(paddr)).toBe(0);
  });

  it("leave nothing of what was in memory in the objects of the initial task", () => {
    const port = new FakePort();
    for (let at = KERNEL_BYTES + IMAGE_BYTES; at < RAM_SIZE; at += 4)
      port.writeWord(RAM_BASE + at, RUBBISH);
    const kernel = new Kernel({
      ...{ config, port },
      platform: {
        ram: { base: RAM_BASE, size: RAM_SIZE },
        kernelImage: { base: RAM_BASE, size: KERNEL_BYTES, bootBytes: 0 },
        ...{ kernelDevices: [], maxIrq: 33, ticksPerUs: 24 },
      },
    });
    kernel.boot({
      image: { paddr: RAM_BASE + KERNEL_BYTES, size: IMAGE_BYTES },
      ...{ vaddr: 0x10000, entry: 0x10000 },
    });
    const root = kernel.state.current.slots[1]?.cap;
    if (root?.type !== CapType.PageTable) throw new Error("the initial task has no address space");
    const entries = Array.from({ length: 1024 }, (_, index) =>
      port.readWord(root.paddr + index * 4),
    );
    expect(entries).not.toContain(RUBBISH);
    expect(entries.filter((entry) => entry !== 0)).toHaveLength(1);
  });
});

describe("the untypeds of upstream's boot", () => {
  it("are whole: the initial task's objects take none of their memory", () => {
    const port = new FakePort();
    const kernel = new Kernel({
      ...{ config: upstream, port },
      platform: {
        ram: { base: RAM_BASE, size: RAM_SIZE },
        kernelImage: { base: RAM_BASE, size: KERNEL_BYTES, bootBytes: 0 },
        ...{ kernelDevices: [], maxIrq: 33, ticksPerUs: 24 },
      },
    });
    kernel.boot({
      image: { paddr: RAM_BASE + KERNEL_BYTES, size: IMAGE_BYTES },
      ...{ vaddr: 0x10000, entry: 0x10000 },
    });
    const caps = root(kernel).slots.map(({ cap }) => cap);
    const untypeds = caps.filter((cap) => cap.type === CapType.Untyped);
    expect(untypeds.length).toBeGreaterThan(5);
    const isFree = (paddr: number): boolean =>
      untypeds.some((cap) => paddr >= cap.paddr && paddr < cap.paddr + 2 ** cap.sizeBits);
    expect(isFree(RAM_BASE + KERNEL_BYTES + IMAGE_BYTES)).toBe(true);
    const thread = kernel.state.current;
    const space = thread.slots[1]?.cap;
    const buffer = thread.slots[2]?.cap;
    if (space?.type !== CapType.PageTable || buffer?.type !== CapType.Frame)
      throw new Error("the initial task has no address space or no IPC buffer");
    const objects = [root(kernel).paddr, thread.paddr, space.paddr, buffer.paddr];
    objects.push(thread.schedContext?.paddr ?? 0);
    expect(objects.filter((paddr) => paddr < RAM_BASE)).toEqual([]);
    expect(objects.filter(isFree)).toEqual([]);
    expect(new Set(objects).size).toBe(5);
  });
});

function root(kernel: Kernel): CNode {
  const cap = kernel.state.current.slots[0]?.cap;
  if (cap?.type !== CapType.CNode) throw new Error("the initial task has no root CNode");
  return cap.object;
}
