import {
  bootSel4,
  type BoundKernel,
  type ConsoleLine,
  sparrowPlatform,
} from "@cantrip/assembly/riscv";
import {
  type HostedComponent,
  STUB_BYTES,
  stubWords,
  type Task,
  type UserContext,
} from "@cantrip/hosted";
import { Machine } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
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

/** Room for a CNode of 2^17 slots and what is made beside it. */
const RAM_BYTES = 32 * 1024 * 1024;
const PAGE_BYTES = 4096;
const A0 = 10;
const ROOT_IMAGE = 0x10000;
const ROOT_CELL = ROOT_IMAGE + PAGE_BYTES;
/** Where the initial task maps the text of its children to fill it. */
export const WINDOW = 0x400000;
const CHILD_CNODE_BITS = 4;
const CHILD_GUARD = guardWord(0, 32 - CHILD_CNODE_BITS);
const SLICE_US = 10_000;

/** Where the parts of a child are in its own address space. */
export const ChildAddress = { text: 0x10000, data: 0x11000, ipcBuffer: 0x12000 } as const;

/** What a child is made of. */
export interface ChildPlan {
  /** Words at {@link ChildAddress.text}. */
  readonly text: readonly number[];
  readonly priority: number;
  /** Capabilities of the initial task that it gets, from slot 1 on. */
  readonly caps: readonly number[];
}

/** The initial task's view: capabilities, and the usual ways to make objects of them. */
export class RootTask {
  readonly sel4: SeL4;
  readonly #context: UserContext;
  readonly #bootInfo: BootInfo;
  #nextSlot: number;
  #nextWindow = WINDOW;

  constructor(context: UserContext) {
    const page = new Uint8Array(PAGE_BYTES);
    context.copyIn(context.register(A0), page);
    this.#context = context;
    this.#bootInfo = readBootInfo(page, cantrip);
    this.sel4 = new SeL4(context, cantrip, this.#bootInfo.ipcBuffer);
    this.#nextSlot = this.#bootInfo.empty.start;
  }

  newSlot(): number {
    return this.#nextSlot++;
  }

  slot(index: number): CPath {
    return { root: InitialCap.InitThreadCNode, index, depth: 32 };
  }

  /** Makes an object in a new slot from the first untyped that has room. */
  *make(type: number, sizeBits = 0): Task<number> {
    const slot = this.newSlot();
    const { untyped, untypedList } = this.#bootInfo;
    for (let cptr = untyped.start; cptr < untyped.end; cptr++) {
      const description = untypedList[cptr - untyped.start];
      if (description === undefined || description.isDevice || description.isTainted) continue;
      try {
        yield* this.sel4.untyped.retype(cptr, {
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

  /** Makes a thread with spaces of its own and starts it. Returns its scheduling context. */
  *startChild(plan: ChildPlan): Task<number> {
    const { sel4 } = this;
    const { objectType, sizeBits } = cantrip;
    const tcb = yield* this.make(objectType.tcb);
    const cnode = yield* this.make(objectType.capTable, CHILD_CNODE_BITS);
    const root = yield* this.make(objectType.pageTable);
    const table = yield* this.make(objectType.pageTable);
    const text = yield* this.make(objectType.page4K);
    const data = yield* this.make(objectType.page4K);
    const buffer = yield* this.make(objectType.page4K);
    const schedContext = yield* this.make(objectType.schedContext, sizeBits.minSchedContext);
    yield* sel4.asidPool.assign(InitialCap.InitThreadAsidPool, root);
    yield* sel4.pageTable.map(table, root, ChildAddress.text);
    yield* this.#writeText(text, plan.text);
    const rights = CapRights.ReadWrite;
    yield* sel4.page.map(text, { vspace: root, address: ChildAddress.text, rights });
    yield* sel4.page.map(data, { vspace: root, address: ChildAddress.data, rights });
    yield* sel4.page.map(buffer, { vspace: root, address: ChildAddress.ipcBuffer, rights });
    for (const [index, cap] of plan.caps.entries()) {
      const destination = { root: cnode, index: index + 1, depth: CHILD_CNODE_BITS };
      yield* sel4.cnode.copy(destination, this.slot(cap), CapRights.All);
    }
    yield* sel4.schedControl.configureFlags(this.#bootInfo.schedcontrol.start, schedContext, {
      budgetUs: SLICE_US,
      periodUs: SLICE_US,
    });
    yield* sel4.tcb.configure(tcb, {
      ...{ cspaceRoot: cnode, cspaceData: CHILD_GUARD, vspaceRoot: root },
      ...{ bufferAddress: ChildAddress.ipcBuffer, bufferFrame: buffer },
    });
    yield* sel4.tcb.setSchedParams(tcb, {
      ...{ authority: InitialCap.InitThreadTcb, mcp: plan.priority, priority: plan.priority },
      ...{ schedContext, faultEndpoint: 0 },
    });
    const { text: pc, ipcBuffer: sp } = ChildAddress;
    yield* sel4.tcb.writeRegisters(tcb, { pc, sp });
    yield* sel4.tcb.resume(tcb);
    return schedContext;
  }

  *#writeText(frame: number, words: readonly number[]): Task<void> {
    const copy = this.newSlot();
    const address = this.#nextWindow;
    this.#nextWindow += PAGE_BYTES;
    yield* this.sel4.cnode.copy(this.slot(copy), this.slot(frame), CapRights.All);
    yield* this.sel4.page.map(copy, {
      ...{ vspace: InitialCap.InitThreadVSpace, address, rights: CapRights.ReadWrite },
    });
    for (const [index, word] of words.entries()) this.#context.store32(address + index * 4, word);
  }
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

/** A machine with a kernel whose initial task is TypeScript. */
export interface World extends BoundKernel {
  readonly machine: Machine;
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
  const machine = new Machine({
    platform: sparrow({ ramSize: RAM_BYTES }),
    hostedEntries: [initial, ...components].map((code) => ({ component: code, thread: "main" })),
    hostedStepCost: 50,
    onHostedError: (error) => {
      throw new Error(`${error.component}: ${error.message}`, { cause: error.error });
    },
  });
  const bytes = new Uint8Array(2 * PAGE_BYTES);
  const view = new DataView(bytes.buffer, 0, STUB_BYTES);
  for (const [index, word] of stubWords(0, ROOT_CELL).entries())
    view.setUint32(index * 4, word, true);
  const task = { bytes, vaddr: ROOT_IMAGE, entry: ROOT_IMAGE };
  const silent: ConsoleLine = { transmitNow: () => undefined, receive: () => undefined };
  const created = { machine, console: silent, platform: sparrowPlatform };
  return { ...bootSel4(created, cantrip, task), machine };
}
