import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, Kernel } from "@cantrip/sel4-kernel";
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
        kernelImage: { base: RAM_BASE, size: KERNEL_BYTES },
        ...{ deviceRegions: [], maxIrq: 33, ticksPerUs: 24 },
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
