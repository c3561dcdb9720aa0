export { ClintRegister } from "./clint.ts";
export {
  MAILBOX_FIFO_DEPTH,
  MAILBOX_INTERRUPTS,
  MAILBOX_THRESHOLD_MASK,
  MailboxCtrl,
  MailboxError,
  MailboxInterrupt,
  MailboxRegister,
  MailboxStatus,
} from "./mailbox.ts";
export {
  NS16550_LCR_DLAB,
  Ns16550Ier,
  Ns16550Iir,
  Ns16550Lsr,
  Ns16550Register,
} from "./ns16550.ts";
export {
  UART_FIFO_DEPTH,
  UART_INTERRUPTS,
  UART_RX_LEVELS,
  UART_TX_LEVELS,
  UartCtrl,
  UartFifoCtrl,
  UartFifoStatus,
  UartInterrupt,
  UartRegister,
  UartStatus,
  UartTimeoutCtrl,
} from "./opentitan-uart.ts";
export { PLIC_SIZE, PlicRegister } from "./plic.ts";
export {
  RV_TIMER_CFG_RESET,
  RV_TIMER_LAYOUT,
  RV_TIMER_OLD_LAYOUT,
  RvTimerCfg,
  type RvTimerLayout,
} from "./rv-timer.ts";
export {
  SIFIVE_PWM_CMP_WIDTH,
  SIFIVE_PWM_COMPARATORS,
  SifivePwmCfg,
  SifivePwmRegister,
} from "./sifive-pwm.ts";
export {
  SIFIVE_UART_FIFO_DEPTH,
  SifiveUartData,
  SifiveUartInterrupt,
  SifiveUartRegister,
  SifiveUartRxctrl,
  SifiveUartTxctrl,
} from "./sifive-uart.ts";
export { FinisherCommand } from "./test-finisher.ts";
