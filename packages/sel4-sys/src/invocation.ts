import type { Task, TaskYield } from "@cantrip/hosted";
import { MESSAGE_MAX_LENGTH, MESSAGE_REGISTERS } from "./constants.ts";
import { InvocationError } from "./invocation-error.ts";
import { messageInfo, messageLabel, messageLength } from "./message-info.ts";

/** What an invocation needs of a thread's `SeL4`. */
export interface InvocationPort {
  readonly config: { readonly label: { readonly untypedDescribe?: number | undefined } };
  /** Virtual address of the thread's IPC buffer; 0 when it has none. */
  readonly ipcBuffer: number;
  call(destination: number, info: number): Task<number>;
  messageRegister(index: number): number;
  setMessageRegister(index: number, value: number): void;
  setCap(index: number, cptr: number): void;
}

const NO_NUMBERS: readonly number[] = [];

/**
 * An invocation as a task that can be prepared again when it is over, so that it allocates nothing but its arguments.
 *
 * The arguments go into registers and the IPC buffer when the task begins, not when it is prepared.
 */
export class Invocation implements Iterable<TaskYield, void, undefined> {
  readonly #port: InvocationPort;
  readonly #finished: { done: true; value: undefined } = { done: true, value: undefined };
  #call: Iterator<TaskYield, number, undefined> | undefined;
  #isPrepared = false;
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
    this.#call = undefined;
    this.#isPrepared = true;
    return this;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** @throws InvocationError when the kernel refuses */
  next(): IteratorResult<TaskYield, void> {
    const step = (this.#call ??= this.#begin()).next();
    if (step.done !== true) return step;
    this.#isPrepared = false;
    this.#check(step.value);
    return this.#finished;
  }

  #begin(): Iterator<TaskYield, number, undefined> {
    const words = this.#words;
    const caps = this.#caps;
    const port = this.#port;
    for (let index = 0; index < words.length; index++) {
      port.setMessageRegister(index, words[index] ?? 0);
    }
    for (let index = 0; index < caps.length; index++) port.setCap(index, caps[index] ?? 0);
    const info = messageInfo(this.#label, words.length, caps.length);
    return port.call(this.#cptr, info)[Symbol.iterator]();
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
