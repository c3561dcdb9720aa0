/** Extensions of the RISC-V Supervisor Binary Interface, by the number in `a7`. */
export const SbiExtension = {
  // The legacy extensions are one function each.
  LEGACY_SET_TIMER: 0x00,
  LEGACY_CONSOLE_PUTCHAR: 0x01,
  LEGACY_CONSOLE_GETCHAR: 0x02,
  LEGACY_CLEAR_IPI: 0x03,
  LEGACY_SEND_IPI: 0x04,
  LEGACY_REMOTE_FENCE_I: 0x05,
  LEGACY_REMOTE_SFENCE_VMA: 0x06,
  LEGACY_REMOTE_SFENCE_VMA_ASID: 0x07,
  LEGACY_SHUTDOWN: 0x08,
  BASE: 0x10,
  /** "TIME" */
  TIMER: 0x54494d45,
  /** "sPI" */
  IPI: 0x735049,
  /** "RFNC" */
  RFENCE: 0x52464e43,
  /** "SRST" */
  SYSTEM_RESET: 0x53525354,
  /** "DBCN" */
  DEBUG_CONSOLE: 0x4442434e,
} as const;

/** Functions of the extension BASE, by the number in `a6`. */
export const SbiBase = {
  GET_SPEC_VERSION: 0,
  GET_IMPL_ID: 1,
  GET_IMPL_VERSION: 2,
  PROBE_EXTENSION: 3,
  GET_MVENDORID: 4,
  GET_MARCHID: 5,
  GET_MIMPID: 6,
} as const;

/** Functions of the extension RFENCE, by the number in `a6`. */
export const SbiRemoteFence = { FENCE_I: 0, SFENCE_VMA: 1, SFENCE_VMA_ASID: 2 } as const;

/** Functions of the extension DEBUG_CONSOLE, by the number in `a6`. */
export const SbiConsole = { WRITE: 0, READ: 1, WRITE_BYTE: 2 } as const;

/** Types of a system reset. */
export const SbiReset = { SHUTDOWN: 0, COLD_REBOOT: 1, WARM_REBOOT: 2 } as const;

/** Error codes in `a0`. */
export const SbiError = {
  SUCCESS: 0,
  FAILED: -1,
  NOT_SUPPORTED: -2,
  INVALID_PARAM: -3,
} as const;
