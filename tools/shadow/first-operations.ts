import { CapType, type KernelState as Model, TcbSlot } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import { READY_PC } from "./scripted-task.ts";

const ROOT = InitialCap.InitThreadCNode;
const THREADS = 6;
const PAGES = 0x20000;
const PAGE_BYTES = 0x1000;
/** Holds everything that is made here. A larger one takes long to clear. */
const LEAST_BITS = 19;
/** Slots of the objects, in the order in which they are made. */
const Slot = {
  Untyped: 120,
  Small: 122,
  Endpoints: 124,
  Notifications: 128,
  Replies: 132,
  Threads: 138,
  Contexts: 146,
  Frames: 154,
  Tables: 164,
  Nodes: 166,
  Pools: 300,
  Memory: 304,
} as const;
/** What the initial thread may use of each period, in microseconds; the others have the rest. */
const ROOT_BUDGET = 1000;
const ROOT_PERIOD = 3000;

/** What every random run begins with: objects of each kind, and threads with budgets that are ready to be resumed. */
export function firstOperations(model: Model): Operation[] {
  const { config } = model;
  const { objectType, label, sizeBits } = config;
  const { schedControl, untyped } = initialCaps(model);
  const call = (
    name: string,
    cptr: number,
    number: number,
    words: number[],
    caps: number[] = [],
  ): Operation => ({
    ...{ name, cptr, words, caps },
    ...{ syscall: config.syscall.call, label: number },
  });
  const make = (type: number, size: number, slot: number, count: number): Operation =>
    call("Untyped_Retype", untyped, label.untypedRetype, [type, size, 0, 0, slot, count], [ROOT]);
  const operations = [
    make(objectType.untyped, 13, Slot.Untyped, 2),
    make(objectType.untyped, 12, Slot.Pools, 2),
    make(objectType.untyped, 16, Slot.Memory, 4),
    make(objectType.untyped, 8, Slot.Small, 2),
    make(objectType.endpoint, 0, Slot.Endpoints, 3),
    make(objectType.notification, 0, Slot.Notifications, 3),
    make(objectType.reply, 0, Slot.Replies, 4),
    make(objectType.tcb, 0, Slot.Threads, THREADS),
    make(objectType.schedContext, sizeBits.minSchedContext, Slot.Contexts, THREADS),
    make(objectType.page4K, 0, Slot.Frames, THREADS + 2),
    make(objectType.pageTable, 0, Slot.Tables, 2),
    make(objectType.capTable, 3, Slot.Nodes, 2),
    call(
      "SchedControl_ConfigureFlags",
      schedControl,
      label.schedControlConfigureFlags,
      [ROOT_BUDGET, 0, ROOT_PERIOD, 0, 2, 0, 0],
      [InitialCap.InitThreadSchedContext],
    ),
  ];
  const vspace = InitialCap.InitThreadVSpace;
  for (let thread = 0; thread < THREADS; thread++) {
    const tcb = Slot.Threads + thread;
    const frame = Slot.Frames + thread;
    const context = Slot.Contexts + thread;
    const vaddr = PAGES + thread * PAGE_BYTES;
    const priority = 40 * (thread % 3);
    operations.push(
      call("Page_Map", frame, label.riscvPageMap, [vaddr, 3, 0], [vspace]),
      call("TCB_Configure", tcb, label.tcbConfigure, [0, 0, vaddr], [ROOT, vspace, frame]),
      call(
        "SchedControl_ConfigureFlags",
        schedControl,
        label.schedControlConfigureFlags,
        [100 + 200 * thread, 0, 3000, 0, 2, thread, thread & 1],
        [context],
      ),
      call(
        "TCB_SetSchedParams",
        tcb,
        label.tcbSetSchedParams,
        [priority, priority],
        [InitialCap.InitThreadTcb, context, thread % 2 === 0 ? 0 : Slot.Endpoints],
      ),
      call("TCB_WriteRegisters", tcb, label.tcbWriteRegisters, [thread % 2, 2, READY_PC, 0]),
    );
  }
  return operations;
}

/** Slots of the initial task that are elsewhere on each board: control of budgets, and the smallest untyped that is large enough. */
function initialCaps(model: Model): { readonly schedControl: number; readonly untyped: number } {
  const root = model.current.slots[TcbSlot.CTable]?.cap;
  let schedControl = 0;
  let untyped = 0;
  let least = Infinity;
  if (root?.type !== CapType.CNode) throw new RangeError("the initial task has no CNode");
  for (const [index, { cap }] of root.object.slots.entries()) {
    if (cap.type === CapType.SchedControl) schedControl = index;
    if (cap.type !== CapType.Untyped || cap.isDevice || cap.sizeBits >= least) continue;
    if (cap.sizeBits < LEAST_BITS) continue;
    least = cap.sizeBits;
    untyped = index;
  }
  return { schedControl, untyped };
}
