import { IpcBufferWord, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import { type Slot, type Tcb, wordOf } from "./objects.ts";
import type { KernelState } from "./state.ts";
import { lookupIpcBuffer } from "./vspace.ts";

/** `a2` */
const FIRST_REGISTER = 12;
const WORD_BYTES = 4;
/** Extra capabilities of a message. */
export const MAX_EXTRA_CAPS = 3;

/** Arguments of the invocation that is being decoded. One object serves all invocations. */
export class InvocationArgs {
  /** Whether the caller gets an answer: only `Call` does. */
  isCall = false;
  /** Message registers that were sent. */
  length = 0;
  /** Slots of the extra capabilities; a slot may be empty. */
  readonly extraCaps: (Slot | null)[] = [null, null, null];
  extraCapCount = 0;
  /** Words of a successful answer. */
  readonly reply: number[] = [];
  /** The answer was written by the invocation itself, as `Untyped_Describe` does. */
  isAnswered = false;
  /** `seL4_Error` that the invocation was refused with; 0: it was not. For observers, which reset it. */
  refusal = 0;
  #context: Int32Array = new Int32Array(0);
  #buffer = 0;
  readonly #kernel: KernelState;

  constructor(kernel: KernelState) {
    this.#kernel = kernel;
  }

  /** Begins a new invocation of a thread. */
  begin(tcb: Tcb, length: number, isCall: boolean): void {
    this.#context = tcb.context;
    this.#buffer = lookupIpcBuffer(tcb, false);
    // Words that have no IPC buffer to be in do not arrive.
    this.length = this.#buffer === 0 ? Math.min(length, MESSAGE_REGISTERS) : length;
    this.isCall = isCall;
    this.extraCapCount = 0;
    if (this.reply.length > 0) this.reply.length = 0;
    this.isAnswered = false;
  }

  /** Message register `index`, unsigned. */
  arg(index: number): number {
    if (index < MESSAGE_REGISTERS) return wordOf(this.#context, FIRST_REGISTER + index) >>> 0;
    if (this.#buffer === 0) return 0;
    return this.#kernel.port.readWord(this.#buffer + (IpcBufferWord.message + index) * WORD_BYTES);
  }

  /** A 64-bit time of two words, low first; exact up to 2^53. */
  timeArg(index: number): number {
    return this.arg(index) + this.arg(index + 1) * 2 ** 32;
  }

  /** Slot of extra capability `index`, or `undefined` when it was not sent. */
  extra(index: number): Slot | undefined {
    return index < this.extraCapCount ? (this.extraCaps[index] ?? undefined) : undefined;
  }
}
