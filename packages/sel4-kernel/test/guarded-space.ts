import { InitialCap } from "@cantrip/sel4-sys";
import type { KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const RADIX = 6;
const NODE_SLOTS = 2 ** RADIX;
/** Where every space has its IPC buffers. */
const BUFFERS = 0x70000000;
const READ_WRITE = 3;

export interface SpaceThread {
  /** In the initial task's CSpace. */
  readonly tcb: number;
  readonly context: number;
  /** In the thread's own. */
  readonly ownTcb: number;
  readonly ownContext: number;
}

/**
 * A CNode and an address space of their own, with objects made of memory of their own. The initial task makes them, and
 * keeps capabilities to the CNode, the threads and their scheduling contexts; all else it moves away. The first slots are
 * those of an initial task's CSpace: {@link InitialCap}.
 */
export class GuardedSpace {
  readonly world: KernelWorld;
  /** All of its objects lie in there. */
  readonly land: { readonly base: number; readonly bytes: number };
  readonly threads: SpaceThread[] = [];
  /** CPtrs of what {@link give} put into the CNode, in the order of giving. */
  readonly given: number[] = [];
  readonly #land: number;
  /** The CNode without its guard, for the initial task to fill. */
  readonly #node: number;
  readonly #guarded: number;
  readonly #vspace: number;
  #next = 16;

  constructor(world: KernelWorld) {
    this.world = world;
    const { label, objectType } = world.config;
    const bits = 17;
    this.#land = world.create(objectType.untyped, bits);
    this.land = { base: world.typed(this.#land, 2).paddr, bytes: 2 ** bits };
    this.#node = this.make(objectType.capTable, RADIX);
    this.#guarded = world.mint(this.#node, (32 - RADIX) << 3);
    this.#vspace = this.make(objectType.pageTable);
    const pool = world.freeSlot();
    const from = [this.make(objectType.untyped, 12), ROOT];
    world.must(InitialCap.AsidControl, label.riscvASIDControlMakePool, [pool, 32], from);
    world.must(pool, label.riscvASIDPoolAssign, [], [this.#vspace]);
    const table = this.make(objectType.pageTable);
    world.must(table, label.riscvPageTableMap, [BUFFERS, 0], [this.#vspace]);
    this.copy(this.#guarded, InitialCap.InitThreadCNode);
    this.copy(this.#vspace, InitialCap.InitThreadVSpace);
    this.move(pool, InitialCap.InitThreadAsidPool);
    this.give(table);
  }

  /** Makes an object of its memory, with a capability in the initial task's CSpace. */
  make(type: number, sizeBits = 0): number {
    return this.world.create(type, sizeBits, this.#land);
  }
  /** Moves a capability of the initial task into the next slot. */
  give(slot: number): number {
    const index = this.#take();
    this.move(slot, index);
    return index;
  }
  move(slot: number, index: number): void {
    const words = [index, RADIX, slot, 32];
    this.world.must(this.#node, this.world.config.label.cnodeMove, words, [ROOT]);
  }
  copy(slot: number, index: number): void {
    const words = [index, RADIX, slot, 32, 15];
    this.world.must(this.#node, this.world.config.label.cnodeCopy, words, [ROOT]);
  }
  /** Slots that nothing was put into. */
  get empty(): number[] {
    return Array.from({ length: NODE_SLOTS - this.#next }, (_, index) => this.#next + index);
  }

  /** A thread with a buffer and a scheduling context; the first one has the slots of an initial task. */
  thread(priority: number, budget: number, period: number, faultHandler = 0): SpaceThread {
    const { world } = this;
    const { label, objectType, sizeBits } = world.config;
    const number = this.threads.length;
    const tcb = this.make(objectType.tcb);
    const frame = this.make(objectType.page4K);
    const context = this.make(objectType.schedContext, sizeBits.minSchedContext);
    const vaddr = BUFFERS + number * 0x1000;
    world.must(frame, label.riscvPageMap, [vaddr, READ_WRITE, 1], [this.#vspace]);
    const spaces = [this.#guarded, this.#vspace, frame];
    world.must(tcb, label.tcbConfigure, [0, 0, vaddr], spaces);
    world.configure(context, budget, period);
    const caps = [InitialCap.InitThreadTcb, context, faultHandler];
    world.must(tcb, label.tcbSetSchedParams, [priority, priority], caps);
    world.must(tcb, label.tcbWriteRegisters, [1, 1, 0x20000 + number * 0x1000]);
    const ownTcb = number === 0 ? InitialCap.InitThreadTcb : this.#take();
    this.copy(tcb, ownTcb);
    this.move(frame, number === 0 ? InitialCap.InitThreadIpcBuffer : this.#take());
    const ownContext = this.#take();
    this.copy(context, ownContext);
    const thread = { tcb, context, ownTcb, ownContext };
    this.threads.push(thread);
    return thread;
  }

  #take(): number {
    this.given.push(this.#next);
    return this.#next++;
  }
}
