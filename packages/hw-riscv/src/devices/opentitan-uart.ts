import type { InterruptLine } from "../bus.ts";
import type { ScheduledEvent } from "../event-queue.ts";
import type { DeviceClock, SerialDevice } from "../platform.ts";
import {
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
} from "../registers/opentitan-uart.ts";

/** How a UART is built into a platform. */
export interface OpenTitanUartOptions {
  /** Clock that the NCO divides, in Hz. */
  readonly clockHz: number;
  /** Cycles that one character takes on the line; from the NCO when absent; 0 sends and receives at once. */
  readonly cyclesPerCharacter?: number;
  /** The sender waits while the receive FIFO is full (default); otherwise bytes overflow as on a bare line. */
  readonly flowControl?: boolean;
}

const NCO_ONE = 2 ** 20;
const BITS_PER_CHARACTER = 10;
const INTERRUPT_MASK = (1 << UART_INTERRUPTS) - 1;
const CTRL_WRITABLE = 0xffff03f7 | 0;

/**
 * The UART of OpenTitan: 32-byte FIFOs, baud rate from the NCO, and interrupts that latch when a level is crossed.
 *
 * Bytes leave and arrive by virtual time. Follows the register description of lowRISC's `uart.hjson`.
 */
export class OpenTitanUart implements SerialDevice {
  onTransmit: (byte: number) => void = () => undefined;
  readonly #clock: DeviceClock;
  readonly #lines: readonly InterruptLine[];
  readonly #options: OpenTitanUartOptions;
  readonly #tx: number[] = [];
  readonly #rx: number[] = [];
  /** Bytes on the receive line that have not arrived yet. */
  readonly #line: number[] = [];
  #intrState = 0;
  #intrEnable = 0;
  #ctrl = 0;
  #fifoCtrl = 0;
  #ovrd = 0;
  #timeoutCtrl = 0;
  /** Cycle at which the character in the shifter has left; -1 when the transmitter is idle. */
  #txDone = -1;
  #txByte = 0;
  /** Cycle at which the next byte on the line arrives; -1 when nothing is under way. */
  #rxDone = -1;
  /** Cycle of the last movement of the receive FIFO, for the timeout. */
  #rxTouched = 0;
  #rxTimedOut = false;
  #event: ScheduledEvent | undefined;
  #settling = false;

  constructor(clock: DeviceClock, lines: readonly InterruptLine[], options: OpenTitanUartOptions) {
    this.#clock = clock;
    this.#lines = lines;
    this.#options = options;
  }

  /** Cycles of one character; `Infinity` while no baud rate is set. */
  get #characterCycles(): number {
    const fixed = this.#options.cyclesPerCharacter;
    if (fixed !== undefined) return fixed;
    const nco = this.#ctrl >>> UartCtrl.NCO_SHIFT;
    if (nco === 0) return Infinity;
    const baud = (this.#options.clockHz * nco) / NCO_ONE;
    return Math.ceil((this.#clock.cyclesPerSecond * BITS_PER_CHARACTER) / baud);
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#line.push(byte);
    this.#update();
  }

  read(offset: number, size: number): number {
    this.#settle();
    const value = this.#readRegister(offset & ~3);
    this.#update();
    return size === 4 ? value : value >>> (8 * (offset & 3));
  }

  write(offset: number, value: number): void {
    this.#settle();
    this.#writeRegister(offset & ~3, value << (8 * (offset & 3)));
    this.#update();
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case UartRegister.INTR_STATE:
        return this.#intrState;
      case UartRegister.INTR_ENABLE:
        return this.#intrEnable;
      case UartRegister.CTRL:
        return this.#ctrl;
      case UartRegister.STATUS:
        return this.#status();
      case UartRegister.RDATA:
        this.#rxTouched = this.#clock.now;
        this.#rxTimedOut = false;
        return this.#rx.shift() ?? 0;
      case UartRegister.FIFO_CTRL:
        return this.#fifoCtrl;
      case UartRegister.FIFO_STATUS:
        return (this.#rx.length << UartFifoStatus.RXLVL_SHIFT) | this.#tx.length;
      case UartRegister.OVRD:
        return this.#ovrd;
      case UartRegister.VAL:
        return 0xffff; // the line idles high
      case UartRegister.TIMEOUT_CTRL:
        return this.#timeoutCtrl;
      default:
        return 0;
    }
  }

  #status(): number {
    const { TXFULL, RXFULL, TXEMPTY, TXIDLE, RXIDLE, RXEMPTY } = UartStatus;
    return (
      (this.#tx.length >= UART_FIFO_DEPTH ? TXFULL : 0) |
      (this.#rx.length >= UART_FIFO_DEPTH ? RXFULL : 0) |
      (this.#tx.length === 0 ? TXEMPTY : 0) |
      (this.#tx.length === 0 && this.#txDone < 0 ? TXIDLE : 0) |
      (this.#rxDone < 0 ? RXIDLE : 0) |
      (this.#rx.length === 0 ? RXEMPTY : 0)
    );
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case UartRegister.INTR_STATE:
        this.#intrState &= ~value;
        break;
      case UartRegister.INTR_ENABLE:
        this.#intrEnable = value & INTERRUPT_MASK;
        break;
      case UartRegister.INTR_TEST:
        this.#intrState |= value & INTERRUPT_MASK;
        break;
      case UartRegister.CTRL:
        this.#ctrl = value & CTRL_WRITABLE;
        break;
      case UartRegister.WDATA:
        // A byte for a full FIFO is lost, as in hardware.
        if (this.#tx.length < UART_FIFO_DEPTH) this.#tx.push(value & 0xff);
        this.#startTransmit(this.#clock.now);
        break;
      case UartRegister.FIFO_CTRL:
        if ((value & UartFifoCtrl.RXRST) !== 0) this.#rx.length = 0;
        if ((value & UartFifoCtrl.TXRST) !== 0) this.#tx.length = 0;
        this.#fifoCtrl = value & (UartFifoCtrl.RXILVL_MASK | UartFifoCtrl.TXILVL_MASK);
        break;
      case UartRegister.OVRD:
        this.#ovrd = value & 3;
        break;
      case UartRegister.TIMEOUT_CTRL:
        this.#timeoutCtrl = value & (UartTimeoutCtrl.EN | UartTimeoutCtrl.VAL_MASK);
        this.#rxTouched = this.#clock.now;
        this.#rxTimedOut = false;
        break;
      default:
    }
  }

  // ---- the line

  /** Does everything that has become due since the last look. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    const { now } = this.#clock;
    this.#startTransmit(now);
    this.#startReceive(now);
    for (;;) {
      const txDue = this.#txDone >= 0 && this.#txDone <= now;
      const rxDue = this.#rxDone >= 0 && this.#rxDone <= now;
      if (txDue && (!rxDue || this.#txDone <= this.#rxDone)) this.#finishTransmit(this.#txDone);
      else if (rxDue) this.#finishReceive(this.#rxDone);
      else break;
    }
    this.#checkTimeout(now);
    this.#settling = false;
  }

  #startTransmit(at: number): void {
    if (this.#txDone >= 0 || (this.#ctrl & UartCtrl.TX) === 0) return;
    const cycles = this.#characterCycles;
    if (cycles === Infinity) return;
    const byte = this.#tx.shift();
    if (byte === undefined) return;
    this.#txByte = byte;
    this.#txDone = at + cycles;
    if (this.#tx.length === this.#txLevel - 1) this.#latch(UartInterrupt.TX_WATERMARK);
  }

  #finishTransmit(at: number): void {
    this.#txDone = -1;
    const byte = this.#txByte;
    if ((this.#ctrl & UartCtrl.SLPBK) !== 0) this.#arrive(byte, at);
    else this.onTransmit(byte);
    if (this.#tx.length === 0) this.#latch(UartInterrupt.TX_EMPTY);
    this.#startTransmit(at);
  }

  #startReceive(at: number): void {
    if (this.#rxDone >= 0 || this.#line.length === 0 || !this.#canReceive) return;
    const cycles = this.#characterCycles;
    if (cycles !== Infinity) this.#rxDone = at + cycles;
  }

  get #canReceive(): boolean {
    if ((this.#ctrl & UartCtrl.RX) === 0 || (this.#ctrl & UartCtrl.SLPBK) !== 0) return false;
    return this.#options.flowControl === false || this.#rx.length < UART_FIFO_DEPTH;
  }

  #finishReceive(at: number): void {
    this.#rxDone = -1;
    const byte = this.#line.shift();
    if (byte !== undefined) this.#arrive(byte, at);
    this.#startReceive(at);
  }

  #arrive(byte: number, at: number): void {
    if (this.#rx.length >= UART_FIFO_DEPTH) {
      this.#latch(UartInterrupt.RX_OVERFLOW);
      return;
    }
    this.#rx.push(byte);
    this.#rxTouched = at;
    this.#rxTimedOut = false;
    if (this.#rx.length === this.#rxLevel) this.#latch(UartInterrupt.RX_WATERMARK);
  }

  get #timeoutAt(): number {
    if ((this.#timeoutCtrl & UartTimeoutCtrl.EN) === 0) return Infinity;
    if (this.#rx.length === 0 || this.#rxTimedOut) return Infinity;
    const bits = this.#timeoutCtrl & UartTimeoutCtrl.VAL_MASK;
    return this.#rxTouched + (bits * this.#characterCycles) / BITS_PER_CHARACTER;
  }

  #checkTimeout(now: number): void {
    if (this.#timeoutAt > now) return;
    this.#rxTimedOut = true;
    this.#latch(UartInterrupt.RX_TIMEOUT);
  }

  get #txLevel(): number {
    const select = (this.#fifoCtrl & UartFifoCtrl.TXILVL_MASK) >>> UartFifoCtrl.TXILVL_SHIFT;
    return UART_TX_LEVELS[select] ?? 1;
  }
  get #rxLevel(): number {
    const select = (this.#fifoCtrl & UartFifoCtrl.RXILVL_MASK) >>> UartFifoCtrl.RXILVL_SHIFT;
    return UART_RX_LEVELS[select] ?? Infinity;
  }

  #latch(interrupt: number): void {
    this.#intrState |= 1 << interrupt;
  }

  /** Drives the lines and plans the next look. */
  #update(): void {
    this.#settle();
    const active = this.#intrState & this.#intrEnable;
    for (const [index, line] of this.#lines.entries()) line.set(((active >>> index) & 1) !== 0);
    const times = [this.#txDone, this.#rxDone].filter((time) => time >= 0);
    const next = Math.min(...times, this.#timeoutAt);
    if (this.#event?.at === next) return;
    if (this.#event !== undefined) this.#clock.cancel(this.#event);
    this.#event = undefined;
    if (next === Infinity) return;
    this.#event = this.#clock.schedule(next, () => {
      this.#event = undefined;
      this.#update();
    });
  }
}
