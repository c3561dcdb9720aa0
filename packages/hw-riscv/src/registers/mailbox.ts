/** Register offsets of the mailbox, seen from the core that runs seL4 (the SMC side), in bytes. */
export const MailboxRegister = {
  /** Interrupt state; write 1 to clear. */
  INTR_STATE: 0x00,
  INTR_ENABLE: 0x04,
  /** Write 1 to set a bit of INTR_STATE. */
  INTR_TEST: 0x08,
  /** Puts a word into the FIFO to the other core. */
  MBOXW: 0x0c,
  /** Takes a word from the FIFO that the other core fills. */
  MBOXR: 0x10,
  STATUS: 0x14,
  /** What went wrong since the last read; reading clears it. */
  ERROR: 0x18,
  /** Threshold of the write FIFO, 0 to 7 words. */
  WIRQT: 0x1c,
  /** Threshold of the read FIFO, 0 to 7 words. */
  RIRQT: 0x20,
  CTRL: 0x24,
} as const;

/** Bits of INTR_STATE, INTR_ENABLE and INTR_TEST, and the order of the interrupt lines. */
export const MailboxInterrupt = {
  /** The write FIFO holds more words than WIRQT. */
  WTIRQ: 0,
  /** The read FIFO holds more words than RIRQT. */
  RTIRQ: 1,
  /** A word was read from an empty FIFO or written to a full one. */
  EIRQ: 2,
} as const;

/** Interrupt lines of the mailbox. */
export const MAILBOX_INTERRUPTS = 3;
/** Words of each FIFO. */
export const MAILBOX_FIFO_DEPTH = 8;
/** Values of WIRQT and RIRQT. */
export const MAILBOX_THRESHOLD_MASK = 0x7;

/** Bits of STATUS. */
export const MailboxStatus = {
  /** The read FIFO is empty. */
  EMPTY: 0x1,
  /** The write FIFO is full. */
  FULL: 0x2,
  /** The write FIFO is above its threshold. */
  WFIFOL: 0x4,
  /** The read FIFO is above its threshold. */
  RFIFOL: 0x8,
} as const;

/** Bits of ERROR. */
export const MailboxError = {
  /** MBOXR was read while its FIFO was empty. */
  READ: 0x1,
  /** MBOXW was written while its FIFO was full. */
  WRITE: 0x2,
} as const;

/**
 * Bits of CTRL, in the order of CantripOS's driver. KataOS's driver, and the PULP mailbox with the same registers, have
 * them the other way round; software that flushes both FIFOs at once works with either.
 */
export const MailboxCtrl = {
  FLUSH_RFIFO: 0x1,
  FLUSH_WFIFO: 0x2,
} as const;
