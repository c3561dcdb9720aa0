import { ECALL, type StepEnd, type UserContext } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { MESSAGE_MAX_LENGTH, MESSAGE_REGISTERS } from "./constants.ts";
import { InvocationError } from "./invocation-error.ts";
import { messageInfo, messageLabel, messageLength } from "./message-info.ts";

/** What an invocation needs of a thread's `SeL4`. */
export interface InvocationPort {
  readonly context: UserContext;
  readonly config: KernelConfig;
  /** Virtual address of the thread's IPC buffer; 0 when it has none. */
  readonly ipcBuffer: number;
  messageRegister(index: number): number;
  setMessageRegister(index: number, value: number): void;
  setCap(index: number, cptr: number): void;
}

/** Register numbers of the system call ABI. */
const A0 = 10;
const A1 = 11;
const A7 = 17;

const NO_NUMBERS: readonly number[] = [];

/**
 * An invocation as a task that can be prepared again when it is over, so that it allocates nothing but its arguments.
 *
 * The arguments go into registers and the IPC buffer when the task begins, not when it is prepared.
 */
export class Invocation implements Iterable<StepEnd, void, undefined> {
  readonly #port: InvocationPort;
  readonly #pending: { done: false; value: StepEnd } = { done: false, value: ECALL };
  readonly #finished: { done: true; value: undefined } = { done: true, value: undefined };
  #isPrepared = false;
  #isIssued = false;
  #name = "";
  #cptr = 0;
  #label = 0;
  #words: readonly number[] = NO_NUMBERS;
  #caps: readonly number[] = NO_NUMBERS;

  constructor(port: InvocationPort) {
    this.#port = port;
  }

  /** Whether it is prepared and not over. */
  get isBusy(): boolean {
    return this.#isPrepared;
  }

  /** Says what to invoke, and with what. */
  prepare(
    name: string,
    cptr: number,
    label: number,
    words: readonly number[],
    caps: readonly number[],
  ): this {
    this.#name = name;
    this.#cptr = cptr;
    this.#label = label;
    this.#words = words;
    this.#caps = caps;
    this.#isIssued = false;
    this.#isPrepared = true;
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** @throws InvocationError when the kernel refuses */
  next(): IteratorResult<StepEnd, void> {
    if (!this.#isIssued) {
      this.#isIssued = true;
      this.#load();
      return this.#pending;
    }
    this.#isPrepared = false;
    this.#check(this.#port.context.register(A1));
    return this.#finished;
  }

  #load(): void {
    const words = this.#words;
    const caps = this.#caps;
    const port = this.#port;
    const { context, config } = port;
    for (let index = 0; index < words.length; index++) {
      port.setMessageRegister(index, words[index] ?? 0);
    }
    for (let index = 0; index < caps.length; index++) port.setCap(index, caps[index] ?? 0);
    context.setRegister(A0, this.#cptr);
    context.setRegister(A1, messageInfo(this.#label, words.length, caps.length));
    context.setRegister(A7, config.syscall.call);
  }

  #check(info: number): void {
    const port = this.#port;
    const code = messageLabel(info);
    if (code === 0) return;
    const length = messageLength(info);
    // Untyped_Describe of the CantripOS fork answers with its own label, 2, and length 0. That is InvalidCapability too,
    // but an InvalidCapability error has a message register.
    const isFork = this.#label === port.config.label.untypedDescribe && code === this.#label;
    if (isFork && length === 0) return;
    const available = port.ipcBuffer === 0 ? MESSAGE_REGISTERS : MESSAGE_MAX_LENGTH;
    const registers = Array.from({ length: Math.min(length, available) }, (_, index) =>
      port.messageRegister(index),
    );
    throw new InvocationError(this.#name, code, registers);
  }
}
