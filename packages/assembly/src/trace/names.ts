import type { CNodeObject, Spec, TcbObject } from "@cantrip/capdl";
import { type Cap, CapType, type CNode, type Tcb, TcbSlot } from "@cantrip/sel4-kernel";
import { camkesThreadName } from "../component-plan.ts";
import type { ObservedSystem } from "../riscv/system-observer.ts";

/** Slot of the CSpace among the slots of a `tcb` of a specification. */
const SPEC_CSPACE = 0;

/** A thread as traces call it. */
export interface ThreadName {
  /** Instance of the system, or the kernel's name for a thread that belongs to none. */
  readonly component: string;
  /** `component:thread`, or the kernel's name. */
  readonly label: string;
}

/** Names for the threads and kernel objects of a system, from its specification and the births of its components. */
export class SystemNames {
  readonly #system: ObservedSystem;
  readonly #threads = new Map<string, ThreadName>();
  /** Names of objects of the specification; keys are kernel objects, or what {@link memoryKey} gives. */
  readonly #objects = new Map<object | string, string>();
  /** Component of each CSpace root. */
  readonly #cspaces = new Map<CNode, string>();
  /** Threads of the specification by their names, which the loader gives them; emptied once all are known. */
  readonly #specTcbs: Map<string, TcbObject>;

  constructor(system: ObservedSystem) {
    this.#system = system;
    this.#specTcbs = new Map(
      system.plan.spec?.objects.flatMap((object) =>
        object.kind === "tcb" ? [[object.name, object]] : [],
      ),
    );
    for (const [component, birth] of system.plan.births ?? []) {
      for (const thread of Object.keys(birth.threads)) {
        const kernelName = `${component}_${camkesThreadName(component, thread)}_tcb`;
        this.#threads.set(kernelName, { component, label: `${component}:${thread}` });
      }
    }
  }

  /** The name of a thread. The kernel's name for it can change, and this with it. */
  thread(thread: Tcb): ThreadName {
    const known = this.#threads.get(thread.name);
    if (known !== undefined) return known;
    if (thread.name === "") return { component: "", label: `tcb${this.object(thread)}` };
    const name = { component: thread.name, label: thread.name };
    this.#threads.set(thread.name, name);
    return name;
  }

  /** The component whose CSpace a thread has: `undefined` for threads outside of components. */
  componentOf(thread: Tcb): string | undefined {
    const root = thread.slots[TcbSlot.CTable]?.cap;
    return root?.type === CapType.CNode ? this.#cspaces.get(root.object) : undefined;
  }

  /**
   * Notes which kernel object is which object of the specification: once, when the first thread of the specification runs,
   * because the loader has then made all of them.
   */
  learn(running: Tcb): void {
    const { spec, births } = this.#system.plan;
    if (spec === undefined || !this.#specTcbs.has(running.name)) return;
    const specCNodes = new Map(
      spec.objects.flatMap((object) => (object.kind === "cnode" ? [[object.name, object]] : [])),
    );
    const { state } = this.#system.kernel;
    for (let tcb = state.debugThreads; tcb !== null; tcb = tcb.debugNext) {
      const specTcb = this.#specTcbs.get(tcb.name);
      if (specTcb === undefined) continue;
      this.#objects.set(tcb, tcb.name);
      const root = tcb.slots[TcbSlot.CTable]?.cap;
      const specRoot = specTcb.slots.find(({ slot }) => slot === SPEC_CSPACE)?.cap;
      if (root?.type !== CapType.CNode || specRoot?.kind !== "object") continue;
      this.#learnCNode(root.object, specRoot.object, specCNodes);
      const { component } = this.thread(tcb);
      if (births?.has(component) === true) this.#cspaces.set(root.object, component);
    }
    this.#learnInterrupts(spec);
    this.#specTcbs.clear();
  }

  #learnCNode(cnode: CNode, name: string, cnodes: ReadonlyMap<string, CNodeObject>): void {
    if (this.#objects.has(cnode)) return;
    this.#objects.set(cnode, name);
    for (const { slot, cap: specCap } of cnodes.get(name)?.slots ?? []) {
      const cap = cnode.slots[slot]?.cap;
      if (cap === undefined || specCap.kind !== "object") continue;
      if (cap.type === CapType.CNode) {
        this.#learnCNode(cap.object, specCap.object, cnodes);
        continue;
      }
      const key = keyOf(cap);
      if (key !== undefined && !this.#objects.has(key)) this.#objects.set(key, specCap.object);
    }
  }

  #learnInterrupts(spec: Spec): void {
    for (const { irq, object } of spec.irqs) this.#objects.set(`irq ${irq}`, object);
  }

  /** Name of a kernel object: that of the specification, or kind and physical address. */
  object(object: { readonly kind: string; readonly paddr: number }): string {
    return this.#objects.get(object) ?? `@0x${object.paddr.toString(16)}`;
  }

  /** A capability: its kind, its object's name, and its badge when it has one. */
  cap(cap: Cap): string {
    switch (cap.type) {
      case CapType.Null:
        return "null";
      case CapType.Endpoint:
      case CapType.Notification: {
        const kind = cap.type === CapType.Endpoint ? "endpoint" : "notification";
        const badge = cap.badge === 0 ? "" : ` badge ${cap.badge}`;
        return `${kind} ${this.object(cap.object)}${badge}`;
      }
      case CapType.Reply:
        return `reply ${this.object(cap.object)}`;
      case CapType.CNode:
        return `cnode ${this.object(cap.object)}`;
      case CapType.Thread:
        return `tcb ${this.#tcb(cap.object)}`;
      case CapType.SchedContext:
        return `sched_context ${this.object(cap.object)}`;
      case CapType.AsidPool:
        return `asid_pool ${this.object(cap.object)}`;
      case CapType.Untyped: {
        const device = cap.isDevice ? "device " : "";
        return `${device}untyped @0x${cap.paddr.toString(16)} 2^${cap.sizeBits}`;
      }
      case CapType.Frame:
        return `frame ${this.#memory(cap.type, cap.paddr)}`;
      case CapType.PageTable:
        return `page_table ${this.#memory(cap.type, cap.paddr)}`;
      case CapType.IrqHandler:
        return `irq_handler ${this.#objects.get(`irq ${cap.irq}`) ?? cap.irq}`;
      case CapType.Zombie:
        return `zombie @0x${cap.object.paddr.toString(16)}`;
      case CapType.IrqControl:
        return "irq_control";
      case CapType.AsidControl:
        return "asid_control";
      case CapType.SchedControl:
        return "sched_control";
      case CapType.Domain:
        return "domain";
    }
  }

  #tcb(tcb: Tcb): string {
    return tcb.name === "" ? this.object(tcb) : this.thread(tcb).label;
  }

  #memory(type: number, paddr: number): string {
    return this.#objects.get(memoryKey(type, paddr)) ?? `@0x${paddr.toString(16)}`;
  }
}

/** Frames and page tables are no objects of the model. */
function memoryKey(type: number, paddr: number): string {
  return `memory ${type} ${paddr}`;
}

function keyOf(cap: Cap): object | string | undefined {
  if (cap.type === CapType.Frame || cap.type === CapType.PageTable)
    return memoryKey(cap.type, cap.paddr);
  return "object" in cap ? cap.object : undefined;
}
