import { ECALL, type StepEnd, type UserContext } from "@cantrip/hosted";

/** Register numbers of the system call ABI. */
const A0 = 10;
const A1 = 11;
const A6 = 16;
const A7 = 17;
const T0 = 5;

/**
 * A system call as a reusable task: one object per kind, so that a call allocates nothing.
 *
 * `prepare` puts the arguments down; the first `next` moves them into registers and yields, the second reads the
 * result. A call that is restarted by the kernel never comes back here in between.
 */
abstract class SystemCall<T>
  implements Iterable<StepEnd, T, undefined>, Iterator<StepEnd, T, undefined>
{
  protected readonly context: UserContext;
  protected readonly number: number;
  readonly #pending: { done: false; value: StepEnd } = { done: false, value: ECALL };
  readonly #finished: { done: true; value: T };
  #isIssued = false;

  constructor(context: UserContext, number: number, initial: T) {
    this.context = context;
    this.number = number;
    this.#finished = { done: true, value: initial };
  }

  [Symbol.iterator](): this {
    this.#isIssued = false;
    return this;
  }

  next(): IteratorResult<StepEnd, T> {
    if (!this.#isIssued) {
      this.#isIssued = true;
      this.load();
      this.context.setRegister(A7, this.number);
      return this.#pending;
    }
    this.#finished.value = this.result();
    return this.#finished;
  }

  protected abstract load(): void;
  protected abstract result(): T;
}

/** Where a received badge goes. */
interface BadgeReceiver {
  badge: number;
}

/** A call that returns the message info it receives. */
export class MessageCall extends SystemCall<number> {
  destination = 0;
  info = 0;
  reply = 0;
  /** Destination of the send phase in `t0`, for `seL4_NBSendRecv`. */
  sendDestination = 0;
  readonly #receiver: BadgeReceiver;

  /** @param receiver - gets the badge of what is received */
  constructor(context: UserContext, number: number, receiver: BadgeReceiver) {
    super(context, number, 0);
    this.#receiver = receiver;
  }

  protected override load(): void {
    const { context } = this;
    context.setRegister(A0, this.destination);
    context.setRegister(A1, this.info);
    context.setRegister(A6, this.reply);
    context.setRegister(T0, this.sendDestination);
  }

  protected override result(): number {
    this.#receiver.badge = this.context.register(A0);
    return this.context.register(A1);
  }
}

/** A call that returns what is in `a0`. */
export class WordCall extends SystemCall<number> {
  argument = 0;
  info = 0;
  constructor(context: UserContext, number: number) {
    super(context, number, 0);
  }
  protected override load(): void {
    this.context.setRegister(A0, this.argument);
    this.context.setRegister(A1, this.info);
  }
  protected override result(): number {
    return this.context.register(A0);
  }
}

/** A call without a result. */
export class PlainCall extends SystemCall<void> {
  argument = 0;
  info = 0;
  constructor(context: UserContext, number: number) {
    super(context, number, undefined);
  }
  protected override load(): void {
    this.context.setRegister(A0, this.argument);
    this.context.setRegister(A1, this.info);
  }
  protected override result(): void {
    // Nothing comes back.
  }
}
