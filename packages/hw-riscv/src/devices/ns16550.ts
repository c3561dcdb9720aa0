import type { InterruptLine } from "../bus.ts";
import type { SerialDevice } from "../platform.ts";
import {
  NS16550_LCR_DLAB,
  Ns16550Ier,
  Ns16550Iir,
  Ns16550Lsr,
  Ns16550Register,
} from "../registers/ns16550.ts";

/** A minimal 16550: transmits at once, receives into an unbounded FIFO, interrupts for both. */
export class Ns16550 implements SerialDevice {
  onTransmit: (byte: number) => void = () => undefined;
  readonly #line: InterruptLine;
  readonly #rx: number[] = [];
  readonly #registers = new Uint8Array(8);
  readonly #divisor = new Uint8Array(2);
  #transmitEmpty = false;

  constructor(line: InterruptLine) {
    this.#line = line;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#rx.push(byte);
    this.#update();
  }

  get #latched(): boolean {
    return ((this.#registers[Ns16550Register.LCR] ?? 0) & NS16550_LCR_DLAB) !== 0;
  }

  /** Interrupt identification without the FIFO bits. */
  get #cause(): number {
    const enabled = this.#registers[Ns16550Register.IER] ?? 0;
    if ((enabled & Ns16550Ier.RECEIVED) !== 0 && this.#rx.length > 0) return Ns16550Iir.RECEIVED;
    if ((enabled & Ns16550Ier.TRANSMIT_EMPTY) !== 0 && this.#transmitEmpty) {
      return Ns16550Iir.TRANSMIT_EMPTY;
    }
    return Ns16550Iir.NONE;
  }

  #update(): void {
    this.#line.set(this.#cause !== Ns16550Iir.NONE);
  }

  read(offset: number): number {
    if (this.#latched && offset < 2) return this.#divisor[offset] ?? 0;
    switch (offset) {
      case Ns16550Register.DATA: {
        const byte = this.#rx.shift() ?? 0;
        this.#update();
        return byte;
      }
      case Ns16550Register.IIR: {
        const cause = this.#cause;
        if (cause === Ns16550Iir.TRANSMIT_EMPTY) this.#transmitEmpty = false;
        this.#update();
        return cause | Ns16550Iir.FIFO;
      }
      case Ns16550Register.LSR:
        return (
          Ns16550Lsr.THR_EMPTY |
          Ns16550Lsr.TRANSMITTER_EMPTY |
          (this.#rx.length > 0 ? Ns16550Lsr.DATA_READY : 0)
        );
      default:
        return this.#registers[offset] ?? 0;
    }
  }

  write(offset: number, value: number): void {
    if (this.#latched && offset < 2) {
      this.#divisor[offset] = value;
      return;
    }
    switch (offset) {
      case Ns16550Register.DATA:
        this.onTransmit(value & 0xff);
        this.#transmitEmpty = true;
        break;
      case Ns16550Register.IER:
        if ((value & Ns16550Ier.TRANSMIT_EMPTY) !== 0) this.#transmitEmpty = true;
        this.#registers[offset] = value & 0x0f;
        break;
      case Ns16550Register.LCR:
      case Ns16550Register.MCR:
      case Ns16550Register.SCR:
        this.#registers[offset] = value;
        break;
      default:
    }
    this.#update();
  }
}
