/** Label of a fault message, MCS kernels (`seL4_FaultType`). */
export const FaultLabel = {
  NullFault: 0,
  CapFault: 1,
  UnknownSyscall: 2,
  UserException: 3,
  Timeout: 5,
  VMFault: 6,
} as const;
/** One of the {@link FaultLabel} numbers. */
export type FaultLabel = (typeof FaultLabel)[keyof typeof FaultLabel];

/** Message registers of a VM fault (`seL4_VMFault_Msg`). */
export const VMFaultRegister = {
  /** Address of the faulting instruction. */
  IP: 0,
  /** Address that was accessed. */
  Addr: 1,
  /** 1 when an instruction fetch faulted. */
  PrefetchFault: 2,
  /** Fault status: 1 instruction, 5 load, 7 store or atomic access; page faults are folded to these. */
  FSR: 3,
  /** Number of registers. */
  Length: 4,
} as const;

/** Message registers of a user exception (`seL4_UserException_Msg`). */
export const UserExceptionRegister = {
  FaultIP: 0,
  SP: 1,
  /** The RISC-V `scause`. */
  Number: 2,
  Code: 3,
  Length: 4,
} as const;

/** Message registers of a capability fault (`seL4_CapFault_Msg`). */
export const CapFaultRegister = {
  IP: 0,
  /** The capability address that failed. */
  Addr: 1,
  /** 1 when the receive phase failed. */
  InRecvPhase: 2,
  /** A {@link LookupFailureKind}. */
  LookupFailureType: 3,
  BitsLeft: 4,
} as const;

/** Message registers of an unknown system call on RISC-V (`seL4_UnknownSyscall_Msg`). */
export const UnknownSyscallRegister = {
  FaultIP: 0,
  SP: 1,
  RA: 2,
  A0: 3,
  A6: 9,
  /** `a7`, the number. */
  Syscall: 10,
  Length: 11,
} as const;

/** Message registers of a time-out fault, riscv32 (`seL4_Timeout_Msg`). */
export const TimeoutRegister = {
  /** Badge of the scheduling context. */
  Data: 0,
  /** Microseconds consumed, low word, then high word. */
  ConsumedLow: 1,
  ConsumedHigh: 2,
} as const;
