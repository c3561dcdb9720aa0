import { ThreadState } from "@cantrip/sel4-kernel";
import { FaultLabel } from "@cantrip/sel4-sys";
import { bits, high, TCB_OFFSET } from "./cap-fields.ts";
import type { ImageReader } from "./read-image.ts";
import { type Fields, REGISTER_NAMES } from "./kernel-state.ts";
import { ContextOffset, type ThreadLayout } from "./layouts.ts";

/** Reads a thread, but for its registers. */
export function readThread(reader: ImageReader, at: ThreadLayout, address: number): Fields {
  const { memory } = reader;
  const tcb = address + TCB_OFFSET;
  const word = (offset: number): number => memory.word(tcb + offset);
  return {
    ...readState(reader, tcb + at.state),
    flags: at.flags === undefined ? 0 : word(at.flags),
    boundNotification: memory.paddr(word(at.boundNotification)),
    ...readFault(
      word(at.fault),
      word(at.fault + 4),
      word(at.lookupFailure),
      word(at.lookupFailure + 4),
    ),
    domain: word(at.domain),
    maxControlledPriority: word(at.maxControlledPriority),
    priority: word(at.priority),
    schedContext: reader.context(word(at.schedContext)),
    yieldTo: reader.context(word(at.yieldTo)),
    ipcBuffer: word(at.ipcBuffer),
  };
}

/** Registers of a thread that does not run: those of the running one are in the hart. */
export function readRegisters(reader: ImageReader, address: number): Uint32Array {
  const { memory } = reader;
  const context = address + TCB_OFFSET;
  const registers = new Uint32Array(REGISTER_NAMES.length);
  for (let index = 0; index < 31; index++)
    registers[index] = memory.word(context + ContextOffset.registers + index * 4);
  registers[31] = memory.word(context + ContextOffset.nextPc);
  registers[32] = memory.word(context + ContextOffset.faultPc);
  return registers;
}

/** `thread_state`: three words, of which a thread that is not blocked means the first ones only. */
function readState(reader: ImageReader, address: number): Fields {
  const { memory } = reader;
  const word0 = memory.word(address);
  const word1 = memory.word(address + 4);
  const word2 = memory.word(address + 8);
  const state = word0 & 0xf;
  return {
    state,
    inReleaseQueue: word1 & 1,
    inReadyQueue: bits(word1, 1, 1),
    ...blockedFields(state, {
      object: memory.paddr(high(word0, 4)),
      reply: memory.paddr(high(word1, 4)),
      badge: word2 >>> 4,
      canGrant: bits(word2, 3, 1),
      canGrantReply: bits(word2, 2, 1),
      isCall: bits(word2, 1, 1),
    }),
  };
}

/** What a blocked thread is blocked with. */
export interface Blocking {
  readonly object: number;
  readonly reply: number;
  readonly badge: number;
  readonly canGrant: number;
  readonly canGrantReply: number;
  readonly isCall: number;
}

/** Only what means something in a state. */
export function blockedFields(state: number, blocking: Blocking): Fields {
  const { object, reply, badge, canGrant, canGrantReply, isCall } = blocking;
  switch (state) {
    case ThreadState.BlockedOnSend:
      return { object, badge, canGrant, canGrantReply, isCall };
    case ThreadState.BlockedOnReceive:
      return { object, reply };
    case ThreadState.BlockedOnReply:
      return { reply };
    case ThreadState.BlockedOnNotification:
      return { object };
    default:
      return {};
  }
}

/** `seL4_Fault` and, where it was a capability that was not found, `lookup_fault`. */
function readFault(word0: number, word1: number, lookup0: number, lookup1: number): Fields {
  const fault = word0 & 0xf;
  switch (fault) {
    case FaultLabel.CapFault:
      return {
        ...{ fault, faultAddress: word1, inReceivePhase: word0 >>> 31 },
        ...readLookupFailure(lookup0, lookup1),
      };
    case FaultLabel.UserException:
      return { fault, faultNumber: word1, faultCode: word0 >>> 4 };
    case FaultLabel.VMFault:
      return { fault, faultAddress: word1, fsr: word0 >>> 27, isInstruction: bits(word0, 19, 1) };
    case FaultLabel.NullFault:
      return { fault };
    default:
      // An unknown system call's number, a timeout's badge.
      return { fault, faultWord: word1 };
  }
}

/** `lufType` */
export const LookupFailureTag = { InvalidRoot: 0, Missing: 1, Depth: 2, Guard: 3 } as const;

function readLookupFailure(word0: number, word1: number): Fields {
  const lookup = word0 & 3;
  switch (lookup) {
    case LookupFailureTag.Missing:
      return { lookup, bitsLeft: bits(word0, 2, 6) };
    case LookupFailureTag.Depth:
      return { lookup, bitsLeft: bits(word0, 2, 6), bitsFound: bits(word0, 8, 6) };
    case LookupFailureTag.Guard:
      return {
        ...{ lookup, bitsFound: bits(word0, 2, 6), bitsLeft: bits(word0, 8, 6) },
        guardFound: word1,
      };
    default:
      return { lookup };
  }
}
