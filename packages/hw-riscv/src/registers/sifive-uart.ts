/** Register offsets of SiFive's UART, in bytes; each register has 32 bits (FU540-C000 manual v1p4, chapter 13). */
export const SifiveUartRegister = {
  TXDATA: 0x00,
  RXDATA: 0x04,
  TXCTRL: 0x08,
  RXCTRL: 0x0c,
  IE: 0x10,
  IP: 0x14,
  DIV: 0x18,
} as const;

/** Bits of `txdata` and `rxdata` above the character. */
export const SifiveUartData = { FULL: 0x80000000, EMPTY: 0x80000000 } as const;

/** Fields of `txctrl`: enable, number of stop bits less 1, watermark. */
export const SifiveUartTxctrl = { TXEN: 1, NSTOP: 2, TXCNT_SHIFT: 16, TXCNT_MASK: 7 } as const;

/** Fields of `rxctrl`: enable, watermark. */
export const SifiveUartRxctrl = { RXEN: 1, RXCNT_SHIFT: 16, RXCNT_MASK: 7 } as const;

/** Bits of `ie` and `ip`. */
export const SifiveUartInterrupt = { TXWM: 1, RXWM: 2 } as const;

/** Characters that each of the two FIFOs holds. */
export const SIFIVE_UART_FIFO_DEPTH = 8;
