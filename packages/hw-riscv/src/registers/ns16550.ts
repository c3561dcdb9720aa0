/** Register offsets of a 16550 UART with byte-wide registers. */
export const Ns16550Register = {
  /** Receive and transmit data; divisor low when DLAB is set. */
  DATA: 0,
  /** Interrupt enable; divisor high when DLAB is set. */
  IER: 1,
  /** Interrupt identification (read), FIFO control (write). */
  IIR: 2,
  LCR: 3,
  MCR: 4,
  LSR: 5,
  MSR: 6,
  SCR: 7,
} as const;

/** Bits of IER. */
export const Ns16550Ier = { RECEIVED: 1, TRANSMIT_EMPTY: 2 } as const;
/** Bits of LSR. */
export const Ns16550Lsr = { DATA_READY: 1, THR_EMPTY: 0x20, TRANSMITTER_EMPTY: 0x40 } as const;
/** Bit of LCR that selects the divisor registers. */
export const NS16550_LCR_DLAB = 0x80;
/** Values of IIR. */
export const Ns16550Iir = { NONE: 1, TRANSMIT_EMPTY: 2, RECEIVED: 4, FIFO: 0xc0 } as const;
