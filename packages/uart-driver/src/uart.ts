import type { UserContext } from "@cantrip/hosted";
import {
  UartCtrl,
  UartFifoCtrl,
  UartInterrupt,
  UartRegister,
  UartStatus,
} from "@cantrip/hw-riscv/registers";
import { RingBuffer } from "./ring-buffer.ts";

/** Bytes of each circular buffer. */
export const BUFFER_BYTES = 512;
const CLOCK_HZ = 48_000_000;
const BAUD = 115_200;
const NCO_BITS = 20;

/** The OpenTitan UART and the driver's buffers. Registers are reached through the calling thread's context. */
export class Uart {
  readonly receiveBuffer: RingBuffer = new RingBuffer(BUFFER_BYTES);
  readonly transmitBuffer: RingBuffer = new RingBuffer(BUFFER_BYTES);
  readonly #base: number;

  /** @param base - virtual address of the registers */
  constructor(base: number) {
    this.#base = base;
  }

  /** Sets speed, empties the FIFOs and enables the interrupts. */
  setUp(context: UserContext): void {
    const nco = Math.floor((BAUD * 2 ** NCO_BITS) / CLOCK_HZ);
    this.#write(
      context,
      UartRegister.CTRL,
      (nco << UartCtrl.NCO_SHIFT) | UartCtrl.TX | UartCtrl.RX,
    );
    this.#write(context, UartRegister.FIFO_CTRL, UartFifoCtrl.RXRST);
    this.#write(
      context,
      UartRegister.INTR_ENABLE,
      bit(UartInterrupt.TX_WATERMARK) |
        bit(UartInterrupt.RX_WATERMARK) |
        bit(UartInterrupt.TX_EMPTY),
    );
  }

  /** Moves bytes to be sent into the FIFO until it is full. */
  fillTransmitFifo(context: UserContext): void {
    while (this.transmitBuffer.size > 0 && !this.#has(context, UartStatus.TXFULL)) {
      const byte = this.transmitBuffer.shift();
      if (byte !== undefined) this.#write(context, UartRegister.WDATA, byte);
    }
  }

  /** Moves received bytes out of the FIFO; returns whether there were any. */
  drainReceiveFifo(context: UserContext): boolean {
    let hasAny = false;
    while (!this.#has(context, UartStatus.RXEMPTY)) {
      this.receiveBuffer.push(this.#read(context, UartRegister.RDATA) & 0xff);
      hasAny = true;
    }
    return hasAny;
  }

  /** Clears an interrupt's state bit. */
  clearInterrupt(context: UserContext, interrupt: number): void {
    this.#write(context, UartRegister.INTR_STATE, bit(interrupt));
  }

  #has(context: UserContext, status: number): boolean {
    return (this.#read(context, UartRegister.STATUS) & status) !== 0;
  }
  #read(context: UserContext, offset: number): number {
    return context.load32(this.#base + offset);
  }
  #write(context: UserContext, offset: number, value: number): void {
    context.store32(this.#base + offset, value);
  }
}

function bit(index: number): number {
  return 2 ** index;
}
