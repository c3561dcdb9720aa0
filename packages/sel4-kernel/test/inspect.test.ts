import { CapType, inspectAddress, inspectSlot } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { expect, test } from "vitest";
import { KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;
const VADDR = 0x40000000;
const DEVICES = [{ base: 0x60000000, size: 0x400000 }];

test("CPtrs are looked up through guards and several nodes", () => {
  const world = new KernelWorld();
  const { label, objectType } = world.config;
  const node = world.create(objectType.capTable, 4);
  world.must(node, label.cnodeCopy, [9, 4, InitialCap.InitThreadTcb, 32, 15], [ROOT]);
  const outer = world.create(objectType.capTable, 8);
  // A guard of 20 bits, the index of eight in the outer node, and four in the inner one.
  world.must(outer, label.cnodeCopy, [3, 8, node, 32, 15], [ROOT]);
  const guarded = world.mint(outer, (20 << 3) | (0xabcde << 8));
  const thread = world.thread();
  const inner = thread.tcb;
  world.must(thread.slot, label.tcbSetSpace, [0, 0], [0, guarded, SPACE]);
  const cap = inner.slots[0]?.cap;
  if (cap?.type !== CapType.CNode) throw new Error("no CSpace");
  const top = (cap.guard << 12) >>> 0;
  expect(inspectSlot(world.kernel.state, inner, top | (3 << 4) | 9)?.cap.type).toBe(CapType.Thread);
  expect(inspectSlot(world.kernel.state, inner, top | (3 << 4) | 8)?.cap.type).toBe(CapType.Null);
  expect(inspectSlot(world.kernel.state, inner, (top ^ 0x1000) | (3 << 4) | 9)).toBeNull();
  // A node that needs more bits than are left.
  world.must(outer, label.cnodeCopy, [4, 8, outer, 32, 15], [ROOT]);
  expect(inspectSlot(world.kernel.state, inner, top | (4 << 4))).toBeNull();
});

test("addresses are looked up as the machine does", () => {
  const world = new KernelWorld(undefined, { deviceRegions: DEVICES });
  const { label, objectType } = world.config;
  const { state } = world.kernel;
  const table = world.create(objectType.pageTable);
  const page = world.create(objectType.page4K);
  world.must(table, label.riscvPageTableMap, [VADDR, 0], [SPACE]);
  expect(inspectAddress(state, world.root, VADDR)).toBe(0);
  world.must(page, label.riscvPageMap, [VADDR + 0x3000, 3, 0], [SPACE]);
  const { paddr } = world.typed(page, CapType.Frame);
  expect(inspectAddress(state, world.root, VADDR + 0x3abc)).toBe(paddr + 0xabc);
  expect(inspectAddress(state, world.root, VADDR + 0x2abc)).toBe(0);
  // A mega page of a device is mapped, but is no RAM.
  let devices = 0;
  for (let slot = 0; slot < 256; slot++) {
    const cap = world.cap(slot);
    if (cap.type === CapType.Untyped && cap.isDevice && cap.sizeBits === 22) devices = slot;
  }
  const mega = world.create(objectType.megaPage, 0, devices);
  world.must(mega, label.riscvPageMap, [0x50000000, 3, 0], [SPACE]);
  expect(inspectAddress(state, world.root, 0x50000010)).toBe(0);

  const { slot, tcb } = world.thread();
  expect(inspectAddress(state, tcb, VADDR + 0x3abc)).toBe(paddr + 0xabc);
  // A table of the next level is accepted as an address space, and is none.
  world.must(slot, label.tcbSetSpace, [0, 0], [0, ROOT, table]);
  const root = world.typed(table, CapType.PageTable).paddr;
  world.port.writeWord(root + (VADDR >>> 22) * 4, ((paddr >>> 12) << 10) | 0xf);
  expect(inspectAddress(state, tcb, VADDR)).toBe(0);
});
