import { IpcBufferWord, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import type { CapData } from "./derive.ts";
import { bufferWord, bufferWordHigh } from "./ipc-buffer.ts";
import { MessageWords } from "./message-words.ts";
import { highOf, type Slot, type Tcb, wordOf } from "./objects.ts";
import type { KernelState } from "./state.ts";
import { lookupIpcBuffer } from "./vspace.ts";

/** `a2` */
const FIRST_REGISTER = 12;
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
  readonly reply: MessageWords = new MessageWords();
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
    this.reply.clear();
    this.isAnswered = false;
  }

  /** Message register `index`, unsigned; exact up to 2^53. */
  arg(index: number): number {
    const low = this.low(index);
    return this.#kernel.is64 ? low + this.high(index) * 2 ** 32 : low;
  }

  /** Lower half of message register `index`, unsigned. */
  low(index: number): number {
    if (index < MESSAGE_REGISTERS) return wordOf(this.#context, FIRST_REGISTER + index) >>> 0;
    if (this.#buffer === 0) return 0;
    return bufferWord(this.#kernel, this.#buffer, IpcBufferWord.message + index);
  }

  /** Upper half of message register `index`, unsigned; 0 on a 32-bit kernel. */
  high(index: number): number {
    if (index < MESSAGE_REGISTERS) return highOf(this.#context, FIRST_REGISTER + index) >>> 0;
    if (this.#buffer === 0) return 0;
    return bufferWordHigh(this.#kernel, this.#buffer, IpcBufferWord.message + index);
  }

  /** Upper 32 bits of a 64-bit time, whose lower ones are in `low`: it has two words, low first, or one of 64 bits. */
  timeHigh(index: number): number {
    return this.#kernel.is64 ? this.high(index) : this.low(index + 1);
  }

  /** Message register `index` as a badge or guard. */
  data(index: number): CapData {
    return { low: this.low(index), high: this.high(index) };
  }

  /** A 64-bit time; exact up to 2^53. */
  timeArg(index: number): number {
    return this.low(index) + this.timeHigh(index) * 2 ** 32;
  }

  /** Slot of extra capability `index`, or `undefined` when it was not sent. */
  extra(index: number): Slot | undefined {
    return index < this.extraCapCount ? (this.extraCaps[index] ?? undefined) : undefined;
  }
}
