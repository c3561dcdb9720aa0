import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { CapType } from "@cantrip/sel4-kernel";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { RAM_BASE } from "./fake-port.ts";
import { KernelWorld, TICKS_PER_US } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const FRAME_AT = 0x401000;
const BUFFER_AT = 0x402000;
const RADIX = 3;
/** `seL4_CNode_CapData`: a guard of zeros for the bits that the CNode does not resolve. */
const GUARD = (32 - RADIX) << 3;

/** An address as the kernel prints it. */
function at(paddr: number): string {
  return `0x${(0x80000000 + paddr - RAM_BASE).toString(16).padStart(8, "0")}`;
}

/** A thread as the kernel prints it: capabilities take the first half of its object. */
function threadAt(paddr: number, sizeBits: number): string {
  return at(paddr + 2 ** (sizeBits - 1));
}

/** A world with one thread that has a CSpace of eight slots and an address space of its own. */
class SmallSystem {
  readonly world: KernelWorld;
  readonly cnode: number;
  readonly vspace: number;
  readonly table: number;
  readonly frame: number;
  readonly buffer: number;
  readonly thread: number;
  readonly sc: number;

  constructor(config: KernelConfig) {
    const world = new KernelWorld(config);
    const { label, objectType, sizeBits } = config;
    this.world = world;
    this.cnode = world.create(objectType.capTable, RADIX);
    this.vspace = world.create(objectType.pageTable);
    this.table = world.create(objectType.pageTable);
    this.frame = world.create(objectType.page4K);
    this.buffer = world.create(objectType.page4K);
    this.thread = world.create(objectType.tcb);
    this.sc = world.create(objectType.schedContext, sizeBits.minSchedContext);
    world.must(InitialCap.InitThreadAsidPool, label.riscvASIDPoolAssign, [], [this.vspace]);
    world.must(this.table, label.riscvPageTableMap, [FRAME_AT, 0], [this.vspace]);
    world.must(this.frame, label.riscvPageMap, [FRAME_AT, CapRights.Read, 1], [this.vspace]);
    world.must(this.buffer, label.riscvPageMap, [BUFFER_AT, CapRights.All, 1], [this.vspace]);
    expect(world.configure(this.sc, 1000, 5000).error).toBe(0);
    const spaces = [this.cnode, this.vspace, this.buffer];
    world.must(this.thread, label.tcbConfigure, [GUARD, 0, BUFFER_AT], spaces);
    const authority = InitialCap.InitThreadTcb;
    world.must(this.thread, label.tcbSetSchedParams, [50, 40], [authority, this.sc, 0]);
    world.must(this.thread, label.tcbWriteRegisters, [0, 3, 0x400100, 0, 0x401f00]);
    world.typed(this.thread, CapType.Thread).object.name = "worker";
  }

  /** Copies a capability into the thread's CSpace. */
  give(slot: number, source: number, rights: number = CapRights.All, badge = 0): void {
    const { label } = this.world.config;
    const words = [slot, RADIX, source, 32, rights, badge];
    this.world.must(this.cnode, label.cnodeMint, words, [ROOT]);
  }

  /** What a snapshot prints behind its first line. */
  snapshot(): string {
    const { port, config } = this.world;
    port.output = "";
    this.world.syscall(config.syscall.debugSnapshot, 0);
    const [first = "", ...lines] = port.output.split("\n");
    const { paddr } = this.world.root;
    expect(first).toBe(
      `Debug snapshot syscall from user thread ${threadAt(paddr, this.world.config.sizeBits.tcb)} "rootserver"`,
    );
    return lines.join("\n");
  }
}

describe.each([cantrip, upstream])("seL4_DebugSnapshot ($name)", (config) => {
  test("the initial task and the idle thread are left out", () => {
    const world = new KernelWorld(config);
    world.syscall(config.syscall.debugSnapshot, 0);
    expect(world.port.output).toMatch(/"rootserver"\narch riscv\nobjects \{\n\}\ncaps \{\n\}\n/);
    expect(world.port.output).toMatch(/irq maps \{\n\}\n$/);
  });

  test("a thread is shown with its objects, its capabilities and its interrupts", () => {
    const system = new SmallSystem(config);
    const { world } = system;
    const { label } = config;
    const endpoint = world.endpoint();
    const notification = world.notification();
    const handler = world.freeSlot();
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [5, handler, 32], [ROOT]);
    const irq = config.cantripFork ? "0x5" : "0x00000005";
    const signal = world.mint(notification, 7, CapRights.Write);
    world.must(handler, label.irqSetIRQHandler, [], [signal]);
    system.give(0, endpoint, CapRights.Read | CapRights.Grant, 9);
    system.give(1, notification);
    system.give(2, handler);
    system.give(3, system.sc);
    system.give(5, InitialCap.InitThreadAsidPool);
    const space = world.typed(system.vspace, CapType.PageTable);
    const table = world.typed(system.table, CapType.PageTable).paddr;
    const { paddr: thread } = world.typed(system.thread, CapType.Thread).object;
    const tcb = threadAt(thread, world.config.sizeBits.tcb);
    const cnode = at(world.typed(system.cnode, CapType.CNode).object.paddr);
    const ep = at(world.typed(endpoint, CapType.Endpoint).object.paddr);
    const ntfn = at(world.typed(notification, CapType.Notification).object.paddr);
    const sc = at(world.schedContext(system.sc).paddr);
    const pool = at(world.typed(InitialCap.InitThreadAsidPool, CapType.AsidPool).object.paddr);
    const root = at(space.paddr);
    const leaf = `${at(space.paddr + 4)}_0001`;
    const frame = `${at(table + 4)}_0001`;
    const buffer = `${at(table + 8)}_0002`;
    const page = (slot: number): string =>
      `0x${(world.typed(slot, CapType.Frame).paddr / 4096).toString(16).padStart(8, "0")}`;
    const sizeBits = config.sizeBits.minSchedContext;
    const times = config.cantripFork
      ? "period: 5000, budget: 1000"
      : `period: 5000 us (${5000 * TICKS_PER_US} ticks), budget: 1000 us (${1000 * TICKS_PER_US} ticks)`;
    const attributes = `addr: 0x402000, ip: 0x400100, sp: 0x401f00, prio: 40, max_prio: 50, dom: 0`;
    expect(system.snapshot().split("\n")).toEqual([
      "arch riscv",
      "objects {",
      `${root}_pd = pt`,
      `pt_${leaf} = pt`,
      `frame_${frame} = frame (4k, paddr: 0x${page(system.frame)})`,
      `frame_${buffer} = frame (4k, paddr: 0x${page(system.buffer)})`,
      `${tcb}_tcb = tcb (${attributes})`,
      `${cnode}_cnode = cnode (3 bits)`,
      `${ep}_ep = ep`,
      `${ntfn}_notification = notification`,
      `${irq}_0_irq = irq`,
      `${sc}_sc = sc (${times}, ${sizeBits} bits)`,
      `${pool}_asid_pool = asid_pool (asid_high: 0x0)`,
      "}",
      "caps {",
      `${cnode}_cnode {`,
      `0x0: ${ep}_ep (RG, badge: 9)`,
      `0x1: ${ntfn}_notification (RW)`,
      `0x2: ${irq}_0_irq`,
      `0x3: ${sc}_sc`,
      `0x5: ${pool}_asid_pool`,
      "}",
      "0x5_0_irq {",
      `0x0: ${ntfn}_notification (W, badge: 7)`,
      "}",
      `${root}_pd {`,
      `0x1: pt_${leaf}`,
      "}",
      `pt_${leaf} {`,
      `0x1: frame_${frame}(R)`,
      `0x2: frame_${buffer}(RW)`,
      "}",
      `${tcb}_tcb {`,
      `cspace: ${cnode}_cnode (guard: 0, guard_size: 29)`,
      `vspace: ${root}_pd`,
      `ipc_buffer_slot: frame_${buffer} (RW)`,
      `sc_slot: ${sc}_sc`,
      "}",
      "}",
      "irq maps {",
      "5: 0x5_0_irq",
      "}",
      "",
    ]);
  });

  test("capabilities of frames and page tables are named after the entries that map them", () => {
    const system = new SmallSystem(config);
    const { world } = system;
    system.give(0, system.vspace);
    system.give(1, system.table);
    system.give(2, world.create(config.objectType.page4K));
    system.give(3, InitialCap.AsidControl);
    system.give(4, InitialCap.Domain);
    const { asid, paddr } = world.typed(system.vspace, CapType.PageTable);
    const table = world.typed(system.table, CapType.PageTable).paddr;
    const text = system.snapshot();
    expect(text).toContain(`0x0: pt_${at(paddr)}_0000 (asid: ${asid})\n`);
    expect(text).toContain(`0x1: pt_${at(table)}_0000 (asid: ${asid})\n`);
    expect(text).toContain("0x2: [unknown cap 1]\n0x3: asid_control\n0x4: [unknown cap 62]\n");
    expect(text).toContain("[unknown object 11]\n[unknown object 62]\n");
  });

  test("spaces that threads share are shown once, handlers where they are", () => {
    const system = new SmallSystem(config);
    const { world } = system;
    const { label, objectType } = config;
    const other = world.create(objectType.tcb);
    const handler = world.endpoint();
    const timeouts = world.mint(handler, 3, CapRights.Write | CapRights.GrantReply);
    const caps = [system.cnode, system.vspace, 0];
    world.must(other, label.tcbConfigure, [GUARD, 0, 0], caps);
    world.must(other, label.tcbSetSchedParams, [0, 0], [InitialCap.InitThreadTcb, 0, handler]);
    world.must(other, label.tcbSetTimeoutEndpoint, [], [timeouts]);
    const text = system.snapshot();
    expect(text.split("_cnode {\n")).toHaveLength(2);
    expect(text.split("_pd {\n")).toHaveLength(2);
    expect(text.split("_tcb {\n")).toHaveLength(3);
    const ep = at(world.typed(handler, CapType.Endpoint).object.paddr);
    expect(text).toContain(`max_prio: 0, fault_ep: ${ep}, dom: 0)\n`);
    expect(text).toContain(`fault_ep_slot: ${ep}_ep (RWGP)\n`);
    expect(text).toContain(`temp_fault_ep_slot: ${ep}_ep (WP, badge: 3)\n`);
  });
});
