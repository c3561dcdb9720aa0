/** Register offsets of the RISC-V platform-level interrupt controller, in bytes. */
export const PlicRegister = {
  /** Priority of source n at 4 * n. */
  PRIORITY: 0x000000,
  /** One bit per source. */
  PENDING: 0x001000,
  /** One bit per source, for each context. */
  ENABLE: 0x002000,
  ENABLE_STRIDE: 0x80,
  /** For each context. */
  THRESHOLD: 0x200000,
  CONTEXT_STRIDE: 0x1000,
  /** From the context's threshold: read to claim, write to complete. */
  CLAIM: 0x4,
} as const;

/** Bytes of the PLIC's address space on the platforms here. */
export const PLIC_SIZE = 0x4000000;
