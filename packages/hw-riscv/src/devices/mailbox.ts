import type { BusDevice, InterruptLine } from "../bus.ts";
import {
  MAILBOX_FIFO_DEPTH,
  MAILBOX_INTERRUPTS,
  MAILBOX_THRESHOLD_MASK,
  MailboxCtrl,
  MailboxError,
  MailboxInterrupt,
  MailboxRegister,
  MailboxStatus,
} from "../registers/mailbox.ts";

const ALL_INTERRUPTS = 2 ** MAILBOX_INTERRUPTS - 1;
const WTIRQ = 1 << MailboxInterrupt.WTIRQ;
const RTIRQ = 1 << MailboxInterrupt.RTIRQ;
const EIRQ = 1 << MailboxInterrupt.EIRQ;

/** The other end of a mailbox: takes what the SMC wrote, puts what the SMC will read. */
export interface MailboxPort {
  /** Words that wait to be taken. */
  readonly available: number;
  /** Words that can be put. */
  readonly room: number;
  /** Takes a word; `undefined` when there is none. */
  take(): number | undefined;
  /** Puts a word; `false` when the FIFO is full. */
  put(word: number): boolean;
}

/** Whatever sits at the other end of a mailbox. */
export interface MailboxPeer {
  /** The SMC wrote or read a word or emptied a FIFO: there may be something to take, or room to put. */
  changed(): void;
}

/** Words in the order in which they were put. */
class WordFifo {
  readonly #words = new Uint32Array(MAILBOX_FIFO_DEPTH);
  #first = 0;
  length = 0;

  put(word: number): boolean {
    if (this.length === MAILBOX_FIFO_DEPTH) return false;
    this.#words[(this.#first + this.length) % MAILBOX_FIFO_DEPTH] = word;
    this.length++;
    return true;
  }
  take(): number | undefined {
    if (this.length === 0) return undefined;
    const word = this.#words[this.#first];
    this.#first = (this.#first + 1) % MAILBOX_FIFO_DEPTH;
    this.length--;
    return word;
  }
  clear(): void {
    this.length = 0;
  }
}

/**
 * The mailbox between the core that runs seL4 and another core: a FIFO of words in each direction.
 *
 * State bits stay set until they are cleared, and the threshold bits are set again while their level lasts, as in the
 * PULP mailbox with the same registers. With nobody at the other end (a core that is held in reset) the write FIFO
 * takes nothing: it reads as full.
 */
export class Mailbox implements BusDevice {
  readonly #lines: readonly InterruptLine[];
  readonly #written = new WordFifo();
  readonly #toRead = new WordFifo();
  readonly #peer: MailboxPeer | undefined;
  #intrState = 0;
  #intrEnable = 0;
  #error = 0;
  #writeThreshold = 0;
  #readThreshold = 0;

  /**
   * @param lines - in the order of {@link MailboxInterrupt}
   * @param connect - makes the other end; nobody is there when absent
   */
  constructor(lines: readonly InterruptLine[], connect?: (port: MailboxPort) => MailboxPeer) {
    this.#lines = lines;
    this.#peer = connect?.(this.#port());
  }

  #port(): MailboxPort {
    const written = this.#written;
    const toRead = this.#toRead;
    const update = (): void => {
      this.#update();
    };
    return {
      get available() {
        return written.length;
      },
      get room() {
        return MAILBOX_FIFO_DEPTH - toRead.length;
      },
      take() {
        const word = written.take();
        update();
        return word;
      },
      put(word) {
        const isPut = toRead.put(word);
        update();
        return isPut;
      },
    };
  }

  read(offset: number, size: number): number {
    const value = this.#readRegister(offset & ~3);
    return size === 4 ? value : value >>> (8 * (offset & 3));
  }

  #readRegister(register: number): number {
    switch (register) {
      case MailboxRegister.INTR_STATE:
        return this.#intrState;
      case MailboxRegister.INTR_ENABLE:
        return this.#intrEnable;
      case MailboxRegister.MBOXR:
        return this.#readWord();
      case MailboxRegister.STATUS:
        return this.#status;
      case MailboxRegister.ERROR: {
        const error = this.#error;
        this.#error = 0;
        return error;
      }
      case MailboxRegister.WIRQT:
        return this.#writeThreshold;
      case MailboxRegister.RIRQT:
        return this.#readThreshold;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    switch (offset & ~3) {
      case MailboxRegister.INTR_STATE:
        this.#intrState &= ~value;
        break;
      case MailboxRegister.INTR_ENABLE:
        this.#intrEnable = value & ALL_INTERRUPTS;
        break;
      case MailboxRegister.INTR_TEST:
        this.#intrState |= value & ALL_INTERRUPTS;
        break;
      case MailboxRegister.MBOXW:
        this.#writeWord(value);
        break;
      case MailboxRegister.WIRQT:
        this.#writeThreshold = value & MAILBOX_THRESHOLD_MASK;
        break;
      case MailboxRegister.RIRQT:
        this.#readThreshold = value & MAILBOX_THRESHOLD_MASK;
        break;
      case MailboxRegister.CTRL:
        if ((value & MailboxCtrl.FLUSH_RFIFO) !== 0) this.#toRead.clear();
        if ((value & MailboxCtrl.FLUSH_WFIFO) !== 0) this.#written.clear();
        this.#peer?.changed();
        break;
      default:
    }
    this.#update();
  }

  get #isFull(): boolean {
    return this.#peer === undefined || this.#written.length === MAILBOX_FIFO_DEPTH;
  }

  get #status(): number {
    return (
      (this.#toRead.length === 0 ? MailboxStatus.EMPTY : 0) |
      (this.#isFull ? MailboxStatus.FULL : 0) |
      (this.#written.length > this.#writeThreshold ? MailboxStatus.WFIFOL : 0) |
      (this.#toRead.length > this.#readThreshold ? MailboxStatus.RFIFOL : 0)
    );
  }

  #readWord(): number {
    const word = this.#toRead.take();
    if (word === undefined) {
      this.#fail(MailboxError.READ);
      return 0;
    }
    this.#peer?.changed();
    this.#update();
    return word;
  }

  #writeWord(word: number): void {
    if (this.#isFull) {
      this.#fail(MailboxError.WRITE);
      return;
    }
    this.#written.put(word);
    // Levels count also when the other end takes the word at once.
    this.#update();
    this.#peer?.changed();
  }

  #fail(error: number): void {
    this.#error |= error;
    this.#intrState |= EIRQ;
    this.#update();
  }

  #update(): void {
    if (this.#written.length > this.#writeThreshold) this.#intrState |= WTIRQ;
    if (this.#toRead.length > this.#readThreshold) this.#intrState |= RTIRQ;
    const raised = this.#intrState & this.#intrEnable;
    this.#lines.forEach((line, index) => {
      line.set((raised & (1 << index)) !== 0);
    });
  }
}
