import {
  bootSel4,
  type BoundKernel,
  type ConsoleLine,
  sparrowPlatform,
} from "@cantrip/assembly/riscv";
import {
  type HostedComponent,
  type HostedEntry,
  STUB_BYTES,
  stubWords,
  type Task,
  type UserContext,
} from "@cantrip/hosted";
import { type HostedError, Machine } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
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
import { expect } from "vitest";

const RAM_BYTES = 4 * 1024 * 1024;
const PAGE_BYTES = 4096;
const A0 = 10;
const ROOT_IMAGE = 0x10000;
const ROOT_CELL = ROOT_IMAGE + PAGE_BYTES;
/** Where the initial task maps the frames of the others to fill them. */
const WINDOW = 0x400000;
const CHILD_CNODE_BITS = 4;
/** Makes 32-bit pointers of the slot numbers of a child's CNode. */
const CHILD_GUARD = guardWord(0, 32 - CHILD_CNODE_BITS);

/** Where the parts of a child are in its own address space. */
export const ChildAddress = { text: 0x10000, data: 0x11000, ipcBuffer: 0x12000 } as const;

/** A thread with spaces of its own, as the initial task knows it. */
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
  readonly budgetUs?: number;
  readonly periodUs?: number;
  /** Capabilities of the initial task that it gets, from slot 1 on. */
  readonly caps: readonly { readonly slot: number; readonly badge?: number }[];
  /** Endpoint that hears of its faults; 0 for none. */
  readonly faultEndpoint?: number;
  /** Untyped of the initial task to take everything from; the next free one otherwise. */
  readonly untyped?: number;
}

/** The initial task's view of the system: capabilities, and the usual ways to make objects of them. */
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

  newSlot(): number {
    return this.#nextSlot++;
  }

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

  /** Makes the page table of the window. */
  *openWindow(): Task<void> {
    const table = yield* this.make(cantrip.objectType.pageTable);
    yield* this.sel4.pageTable.map(table, InitialCap.InitThreadVSpace, WINDOW);
  }

  /** Makes a thread with spaces of its own, ready to be resumed. */
  *makeChild(plan: ChildPlan, slots = this.newChildSlots()): Task<Child> {
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
    return {
      window,
      caps: [
        ...[next(), next(), next(), next(), next()],
        ...[next(), next(), next(), next(), next()],
      ] as never,
    };
  }
}

interface MakeOptions {
  readonly sizeBits?: number;
  readonly untyped?: number;
  readonly slot?: number;
}

/** TCB, CNode, root table, table, three frames, scheduling context, copies of two frames. */
type ChildCaps = readonly [
  ...[number, number, number, number, number],
  ...[number, number, number, number, number],
];

export interface ChildSlots {
  readonly caps: ChildCaps;
  readonly window: number;
}

/** A component whose one thread runs `main`. */
export function component(
  name: string,
  main: (context: UserContext) => Task<void>,
): HostedComponent {
  return { name, create: () => ({ run: (_thread, context) => main(context) }) };
}

/** The words of a child's text that run entry `n`. */
export function childStub(entry: number): readonly number[] {
  return stubWords(entry, ChildAddress.data);
}

/** A system call interface of a child's thread. */
export function childSel4(context: UserContext): SeL4 {
  return new SeL4(context, cantrip, ChildAddress.ipcBuffer);
}

/** A machine with a kernel whose initial task is TypeScript. */
export interface World extends BoundKernel {
  readonly machine: Machine;
  readonly errors: readonly HostedError[];
  /** What the kernel's debug console printed. */
  printed(): string;
}

/**
 * Boots an initial task that runs `main` and then suspends itself.
 *
 * @param components - code of the children: entry 1 and following
 */
export function bootWorld(
  main: (root: RootTask) => Task<void>,
  components: readonly HostedComponent[] = [],
): World {
  const initial = component("root", function* (context) {
    const root = new RootTask(context);
    yield* main(root);
    for (;;) yield* root.sel4.tcb.suspend(InitialCap.InitThreadTcb);
  });
  const entries = [initial, ...components].map((code): HostedEntry => ({
    component: code,
    thread: "main",
  }));
  const errors: HostedError[] = [];
  const machine = new Machine({
    platform: sparrow({ ramSize: RAM_BYTES }),
    hostedEntries: entries,
    hostedStepCost: 50,
    onHostedError: (error) => errors.push(error),
  });
  const bytes = new Uint8Array(2 * PAGE_BYTES);
  const view = new DataView(bytes.buffer, 0, STUB_BYTES);
  for (const [index, word] of stubWords(0, ROOT_CELL).entries())
    view.setUint32(index * 4, word, true);
  let printed = "";
  const task = { bytes, vaddr: ROOT_IMAGE, entry: ROOT_IMAGE };
  const console: ConsoleLine = {
    transmitNow(byte) {
      printed += String.fromCharCode(byte);
    },
    receive: () => undefined,
  };
  const bound = bootSel4({ machine, console, platform: sparrowPlatform }, cantrip, task);
  return { ...bound, machine, errors, printed: () => printed };
}

/** Virtual seconds after which a world that does not come to its end is given up. */
const PATIENCE_SECONDS = 60;

/** Runs until `done` or nothing can happen any more. */
export function runWorld(world: World, done: () => boolean): void {
  const { machine, errors } = world;
  machine.run({ untilCycle: PATIENCE_SECONDS * machine.clock.cyclesPerSecond, until: done });
  expect(errors.filter(({ kind }) => kind === "threw").map(({ stack }) => stack)).toEqual([]);
  checkInvariants(world.kernel.state);
}
