/** Register offsets of the OpenTitan UART, in bytes. */
export const UartRegister = {
  /** Interrupt state; write 1 to clear. */
  INTR_STATE: 0x00,
  INTR_ENABLE: 0x04,
  /** Write 1 to set a bit of INTR_STATE. */
  INTR_TEST: 0x08,
  ALERT_TEST: 0x0c,
  CTRL: 0x10,
  STATUS: 0x14,
  /** Takes a byte from the receive FIFO. */
  RDATA: 0x18,
  /** Puts a byte into the transmit FIFO. */
  WDATA: 0x1c,
  FIFO_CTRL: 0x20,
  FIFO_STATUS: 0x24,
  OVRD: 0x28,
  VAL: 0x2c,
  TIMEOUT_CTRL: 0x30,
} as const;

/** Bits of INTR_STATE, INTR_ENABLE and INTR_TEST, and the order of the interrupt lines. */
export const UartInterrupt = {
  TX_WATERMARK: 0,
  RX_WATERMARK: 1,
  TX_EMPTY: 2,
  RX_OVERFLOW: 3,
  RX_FRAME_ERR: 4,
  RX_BREAK_ERR: 5,
  RX_TIMEOUT: 6,
  RX_PARITY_ERR: 7,
} as const;

/** Interrupt lines of the UART. */
export const UART_INTERRUPTS = 8;
/** Bytes of each FIFO. */
export const UART_FIFO_DEPTH = 32;

/** Fields of CTRL. */
export const UartCtrl = {
  TX: 0x1,
  RX: 0x2,
  NF: 0x4,
  /** System loopback: what is sent is received. */
  SLPBK: 0x10,
  LLPBK: 0x20,
  PARITY_EN: 0x40,
  PARITY_ODD: 0x80,
  RXBLVL_SHIFT: 8,
  RXBLVL_MASK: 0x300,
  /** Baud rate = clock * NCO / 2^20. */
  NCO_SHIFT: 16,
} as const;

/** Bits of STATUS. */
export const UartStatus = {
  TXFULL: 0x1,
  RXFULL: 0x2,
  TXEMPTY: 0x4,
  TXIDLE: 0x8,
  RXIDLE: 0x10,
  RXEMPTY: 0x20,
} as const;

/** Fields of FIFO_CTRL. */
export const UartFifoCtrl = {
  RXRST: 0x1,
  TXRST: 0x2,
  RXILVL_SHIFT: 2,
  RXILVL_MASK: 0x1c,
  TXILVL_SHIFT: 5,
  TXILVL_MASK: 0x60,
} as const;

/** Receive levels that RXILVL selects, in bytes: the interrupt comes when the level reaches it. */
export const UART_RX_LEVELS: readonly number[] = [1, 4, 8, 16, 30];
/** Transmit levels that TXILVL selects, in bytes: the interrupt comes when the level falls below it. */
export const UART_TX_LEVELS: readonly number[] = [1, 4, 8, 16];

/** Fields of FIFO_STATUS. */
export const UartFifoStatus = {
  TXLVL_SHIFT: 0,
  TXLVL_MASK: 0x3f,
  RXLVL_SHIFT: 16,
  RXLVL_MASK: 0x3f0000,
} as const;

/** Fields of TIMEOUT_CTRL: bit times after which received bytes that nobody reads raise RX_TIMEOUT. */
export const UartTimeoutCtrl = {
  VAL_MASK: 0xffffff,
  EN: 0x80000000,
} as const;
