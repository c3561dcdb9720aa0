import { FaultLabel, LookupFailureType } from "@cantrip/sel4-sys";
import { MessageWords } from "./message-words.ts";
import {
  CONTEXT_FAULT_PC,
  type Fault,
  highOf,
  type LookupFailure,
  type SchedContext,
  type Tcb,
  wordOf,
} from "./objects.ts";
import type { KernelState } from "./state.ts";

/** What a TCB holds as its lookup failure (`tcbLookupFailure`) when no fault ever sets it. */
const NEVER_SET: LookupFailure = { kind: "invalidRoot" };

const RA = 1;
const SP = 2;
const A0 = 10;
const ARGUMENT_REGISTERS = 7;

/** Adds the words that describe a lookup failure: its type, and what belongs to it. */
export function pushLookupFailure(words: MessageWords, failure: LookupFailure): void {
  switch (failure.kind) {
    case "invalidRoot":
      words.push(LookupFailureType.InvalidRoot);
      break;
    case "missingCapability":
      words.push(LookupFailureType.MissingCapability);
      words.push(failure.bitsLeft);
      break;
    case "depthMismatch":
      words.push(LookupFailureType.DepthMismatch);
      words.push(failure.bitsLeft);
      words.push(failure.bitsFound);
      break;
    case "guardMismatch":
      words.push(LookupFailureType.GuardMismatch);
      words.push(failure.bitsLeft);
      words.pushHalves(failure.guardFound, failure.guardFoundHigh);
      words.push(failure.bitsFound);
      break;
  }
}

/** Adds the microseconds that a context consumed since the last time. What runs now is not charged yet. */
export function pushConsumed(
  kernel: KernelState,
  words: MessageWords,
  schedContext: SchedContext,
): void {
  const consumed = Math.floor(schedContext.consumed / kernel.platform.ticksPerUs);
  schedContext.consumed = 0;
  if (kernel.is64) {
    words.push(consumed);
    return;
  }
  words.push(consumed >>> 0);
  words.push(Math.floor(consumed / 2 ** 32));
}

/** The message with which a fault goes to its handler (`setMRs_fault`). */
export function faultMessage(
  kernel: KernelState,
  tcb: Tcb,
  fault: Fault,
): { readonly label: number; readonly words: MessageWords } {
  const { context } = tcb;
  const words = new MessageWords();
  const pushRegister = (index: number): void => {
    words.pushHalves(wordOf(context, index), highOf(context, index));
  };
  switch (fault.kind) {
    case "capFault": {
      pushRegister(CONTEXT_FAULT_PC);
      words.pushHalves(fault.address, fault.addressHigh);
      words.push(fault.inReceivePhase ? 1 : 0);
      const { reportsLookupFailure } = kernel.config.checks;
      pushLookupFailure(words, reportsLookupFailure ? fault.lookupFailure : NEVER_SET);
      return { label: FaultLabel.CapFault, words };
    }
    case "unknownSyscall":
      for (const index of [CONTEXT_FAULT_PC, SP, RA]) pushRegister(index);
      for (let index = 0; index < ARGUMENT_REGISTERS; index++) pushRegister(A0 + index);
      words.pushHalves(fault.syscallNumber, fault.syscallNumberHigh);
      return { label: FaultLabel.UnknownSyscall, words };
    case "userException":
      for (const index of [CONTEXT_FAULT_PC, SP]) pushRegister(index);
      words.push(fault.number);
      words.push(fault.code);
      return { label: FaultLabel.UserException, words };
    case "timeout":
      words.pushHalves(fault.badge, fault.badgeHigh);
      if (tcb.schedContext !== null) pushConsumed(kernel, words, tcb.schedContext);
      return { label: FaultLabel.Timeout, words };
    case "vmFault":
      pushRegister(CONTEXT_FAULT_PC);
      words.pushHalves(fault.address, fault.addressHigh);
      words.push(fault.isInstructionFault ? 1 : 0);
      words.push(fault.fsr);
      return { label: FaultLabel.VMFault, words };
  }
}
