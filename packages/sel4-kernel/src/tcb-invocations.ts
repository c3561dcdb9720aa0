import { powerOfTwo } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { cteDelete } from "./delete.ts";
import { type CapData, deriveCap, updateCapData } from "./derive.ts";
import { slotAt } from "./lookup.ts";
import {
  type Cap,
  CapType,
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  copyWord,
  highOf,
  NotificationState,
  Right,
  setWord,
  type Slot,
  type Tcb,
  TcbSlot,
  ThreadState,
  wordOf,
} from "./objects.ts";
import { dequeueReady, dequeueWaiter, enqueueReady, enqueueWaiter } from "./queues.ts";
import { isReleased } from "./refills.ts";
import { bindSchedContext, schedContextUnbindTcb } from "./sched-context.ts";
import { isBlocked, isSchedulable, rescheduleRequired } from "./scheduler.ts";
import { cteInsert, isFinalCapability, sameObjectAs } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseCap, refuseRange } from "./syscall-error.ts";
import { restart, suspend } from "./thread.ts";
import { unbindNotification } from "./notification.ts";

/** Registers in the order of `seL4_UserContext`, as indices of a context. */
const USER_CONTEXT: readonly number[] = [
  CONTEXT_PC,
  1,
  2,
  3,
  8,
  9,
  18,
  19,
  20,
  21,
  22,
  23,
  24,
  25,
  26,
  27,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
  17,
  5,
  6,
  7,
  28,
  29,
  30,
  31,
  4,
];
/** The frame registers come first. */
const FRAME_REGISTERS = 16;
const THREAD_POINTER = 4;

/** Invocations of a thread. */
export function invokeTcb(
  kernel: KernelState,
  label: number,
  slot: Slot,
  tcb: Tcb,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  switch (label) {
    case labels.tcbReadRegisters:
      return readRegisters(kernel, tcb, args);
    case labels.tcbWriteRegisters:
      return writeRegisters(kernel, tcb, args);
    case labels.tcbCopyRegisters:
      return copyRegisters(kernel, tcb, args);
    case labels.tcbConfigure:
      return configure(kernel, slot, tcb, args);
    case labels.tcbSetPriority:
    case labels.tcbSetMCPriority:
      return setPriorities(kernel, label, tcb, args);
    case labels.tcbSetSchedParams:
      return setSchedParams(kernel, slot, tcb, args);
    case labels.tcbSetTimeoutEndpoint:
      return setTimeoutEndpoint(kernel, slot, tcb, args);
    case labels.tcbSetIPCBuffer:
      return setIpcBuffer(kernel, slot, tcb, args);
    case labels.tcbSetSpace:
      return setSpace(kernel, slot, tcb, args);
    case labels.tcbSuspend:
      suspend(kernel, tcb);
      return Exception.None;
    case labels.tcbResume:
      restart(kernel, tcb);
      return Exception.None;
    case labels.tcbBindNotification:
      return bindNotification(kernel, tcb, args);
    case labels.tcbUnbindNotification:
      if (tcb.boundNotification === null) return refuse(kernel, ErrorCode.IllegalOperation);
      unbindNotification(tcb);
      return Exception.None;
    case labels.tcbSetTLSBase:
      if (args.length < 1) return refuse(kernel, ErrorCode.TruncatedMessage);
      setWord(tcb.context, THREAD_POINTER, args.low(0), args.high(0));
      if (tcb === kernel.current) rescheduleRequired(kernel);
      return Exception.None;
    case labels.tcbSetFlags:
      return setFlags(kernel, tcb, args);
    default:
      return refuse(kernel, ErrorCode.IllegalOperation);
  }
}

function readRegisters(kernel: KernelState, tcb: Tcb, args: InvocationArgs): Exception {
  if (args.length < 2) return refuse(kernel, ErrorCode.TruncatedMessage);
  const flags = args.low(0);
  const count = args.arg(1);
  if (count < 1 || count > USER_CONTEXT.length) return refuseRange(kernel, 1, USER_CONTEXT.length);
  if (tcb === kernel.current) return refuse(kernel, ErrorCode.IllegalOperation);
  if ((flags & 1) !== 0) suspend(kernel, tcb);
  for (const index of USER_CONTEXT.slice(0, count)) {
    const register = index === CONTEXT_PC ? CONTEXT_FAULT_PC : index;
    args.reply.pushHalves(wordOf(tcb.context, register), highOf(tcb.context, register));
  }
  return Exception.None;
}

function writeRegisters(kernel: KernelState, tcb: Tcb, args: InvocationArgs): Exception {
  if (args.length < 2) return refuse(kernel, ErrorCode.TruncatedMessage);
  const flags = args.low(0);
  const count = args.arg(1);
  if (args.length - 2 < count) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (tcb === kernel.current) return refuse(kernel, ErrorCode.IllegalOperation);
  USER_CONTEXT.slice(0, count).forEach((register, index) => {
    const target = register === CONTEXT_PC ? CONTEXT_FAULT_PC : register;
    setWord(tcb.context, target, args.low(2 + index), args.high(2 + index));
  });
  copyWord(tcb.context, CONTEXT_PC, tcb.context, CONTEXT_FAULT_PC);
  if ((flags & 1) !== 0) restart(kernel, tcb);
  return Exception.None;
}

function copyRegisters(kernel: KernelState, tcb: Tcb, args: InvocationArgs): Exception {
  const sourceSlot = args.extra(0);
  if (args.length < 1 || sourceSlot === undefined)
    return refuse(kernel, ErrorCode.TruncatedMessage);
  const { cap } = sourceSlot;
  if (cap.type !== CapType.Thread) return refuseCap(kernel, 1);
  const source = cap.object;
  const flags = args.low(0);
  if ((flags & 1) !== 0) suspend(kernel, source);
  if ((flags & 2) !== 0) restart(kernel, tcb);
  const copied = USER_CONTEXT.filter((_, index) =>
    index < FRAME_REGISTERS ? (flags & 4) !== 0 : (flags & 8) !== 0,
  );
  for (const register of copied) {
    const index = register === CONTEXT_PC ? CONTEXT_FAULT_PC : register;
    copyWord(tcb.context, index, source.context, index);
  }
  if ((flags & 4) !== 0) copyWord(tcb.context, CONTEXT_PC, tcb.context, CONTEXT_FAULT_PC);
  if (tcb === kernel.current) rescheduleRequired(kernel);
  return Exception.None;
}

/** A capability to be put into a TCB: derived from its source when that makes sense. */
interface NewCap {
  readonly cap: Cap;
  readonly source: Slot;
}

/** Replaces a capability of a TCB (`installTCBCap`). */
function install(
  kernel: KernelState,
  slot: Slot,
  tcb: Tcb,
  index: number,
  wanted: NewCap,
): Exception {
  const target = slotAt(tcb.slots, index);
  const deleted = cteDelete(kernel, target, true);
  if (deleted !== Exception.None) return deleted;
  const isStillThere =
    wanted.cap.type !== CapType.Null && sameObjectAs(wanted.cap, wanted.source.cap);
  const isStillTcb = slot.cap.type === CapType.Thread && slot.cap.object === tcb;
  if (isStillThere && isStillTcb) cteInsert(wanted.cap, wanted.source, target);
  return Exception.None;
}

/** Whether a TCB's space holds the last capability to something that takes long to delete. */
function isSpaceBeingDeleted(tcb: Tcb): boolean {
  return [TcbSlot.CTable, TcbSlot.VTable].some((index) => {
    const slot = tcb.slots[index];
    return slot !== undefined && isLongRunningDelete(slot);
  });
}

/** `slotCapLongRunningDelete` */
function isLongRunningDelete(slot: Slot): boolean {
  switch (slot.cap.type) {
    case CapType.CNode:
    case CapType.Thread:
    case CapType.Zombie:
      return isFinalCapability(slot);
    default:
      return false;
  }
}

function deriveRoot(kernel: KernelState, source: Slot, data: CapData): NewCap | Exception {
  const isUnchanged = data.low === 0 && data.high === 0;
  const cap = isUnchanged ? source.cap : updateCapData(kernel, false, data, source.cap);
  const derived = deriveCap(kernel, source, cap);
  if (derived.exception !== Exception.None) return derived.exception;
  if (derived.cap.type !== CapType.CNode) return refuse(kernel, ErrorCode.IllegalOperation);
  return { cap: derived.cap, source };
}

function deriveVSpace(kernel: KernelState, source: Slot): NewCap | Exception {
  const derived = deriveCap(kernel, source, source.cap);
  if (derived.exception !== Exception.None) return derived.exception;
  if (derived.cap.type !== CapType.PageTable || !derived.cap.isMapped)
    return refuse(kernel, ErrorCode.IllegalOperation);
  return { cap: derived.cap, source };
}

/** The frame of an IPC buffer; address 0 means none (`decodeSetIPCBuffer`). */
function deriveBuffer(
  kernel: KernelState,
  source: Slot,
  address: number,
): NewCap | null | Exception {
  if (address === 0) return null;
  const derived = deriveCap(kernel, source, source.cap);
  if (derived.exception !== Exception.None) return derived.exception;
  if (derived.cap.type !== CapType.Frame || derived.cap.isDevice)
    return refuse(kernel, ErrorCode.IllegalOperation);
  if (address % powerOfTwo(kernel.config.sizeBits.ipcBuffer) !== 0)
    return refuse(kernel, ErrorCode.AlignmentError);
  return { cap: derived.cap, source };
}

function isException(value: NewCap | null | Exception): value is Exception {
  return typeof value === "number";
}

function installBuffer(
  kernel: KernelState,
  slot: Slot,
  tcb: Tcb,
  address: number,
  buffer: NewCap | null,
): Exception {
  const deleted = cteDelete(kernel, slotAt(tcb.slots, TcbSlot.Buffer), true);
  if (deleted !== Exception.None) return deleted;
  tcb.ipcBuffer = address;
  if (tcb === kernel.current) rescheduleRequired(kernel);
  return buffer === null ? Exception.None : install(kernel, slot, tcb, TcbSlot.Buffer, buffer);
}

function configure(kernel: KernelState, slot: Slot, tcb: Tcb, args: InvocationArgs): Exception {
  const cspace = args.extra(0);
  const vspace = args.extra(1);
  const frame = args.extra(2);
  if (args.length < 3 || cspace === undefined || vspace === undefined || frame === undefined) {
    return refuse(kernel, ErrorCode.TruncatedMessage);
  }
  const address = args.arg(2);
  const buffer = deriveBuffer(kernel, frame, address);
  if (isException(buffer)) return buffer;
  if (isSpaceBeingDeleted(tcb)) return refuse(kernel, ErrorCode.IllegalOperation);
  const root = deriveRoot(kernel, cspace, args.data(0));
  if (isException(root)) return root;
  const space = deriveVSpace(kernel, vspace);
  if (isException(space)) return space;
  const first = install(kernel, slot, tcb, TcbSlot.CTable, root);
  if (first !== Exception.None) return first;
  const second = install(kernel, slot, tcb, TcbSlot.VTable, space);
  if (second !== Exception.None) return second;
  return installBuffer(kernel, slot, tcb, address, buffer);
}

function setIpcBuffer(kernel: KernelState, slot: Slot, tcb: Tcb, args: InvocationArgs): Exception {
  const frame = args.extra(0);
  if (args.length < 1 || frame === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const buffer = deriveBuffer(kernel, frame, args.arg(0));
  if (isException(buffer)) return buffer;
  return installBuffer(kernel, slot, tcb, args.arg(0), buffer);
}

function setSpace(kernel: KernelState, slot: Slot, tcb: Tcb, args: InvocationArgs): Exception {
  const handler = args.extra(0);
  const cspace = args.extra(1);
  const vspace = args.extra(2);
  if (args.length < 2 || handler === undefined || cspace === undefined || vspace === undefined) {
    return refuse(kernel, ErrorCode.TruncatedMessage);
  }
  if (isSpaceBeingDeleted(tcb)) return refuse(kernel, ErrorCode.IllegalOperation);
  const root = deriveRoot(kernel, cspace, args.data(0));
  if (isException(root)) return root;
  const space = deriveVSpace(kernel, vspace);
  if (isException(space)) return space;
  if (!isFaultHandler(handler.cap)) return refuseCap(kernel, 1);
  for (const [index, cap] of [
    [TcbSlot.FaultHandler, { cap: handler.cap, source: handler }],
    [TcbSlot.CTable, root],
    [TcbSlot.VTable, space],
  ] as const) {
    const installed = install(kernel, slot, tcb, index, cap);
    if (installed !== Exception.None) return installed;
  }
  return Exception.None;
}

/** Whether a capability can be a fault handler: an endpoint to call, or none. */
function isFaultHandler(cap: Cap): boolean {
  if (cap.type === CapType.Null) return true;
  if (cap.type !== CapType.Endpoint) return false;
  return (cap.rights & Right.Write) !== 0 && (cap.rights & (Right.Grant | Right.GrantReply)) !== 0;
}

function setTimeoutEndpoint(
  kernel: KernelState,
  slot: Slot,
  tcb: Tcb,
  args: InvocationArgs,
): Exception {
  const handler = args.extra(0);
  if (handler === undefined) {
    const { reportsMissingTimeoutEndpoint } = kernel.config.checks;
    if (reportsMissingTimeoutEndpoint) return refuse(kernel, ErrorCode.TruncatedMessage);
    return Exception.SyscallError;
  }
  if (!isFaultHandler(handler.cap)) return refuseCap(kernel, 1);
  return install(kernel, slot, tcb, TcbSlot.TimeoutHandler, { cap: handler.cap, source: handler });
}

/** Checks a priority against the authority's; returns whether it is allowed. */
function checkPriority(kernel: KernelState, authority: Tcb, priority: number): boolean {
  if (priority <= authority.maxControlledPriority) return true;
  refuseRange(kernel, 0, authority.maxControlledPriority);
  return false;
}

function setPriorities(
  kernel: KernelState,
  label: number,
  tcb: Tcb,
  args: InvocationArgs,
): Exception {
  const authority = args.extra(0);
  if (args.length < 1 || authority === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (authority.cap.type !== CapType.Thread) return refuseCap(kernel, 1);
  const value = args.arg(0);
  if (!checkPriority(kernel, authority.cap.object, value)) return Exception.SyscallError;
  if (label === kernel.config.label.tcbSetMCPriority) tcb.maxControlledPriority = value;
  else setPriority(kernel, tcb, value);
  return Exception.None;
}

function setPriority(kernel: KernelState, tcb: Tcb, priority: number): void {
  switch (tcb.state) {
    case ThreadState.Running:
    case ThreadState.Restart:
      if (tcb.inReadyQueue || tcb === kernel.current) {
        dequeueReady(kernel, tcb);
        tcb.priority = priority;
        if (isSchedulable(tcb)) {
          enqueueReady(kernel, tcb);
          rescheduleRequired(kernel);
        }
      } else {
        tcb.priority = priority;
      }
      break;
    case ThreadState.BlockedOnReceive:
    case ThreadState.BlockedOnSend:
    case ThreadState.BlockedOnNotification: {
      const queue = tcb.blockedOn;
      if (queue !== null) dequeueWaiter(queue, tcb);
      tcb.priority = priority;
      if (queue !== null) enqueueWaiter(queue, tcb);
      break;
    }
    default:
      tcb.priority = priority;
      break;
  }
}

function setSchedParams(
  kernel: KernelState,
  slot: Slot,
  tcb: Tcb,
  args: InvocationArgs,
): Exception {
  const authority = args.extra(0);
  const contextSlot = args.extra(1);
  const handler = args.extra(2);
  if (
    args.length < 2 ||
    authority === undefined ||
    contextSlot === undefined ||
    handler === undefined
  ) {
    return refuse(kernel, ErrorCode.TruncatedMessage);
  }
  if (authority.cap.type !== CapType.Thread) return refuseCap(kernel, 1);
  const mcp = args.arg(0);
  const priority = args.arg(1);
  if (!checkPriority(kernel, authority.cap.object, mcp)) return Exception.SyscallError;
  if (!checkPriority(kernel, authority.cap.object, priority)) return Exception.SyscallError;
  const contextCap = contextSlot.cap;
  if (contextCap.type === CapType.SchedContext) {
    const target = contextCap.object;
    const isSame = target.tcb === tcb;
    const isAccepted = isSame && kernel.config.checks.acceptsOwnSchedContext;
    if (!isAccepted && (tcb.schedContext !== null || target.tcb !== null))
      return refuse(kernel, ErrorCode.IllegalOperation);
    if (isBlocked(tcb) && !isReleased(kernel, target))
      return refuse(kernel, ErrorCode.IllegalOperation);
  } else if (contextCap.type === CapType.Null) {
    if (tcb === kernel.current) return refuse(kernel, ErrorCode.IllegalOperation);
  } else {
    return refuseCap(kernel, 2);
  }
  if (!isFaultHandler(handler.cap)) return refuseCap(kernel, 3);
  const installed = install(kernel, slot, tcb, TcbSlot.FaultHandler, {
    cap: handler.cap,
    source: handler,
  });
  if (installed !== Exception.None) return installed;
  tcb.maxControlledPriority = mcp;
  setPriority(kernel, tcb, priority);
  if (contextCap.type === CapType.SchedContext) {
    if (contextCap.object.tcb !== tcb) bindSchedContext(kernel, contextCap.object, tcb);
  } else if (tcb.schedContext !== null) {
    schedContextUnbindTcb(kernel, tcb.schedContext);
  }
  return Exception.None;
}

function bindNotification(kernel: KernelState, tcb: Tcb, args: InvocationArgs): Exception {
  const slot = args.extra(0);
  if (slot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (tcb.boundNotification !== null) return refuse(kernel, ErrorCode.IllegalOperation);
  const { cap } = slot;
  if (cap.type !== CapType.Notification) return refuse(kernel, ErrorCode.IllegalOperation);
  const notification = cap.object;
  const isFree = notification.boundTcb === null && notification.state !== NotificationState.Waiting;
  if ((cap.rights & Right.Read) === 0 || !isFree) return refuse(kernel, ErrorCode.IllegalOperation);
  tcb.boundNotification = notification;
  notification.boundTcb = tcb;
  return Exception.None;
}

/** `seL4_TCB_SetFlags`: clears flags, then sets those that this kernel knows. */
function setFlags(kernel: KernelState, tcb: Tcb, args: InvocationArgs): Exception {
  if (args.length < 2) return refuse(kernel, ErrorCode.TruncatedMessage);
  const kept = tcb.flags & ~args.low(0);
  tcb.flags = (kept | (args.low(1) & kernel.config.settings.tcbFlagMask)) >>> 0;
  args.reply.push(tcb.flags);
  return Exception.None;
}
