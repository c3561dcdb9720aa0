/** Bits of a rights word (`seL4_CapRights_t`). */
export const CapRights = {
  None: 0,
  Write: 1,
  Read: 2,
  ReadWrite: 3,
  Grant: 4,
  GrantReply: 8,
  All: 15,
} as const;

/** Attribute bits of a page mapping on RISC-V (`seL4_RISCV_VMAttributes`). */
export const VMAttribute = { None: 0, ExecuteNever: 1 } as const;

/** Flags of `seL4_SchedControl_ConfigureFlags` (`seL4_SchedContextFlag`). */
export const SchedContextFlag = { NoFlag: 0, Sporadic: 1 } as const;

/** Bits of a CNode's data word that hold the guard: the kernel keeps no more on 32-bit machines. */
export const GUARD_BITS = 18;

/**
 * The data word of a CNode capability. Corresponds to `seL4_CNode_CapData_new`, riscv32.
 *
 * @param guard - 0 to 2^18 - 1
 * @param size - bits of the guard, 0..31
 */
export function guardWord(guard: number, size: number): number {
  return ((((guard & (2 ** GUARD_BITS - 1)) << 8) | ((size & 31) << 3)) >>> 0) & 0x3fffff8;
}

/** A slot as CNode operations name it. */
export interface CPath {
  /** Slot of a CNode capability in the caller's CSpace. */
  readonly root: number;
  /** Address of the slot, resolved from that CNode. */
  readonly index: number;
  /** How many bits of `index` count, 1..32. */
  readonly depth: number;
}
