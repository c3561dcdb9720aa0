import {
  type Cap,
  CapType,
  type CNode,
  type KernelState as Model,
  type Slot,
  type Tcb,
} from "@cantrip/sel4-kernel";
import {
  type Fields,
  IDLE_CONTEXT,
  IDLE_THREAD,
  IRQ_SLOTS,
  type KernelState,
  type ObjectKind,
  type ObjectState,
  SLOT_BYTES,
  type SlotState,
} from "./kernel-state.ts";
import { modelCap } from "./model-cap.ts";
import { modelRegisters, modelThread } from "./model-thread.ts";
import { contextAddress, threadAddress } from "./model-addresses.ts";

const TABLE_ENTRIES = 1024;

/** Reads the state of the kernel model, in the same terms as that of a real one. */
export function readModel(model: Model): KernelState {
  const walk = new ModelWalk(model);
  const threads: number[] = [];
  for (let tcb = model.debugThreads; tcb !== null; tcb = tcb.debugNext) {
    threads.push(threadAddress(model, tcb));
    walk.visit(tcb.paddr, () => walk.thread(tcb));
  }
  const asidTable = new Map<number, number>();
  for (const [index, pool] of model.asidPools.entries()) {
    if (pool === null) continue;
    asidTable.set(index, pool.paddr);
    walk.visit(pool.paddr, () => walk.pool(pool.roots));
  }
  const interrupts = walk.interrupts();
  const objects = walk.run();
  for (const [address, state] of interrupts) objects.set(address, state);
  return {
    globals: readGlobals(model),
    readyQueues: readReadyQueues(model),
    releaseQueue: listOf(model, model.scheduler.releaseHead, (tcb) => tcb.schedNext),
    ...{ threads, asidTable, objects },
  };
}

function readGlobals(model: Model): Fields {
  const { scheduler } = model;
  return {
    current: threadAddress(model, model.current),
    schedContext: contextAddress(model, model.currentSchedContext),
    action: { resume: 0, choose: 1, switch: threadAddress(model, scheduler.candidate) }[
      scheduler.action
    ],
    time: scheduler.currentTime,
    consumed: scheduler.consumed,
    reprogram: scheduler.reprogram ? 1 : 0,
    workUnits: model.workUnits,
    domain: scheduler.currentDomain,
  };
}

function readReadyQueues(model: Model): Map<number, number[]> {
  const queues = new Map<number, number[]>();
  for (const [index, head] of model.scheduler.readyHead.entries()) {
    if (head !== null)
      queues.set(
        index,
        listOf(model, head, (tcb) => tcb.schedNext),
      );
  }
  return queues;
}

function listOf(model: Model, head: Tcb | null, next: (tcb: Tcb) => Tcb | null): number[] {
  const threads: number[] = [];
  for (let tcb = head; tcb !== null; tcb = next(tcb)) threads.push(threadAddress(model, tcb));
  return threads;
}

/** Follows capabilities from object to object. */
class ModelWalk {
  readonly #model: Model;
  readonly #seen = new Set<number>();
  readonly #pending: [address: number, read: () => ObjectState][] = [];

  constructor(model: Model) {
    this.#model = model;
  }

  visit(address: number, read: () => ObjectState): void {
    if (address === 0 || this.#seen.has(address)) return;
    this.#seen.add(address);
    this.#pending.push([address, read]);
  }

  run(): Map<number, ObjectState> {
    const objects = new Map<number, ObjectState>();
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop())
      objects.set(next[0], next[1]());
    return objects;
  }

  interrupts(): Map<number, ObjectState> {
    const { irqSlots, irqActive, platform } = this.#model;
    const interrupts = new Map<number, ObjectState>();
    for (let irq = 1; irq < platform.maxIrq; irq++) {
      const slots = this.#slots(irqSlots.slice(irq, irq + 1));
      const fields = { isActive: irqActive[irq] === true ? 1 : 0 };
      interrupts.set(IRQ_SLOTS - SLOT_BYTES * irq, { kind: "interrupt", fields, slots });
    }
    return interrupts;
  }

  thread(tcb: Tcb): ObjectState {
    const fields = modelThread(this.#model, tcb);
    const slots = this.#slots(tcb.slots);
    if (tcb === this.#model.current) return { kind: "thread", fields, slots };
    return { kind: "thread", fields, slots, registers: modelRegisters(tcb) };
  }

  pool(roots: readonly number[]): ObjectState {
    const words = new Map<number, number>();
    for (const [index, root] of roots.entries()) if (root !== 0) words.set(index, root);
    return { kind: "asidPool", fields: {}, words };
  }

  #cnode(cnode: CNode): ObjectState {
    return { kind: "cnode", fields: { radix: cnode.radix }, slots: this.#slots(cnode.slots) };
  }

  #slots(slots: readonly Slot[]): Map<number, SlotState> {
    const states = new Map<number, SlotState>();
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index];
      if (slot === undefined || slot.cap.type === CapType.Null) continue;
      this.#follow(slot.cap);
      states.set(index, {
        cap: modelCap(slot.cap),
        previous: slotAddress(slot.mdbPrev),
        next: slotAddress(slot.mdbNext),
        isRevocable: slot.isRevocable,
        isFirstBadged: slot.isFirstBadged,
      });
    }
    return states;
  }

  #follow(cap: Cap): void {
    const model = this.#model;
    switch (cap.type) {
      case CapType.Endpoint: {
        const { object } = cap;
        const read = (): ObjectState => ({
          kind: "endpoint",
          fields: { state: object.state },
          queue: listOf(model, object.head, (tcb) => tcb.queueNext),
        });
        this.visit(object.paddr, read);
        break;
      }
      case CapType.Notification: {
        const { object } = cap;
        const { schedContext } = object;
        if (schedContext !== null) this.#context(schedContext);
        const read = (): ObjectState => ({
          kind: "notification",
          fields: {
            state: object.state,
            word: object.state === 2 ? object.word >>> 0 : 0,
            boundThread: threadAddress(model, object.boundTcb),
            schedContext: contextAddress(model, object.schedContext),
          },
          queue: listOf(model, object.head, (tcb) => tcb.queueNext),
        });
        this.visit(object.paddr, read);
        break;
      }
      case CapType.Reply: {
        const { object } = cap;
        const read = (): ObjectState => ({
          kind: "reply",
          fields: {
            thread: threadAddress(model, object.tcb),
            previous: object.prev?.paddr ?? 0,
            next: object.next?.paddr ?? 0,
            isHead: object.next?.kind === "schedContext" ? 1 : 0,
          },
        });
        this.visit(object.paddr, read);
        break;
      }
      case CapType.CNode: {
        const { object } = cap;
        this.visit(object.paddr, () => this.#cnode(object));
        break;
      }
      case CapType.Zombie: {
        const { object } = cap;
        this.visit(object.paddr, () =>
          object.kind === "tcb" ? this.thread(object) : this.#cnode(object),
        );
        break;
      }
      case CapType.Thread: {
        const { object } = cap;
        this.visit(object.paddr, () => this.thread(object));
        break;
      }
      case CapType.SchedContext:
        this.#context(cap.object);
        break;
      case CapType.PageTable: {
        const { paddr } = cap;
        this.visit(paddr, () => this.#pageTable(paddr));
        break;
      }
      case CapType.AsidPool: {
        const { object } = cap;
        this.visit(object.paddr, () => this.pool(object.roots));
        break;
      }
      default:
    }
  }

  #context(object: Extract<Cap, { readonly type: typeof CapType.SchedContext }>["object"]): void {
    const model = this.#model;
    const read = (): ObjectState => {
      const refills = new Map<number, number>();
      if (object.refillMax > 0) {
        for (const [index, { time, amount }] of object.refills.entries()) {
          refills.set(2 * index, time);
          refills.set(2 * index + 1, amount);
        }
      }
      const thread = threadAddress(model, object.tcb);
      const fields = {
        period: object.period,
        consumed: object.consumed,
        thread: thread === IDLE_THREAD ? 0 : thread,
        reply: object.reply?.paddr ?? 0,
        notification: object.notification?.paddr ?? 0,
        badge: object.badge >>> 0,
        yieldFrom: threadAddress(model, object.yieldFrom),
        refillMax: object.refillMax,
        isSporadic: object.isSporadic ? 1 : 0,
      };
      return { kind: "schedContext" satisfies ObjectKind, fields, words: refills };
    };
    if (contextAddress(model, object) !== IDLE_CONTEXT) this.visit(object.paddr, read);
  }

  #pageTable(paddr: number): ObjectState {
    const words = new Map<number, number>();
    for (let index = 0; index < TABLE_ENTRIES; index++) {
      const entry = this.#model.port.readWord(paddr + index * 4);
      if (entry !== 0) words.set(index, entry);
    }
    return { kind: "pageTable", fields: {}, words };
  }
}

function slotAddress(slot: Slot | null): number {
  if (slot === null) return 0;
  const { owner, index } = slot;
  return owner === null ? IRQ_SLOTS - SLOT_BYTES * index : owner.paddr + SLOT_BYTES * index;
}
