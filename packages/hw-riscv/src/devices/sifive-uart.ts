import type { InterruptLine } from "../bus.ts";
import type { SerialDevice } from "../platform.ts";
import {
  SIFIVE_UART_FIFO_DEPTH,
  SifiveUartData,
  SifiveUartInterrupt,
  SifiveUartRegister,
  SifiveUartRxctrl,
  SifiveUartTxctrl,
} from "../registers/sifive-uart.ts";

const WRITABLE_TXCTRL =
  SifiveUartTxctrl.TXEN |
  SifiveUartTxctrl.NSTOP |
  (SifiveUartTxctrl.TXCNT_MASK << SifiveUartTxctrl.TXCNT_SHIFT);
const WRITABLE_RXCTRL =
  SifiveUartRxctrl.RXEN | (SifiveUartRxctrl.RXCNT_MASK << SifiveUartRxctrl.RXCNT_SHIFT);
const WRITABLE_IE = SifiveUartInterrupt.TXWM | SifiveUartInterrupt.RXWM;

/**
 * SiFive's UART. The line takes no time: what is transmitted leaves at once, and what is received waits at the other end
 * until the receiver is on and its FIFO has room, so that nothing overruns.
 */
export class SifiveUart implements SerialDevice {
  onTransmit: (byte: number) => void = () => undefined;
  readonly #line: InterruptLine;
  /** Written while the transmitter was off. */
  readonly #transmit: number[] = [];
  readonly #receive: number[] = [];
  /** Not received yet. */
  readonly #arriving: number[] = [];
  #txctrl = 0;
  #rxctrl = 0;
  #ie = 0;
  #div: number;

  /** @param divisor - `div` after a reset: clock cycles of a bit, less 1 */
  constructor(line: InterruptLine, divisor: number) {
    this.#line = line;
    this.#div = divisor;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#arriving.push(byte);
    this.#update();
  }

  /** `ip`: each bit follows its watermark. */
  get #pending(): number {
    const txcnt = (this.#txctrl >>> SifiveUartTxctrl.TXCNT_SHIFT) & SifiveUartTxctrl.TXCNT_MASK;
    const rxcnt = (this.#rxctrl >>> SifiveUartRxctrl.RXCNT_SHIFT) & SifiveUartRxctrl.RXCNT_MASK;
    return (
      (this.#transmit.length < txcnt ? SifiveUartInterrupt.TXWM : 0) |
      (this.#receive.length > rxcnt ? SifiveUartInterrupt.RXWM : 0)
    );
  }

  #update(): void {
    if ((this.#txctrl & SifiveUartTxctrl.TXEN) !== 0) {
      for (const byte of this.#transmit.splice(0)) this.onTransmit(byte);
    }
    if ((this.#rxctrl & SifiveUartRxctrl.RXEN) !== 0) {
      const room = SIFIVE_UART_FIFO_DEPTH - this.#receive.length;
      this.#receive.push(...this.#arriving.splice(0, room));
    }
    this.#line.set((this.#pending & this.#ie) !== 0);
  }

  read(offset: number, size: number): number {
    if (size !== 4) return 0;
    switch (offset) {
      case SifiveUartRegister.TXDATA:
        return this.#transmit.length >= SIFIVE_UART_FIFO_DEPTH ? SifiveUartData.FULL : 0;
      case SifiveUartRegister.RXDATA: {
        const byte = this.#receive.shift();
        this.#update();
        return byte ?? SifiveUartData.EMPTY;
      }
      case SifiveUartRegister.TXCTRL:
        return this.#txctrl;
      case SifiveUartRegister.RXCTRL:
        return this.#rxctrl;
      case SifiveUartRegister.IE:
        return this.#ie;
      case SifiveUartRegister.IP:
        return this.#pending;
      case SifiveUartRegister.DIV:
        return this.#div;
      default:
        return 0;
    }
  }

  write(offset: number, value: number, size: number): void {
    if (size !== 4) return;
    switch (offset) {
      case SifiveUartRegister.TXDATA:
        // A write to a full FIFO is ignored.
        if (this.#transmit.length < SIFIVE_UART_FIFO_DEPTH) this.#transmit.push(value & 0xff);
        break;
      case SifiveUartRegister.TXCTRL:
        this.#txctrl = value & WRITABLE_TXCTRL;
        break;
      case SifiveUartRegister.RXCTRL:
        this.#rxctrl = value & WRITABLE_RXCTRL;
        break;
      case SifiveUartRegister.IE:
        this.#ie = value & WRITABLE_IE;
        break;
      case SifiveUartRegister.DIV:
        this.#div = value & 0xffff;
        break;
    }
    this.#update();
  }
}
