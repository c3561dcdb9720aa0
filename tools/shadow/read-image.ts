import { CapType } from "@cantrip/sel4-kernel";
import { bits, decodeCap, high, TCB_OFFSET, threadObject } from "./cap-fields.ts";
import type { KernelMemory } from "./kernel-memory.ts";
import {
  type Fields,
  IDLE_CONTEXT,
  IDLE_THREAD,
  IRQ_SLOTS,
  type KernelState,
  type ObjectState,
  SLOT_BYTES,
  type SlotState,
} from "./kernel-state.ts";
import type { KernelLayout } from "./layouts.ts";
import { readRegisters, readThread } from "./read-image-thread.ts";
import { readSchedContext } from "./read-image-sched-context.ts";

/** Decoded capabilities that are kept for each second word. */
const MOST_CAPS = 10_000;
const TCB_SLOTS = 5;
/** Offset of `debug_tcb` in a thread's object: behind its slots. */
const DEBUG_TCB = TCB_SLOTS * SLOT_BYTES;
const PRIORITIES = 256;
const TABLE_ENTRIES = 1024;
/** Entries of a root table for user addresses; the kernel's own are above. */
const USER_ENTRIES = 512;
/** A mapping of the kernel's own: every root table has them, also one that is no longer used as such. */
const PTE_GLOBAL = 0x20;
const ASID_POOLS = 32;
const ASID_POOL_ENTRIES = 16;
/** `IRQSignal` of `irq_state_t`. */
const IRQ_SIGNAL = 1;

/** What a reader has to know beside memory. */
export interface ImageFacts {
  readonly layout: KernelLayout;
  readonly maxIrq: number;
  readonly numDomains: number;
}

/** Reads the state of a real kernel out of its machine's memory, between two of its instructions. */
export class ImageReader {
  readonly memory: KernelMemory;
  readonly #facts: ImageFacts;
  readonly #irqNode: number;
  readonly #idle: number;
  readonly #idleContext: number;
  /** What was decoded, by the second word and the first. */
  readonly #caps = new Map<number, Map<number, Fields>>();

  constructor(memory: KernelMemory, facts: ImageFacts) {
    this.memory = memory;
    this.#facts = facts;
    this.#irqNode = memory.symbol("intStateIRQNode");
    this.#idle = memory.symbol("ksIdleThreadTCB");
    this.#idleContext = memory.symbol("ksIdleThreadSC");
  }

  /** Thread of a pointer to its `struct tcb`; 0 for none. */
  thread(pointer: number): number {
    if (pointer === 0) return 0;
    const paddr = this.memory.paddr(pointer) - TCB_OFFSET;
    return paddr === this.#idle ? IDLE_THREAD : paddr;
  }

  /** Scheduling context of a pointer; 0 for none. */
  context(pointer: number): number {
    const paddr = this.memory.paddr(pointer);
    return paddr === this.#idleContext ? IDLE_CONTEXT : paddr;
  }

  /** A capability by its two words. Most are the same at the next exit. */
  cap(word0: number, word1: number): Fields {
    let row = this.#caps.get(word1);
    if (row === undefined || row.size > MOST_CAPS) {
      row = new Map<number, Fields>();
      this.#caps.set(word1, row);
    }
    let cap = row.get(word0);
    if (cap === undefined) row.set(word0, (cap = decodeCap(word0, word1, this.memory)));
    return cap;
  }

  /** Reads a variable of one word. */
  variable(name: string): number {
    return this.memory.word(this.memory.symbol(name));
  }

  /** The running thread. */
  get current(): number {
    return this.thread(this.variable("ksCurThread"));
  }

  /** Whether the running thread, which is in no queue, is linked to another all the same. */
  isLinked(): boolean {
    const thread = this.memory.paddr(this.variable("ksCurThread"));
    return this.memory.word(thread + this.#facts.layout.thread.schedNext) !== 0;
  }

  read(): KernelState {
    const objects = new Map<number, ObjectState>();
    const threads = this.#threads();
    const asidTable = this.#asidTable();
    const walk = new ObjectWalk(this, this.#facts, asidTable);
    for (const thread of threads) walk.visit("thread", thread);
    for (const pool of asidTable.values()) walk.visit("asidPool", pool);
    for (const [address, state] of walk.run()) objects.set(address, state);
    this.#interrupts(objects, walk);
    return {
      globals: this.#globals(),
      readyQueues: this.#readyQueues(),
      releaseQueue: this.#queue(this.variable(this.#facts.layout.releaseQueue)),
      ...{ threads, asidTable, objects },
    };
  }

  #globals(): Fields {
    const { memory } = this;
    return {
      current: this.current,
      schedContext: this.context(this.variable("ksCurSC")),
      action: this.variable("ksSchedulerAction"),
      time: memory.double(memory.symbol("ksCurTime")),
      consumed: memory.double(memory.symbol("ksConsumed")),
      reprogram: this.variable("ksReprogram") & 1,
      workUnits: this.variable("ksWorkUnitsCompleted"),
      domain: this.variable("ksCurDomain"),
    };
  }

  #readyQueues(): Map<number, number[]> {
    const queues = new Map<number, number[]>();
    const base = this.memory.symbol("ksReadyQueues");
    for (let index = 0; index < PRIORITIES * this.#facts.numDomains; index++) {
      const head = this.memory.word(base + index * 8);
      if (head !== 0) queues.set(index, this.#queue(head));
    }
    return queues;
  }

  #queue(head: number): number[] {
    return this.list(head, this.#facts.layout.thread.schedNext);
  }

  /** Threads of a list that is linked through an offset of `struct tcb`. */
  list(head: number, next: number): number[] {
    const threads: number[] = [];
    for (
      let pointer = head;
      pointer !== 0;
      pointer = this.memory.word(this.memory.paddr(pointer) + next)
    )
      threads.push(this.thread(pointer));
    return threads;
  }

  #threads(): number[] {
    const threads: number[] = [];
    let pointer = this.variable("ksDebugTCBs");
    while (pointer !== 0) {
      const thread = this.thread(pointer);
      threads.push(thread);
      pointer = this.memory.word(threadObject(this.memory.paddr(pointer)) + DEBUG_TCB);
    }
    return threads;
  }

  #asidTable(): Map<number, number> {
    const table = new Map<number, number>();
    const base = this.memory.symbol("riscvKSASIDTable");
    for (let index = 0; index < ASID_POOLS; index++) {
      const pool = this.memory.word(base + index * 4);
      if (pool !== 0) table.set(index, this.memory.paddr(pool));
    }
    return table;
  }

  #interrupts(objects: Map<number, ObjectState>, walk: ObjectWalk): void {
    const states = this.memory.symbol("intStateIRQTable");
    for (let irq = 1; irq < this.#facts.maxIrq; irq++) {
      const isActive = this.memory.word(states + irq * 4) === IRQ_SIGNAL ? 1 : 0;
      const slots = new Map<number, SlotState>();
      const slot = walk.slot(this.#irqNode + irq * SLOT_BYTES);
      if (slot !== undefined) slots.set(0, slot);
      objects.set(IRQ_SLOTS - SLOT_BYTES * irq, { kind: "interrupt", fields: { isActive }, slots });
    }
    for (const [address, state] of walk.run()) objects.set(address, state);
  }

  /** Address of a slot, from a pointer in a derivation list. */
  slotAddress(pointer: number): number {
    const paddr = this.memory.paddr(pointer);
    const irq = (paddr - this.#irqNode) / SLOT_BYTES;
    return irq >= 0 && irq <= this.#facts.maxIrq ? IRQ_SLOTS - SLOT_BYTES * irq : paddr;
  }
}

/** Follows capabilities from object to object. */
class ObjectWalk {
  readonly #reader: ImageReader;
  readonly #facts: ImageFacts;
  readonly #roots: ReadonlySet<number>;
  readonly #seen = new Set<number>();
  #pending: [kind: ObjectState["kind"], address: number, size: number][] = [];

  constructor(reader: ImageReader, facts: ImageFacts, asidTable: ReadonlyMap<number, number>) {
    this.#reader = reader;
    this.#facts = facts;
    const roots = new Set<number>();
    for (const pool of asidTable.values()) {
      for (const root of this.#pool(pool).values()) roots.add(root);
    }
    this.#roots = roots;
  }

  /** @param size - of a CNode, the logarithm of its slots */
  visit(kind: ObjectState["kind"], address: number, size = 0): void {
    if (address === 0 || address === IDLE_THREAD || this.#seen.has(address)) return;
    this.#seen.add(address);
    this.#pending.push([kind, address, size]);
  }

  *run(): Generator<[number, ObjectState]> {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop())
      yield [next[1], this.#read(...next)];
  }

  #read(kind: ObjectState["kind"], address: number, size: number): ObjectState {
    const reader = this.#reader;
    switch (kind) {
      case "thread": {
        const slots = this.#slots(address, TCB_SLOTS);
        const fields = readThread(reader, this.#facts.layout.thread, address);
        if (reader.current === address) return { kind, slots, fields };
        return { kind, slots, fields, registers: readRegisters(reader, address) };
      }
      case "cnode":
        return { kind, fields: { radix: size }, slots: this.#slots(address, 2 ** size) };
      case "endpoint":
        return this.#endpoint(address);
      case "notification":
        return this.#notification(address);
      case "reply":
        return this.#reply(address);
      case "schedContext": {
        const context = readSchedContext(reader, address);
        this.visit("thread", context.fields["thread"] ?? 0);
        return context;
      }
      case "asidPool":
        return { kind, fields: {}, words: this.#pool(address) };
      case "pageTable":
      case "interrupt":
        return { kind, fields: {}, words: this.#pageTable(address) };
    }
  }

  #slots(address: number, count: number): Map<number, SlotState> {
    const slots = new Map<number, SlotState>();
    for (let index = 0; index < count; index++) {
      const slot = this.slot(address + index * SLOT_BYTES);
      if (slot !== undefined) slots.set(index, slot);
    }
    return slots;
  }

  /** Reads a slot, and goes on to what it names. `undefined` when it is empty. */
  slot(address: number): SlotState | undefined {
    const { memory } = this.#reader;
    const word0 = memory.word(address);
    if ((word0 & 0xf) === CapType.Null) return undefined;
    let cap = this.#reader.cap(word0, memory.word(address + 4));
    // At boot the kernel notes its own address of a root table as the one where it is mapped, and never looks at it.
    if (cap["type"] === CapType.PageTable && this.#roots.has(cap["object"] ?? 0))
      cap = { ...cap, vaddr: 0 };
    this.#follow(cap);
    const previous = memory.word(address + 8);
    const next = memory.word(address + 12);
    return {
      cap,
      previous: this.#reader.slotAddress(high(previous, 3)),
      next: this.#reader.slotAddress(high(next, 3)),
      isRevocable: bits(next, 1, 1) === 1,
      isFirstBadged: bits(next, 0, 1) === 1,
    };
  }

  #follow({ type, object = 0, radix = 0 }: Fields): void {
    switch (type) {
      case CapType.Endpoint:
        this.visit("endpoint", object);
        break;
      case CapType.Notification:
        this.visit("notification", object);
        break;
      case CapType.Reply:
        this.visit("reply", object);
        break;
      case CapType.CNode:
        this.visit("cnode", object, radix);
        break;
      case CapType.Zombie:
        if (radix < 0) this.visit("thread", object);
        else this.visit("cnode", object, radix);
        break;
      case CapType.Thread:
        this.visit("thread", object);
        break;
      case CapType.SchedContext:
        this.visit("schedContext", object);
        break;
      case CapType.PageTable:
        this.visit("pageTable", object);
        break;
      case CapType.AsidPool:
        this.visit("asidPool", object);
        break;
      default:
    }
  }

  #endpoint(address: number): ObjectState {
    const { memory } = this.#reader;
    const tail = memory.word(address);
    const head = high(memory.word(address + 4), 4);
    const queue = this.#reader.list(head, this.#facts.layout.thread.queueNext);
    return { kind: "endpoint", fields: { state: tail & 3 }, queue };
  }

  #notification(address: number): ObjectState {
    const reader = this.#reader;
    const { memory } = reader;
    const state = memory.word(address) & 3;
    const head = state === 1 ? high(memory.word(address + 4), 4) : 0;
    const schedContext = reader.context(high(memory.word(address + 16), 4));
    this.visit("schedContext", schedContext);
    return {
      kind: "notification",
      fields: {
        state,
        word: state === 2 ? memory.word(address + 8) : 0,
        boundThread: reader.thread(high(memory.word(address + 12), 4)),
        schedContext,
      },
      queue: reader.list(head, this.#facts.layout.thread.queueNext),
    };
  }

  #reply(address: number): ObjectState {
    const { memory } = this.#reader;
    const next = memory.word(address + 8);
    const isHead = next & 1;
    return {
      kind: "reply",
      fields: {
        thread: this.#reader.thread(memory.word(address)),
        previous: memory.paddr(high(memory.word(address + 4), 4)),
        next: memory.paddr(high(next, 4)),
        isHead: high(next, 4) === 0 ? 0 : isHead,
      },
    };
  }

  #pool(address: number): Map<number, number> {
    const { memory } = this.#reader;
    const roots = new Map<number, number>();
    for (let index = 0; index < ASID_POOL_ENTRIES; index++) {
      const root = memory.word(address + index * 4);
      if (root !== 0) roots.set(index, memory.paddr(root));
    }
    return roots;
  }

  #pageTable(address: number): Map<number, number> {
    const { memory } = this.#reader;
    const entries = new Map<number, number>();
    const count = this.#roots.has(address) ? USER_ENTRIES : TABLE_ENTRIES;
    for (let index = 0; index < count; index++) {
      const entry = memory.word(address + index * 4);
      if (entry !== 0 && (entry & PTE_GLOBAL) === 0) entries.set(index, entry);
    }
    return entries;
  }
}
