/** Register offsets of the core-local interruptor, in bytes; those of a hart are for hart 0. */
export const ClintRegister = {
  MSIP: 0x0000,
  MTIMECMP_LOW: 0x4000,
  MTIMECMP_HIGH: 0x4004,
  MTIME_LOW: 0xbff8,
  MTIME_HIGH: 0xbffc,
  /** Bytes from a hart's register to the next hart's. */
  MSIP_STRIDE: 4,
  MTIMECMP_STRIDE: 8,
} as const;
