import { FaultLabel, LookupFailureType } from "@cantrip/sel4-sys";
import { CONTEXT_FAULT_PC, type Fault, type LookupFailure, type Tcb, wordOf } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** What a TCB holds as its lookup failure (`tcbLookupFailure`) when no fault ever sets it. */
const NEVER_SET: LookupFailure = { kind: "invalidRoot" };

const RA = 1;
const SP = 2;
const A0 = 10;

/** Words that describe a lookup failure, after the type. */
export function lookupFailureWords(failure: LookupFailure): number[] {
  switch (failure.kind) {
    case "invalidRoot":
      return [LookupFailureType.InvalidRoot];
    case "missingCapability":
      return [LookupFailureType.MissingCapability, failure.bitsLeft];
    case "depthMismatch":
      return [LookupFailureType.DepthMismatch, failure.bitsLeft, failure.bitsFound];
    case "guardMismatch":
      return [
        LookupFailureType.GuardMismatch,
        failure.bitsLeft,
        failure.guardFound,
        failure.bitsFound,
      ];
  }
}

/** The message with which a fault goes to its handler (`setMRs_fault`). */
export function faultMessage(
  kernel: KernelState,
  tcb: Tcb,
  fault: Fault,
): { readonly label: number; readonly words: readonly number[] } {
  const register = (index: number): number => wordOf(tcb.context, index) >>> 0;
  switch (fault.kind) {
    case "capFault":
      return {
        label: FaultLabel.CapFault,
        words: [
          register(CONTEXT_FAULT_PC),
          fault.address,
          fault.inReceivePhase ? 1 : 0,
          ...lookupFailureWords(
            kernel.config.checks.reportsLookupFailure ? fault.lookupFailure : NEVER_SET,
          ),
        ],
      };
    case "unknownSyscall":
      return {
        label: FaultLabel.UnknownSyscall,
        words: [
          register(CONTEXT_FAULT_PC),
          register(SP),
          register(RA),
          ...Array.from({ length: 7 }, (_, index) => register(A0 + index)),
          fault.syscallNumber >>> 0,
        ],
      };
    case "userException":
      return {
        label: FaultLabel.UserException,
        words: [register(CONTEXT_FAULT_PC), register(SP), fault.number, fault.code],
      };
    case "timeout": {
      const { schedContext } = tcb;
      if (schedContext === null) return { label: FaultLabel.Timeout, words: [fault.badge] };
      const consumed = Math.floor(schedContext.consumed / kernel.platform.ticksPerUs);
      schedContext.consumed = 0;
      return {
        label: FaultLabel.Timeout,
        words: [fault.badge, consumed >>> 0, Math.floor(consumed / 2 ** 32)],
      };
    }
    case "vmFault":
      return {
        label: FaultLabel.VMFault,
        words: [
          register(CONTEXT_FAULT_PC),
          fault.address,
          fault.isInstructionFault ? 1 : 0,
          fault.fsr,
        ],
      };
  }
}
