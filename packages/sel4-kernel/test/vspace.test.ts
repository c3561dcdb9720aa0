import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { type Answer, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;
const VADDR = 0x40000000;
const MEGA = 0x400000;
const READ_WRITE = 3;
const EXECUTE_NEVER = 1;
const DEVICES = [{ base: 0x60000000, size: 0x1000000 }];

const refused = (error: number, ...words: number[]): Answer => ({
  error,
  length: words.length,
  words,
});
const missing = (bits: number): Answer => refused(ErrorCode.FailedLookup, 0, 2, bits);
const invalidRoot = refused(ErrorCode.FailedLookup, 0, 1);

/** A kernel with a table and two pages, and what they are asked for. */
class Memory extends KernelWorld {
  readonly table = this.create(this.config.objectType.pageTable);
  readonly page = this.create(this.config.objectType.page4K);
  readonly other = this.create(this.config.objectType.page4K);

  mapTable(table: number, vaddr: number, space: number = SPACE): Answer {
    return this.invoke(table, this.config.label.riscvPageTableMap, [vaddr, 0], [space]);
  }
  map(
    frame: number,
    vaddr: number,
    rights: number = READ_WRITE,
    attributes = 0,
    space: number = SPACE,
  ): Answer {
    const words = [vaddr, rights, attributes];
    return this.invoke(frame, this.config.label.riscvPageMap, words, [space]);
  }
  unmap(frame: number): void {
    this.must(frame, this.config.label.riscvPageUnmap);
  }
  copy(source: number, rights = 15): number {
    const slot = this.freeSlot();
    this.must(ROOT, this.config.label.cnodeCopy, [slot, 32, source, 32, rights], [ROOT]);
    return slot;
  }
  delete(slot: number): void {
    this.must(ROOT, this.config.label.cnodeDelete, [slot, 32]);
  }
  assign(table: number, pool: number = InitialCap.InitThreadAsidPool): Answer {
    return this.invoke(pool, this.config.label.riscvASIDPoolAssign, [], [table]);
  }
  makePool(untyped: number, slot = this.freeSlot(), depth = 32): Answer {
    const label = this.config.label.riscvASIDControlMakePool;
    return this.invoke(InitialCap.AsidControl, label, [slot, depth], [untyped, ROOT]);
  }
  /** A root table of another address space. */
  space(pool?: number): number {
    const table = this.create(this.config.objectType.pageTable);
    expect(this.assign(table, pool).error).toBe(0);
    return table;
  }
  device(): number {
    for (let slot = 0; slot < 200; slot++) {
      const cap = this.cap(slot);
      if (cap.type === CapType.Untyped && cap.isDevice && cap.sizeBits === 24) return slot;
    }
    throw new Error("no device");
  }
  paddr(slot: number): number {
    const cap = this.cap(slot);
    if (cap.type !== CapType.Frame && cap.type !== CapType.PageTable) throw new Error("no memory");
    return cap.paddr;
  }
  /** Entry for an address of the initial task. */
  entry(vaddr: number): number {
    const root = this.paddr(SPACE) + (vaddr >>> 22) * 4;
    const pte = this.port.readWord(root);
    if ((pte & 0xf) !== 1) return pte;
    return this.port.readWord((pte >>> 10) * 4096 + ((vaddr >>> 12) % 1024) * 4);
  }
}

describe.each([cantrip, upstream])("$name", (config) => {
  const world = (): Memory => new Memory(config, { deviceRegions: DEVICES });
  const { label, objectType } = config;

  test("a page table is mapped where there is none yet", () => {
    const w = world();
    expect(w.mapTable(w.table, VADDR + 0x5678)).toEqual(refused(0));
    expect(w.typed(w.table, CapType.PageTable)).toMatchObject({ isMapped: true, vaddr: VADDR });
    expect(w.entry(VADDR)).toBe(0);
    // It is mapped already; another one cannot be there, too.
    expect(w.mapTable(w.table, VADDR + MEGA)).toEqual(refused(ErrorCode.InvalidCapability, 0));
    const second = w.create(objectType.pageTable);
    expect(w.mapTable(second, VADDR)).toEqual(refused(ErrorCode.DeleteFirst));
  });

  test("what a page table's mapping is refused with", () => {
    const w = world();
    const { riscvPageTableMap } = label;
    const truncated = refused(ErrorCode.TruncatedMessage);
    expect(w.invoke(w.table, riscvPageTableMap, [VADDR], [SPACE])).toEqual(truncated);
    expect(w.invoke(w.table, riscvPageTableMap, [VADDR, 0])).toEqual(truncated);
    expect(w.mapTable(w.table, VADDR, ROOT)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    const unmapped = w.create(objectType.pageTable);
    expect(w.mapTable(w.table, VADDR, unmapped)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.mapTable(w.table, 0x80000000)).toEqual(refused(ErrorCode.InvalidArgument, 0));
    // A table that is mapped is no root.
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    const leaf = w.mapTable(unmapped, VADDR + MEGA, w.table);
    expect(leaf).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.map(w.page, VADDR, 3, 0, w.table)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.invoke(w.table, label.riscvPageMap, [VADDR, 3, 0], [SPACE])).toEqual(
      refused(ErrorCode.IllegalOperation),
    );
  });

  test("a page table is unmapped by its only capability, and is empty then", () => {
    const w = world();
    const { riscvPageTableUnmap } = label;
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    expect(w.map(w.page, VADDR).error).toBe(0);
    const copy = w.copy(w.table);
    const revokeFirst = refused(ErrorCode.RevokeFirst);
    expect(w.invoke(w.table, riscvPageTableUnmap)).toEqual(revokeFirst);
    w.delete(copy);
    expect(w.entry(VADDR)).not.toBe(0);
    expect(w.invoke(w.table, riscvPageTableUnmap)).toEqual(refused(0));
    expect(w.entry(VADDR)).toBe(0);
    expect(w.port.readWord(w.paddr(w.table))).toBe(0);
    // The page's capability is stale: unmapping it does nothing, and it can be mapped again.
    w.unmap(w.page);
    expect(w.invoke(w.table, riscvPageTableUnmap)).toEqual(refused(0));
    expect(w.invoke(w.space(), riscvPageTableUnmap)).toEqual(revokeFirst);
  });

  test("a page needs a table, which the answer says, and a place that is free", () => {
    const w = world();
    expect(w.map(w.page, VADDR)).toEqual(missing(22));
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    expect(w.map(w.page, VADDR)).toEqual(refused(0));
    expect(w.map(w.other, VADDR)).toEqual(refused(ErrorCode.DeleteFirst));
    expect(w.map(w.page, VADDR + 4096)).toEqual(refused(ErrorCode.InvalidArgument, 0));
    const space = w.space();
    const table = w.create(objectType.pageTable);
    expect(w.mapTable(table, VADDR, space).error).toBe(0);
    expect(w.map(w.page, VADDR, 3, 0, space)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    // A copy has a mapping of its own.
    expect(w.map(w.copy(w.page), VADDR, 3, 0, space)).toEqual(refused(0));
  });

  test.each([
    { rights: 3, attributes: 0, bits: 0xdf },
    { rights: 3, attributes: EXECUTE_NEVER, bits: 0xd7 },
    { rights: 2, attributes: 0, bits: 0xdb },
    { rights: 2, attributes: EXECUTE_NEVER, bits: 0xd3 },
    { rights: 1, attributes: 0, bits: 0xd9 },
    { rights: 1, attributes: EXECUTE_NEVER, bits: 0 },
  ])("rights $rights and attributes $attributes give $bits", ({ rights, attributes, bits }) => {
    const w = world();
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    expect(w.map(w.page, VADDR).error).toBe(0);
    expect(w.map(w.page, VADDR, rights, attributes)).toEqual(refused(0));
    const number = bits === 0 ? 0 : (w.paddr(w.page) >>> 12) << 10;
    expect(w.entry(VADDR)).toBe(number | bits);
  });

  test("a capability with fewer rights maps with fewer", () => {
    const w = world();
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    const readOnly = w.copy(w.page, 2);
    expect(w.typed(readOnly, CapType.Frame).rights).toBe(2);
    expect(w.map(readOnly, VADDR, 3, EXECUTE_NEVER).error).toBe(0);
    expect(w.entry(VADDR) & 0xff).toBe(0xd3);
    expect(w.typed(w.copy(readOnly, 1), CapType.Frame).rights).toBe(1);
    expect(w.typed(w.copy(readOnly, 15), CapType.Frame).rights).toBe(2);
  });

  test("what a page's mapping is refused with", () => {
    const w = world();
    const { riscvPageMap } = label;
    const truncated = refused(ErrorCode.TruncatedMessage);
    expect(w.invoke(w.page, riscvPageMap, [VADDR, 3], [SPACE])).toEqual(truncated);
    expect(w.invoke(w.page, riscvPageMap, [VADDR, 3, 0])).toEqual(truncated);
    expect(w.map(w.page, VADDR, 3, 0, ROOT)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.map(w.page, VADDR, 3, 0, w.table)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.map(w.page, 0x7ffff001)).toEqual(refused(ErrorCode.InvalidArgument, 0));
    expect(w.map(w.page, 0xfffff000)).toEqual(refused(ErrorCode.InvalidArgument, 0));
    expect(w.map(w.page, VADDR + 4)).toEqual(refused(ErrorCode.AlignmentError));
    // The last address wraps around: only the alignment is wrong.
    expect(w.map(w.page, 0xfffff001)).toEqual(refused(ErrorCode.AlignmentError));
    expect(w.invoke(w.page, label.tcbSuspend)).toEqual(refused(ErrorCode.IllegalOperation));
  });

  test("the address of a page is told, mapped or not", () => {
    const w = world();
    const answer = w.invoke(w.page, label.riscvPageGetAddress);
    expect(answer.error).toBe(0);
    // The fork leaves the length 0.
    expect(answer.length).toBe(config.checks.answersCallsWithLength ? 1 : 0);
    expect((w.port.registers[12] ?? 0) >>> 0).toBe(w.paddr(w.page));
  });

  test("deleting a page's capability unmaps it, deleting a table all below it", () => {
    const w = world();
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    const copy = w.copy(w.page);
    expect(w.map(w.page, VADDR).error).toBe(0);
    expect(w.map(copy, VADDR + 4096).error).toBe(0);
    w.delete(w.page);
    expect(w.entry(VADDR)).toBe(0);
    expect(w.entry(VADDR + 4096)).not.toBe(0);
    const second = w.copy(w.table);
    w.delete(w.table);
    expect(w.entry(VADDR + 4096)).not.toBe(0);
    w.delete(second);
    expect(w.entry(VADDR + 4096)).toBe(0);
    expect(w.map(w.other, VADDR)).toEqual(missing(22));
    // What the deleted table had mapped is gone, and its capability stale.
    w.delete(copy);
  });

  test("a page that something else took the place of is left alone", () => {
    const w = world();
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    expect(w.map(w.page, VADDR).error).toBe(0);
    w.must(w.table, label.riscvPageTableUnmap);
    // Its table is somewhere else now, and another one has another page there.
    const second = w.create(objectType.pageTable);
    expect(w.mapTable(second, VADDR).error).toBe(0);
    expect(w.map(w.other, VADDR).error).toBe(0);
    const entry = w.entry(VADDR);
    w.unmap(w.page);
    expect(w.entry(VADDR)).toBe(entry);
    // A page without rights has no entry to remove.
    expect(w.map(w.page, VADDR + 4096, 1, EXECUTE_NEVER).error).toBe(0);
    w.unmap(w.page);
    expect(w.entry(VADDR + 4096)).toBe(0);
  });

  test("a mega page takes the place of a table", () => {
    const w = world();
    const device = w.device();
    const mega = w.create(objectType.megaPage, 0, device);
    expect(w.map(mega, VADDR + 4096)).toEqual(refused(ErrorCode.AlignmentError));
    expect(w.map(mega, 0x7fc00000)).toEqual(refused(0));
    w.unmap(mega);
    expect(w.map(mega, 0x80000000)).toEqual(refused(ErrorCode.InvalidArgument, 0));
    expect(w.map(mega, 0xfffff000)).toEqual(refused(ErrorCode.AlignmentError));
    expect(w.map(mega, VADDR)).toEqual(refused(0));
    expect(w.entry(VADDR) & 0xff).toBe(0xdf);
    expect(w.mapTable(w.table, VADDR)).toEqual(refused(ErrorCode.DeleteFirst));
    expect(w.map(w.page, VADDR)).toEqual(missing(22));
    // Remapping it changes its rights.
    expect(w.map(mega, VADDR, 2, EXECUTE_NEVER)).toEqual(refused(0));
    expect(w.entry(VADDR) & 0xff).toBe(0xd3);
    w.unmap(mega);
    expect(w.mapTable(w.table, VADDR).error).toBe(0);
    expect(w.map(mega, VADDR)).toEqual(missing(12));
    // Its capability says that it was mapped nowhere: unmapping again is no error.
    w.unmap(mega);
  });

  test("a mega page whose place a table has taken is left alone", () => {
    const w = world();
    const mega = w.create(objectType.megaPage, 0, w.device());
    const space = w.space();
    expect(w.map(mega, VADDR, 1, EXECUTE_NEVER, space)).toEqual(refused(0));
    expect(w.mapTable(w.table, VADDR, space)).toEqual(refused(0));
    expect(w.map(w.page, VADDR, 3, 0, space)).toEqual(refused(0));
    w.unmap(mega);
    w.unmap(w.page);
  });

  test("an address space gets the first free ASID of its pool", () => {
    const w = world();
    const { riscvASIDPoolAssign } = label;
    const pool = InitialCap.InitThreadAsidPool;
    expect(w.assign(w.table)).toEqual(refused(0));
    // ASID 0 is none and 1 the initial task's.
    expect(w.typed(w.table, CapType.PageTable)).toMatchObject({
      isMapped: true,
      asid: 2,
      vaddr: 0,
    });
    expect(w.assign(w.table)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.assign(w.page)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.invoke(pool, riscvASIDPoolAssign)).toEqual(refused(ErrorCode.TruncatedMessage));
    expect(w.invoke(pool, label.tcbSuspend)).toEqual(refused(ErrorCode.IllegalOperation));
    for (let asid = 3; asid < 16; asid++) w.space();
    const last = w.create(objectType.pageTable);
    expect(w.assign(last)).toEqual(refused(ErrorCode.DeleteFirst));
    w.delete(w.table);
    expect(w.assign(last)).toEqual(refused(0));
    expect(w.typed(last, CapType.PageTable).asid).toBe(2);
  });

  test("an ASID pool is made of a page of untyped memory", () => {
    const w = world();
    const { riscvASIDControlMakePool } = label;
    const untyped = w.create(objectType.untyped, 12);
    const control = InitialCap.AsidControl;
    const truncated = refused(ErrorCode.TruncatedMessage);
    const make = (words: number[], caps: number[]): Answer =>
      w.invoke(control, riscvASIDControlMakePool, words, caps);
    expect(make([100], [untyped, ROOT])).toEqual(truncated);
    expect(make([100, 32], [untyped])).toEqual(truncated);
    expect(make([100, 32], [])).toEqual(truncated);
    expect(w.invoke(control, label.tcbSuspend)).toEqual(refused(ErrorCode.IllegalOperation));
    const invalid = refused(ErrorCode.InvalidCapability, 1);
    expect(w.makePool(w.page)).toEqual(invalid);
    expect(w.makePool(w.create(objectType.untyped, 13))).toEqual(invalid);
    expect(w.makePool(w.create(objectType.untyped, 12, w.device()))).toEqual(invalid);
    expect(w.makePool(untyped, w.page)).toEqual(refused(ErrorCode.DeleteFirst));
    expect(w.makePool(untyped, 100, 0)).toEqual(refused(ErrorCode.RangeError, 1, 32));
    const child = w.create(objectType.endpoint, 0, untyped);
    expect(w.makePool(untyped)).toEqual(refused(ErrorCode.RevokeFirst));
    w.delete(child);
    const slot = w.freeSlot();
    expect(w.makePool(untyped, slot)).toEqual(refused(0));
    expect(w.typed(untyped, CapType.Untyped).freeBytes).toBe(4096);
    w.space(slot);
    expect(w.typed(w.space(slot), CapType.PageTable).asid).toBe(17);
  });

  test("there are 32 pools", () => {
    const w = world();
    const pools: number[] = [];
    for (let index = 1; index < 32; index++) {
      pools.push(w.freeSlot());
      expect(w.makePool(w.create(objectType.untyped, 12), pools.at(-1))).toEqual(refused(0));
    }
    const last = w.create(objectType.untyped, 12);
    expect(w.makePool(last)).toEqual(refused(ErrorCode.DeleteFirst));
    w.delete(pools[4] ?? 0);
    expect(w.makePool(last)).toEqual(refused(0));
  });

  test("without its pool an address space is none, and its capabilities are stale", () => {
    const w = world();
    const pool = w.freeSlot();
    expect(w.makePool(w.create(objectType.untyped, 12), pool).error).toBe(0);
    const space = w.space(pool);
    expect(w.mapTable(w.table, VADDR, space).error).toBe(0);
    expect(w.map(w.page, VADDR, 3, 0, space).error).toBe(0);
    w.delete(pool);
    const second = w.create(objectType.pageTable);
    expect(w.mapTable(second, VADDR, space)).toEqual(invalidRoot);
    expect(w.map(w.other, VADDR, 3, 0, space)).toEqual(invalidRoot);
    w.unmap(w.page);
    w.must(w.table, label.riscvPageTableUnmap);
    expect(w.typed(w.table, CapType.PageTable).isMapped).toBe(false);
    // The same index is used again: the old root is no root of its ASID.
    expect(w.makePool(w.create(objectType.untyped, 12), pool + 1000).error).toBe(0);
    w.space(pool + 1000);
    expect(w.mapTable(second, VADDR, space)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(w.map(w.other, VADDR, 3, 0, space)).toEqual(refused(ErrorCode.InvalidCapability, 1));
    w.delete(space);
  });

  test("a thread whose address space goes can only fault", () => {
    const w = world();
    const space = w.space();
    const thread = w.thread({ priority: 50, budget: 1000 });
    const spaces = [0, ROOT, space];
    w.must(thread.slot, label.tcbSetSpace, [0, 0], spaces);
    w.rest();
    w.expectRunning(thread);
    const root = w.paddr(space);
    expect(w.port.rootTable).toBe(root);
    w.syscall(config.syscall.call, ROOT, { label: label.cnodeDelete, words: [space, 32] });
    // Its own copy is left.
    expect(w.port.rootTable).toBe(root);
    const pool = InitialCap.InitThreadAsidPool;
    w.syscall(config.syscall.call, ROOT, { label: label.cnodeDelete, words: [pool, 32] });
    expect(w.port.rootTable).toBe(w.kernel.state.globalRoot);
  });

  test("a buffer that may only be read serves to send", () => {
    const w = world();
    const readOnly = w.copy(w.page, 2);
    const none = w.copy(w.page, 1);
    const spaces = [ROOT, SPACE];
    const first = w.thread({ priority: 50, budget: 1000 });
    w.must(first.slot, label.tcbConfigure, [0, 0, 0x70000000], [...spaces, readOnly]);
    const endpoint = w.endpoint();
    w.rest();
    w.expectRunning(first);
    w.syscall(config.syscall.nbSend, endpoint, { words: [1, 2, 3, 4, 5] });
    // An answer of more than four words is cut: there is nothing to write to.
    const read = { label: label.tcbReadRegisters, words: [0, 32] };
    const victim = InitialCap.InitThreadTcb;
    w.syscall(config.syscall.call, victim, read);
    expect(w.answer().length).toBe(4);
    const configure = { label: label.tcbSetIPCBuffer, words: [0x70000000], caps: [none] };
    w.syscall(config.syscall.call, first.slot, configure);
    w.syscall(config.syscall.call, victim, { label: label.tcbReadRegisters, words: [0, 32] });
    expect(w.answer().length).toBe(4);
  });
});
