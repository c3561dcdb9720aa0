import {
  type AsidPool,
  CapType,
  type KernelState,
  type SchedContext,
  type Slot,
} from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { expect } from "vitest";
import { KernelWorld, type TestThread } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
/** Where a page is mapped. */
export const VADDR = 0x40000000;

/** A system with something of every kind; the initial task runs. */
export class Everything {
  readonly world = new KernelWorld();
  readonly endpoint: number;
  readonly notification: number;
  readonly reply: number;
  readonly handler: number;
  readonly untyped: number;
  readonly child: number;
  readonly table: number;
  readonly frame: number;
  readonly emptyTable: number;
  readonly node: number;
  /** Two that wait at the endpoint, two that are ready, one that waits for budget, a passive one that is stopped. */
  readonly waiting: readonly TestThread[];
  readonly ready: readonly TestThread[];
  readonly stopped: TestThread;

  constructor() {
    const { world } = this;
    const { label, objectType, syscall } = world.config;
    this.endpoint = world.endpoint();
    this.notification = world.notification();
    this.reply = world.reply();
    this.handler = world.freeSlot();
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [7, this.handler, 32], [ROOT]);
    world.must(this.handler, label.irqSetIRQHandler, [], [this.notification]);
    this.untyped = world.create(objectType.untyped, 14);
    this.child = world.create(objectType.endpoint, 0, this.untyped);
    this.table = world.create(objectType.pageTable);
    world.must(this.table, label.riscvPageTableMap, [VADDR, 0], [InitialCap.InitThreadVSpace]);
    this.frame = world.create(objectType.page4K);
    world.must(this.frame, label.riscvPageMap, [VADDR, 3, 0], [InitialCap.InitThreadVSpace]);
    this.emptyTable = world.create(objectType.pageTable);
    this.node = world.create(objectType.capTable, 4);
    this.waiting = [
      world.thread({ priority: 60, budget: 100, period: 1000 }),
      world.thread({ priority: 50, budget: 100 }),
    ];
    this.stopped = world.thread({ priority: 40, isStarted: false });
    const replies = this.waiting.map(() => world.reply());
    const wake = world.rest();
    for (const reply of replies) world.syscall(syscall.recv, this.endpoint, { reply });
    world.port.raised.add(7);
    const { object } = world.typed(wake, CapType.Notification);
    const irqSlot = this.state.irqSlots[7];
    if (irqSlot?.cap.type !== CapType.Notification) throw new Error("no handler");
    irqSlot.cap = { ...irqSlot.cap, object };
    world.isChecked = false;
    world.trap(0x80000009);
    irqSlot.cap = {
      ...irqSlot.cap,
      object: world.typed(this.notification, CapType.Notification).object,
    };
    world.isChecked = true;
    expect(world.current.name).toBe(world.root.name);
    this.ready = [
      world.thread({ priority: 30, budget: 100, period: 1000 }),
      world.thread({ priority: 30, budget: 100 }),
    ];
  }
  get state(): KernelState {
    return this.world.kernel.state;
  }
  slot(index: number): Slot {
    const cap = this.world.typed(ROOT, CapType.CNode);
    const slot = cap.object.slots[index];
    if (slot === undefined) throw new Error("no such slot");
    return slot;
  }
  thread(from: readonly TestThread[], index = 0): TestThread["tcb"] {
    const found = from[index];
    if (found === undefined) throw new Error("no such thread");
    return found.tcb;
  }
  context(from: readonly TestThread[], index = 0): SchedContext {
    const { schedContext } = this.thread(from, index);
    if (schedContext === null) throw new Error("no context");
    return schedContext;
  }
  /** Address of the entry of the mapped page. */
  get entry(): number {
    return this.world.typed(this.table, CapType.PageTable).paddr;
  }
  write(paddr: number, value: number): void {
    this.world.port.writeWord(paddr, value);
  }
  read(paddr: number): number {
    return this.world.port.readWord(paddr);
  }

  /** A slot that is empty. */
  empty(): Slot {
    return this.slot(this.world.freeSlot());
  }
  /** Makes an ASID pool. */
  pool(): AsidPool {
    const { world } = this;
    const { label, objectType } = world.config;
    const untyped = world.create(objectType.untyped, 12);
    const slot = world.freeSlot();
    const caps = [untyped, ROOT];
    world.must(InitialCap.AsidControl, label.riscvASIDControlMakePool, [slot, 32], caps);
    return world.typed(slot, CapType.AsidPool).object;
  }
  /** Slots of the initial CNode. */
  nodeSlots(): readonly Slot[] {
    return this.world.typed(ROOT, CapType.CNode).object.slots;
  }
  /** Address of the initial task's root entry for an address. */
  rootEntry(vaddr: number): number {
    const { paddr } = this.world.typed(InitialCap.InitThreadVSpace, CapType.PageTable);
    return paddr + (vaddr >>> 22) * 4;
  }
}
