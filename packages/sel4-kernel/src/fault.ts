import { MESSAGE_REGISTERS, IpcBufferWord } from "@cantrip/sel4-sys";
import { printNoHandler } from "./debug.ts";
import { sendIpc } from "./endpoint.ts";
import { bufferWord, bufferWordHigh } from "./ipc-buffer.ts";
import { capOf } from "./lookup.ts";
import { clampedLength } from "./message.ts";
import {
  CapType,
  CONTEXT_FAULT_PC,
  copyWord,
  type Fault,
  highOf,
  setWord,
  type Tcb,
  TcbSlot,
  ThreadState,
  wordOf,
} from "./objects.ts";
import { setThreadState } from "./scheduler.ts";
import type { KernelState } from "./state.ts";
import { lookupIpcBuffer } from "./vspace.ts";

const INFO_REGISTER = 11;
const FIRST_MESSAGE_REGISTER = 12;

/** Registers that an answer to an unknown system call sets: pc, sp, ra, a0..a6. */
const SYSCALL_REPLY: readonly number[] = [CONTEXT_FAULT_PC, 2, 1, 10, 11, 12, 13, 14, 15, 16];
/** Registers that an answer to an exception sets: pc, sp. */
const EXCEPTION_REPLY: readonly number[] = [CONTEXT_FAULT_PC, 2];
/** Registers that an answer to a time-out sets: pc, ra, sp, gp, s0..s11, a0..a7, t0..t6, tp. */
const TIMEOUT_REPLY: readonly number[] = [
  CONTEXT_FAULT_PC,
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

/** Sends a fault to the thread's handler, or stops the thread when it has none (`handleFault`). */
export function handleFault(kernel: KernelState, tcb: Tcb, fault: Fault): void {
  if (sendFault(kernel, tcb, fault, TcbSlot.FaultHandler, tcb.schedContext !== null)) return;
  if (kernel.config.settings.debugBuild) printNoHandler(kernel, tcb, fault);
  setThreadState(kernel, tcb, ThreadState.Inactive);
}

/** Sends a time-out to the thread's handler; `false` when it has none. */
export function handleTimeout(kernel: KernelState, tcb: Tcb): boolean {
  const { badge = 0, badgeHigh = 0 } = tcb.schedContext ?? {};
  const fault: Fault = { kind: "timeout", badge, badgeHigh };
  return sendFault(kernel, tcb, fault, TcbSlot.TimeoutHandler, false);
}

function sendFault(
  kernel: KernelState,
  tcb: Tcb,
  fault: Fault,
  handlerSlot: number,
  canDonate: boolean,
): boolean {
  const handler = capOf(tcb, handlerSlot);
  const hasHandler = handler.type === CapType.Endpoint;
  // A time-out that nobody handles is none.
  if (hasHandler || fault.kind !== "timeout") kernel.observer?.fault?.(tcb, fault, hasHandler);
  if (!hasHandler) return false;
  tcb.fault = fault;
  sendIpc(kernel, tcb, handler, { isBlocking: true, isCall: false, canDonate });
  return true;
}

/** What an answer to a fault does to the faulting thread (`handleFaultReply`). */
export function finishFaultReply(kernel: KernelState, handler: Tcb, tcb: Tcb, fault: Fault): void {
  const info = wordOf(handler.context, INFO_REGISTER) >>> 0;
  const length = clampedLength(info);
  const registers = replyRegisters(fault);
  const buffer = lookupIpcBuffer(handler, false);
  for (let index = 0; index < Math.min(length, registers.length); index++) {
    const target = registers[index];
    if (target === undefined || (index >= MESSAGE_REGISTERS && buffer === 0)) break;
    if (index < MESSAGE_REGISTERS) {
      copyWord(tcb.context, target, handler.context, FIRST_MESSAGE_REGISTER + index);
    } else {
      const word = IpcBufferWord.message + index;
      const high = bufferWordHigh(kernel, buffer, word);
      setWord(tcb.context, target, bufferWord(kernel, buffer, word), high);
    }
  }
  const isLabel0 = info >>> 12 === 0 && highOf(handler.context, INFO_REGISTER) === 0;
  const restarts = registers.length === 0 || isLabel0;
  setThreadState(kernel, tcb, restarts ? ThreadState.Restart : ThreadState.Inactive);
}

function replyRegisters(fault: Fault): readonly number[] {
  switch (fault.kind) {
    case "unknownSyscall":
      return SYSCALL_REPLY;
    case "userException":
      return EXCEPTION_REPLY;
    case "timeout":
      return TIMEOUT_REPLY;
    default:
      return [];
  }
}
