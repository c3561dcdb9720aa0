/** Register offsets of the core-local interruptor (hart 0), in bytes. */
export const ClintRegister = {
  MSIP: 0x0000,
  MTIMECMP_LOW: 0x4000,
  MTIMECMP_HIGH: 0x4004,
  MTIME_LOW: 0xbff8,
  MTIME_HIGH: 0xbffc,
} as const;
