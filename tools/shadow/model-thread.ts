import {
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  type KernelState as Model,
  type Tcb,
} from "@cantrip/sel4-kernel";
import { FaultLabel } from "@cantrip/sel4-sys";
import { type Fields, REGISTER_NAMES } from "./kernel-state.ts";
import { contextAddress } from "./model-addresses.ts";
import { blockedFields, LookupFailureTag } from "./read-image-thread.ts";

type Fault = NonNullable<Tcb["fault"]>;
type LookupFailure = Extract<Fault, { readonly kind: "capFault" }>["lookupFailure"];

/** A thread of the model as a reader shows it, but for its registers. */
export function modelThread(model: Model, tcb: Tcb): Fields {
  return {
    state: tcb.state,
    inReleaseQueue: tcb.inReleaseQueue ? 1 : 0,
    inReadyQueue: tcb.inReadyQueue ? 1 : 0,
    ...blockedFields(tcb.state, {
      object: tcb.blockedOn?.paddr ?? 0,
      reply: tcb.reply?.paddr ?? 0,
      badge: tcb.blockingBadge >>> 0,
      canGrant: tcb.blockingCanGrant ? 1 : 0,
      canGrantReply: tcb.blockingCanGrantReply ? 1 : 0,
      isCall: tcb.blockingIsCall ? 1 : 0,
    }),
    flags: tcb.flags,
    boundNotification: tcb.boundNotification?.paddr ?? 0,
    ...faultFields(tcb.fault, model.config.checks.reportsLookupFailure),
    domain: tcb.domain,
    maxControlledPriority: tcb.maxControlledPriority,
    priority: tcb.priority,
    schedContext: contextAddress(model, tcb.schedContext),
    yieldTo: contextAddress(model, tcb.yieldTo),
    ipcBuffer: tcb.ipcBuffer >>> 0,
  };
}

/** Registers of a thread of the model, in the same order. */
export function modelRegisters({ context }: Tcb): Uint32Array {
  const registers = new Uint32Array(REGISTER_NAMES.length);
  for (let index = 0; index < 31; index++) registers[index] = context[index + 1] ?? 0;
  registers[31] = context[CONTEXT_PC] ?? 0;
  registers[32] = context[CONTEXT_FAULT_PC] ?? 0;
  return registers;
}

/** @param keepsFailure - whether the thread remembers why a look-up failed; the fork's does not */
function faultFields(fault: Fault | null, keepsFailure: boolean): Fields {
  switch (fault?.kind) {
    case undefined:
      return { fault: FaultLabel.NullFault };
    case "capFault":
      return {
        ...{ fault: FaultLabel.CapFault, faultAddress: fault.address >>> 0 },
        inReceivePhase: fault.inReceivePhase ? 1 : 0,
        ...lookupFields(keepsFailure ? fault.lookupFailure : { kind: "invalidRoot" }),
      };
    case "userException":
      return {
        ...{ fault: FaultLabel.UserException, faultNumber: fault.number >>> 0 },
        faultCode: fault.code,
      };
    case "vmFault":
      return {
        ...{ fault: FaultLabel.VMFault, faultAddress: fault.address >>> 0, fsr: fault.fsr },
        isInstruction: fault.isInstructionFault ? 1 : 0,
      };
    case "unknownSyscall":
      return { fault: FaultLabel.UnknownSyscall, faultWord: fault.syscallNumber >>> 0 };
    case "timeout":
      return { fault: FaultLabel.Timeout, faultWord: fault.badge >>> 0 };
  }
}

function lookupFields(failure: LookupFailure): Fields {
  switch (failure.kind) {
    case "invalidRoot":
      return { lookup: LookupFailureTag.InvalidRoot };
    case "missingCapability":
      return { lookup: LookupFailureTag.Missing, bitsLeft: failure.bitsLeft };
    case "depthMismatch": {
      const { bitsLeft, bitsFound } = failure;
      return { lookup: LookupFailureTag.Depth, bitsLeft, bitsFound };
    }
    case "guardMismatch": {
      const { bitsLeft, bitsFound, guardFound } = failure;
      return { lookup: LookupFailureTag.Guard, bitsFound, bitsLeft, guardFound: guardFound >>> 0 };
    }
  }
}
