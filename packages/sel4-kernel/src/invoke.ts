import { ErrorCode, IpcBufferWord, messageInfo } from "@cantrip/sel4-sys";
import { type InvocationArgs, MAX_EXTRA_CAPS } from "./args.ts";
import { invokeCNode } from "./cnode-invocations.ts";
import { invokeDomain } from "./domain.ts";
import { replyTransfer, sendIpc } from "./endpoint.ts";
import { fail } from "./fail.ts";
import { pushLookupFailure } from "./fault-message.ts";
import { invokeIrqControl, invokeIrqHandler } from "./irq.ts";
import { bufferWord, bufferWordHigh } from "./ipc-buffer.ts";
import { lookupSlot } from "./lookup.ts";
import { MessageWords } from "./message-words.ts";
import { clampedLength, writeWords } from "./message.ts";
import { sendSignal } from "./notification.ts";
import { CapType, highOf, Right, setWord, type Slot, type Tcb, ThreadState } from "./objects.ts";
import { invokeSchedContext } from "./sched-context.ts";
import { invokeSchedControl } from "./sched-control.ts";
import { setThreadState } from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuseCap } from "./syscall-error.ts";
import { invokeTcb } from "./tcb-invocations.ts";
import { invokeUntyped } from "./untyped.ts";
import {
  invokeAsidControl,
  invokeAsidPool,
  invokePage,
  invokePageTable,
  lookupIpcBuffer,
} from "./vspace.ts";

/** Where the C kernel finds that it was to report no error. */
const NO_ERROR = { file: "src/object/tcb.c", line: 2082, name: "setMRs_syscall_error" } as const;

const CPTR_REGISTER = 10;
const INFO_REGISTER = 11;

/** How a system call invokes. */
export interface InvocationKind {
  readonly isCall: boolean;
  readonly isBlocking: boolean;
  /** Send phases of combined calls lend their budget. */
  readonly canDonate: boolean;
  /** The send phase of a combined call, which refuses what could stop its receive phase. */
  readonly isFirstPhase: boolean;
}

/** Performs the invocation that the current thread's registers describe (`handleInvocation`). */
export function handleInvocation(
  kernel: KernelState,
  args: InvocationArgs,
  kind: InvocationKind,
  cptr: number,
  cptrHigh: number,
): Exception {
  const { current } = kernel;
  const info = (current.context[INFO_REGISTER] ?? 0) >>> 0;
  const slot = lookupSlot(kernel, current, cptr, cptrHigh);
  if (slot === null) {
    if (!kind.isBlocking) return Exception.None;
    kernel.currentFault = {
      kind: "capFault",
      address: cptr,
      addressHigh: cptrHigh >>> 0,
      inReceivePhase: false,
      lookupFailure: kernel.lookupFailure,
    };
    return Exception.Fault;
  }
  args.begin(current, clampedLength(info), kind.isCall);
  if (!lookupExtraCaps(kernel, args, current, info))
    return kind.isBlocking ? Exception.Fault : Exception.None;
  const exception = decode(kernel, args, kind, slot, labelOf(kernel, info, current));
  if (exception === Exception.Preempted) return exception;
  if (exception === Exception.SyscallError) {
    args.refusal = kernel.syscallError.code;
    if (kind.isCall) replyError(kernel, current);
    restartDone(kernel, current);
    return Exception.None;
  }
  if (current.state === ThreadState.Restart) {
    if (kind.isCall) replySuccess(kernel, current, args);
    restartDone(kernel, current);
  }
  return Exception.None;
}

/** The label of a message: 20 bits, or 52 of a 64-bit word. */
function labelOf(kernel: KernelState, info: number, { context }: Tcb): number {
  return kernel.is64
    ? (highOf(context, INFO_REGISTER) >>> 0) * 2 ** 20 + (info >>> 12)
    : info >>> 12;
}

function restartDone(kernel: KernelState, tcb: Tcb): void {
  if (tcb.state === ThreadState.Restart) setThreadState(kernel, tcb, ThreadState.Running);
}

/** Finds the extra capabilities; a lookup that fails is a fault of the sender. */
function lookupExtraCaps(
  kernel: KernelState,
  args: InvocationArgs,
  tcb: Tcb,
  info: number,
): boolean {
  const count = Math.min((info >>> 7) & 3, MAX_EXTRA_CAPS);
  if (count === 0) return true;
  const buffer = lookupIpcBuffer(tcb, false);
  if (buffer === 0) return true;
  for (let index = 0; index < count; index++) {
    const cptr = bufferWord(kernel, buffer, IpcBufferWord.caps + index);
    const cptrHigh = bufferWordHigh(kernel, buffer, IpcBufferWord.caps + index);
    const slot = lookupSlot(kernel, tcb, cptr, cptrHigh);
    if (slot === null) {
      kernel.currentFault = {
        kind: "capFault",
        address: cptr,
        addressHigh: cptrHigh,
        inReceivePhase: false,
        lookupFailure: kernel.lookupFailure,
      };
      return false;
    }
    args.extraCaps[index] = slot;
    args.extraCapCount = index + 1;
  }
  return true;
}

/** Dispatches by the type of the invoked capability (`decodeInvocation`). */
function decode(
  kernel: KernelState,
  args: InvocationArgs,
  kind: InvocationKind,
  slot: Slot,
  label: number,
): Exception {
  const { cap } = slot;
  const { current } = kernel;
  switch (cap.type) {
    case CapType.Endpoint:
      if ((cap.rights & Right.Write) === 0) return refuseCap(kernel, 0);
      setThreadState(kernel, current, ThreadState.Restart);
      sendIpc(kernel, current, cap, kind);
      return Exception.None;
    case CapType.Notification:
      if ((cap.rights & Right.Write) === 0) return refuseCap(kernel, 0);
      setThreadState(kernel, current, ThreadState.Restart);
      sendSignal(kernel, cap);
      return Exception.None;
    case CapType.Reply:
      setThreadState(kernel, current, ThreadState.Restart);
      replyTransfer(kernel, current, cap.object, cap.canGrant);
      return Exception.None;
    case CapType.Null:
    case CapType.Zombie:
      return refuseCap(kernel, 0);
    default:
      if (kind.isFirstPhase && isRefusedInFirstPhase(cap.type)) return refuseCap(kernel, 0);
      kernel.port.charge(kernel.config.costs.invocation);
      setThreadState(kernel, current, ThreadState.Restart);
      return decodeObject(kernel, args, slot, label);
  }
}

function isRefusedInFirstPhase(type: CapType): boolean {
  switch (type) {
    case CapType.Thread:
    case CapType.Domain:
    case CapType.CNode:
    case CapType.SchedControl:
    case CapType.SchedContext:
      return true;
    default:
      return false;
  }
}

function decodeObject(
  kernel: KernelState,
  args: InvocationArgs,
  slot: Slot,
  label: number,
): Exception {
  const { cap } = slot;
  switch (cap.type) {
    case CapType.Thread:
      return invokeTcb(kernel, label, slot, cap.object, args);
    case CapType.CNode:
      return invokeCNode(kernel, label, cap, args);
    case CapType.Untyped:
      return invokeUntyped(kernel, label, slot, cap, args);
    case CapType.IrqControl:
      return invokeIrqControl(kernel, label, slot, args);
    case CapType.IrqHandler:
      return invokeIrqHandler(kernel, label, cap, args);
    case CapType.Domain:
      return invokeDomain(kernel, label, args);
    case CapType.SchedContext:
      return invokeSchedContext(kernel, label, cap, args);
    case CapType.SchedControl:
      return invokeSchedControl(kernel, label, args);
    case CapType.Frame:
      return invokePage(kernel, label, slot, cap, args);
    case CapType.PageTable:
      return invokePageTable(kernel, label, slot, cap, args);
    case CapType.AsidControl:
      return invokeAsidControl(kernel, label, args);
    case CapType.AsidPool:
      return invokeAsidPool(kernel, label, cap, args);
    default:
      return refuseCap(kernel, 0);
  }
}

/** Answers an invocation that was refused (`replyFromKernel_error`). */
function replyError(kernel: KernelState, tcb: Tcb): void {
  const error = kernel.syscallError;
  const words = errorWords(kernel);
  const buffer = lookupIpcBuffer(tcb, true);
  const length = writeWords(kernel, tcb, buffer, words);
  setWord(tcb.context, CPTR_REGISTER, 0, 0);
  setWord(tcb.context, INFO_REGISTER, messageInfo(error.code, length));
}

function errorWords(kernel: KernelState): MessageWords {
  const error = kernel.syscallError;
  switch (error.code) {
    case ErrorCode.InvalidArgument:
      return new MessageWords(error.invalidArgumentNumber);
    case ErrorCode.InvalidCapability:
      return new MessageWords(error.invalidCapNumber);
    case ErrorCode.RangeError: {
      const words = new MessageWords(error.rangeMin, error.rangeMax);
      if (error.rangeMaxHigh !== 0) words.high[1] = error.rangeMaxHigh;
      return words;
    }
    case ErrorCode.FailedLookup: {
      const words = new MessageWords(error.failedLookupWasSource ? 1 : 0);
      pushLookupFailure(words, kernel.lookupFailure);
      return words;
    }
    case ErrorCode.NotEnoughMemory:
      return new MessageWords(error.memoryLeft);
    case 0:
      fail(kernel, NO_ERROR, "Invalid syscall error");
      return new MessageWords();
    default:
      return new MessageWords();
  }
}

/** Answers an invocation that succeeded. */
function replySuccess(kernel: KernelState, tcb: Tcb, args: InvocationArgs): void {
  // `Untyped_Describe` of the fork leaves a0 and a1 as they were sent.
  if (args.isAnswered) return;
  const buffer = lookupIpcBuffer(tcb, true);
  const length = writeWords(kernel, tcb, buffer, args.reply);
  setWord(tcb.context, CPTR_REGISTER, 0, 0);
  setWord(tcb.context, INFO_REGISTER, messageInfo(0, length));
}
