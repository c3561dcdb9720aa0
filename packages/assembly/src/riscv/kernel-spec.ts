import {
  allocationOrder,
  type SlotRef,
  type Spec,
  type SpecCap,
  type SpecObject,
  SpecRight,
  type SpecSlot,
  TcbSlotNumber,
} from "@cantrip/capdl";
import {
  type Cap,
  type CapOf,
  CapType,
  type KernelObject,
  type KernelState,
  type Slot,
  type Tcb,
  TcbSlot,
  VmRights,
} from "@cantrip/sel4-kernel";

const PAGE_BITS = 12;
const Pte = { Valid: 1, Read: 2, Write: 4, Execute: 8 } as const;
const PTE_LEAF = Pte.Read | Pte.Write | Pte.Execute;
const STACK_POINTER = 2;
/** The pc in a saved context. */
const CONTEXT_PC = 32;

/** A capability to an object, as the specification has it. */
type ObjectCap = SpecCap & { readonly kind: "object" };

/**
 * The capability distribution of a running kernel: every object, and every capability in every CNode, thread, page table and
 * interrupt, as they are now. Unlike `seL4_DebugSnapshot` it shows all of it, also what no thread reaches.
 *
 * Objects are called by their kind and physical address, threads by the name that the kernel knows (`ps` prints it) where that is
 * unique. Registers are those of now. What the kernel does not keep is not there: fills, start arguments, whether a page is cached,
 * and the physical addresses of RAM, which mean nothing; a scheduling context that gives its whole period has the budget as period.
 */
export function kernelSpec(kernel: KernelState): Spec {
  return new KernelDump(kernel).spec();
}

class KernelDump {
  readonly #kernel: KernelState;
  readonly #objects = new Map<string, SpecObject>();
  /** Root tables by ASID. */
  readonly #roots = new Map<number, number>();
  readonly #threadNames = new Map<Tcb, string>();

  constructor(kernel: KernelState) {
    this.#kernel = kernel;
    const { asidPool } = kernel.config.sizeBits;
    const poolBits = asidPool - (kernel.is64 ? 3 : 2);
    for (const pool of kernel.asidPools) {
      pool?.roots.forEach((root, low) => {
        if (root !== 0) this.#roots.set(pool.index * 2 ** poolBits + low, root);
      });
    }
    this.#nameThreads();
  }

  spec(): Spec {
    for (const root of new Set(this.#roots.values())) this.#table(root, this.#rootBits);
    for (const object of this.#kernel.objectsByPaddr.values()) this.#object(object);
    const irqs = this.#kernel.irqSlots.flatMap((slot, irq) =>
      this.#kernel.irqActive[irq] === true && slot.cap.type !== CapType.Null
        ? [{ irq, object: this.#irq(irq) }]
        : [],
    );
    const handled = [...this.#objects.keys()].flatMap((name) => {
      const [, irq] = /^irq@(\d+)$/.exec(name) ?? [];
      return irq === undefined || irqs.some(({ object }) => object === name)
        ? []
        : [{ irq: Number(irq), object: name }];
    });
    return {
      arch: "riscv",
      objects: allocationOrder([...this.#objects.values()]),
      irqs: [...irqs, ...handled].sort((a, b) => a.irq - b.irq),
    };
  }

  #nameThreads(): void {
    const threads: Tcb[] = [];
    for (const object of this.#kernel.objectsByPaddr.values())
      if (object.kind === "tcb") threads.push(object);
    const counts = new Map<string, number>();
    for (const { name } of threads) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const tcb of threads) {
      const isUnique = tcb.name !== "" && counts.get(tcb.name) === 1;
      this.#threadNames.set(tcb, isUnique ? tcb.name : nameOf("tcb", tcb.paddr));
    }
  }

  get #indexBits(): number {
    const { pageTable, pageTableEntry } = this.#kernel.config.sizeBits;
    return pageTable - pageTableEntry;
  }

  /** log2 of what an entry of a root table covers. */
  get #rootBits(): number {
    return PAGE_BITS + (this.#kernel.config.settings.pageTableLevels - 1) * this.#indexBits;
  }

  #object(object: KernelObject): void {
    const name = this.#nameOf(object);
    const { sizeBits: sizes } = this.#kernel.config;
    switch (object.kind) {
      case "endpoint":
        this.#objects.set(name, { kind: "ep", name });
        break;
      case "notification":
        this.#objects.set(name, { kind: "notification", name });
        break;
      case "reply":
        this.#objects.set(name, { kind: "rtreply", name });
        break;
      case "cnode":
        this.#objects.set(name, {
          ...{ kind: "cnode", name, sizeBits: object.radix, hasUntypedMemory: false },
          slots: object.slots.flatMap((slot) => this.#slot(slot, slot.index)),
        });
        break;
      case "tcb":
        this.#objects.set(name, this.#thread(name, object));
        break;
      case "schedContext": {
        const us = (ticks: number): number => Math.floor(ticks / this.#kernel.platform.ticksPerUs);
        const budgetUs = us(object.budget);
        const sizeBits = Math.max(object.sizeBits, sizes.minSchedContext);
        const periodUs = object.period === 0 ? budgetUs : us(object.period);
        this.#objects.set(name, {
          ...{ kind: "sc", name, sizeBits, periodUs, budgetUs, data: object.badge },
        });
        break;
      }
      case "asidPool":
        // Which address spaces have which ASID is not part of a specification.
        this.#objects.set(name, { kind: "asid_pool", name, asidHigh: object.index, slots: [] });
        break;
    }
  }

  #nameOf(object: KernelObject): string {
    switch (object.kind) {
      case "tcb":
        return this.#threadNames.get(object) ?? nameOf("tcb", object.paddr);
      case "endpoint":
        return nameOf("ep", object.paddr);
      case "reply":
        return nameOf("rtreply", object.paddr);
      case "schedContext":
        return nameOf("sc", object.paddr);
      case "asidPool":
        return nameOf("asid_pool", object.paddr);
      case "cnode":
      case "notification":
        return nameOf(object.kind, object.paddr);
    }
  }

  #thread(name: string, tcb: Tcb): SpecObject {
    const own = (index: number, slot: number): SpecSlot[] => {
      const held = tcb.slots[index];
      return held === undefined ? [] : this.#slot(held, slot).map(withoutMapping);
    };
    const whole = (slot: number, object: KernelObject | null): SpecSlot[] =>
      object === null ? [] : [{ slot, cap: { kind: "object", object: this.#nameOf(object) } }];
    const register = (index: number): number => (tcb.context[index] ?? 0) >>> 0;
    return {
      ...{ kind: "tcb", name, addr: tcb.ipcBuffer },
      ...{ ip: register(CONTEXT_PC), sp: register(STACK_POINTER) },
      ...{ prio: tcb.priority, maxPrio: tcb.maxControlledPriority, affinity: 0 },
      ...{ domain: tcb.domain, resume: true, init: [] },
      slots: [
        ...own(TcbSlot.CTable, TcbSlotNumber.cspace),
        ...own(TcbSlot.VTable, TcbSlotNumber.vspace),
        ...own(TcbSlot.Buffer, TcbSlotNumber.ipcBuffer),
        ...own(TcbSlot.FaultHandler, TcbSlotNumber.faultEp),
        ...whole(TcbSlotNumber.sc, tcb.schedContext),
        ...own(TcbSlot.TimeoutHandler, TcbSlotNumber.tempFaultEp),
        ...whole(TcbSlotNumber.boundNotification, tcb.boundNotification),
      ],
    };
  }

  /** A page table and what it maps; user addresses only. */
  #table(paddr: number, bits: number): string {
    const name = nameOf("pt", paddr);
    if (this.#objects.has(name)) return name;
    const slots: SpecSlot[] = [];
    this.#objects.set(name, { kind: "pt", name, slots });
    const { userTop } = this.#kernel.config.settings;
    for (let slot = 0; slot < 2 ** this.#indexBits; slot++) {
      if (bits === this.#rootBits && slot * 2 ** bits >= userTop) break;
      const pte = this.#entry(paddr, slot);
      if ((pte & Pte.Valid) === 0) continue;
      const target = Math.floor(pte / 1024) * 2 ** PAGE_BITS;
      if ((pte & PTE_LEAF) === 0) {
        const object = this.#table(target, bits - this.#indexBits);
        slots.push({ slot, cap: { kind: "object", object } });
        continue;
      }
      const rights =
        ((pte & Pte.Read) === 0 ? 0 : SpecRight.read) |
        ((pte & Pte.Write) === 0 ? 0 : SpecRight.write) |
        ((pte & Pte.Execute) === 0 ? 0 : SpecRight.grant);
      slots.push({ slot, cap: { kind: "object", object: this.#frame(target, bits), rights } });
    }
    return name;
  }

  #entry(table: number, index: number): number {
    const { port, wordBytes, is64 } = this.#kernel;
    const address = table + index * wordBytes;
    const low = port.readWord(address) >>> 0;
    return is64 ? low + (port.readWord(address + 4) >>> 0) * 2 ** 32 : low;
  }

  #frame(paddr: number, sizeBits: number): string {
    const name = nameOf("frame", paddr);
    if (!this.#objects.has(name)) {
      const { ram } = this.#kernel.platform;
      const isRam = paddr >= ram.base && paddr < ram.base + ram.size;
      const place = isRam ? {} : { paddr };
      this.#objects.set(name, { kind: "frame", name, sizeBits, ...place, fill: [] });
    }
    return name;
  }

  #irq(irq: number): string {
    const name = `irq@${irq}`;
    if (!this.#objects.has(name)) {
      const slot = this.#kernel.irqSlots[irq];
      const slots = slot === undefined ? [] : this.#slot(slot, 0);
      this.#objects.set(name, { kind: "irq", name, slots });
    }
    return name;
  }

  #slot({ cap }: Slot, slot: number): SpecSlot[] {
    const found = this.#cap(cap);
    return found === undefined ? [] : [{ slot, cap: found }];
  }

  #cap(cap: Cap): SpecCap | undefined {
    switch (cap.type) {
      case CapType.Null:
        return undefined;
      case CapType.Endpoint:
      case CapType.Notification:
        return {
          ...{ kind: "object", object: this.#nameOf(cap.object) },
          ...(cap.rights === 0 ? {} : { rights: cap.rights }),
          ...(cap.badge === 0 ? {} : { badge: cap.badge }),
        };
      case CapType.Reply:
        return {
          ...{ kind: "object", object: this.#nameOf(cap.object) },
          rights: SpecRight.write | (cap.canGrant ? SpecRight.grant : 0),
        };
      case CapType.CNode:
        return {
          ...{ kind: "object", object: this.#nameOf(cap.object) },
          ...{ guard: cap.guard, guardSize: cap.guardSize },
        };
      case CapType.Thread:
      case CapType.SchedContext:
      case CapType.AsidPool:
        return { kind: "object", object: this.#nameOf(cap.object) };
      case CapType.Zombie:
        return { kind: "object", object: this.#nameOf(cap.object) };
      case CapType.IrqControl:
        return { kind: "irq_control" };
      case CapType.AsidControl:
        return { kind: "asid_control" };
      case CapType.Domain:
        return { kind: "domain" };
      case CapType.SchedControl:
        return { kind: "sched_control", core: cap.core };
      case CapType.IrqHandler:
        return { kind: "object", object: this.#irq(cap.irq) };
      case CapType.Untyped:
        return { kind: "object", object: this.#untyped(cap) };
      case CapType.PageTable: {
        // One that is mapped nowhere maps nothing.
        const isRoot = this.#roots.get(cap.asid) === cap.paddr || !cap.isMapped;
        const bits = isRoot ? this.#rootBits : PAGE_BITS;
        return { kind: "object", object: this.#table(cap.paddr, bits) };
      }
      case CapType.Frame:
        return this.#frameCap(cap);
    }
  }

  #untyped({ paddr, sizeBits }: CapOf<typeof CapType.Untyped>): string {
    const name = `${nameOf("ut", paddr)}@${sizeBits}`;
    if (!this.#objects.has(name))
      this.#objects.set(name, { kind: "ut", name, sizeBits, paddr, children: [] });
    return name;
  }

  #frameCap({ paddr, sizeBits, rights, asid, vaddr }: CapOf<typeof CapType.Frame>): ObjectCap {
    const mapping = asid === 0 ? undefined : this.#mappingOf(asid, vaddr, sizeBits);
    return {
      ...{ kind: "object", object: this.#frame(paddr, sizeBits) },
      rights:
        (rights === VmRights.ReadWrite ? SpecRight.write : 0) |
        (rights === VmRights.KernelOnly ? 0 : SpecRight.read),
      ...(mapping === undefined ? {} : { mapping }),
    };
  }

  /** Table and slot in which an address space maps a page of a size. */
  #mappingOf(asid: number, vaddr: number, sizeBits: number): SlotRef | undefined {
    let table = this.#roots.get(asid);
    for (let bits = this.#rootBits; table !== undefined; bits -= this.#indexBits) {
      const slot = Math.floor(vaddr / 2 ** bits) % 2 ** this.#indexBits;
      if (bits === sizeBits) return { container: nameOf("pt", table), slot };
      const pte = this.#entry(table, slot);
      const isTable = (pte & Pte.Valid) !== 0 && (pte & PTE_LEAF) === 0;
      table = isTable ? Math.floor(pte / 1024) * 2 ** PAGE_BITS : undefined;
    }
    return undefined;
  }
}

/** A thread's own capability to its IPC buffer says where it is by the thread's `addr`. */
function withoutMapping({ slot, cap }: SpecSlot): SpecSlot {
  if (cap.kind !== "object" || cap.mapping === undefined) return { slot, cap };
  const { object, rights = 0 } = cap;
  return { slot, cap: { kind: "object", object, rights } };
}

function nameOf(kind: string, paddr: number): string {
  return `${kind}@0x${paddr.toString(16)}`;
}
