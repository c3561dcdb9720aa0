import type { UserContext } from "@cantrip/hosted";
import {
  MAILBOX_FIFO_DEPTH,
  MAILBOX_INTERRUPTS,
  MailboxInterrupt,
  MailboxRegister,
  MailboxStatus,
} from "@cantrip/hw-riscv/registers";
import { LONG_MESSAGE, MESSAGE_WORDS } from "@cantrip/interfaces/security-core";

/** Messages that may wait for their answers: as many as fit into a FIFO, so that no answer is ever without room. */
export const MAX_OUTSTANDING: number = MAILBOX_FIFO_DEPTH / MESSAGE_WORDS;
const ALL_INTERRUPTS = 2 ** MAILBOX_INTERRUPTS - 1;
/** Not `wtirq`: it lasts as long as the other core does not read, and there is nothing to be done about that. */
const ENABLED_INTERRUPTS = (1 << MailboxInterrupt.RTIRQ) | (1 << MailboxInterrupt.EIRQ);

/** A message: a page in memory, and the bytes of it that count. */
export interface MailboxMessage {
  /** Physical address. */
  readonly paddr: number;
  readonly sizeBytes: number;
}

/**
 * The mailbox and the messages that came. Registers are reached through the calling thread's context.
 *
 * Nothing here waits. A message goes out only when the whole of it fits, and comes in only when the whole of it has
 * arrived.
 */
export class Mailbox {
  readonly #base: number;
  /** Header of a message whose second word has not come. */
  #header: number | undefined;
  readonly #received: MailboxMessage[] = [];
  #outstanding = 0;

  /** @param base - virtual address of the registers */
  constructor(base: number) {
    this.#base = base;
  }

  /** Messages that were sent and not received back. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Whether {@link next} has one to give. */
  get hasMessage(): boolean {
    return this.#received.length > 0;
  }

  /** Forgets what came before, sets the thresholds and enables the interrupts. */
  setUp(context: UserContext): void {
    // Above its threshold the write FIFO has no room for a whole message; the read FIFO has anything at all.
    this.#write(context, MailboxRegister.WIRQT, MAILBOX_FIFO_DEPTH - MESSAGE_WORDS);
    this.#write(context, MailboxRegister.RIRQT, 0);
    while (!this.#has(context, MailboxStatus.EMPTY)) this.#read(context, MailboxRegister.MBOXR);
    this.takeErrors(context);
    this.#write(context, MailboxRegister.INTR_STATE, ALL_INTERRUPTS);
    this.#write(context, MailboxRegister.INTR_ENABLE, ENABLED_INTERRUPTS);
  }

  /** Sends a message; `false`, and nothing sent, when it does not fit or too many wait for their answers. */
  send(context: UserContext, { paddr, sizeBytes }: MailboxMessage): boolean {
    if (this.#outstanding >= MAX_OUTSTANDING || sizeBytes >= LONG_MESSAGE) return false;
    if (this.#has(context, MailboxStatus.FULL | MailboxStatus.WFIFOL)) return false;
    this.#outstanding++;
    this.#write(context, MailboxRegister.MBOXW, (sizeBytes | LONG_MESSAGE) >>> 0);
    this.#write(context, MailboxRegister.MBOXW, paddr);
    return true;
  }

  /** Takes all words out of the FIFO; returns how many messages were received with them. */
  drain(context: UserContext): number {
    let completed = 0;
    while (!this.#has(context, MailboxStatus.EMPTY)) {
      const word = this.#read(context, MailboxRegister.MBOXR);
      if (this.#header === undefined) {
        this.#header = word;
        continue;
      }
      const sizeBytes = this.#header & ~LONG_MESSAGE;
      this.#header = undefined;
      // More than were asked for are dropped.
      if (this.#received.length === MAX_OUTSTANDING) continue;
      this.#received.push({ paddr: word, sizeBytes });
      completed++;
    }
    return completed;
  }

  /** The oldest message that came; `undefined` when there is none. */
  next(): MailboxMessage | undefined {
    const message = this.#received.shift();
    if (message !== undefined && this.#outstanding > 0) this.#outstanding--;
    return message;
  }

  /** What went wrong since the last call: bits of `MailboxError`. */
  takeErrors(context: UserContext): number {
    return this.#read(context, MailboxRegister.ERROR);
  }

  /** Clears an interrupt's state bit. */
  clearInterrupt(context: UserContext, interrupt: number): void {
    this.#write(context, MailboxRegister.INTR_STATE, 2 ** interrupt);
  }

  #has(context: UserContext, status: number): boolean {
    return (this.#read(context, MailboxRegister.STATUS) & status) !== 0;
  }
  #read(context: UserContext, offset: number): number {
    return context.load32(this.#base + offset);
  }
  #write(context: UserContext, offset: number, value: number): void {
    context.store32(this.#base + offset, value);
  }
}
