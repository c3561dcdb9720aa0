/** `seL4_Error` */
export const ErrorCode = {
  NoError: 0,
  InvalidArgument: 1,
  InvalidCapability: 2,
  IllegalOperation: 3,
  RangeError: 4,
  AlignmentError: 5,
  FailedLookup: 6,
  TruncatedMessage: 7,
  DeleteFirst: 8,
  RevokeFirst: 9,
  NotEnoughMemory: 10,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** Name of an error number, for messages. */
export function errorName(code: number): string {
  return Object.entries(ErrorCode).find(([, value]) => value === code)?.[0] ?? `error ${code}`;
}

/** `seL4_LookupFailureType` */
export const LookupFailureType = {
  NoFailure: 0,
  InvalidRoot: 1,
  MissingCapability: 2,
  DepthMismatch: 3,
  GuardMismatch: 4,
} as const;
export type LookupFailureType = (typeof LookupFailureType)[keyof typeof LookupFailureType];

/** Labels of fault messages (`seL4_FaultType`, MCS). */
export const FaultLabel = {
  NullFault: 0,
  CapFault: 1,
  UnknownSyscall: 2,
  UserException: 3,
  Timeout: 5,
  VMFault: 6,
} as const;
export type FaultLabel = (typeof FaultLabel)[keyof typeof FaultLabel];

/** Bits of `seL4_CapRights`. */
export const CapRights = {
  None: 0,
  Write: 1,
  Read: 2,
  Grant: 4,
  GrantReply: 8,
  ReadWrite: 3,
  All: 15,
} as const;

/** Word offsets in the IPC buffer (`seL4_IPCBuffer`, riscv32). */
export const IpcBufferWord = {
  tag: 0,
  message: 1,
  userData: 121,
  caps: 122,
  receiveCNode: 125,
  receiveIndex: 126,
  receiveDepth: 127,
} as const;

/** Most message registers of a message. */
export const MESSAGE_MAX_LENGTH = 120;
/** Message registers that travel in registers. */
export const MESSAGE_REGISTERS = 4;

/** Slots of the initial CSpace (`seL4_RootCNodeCapSlots`). */
export const InitialCap = {
  Null: 0,
  InitThreadTcb: 1,
  InitThreadCNode: 2,
  InitThreadVSpace: 3,
  IrqControl: 4,
  AsidControl: 5,
  InitThreadAsidPool: 6,
  IoPortControl: 7,
  IoSpace: 8,
  BootInfoFrame: 9,
  InitThreadIpcBuffer: 10,
  Domain: 11,
  InitThreadSchedContext: 14,
} as const;

/** Kinds of extra boot info (`seL4_BootInfoID`); each begins with a word that says which and one with its bytes. */
export const BootInfoHeader = { Padding: 0, Fdt: 6 } as const;

/** Bit of `seL4_RISCV_VMAttributes`. */
export const VmAttribute = { Default: 0, ExecuteNever: 1 } as const;

/**
 * Guard word of a CNode capability (`seL4_CNode_CapData`): size in bits 3..7, guard in bits 8..25.
 */
export function guardWord(guard: number, guardSize: number): number {
  return ((guard << 8) | (guardSize << 3)) >>> 0;
}
