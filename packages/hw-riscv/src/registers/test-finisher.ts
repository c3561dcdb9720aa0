/** Commands of SiFive's test finisher, in the low 16 bits of its only register. */
export const FinisherCommand = {
  /** Stop with the exit code in the high 16 bits. */
  FAIL: 0x3333,
  /** Stop with exit code 0. */
  PASS: 0x5555,
  RESET: 0x7777,
} as const;
