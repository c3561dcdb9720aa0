import type { Task, UserContext } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import {
  type BootInfo,
  CapRights,
  type CPath,
  ErrorCode,
  guardWord,
  InitialCap,
  InvocationError,
  readBootInfo,
  SeL4,
} from "@cantrip/sel4-sys";

const PAGE_BYTES = 4096;
const A0 = 10;
/** Where the initial task maps the frames of the others to fill them. */
const WINDOW = 0x400000;
const CHILD_CNODE_BITS = 4;
/** Makes 32-bit pointers of the slot numbers of a child's CNode. */
const CHILD_GUARD = guardWord(0, 32 - CHILD_CNODE_BITS);

/** Where the parts of a child are in its own address space. */
export const ChildAddress: {
  readonly text: 0x10000;
  readonly data: 0x11000;
  readonly ipcBuffer: 0x12000;
} = { text: 0x10000, data: 0x11000, ipcBuffer: 0x12000 };

/** A thread with spaces of its own, as the initial task knows it: its capabilities. */
export interface Child {
  readonly tcb: number;
  readonly cnode: number;
  readonly vspace: number;
  readonly schedContext: number;
  /** Where its text and data are in the initial task. */
  readonly text: number;
  readonly data: number;
}

/** What a child is made of. */
export interface ChildPlan {
  readonly name: string;
  /** Words at {@link ChildAddress.text}. */
  readonly text: readonly number[];
  readonly priority: number;
  /** Capabilities of the initial task that it gets, from slot 1 on. */
  readonly caps: readonly { readonly slot: number; readonly badge?: number }[];
  /** Endpoint that hears of its faults; 0 for none. */
  readonly faultEndpoint?: number;
  /** Budget and period of its scheduling context; 10 ms each when absent. */
  readonly budgetUs?: number;
  readonly periodUs?: number;
  /** Untyped of the initial task to take everything from; the next free one otherwise. */
  readonly untyped?: number;
}

/** An initial task's view of the system, in TypeScript: capabilities, and the usual ways to make objects of them. */
export class RootTask {
  readonly sel4: SeL4;
  readonly context: UserContext;
  readonly bootInfo: BootInfo;
  #nextSlot: number;
  #nextWindow = WINDOW;

  constructor(context: UserContext) {
    const page = new Uint8Array(PAGE_BYTES);
    context.copyIn(context.register(A0), page);
    this.context = context;
    this.bootInfo = readBootInfo(page, cantrip);
    this.sel4 = new SeL4(context, cantrip, this.bootInfo.ipcBuffer);
    this.#nextSlot = this.bootInfo.empty.start;
  }

  /** An empty slot of the initial task's CNode. */
  newSlot(): number {
    return this.#nextSlot++;
  }

  /** The path of a slot of the initial task's CNode. */
  slot(index: number): CPath {
    return { root: InitialCap.InitThreadCNode, index, depth: 32 };
  }

  /** Makes an object in a new slot (or `slot`) from the first untyped that has room, or from `untyped`. */
  *make(
    type: number,
    { sizeBits = 0, untyped, slot = this.newSlot() }: MakeOptions = {},
  ): Task<number> {
    const { start, end } = this.bootInfo.untyped;
    const candidates =
      untyped === undefined
        ? Array.from({ length: end - start }, (_, index) => start + index).filter(
            (cptr) =>
              this.bootInfo.untypedList[cptr - start]?.isDevice === false &&
              !(this.bootInfo.untypedList[cptr - start]?.isTainted ?? true),
          )
        : [untyped];
    for (const candidate of candidates) {
      try {
        yield* this.sel4.untyped.retype(candidate, {
          ...{ type, sizeBits, nodeIndex: 0, nodeDepth: 0, nodeOffset: slot, count: 1 },
          root: InitialCap.InitThreadCNode,
        });
        return slot;
      } catch (error) {
        const isFull = error instanceof InvocationError && error.code === ErrorCode.NotEnoughMemory;
        if (!isFull) throw error;
      }
    }
    throw new Error(`no untyped has room for an object of type ${type}`);
  }

  /** Makes the page table of the window that children are filled through: before the first of them. */
  *openWindow(): Task<void> {
    const table = yield* this.make(cantrip.objectType.pageTable);
    yield* this.sel4.pageTable.map(table, InitialCap.InitThreadVSpace, WINDOW);
  }

  /** Makes a thread with spaces of its own, ready to be resumed. */
  *makeChild(plan: ChildPlan, slots: ChildSlots = this.newChildSlots()): Task<Child> {
    const { sel4 } = this;
    const { objectType } = cantrip;
    const from = plan.untyped === undefined ? {} : { untyped: plan.untyped };
    const [tcb, cnode, root, table, text, data, buffer, schedContext, ...copies] = slots.caps;
    yield* this.make(objectType.tcb, { ...from, slot: tcb });
    yield* this.make(objectType.capTable, { ...from, slot: cnode, sizeBits: CHILD_CNODE_BITS });
    yield* this.make(objectType.pageTable, { ...from, slot: root });
    yield* this.make(objectType.pageTable, { ...from, slot: table });
    for (const frame of [text, data, buffer])
      yield* this.make(objectType.page4K, { ...from, slot: frame });
    const { minSchedContext } = cantrip.sizeBits;
    yield* this.make(objectType.schedContext, {
      ...{ ...from, slot: schedContext, sizeBits: minSchedContext },
    });

    yield* sel4.asidPool.assign(InitialCap.InitThreadAsidPool, root);
    yield* sel4.pageTable.map(table, root, ChildAddress.text);
    for (const [index, frame] of [text, data].entries()) {
      const copy = copies[index] ?? 0;
      yield* sel4.cnode.copy(this.slot(copy), this.slot(frame), CapRights.All);
      yield* sel4.page.map(copy, {
        vspace: InitialCap.InitThreadVSpace,
        address: slots.window + index * PAGE_BYTES,
        rights: CapRights.ReadWrite,
      });
    }
    const map = (frame: number, address: number): Task<void> =>
      sel4.page.map(frame, { vspace: root, address, rights: CapRights.ReadWrite });
    yield* map(text, ChildAddress.text);
    yield* map(data, ChildAddress.data);
    yield* map(buffer, ChildAddress.ipcBuffer);
    for (const [index, word] of plan.text.entries())
      this.context.store32(slots.window + index * 4, word);

    for (const [index, { slot, badge = 0 }] of plan.caps.entries()) {
      const destination = { root: cnode, index: index + 1, depth: CHILD_CNODE_BITS };
      yield* sel4.cnode.mint(destination, this.slot(slot), CapRights.All, badge);
    }
    yield* sel4.schedControl.configureFlags(this.bootInfo.schedcontrol.start, schedContext, {
      budgetUs: plan.budgetUs ?? 10_000,
      periodUs: plan.periodUs ?? 10_000,
    });
    yield* sel4.tcb.configure(tcb, {
      ...{ cspaceRoot: cnode, cspaceData: CHILD_GUARD, vspaceRoot: root },
      ...{ bufferAddress: ChildAddress.ipcBuffer, bufferFrame: buffer },
    });
    yield* sel4.tcb.setSchedParams(tcb, {
      ...{ authority: InitialCap.InitThreadTcb, mcp: plan.priority, priority: plan.priority },
      ...{ schedContext, faultEndpoint: plan.faultEndpoint ?? 0 },
    });
    yield* sel4.debugNameThread(tcb, plan.name);
    yield* sel4.tcb.writeRegisters(tcb, { pc: ChildAddress.text, sp: ChildAddress.ipcBuffer });
    return {
      ...{ tcb, cnode, vspace: root, schedContext },
      ...{ text: slots.window, data: slots.window + PAGE_BYTES },
    };
  }

  /** Slots and a place in the window for a child; can be used again when the child is gone. */
  newChildSlots(): ChildSlots {
    const window = this.#nextWindow;
    this.#nextWindow += 2 * PAGE_BYTES;
    const next = (): number => this.newSlot();
    const five = (): [number, number, number, number, number] => [
      ...([next(), next(), next()] as const),
      ...([next(), next()] as const),
    ];
    return { window, caps: [...five(), ...five()] };
  }
}

/** What an object is made of. */
export interface MakeOptions {
  /** For objects of variable size: log2, as `seL4_Untyped_Retype` takes it. */
  readonly sizeBits?: number;
  /** Where it comes from; the first untyped that has room otherwise. */
  readonly untyped?: number;
  /** Where its capability goes; a new slot otherwise. */
  readonly slot?: number;
}

/** TCB, CNode, root table, table, three frames, scheduling context, copies of two frames. */
type ChildCaps = readonly [
  ...[number, number, number, number, number],
  ...[number, number, number, number, number],
];

/** Slots of the initial task for the parts of a child, and where its text is mapped to fill it. */
export interface ChildSlots {
  readonly caps: ChildCaps;
  readonly window: number;
}
