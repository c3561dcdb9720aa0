import { ECALL, type Ecall, type StepEnd, type Task, type UserContext } from "@cantrip/hosted";

/** Integer registers of the system call ABI, as `x` numbers. */
export const AbiRegister = { t0: 5, a0: 10, a1: 11, a2: 12, a6: 16, a7: 17 } as const;

/** The step end of every call; shared, so that a call allocates nothing. */
const callStep: { readonly done: false; readonly value: Ecall } = Object.freeze({
  done: false,
  value: ECALL,
});

/**
 * One kind of system call of one thread. The object is used again for every call of its kind, so that a call allocates
 * nothing: consume it with `yield*` before the next call of the same kind is made.
 */
export class SystemCallTask<T> implements Task<T>, Iterator<StepEnd, T, undefined> {
  /** First argument, `a0`. */
  a0 = 0;
  /** Second argument, `a1`: mostly the message info. */
  a1 = 0;
  /** `a6`: the reply object, or the destination of `seL4_NBSendWait`. */
  a6 = 0;
  /** `t0`: the destination of `seL4_NBSendRecv`. */
  t0 = 0;
  readonly #context: UserContext;
  readonly #number: number;
  readonly #finish: () => T;
  #started = false;

  /**
   * @param number - the system call's number, negative
   * @param finish - reads the result when the call is done
   */
  constructor(context: UserContext, number: number, finish: () => T) {
    this.#context = context;
    this.#number = number >>> 0;
    this.#finish = finish;
  }

  [Symbol.iterator](): this {
    this.#started = false;
    return this;
  }

  next(): IteratorResult<StepEnd, T> {
    if (this.#started) {
      this.#started = false;
      return { done: true, value: this.#finish() };
    }
    this.#started = true;
    const context = this.#context;
    context.setRegister(AbiRegister.a0, this.a0);
    context.setRegister(AbiRegister.a1, this.a1);
    context.setRegister(AbiRegister.a6, this.a6);
    context.setRegister(AbiRegister.t0, this.t0);
    context.setRegister(AbiRegister.a7, this.#number);
    return callStep;
  }
}
