import {
  type Endpoint,
  type Fault,
  type KernelObserver,
  type Notification,
  SyscallOutcome,
  type Tcb,
} from "@cantrip/sel4-kernel";
import { errorName } from "@cantrip/sel4-sys";
import type { ObservedSystem, SystemObserver } from "../riscv/system-observer.ts";
import { type CallText, CallWriter, faultText, sendTarget } from "./call-text.ts";
import { capsText, MessageReader, type SentMessage } from "./message-reader.ts";
import { SystemNames } from "./names.ts";
import { ThreadMemory } from "./thread-memory.ts";

/** What a trace of system calls shows. */
export interface StraceOptions {
  /**
   * Only threads of this component, and messages from and to them. An application's or another thread's name works as well;
   * absent: everything.
   */
  readonly component?: string;
  /** Receives each line, without a line end. */
  readonly write: (line: string) => void;
}

/**
 * Writes a line for each system call, message, fault and interrupt, in the order in which the kernel handles them:
 *
 * ```text
 * TIME THREAD CALL(CAPABILITY, ARGUMENTS) = RESULT
 * TIME SENDER -> RECEIVER: MESSAGE
 * TIME THREAD seL4_Fault_...
 * TIME irq N -> NOTIFICATION
 * ```
 *
 * The time is virtual, in microseconds. The lines of what a call caused follow the line of the call.
 */
export function createStrace(options: StraceOptions): SystemObserver {
  return { observe: (system) => new Strace(system, options) };
}

class Strace implements KernelObserver {
  readonly #system: ObservedSystem;
  readonly #options: StraceOptions;
  readonly #names: SystemNames;
  readonly #reader: MessageReader;
  readonly #writer: CallWriter;
  /** Lines of what the current system call caused; they follow its own. */
  readonly #held: string[] = [];
  #isInCall = false;
  /** When the current system call began, in cycles. */
  #callCycle = 0;
  /** The current system call; `undefined` when it is not shown. */
  #call: CallText | undefined;
  /** Requests whose reply is still to come, by client. */
  readonly #calls = new WeakMap<Tcb, SentMessage>();
  /** Threads that wait for a message or a signal, and the name of their system call. */
  readonly #waiting = new WeakMap<Tcb, string>();

  constructor(system: ObservedSystem, options: StraceOptions) {
    const memory = new ThreadMemory(system.machine, system.kernel);
    this.#system = system;
    this.#options = options;
    this.#names = new SystemNames(system);
    this.#reader = new MessageReader(system, this.#names, memory);
    this.#writer = new CallWriter(system.kernel.state.config, this.#names, memory, this.#reader);
  }

  systemCall(thread: Tcb, number: number): void {
    this.#names.learn(thread);
    this.#isInCall = true;
    this.#callCycle = this.#system.machine.cycles;
    this.#call = this.#shows(thread) ? this.#writer.describe(thread, number) : undefined;
  }

  systemCallEnd(thread: Tcb, _number: number, outcome: SyscallOutcome, error: number): void {
    const call = this.#call;
    this.#isInCall = false;
    this.#call = undefined;
    if (call !== undefined) {
      if (outcome === SyscallOutcome.Blocked && call.isReceive)
        this.#waiting.set(thread, call.name);
      const result = this.#result(thread, call, outcome, error);
      const line = `${this.#names.thread(thread).label} ${call.text}${result}`;
      this.#options.write(this.#timed(line, this.#callCycle));
    }
    for (const line of this.#held) this.#options.write(line);
    this.#held.length = 0;
  }

  message(
    sender: Tcb,
    receiver: Tcb,
    endpoint: Endpoint | null,
    badge: number,
    info: number,
  ): void {
    this.#waiting.delete(receiver);
    const text = this.#messageText(sender, receiver, endpoint, info);
    if (text === undefined) return;
    const via = endpoint === null ? "" : ` via ${this.#names.object(endpoint)} badge ${badge}`;
    const [from, to] = [this.#names.thread(sender).label, this.#names.thread(receiver).label];
    this.#write(`${from} -> ${to}: ${text}${capsText(info)}${via}`);
  }

  fault(thread: Tcb, fault: Fault, hasHandler: boolean): void {
    if (!this.#shows(thread)) return;
    const unhandled = hasHandler ? "" : " (no handler)";
    this.#write(`${this.#names.thread(thread).label} ${faultText(thread, fault)}${unhandled}`);
  }

  interrupt(irq: number | null, notification: Notification | null): void {
    // The kernel's own timer is no interrupt for anybody above it.
    if (irq === null || this.#options.component !== undefined) return;
    const target = notification === null ? "nobody" : this.#names.object(notification);
    this.#write(`irq ${irq} -> ${target}`);
  }

  exit(thread: Tcb): void {
    const name = this.#waiting.get(thread);
    if (name === undefined) return;
    this.#waiting.delete(thread);
    this.#write(
      `${this.#names.thread(thread).label} ${name} resumed = ${this.#writer.badge(thread)}`,
    );
  }

  #messageText(
    sender: Tcb,
    receiver: Tcb,
    endpoint: Endpoint | null,
    info: number,
  ): string | undefined {
    const isShown = this.#shows(sender) || this.#shows(receiver);
    if (endpoint === null) {
      const call = this.#calls.get(receiver);
      this.#calls.delete(receiver);
      if (!isShown) return undefined;
      return call?.readReply(sender, receiver, info) ?? this.#reader.plain(sender, info);
    }
    if (!isShown) {
      this.#calls.delete(sender);
      return undefined;
    }
    if (sender.fault !== null) return faultText(sender, sender.fault);
    const { config } = this.#system.kernel.state;
    const message = this.#reader.sent(sender, sendTarget(config, sender));
    this.#calls.set(sender, message);
    return message.text;
  }

  #shows(thread: Tcb): boolean {
    const { component } = this.#options;
    return component === undefined || this.#names.thread(thread).component === component;
  }

  #result(thread: Tcb, call: CallText, outcome: SyscallOutcome, error: number): string {
    switch (outcome) {
      case SyscallOutcome.Blocked:
        return " = blocked";
      case SyscallOutcome.Fault:
        return " = fault";
      case SyscallOutcome.Restart:
        return " = restarts";
      case SyscallOutcome.Stopped:
        return error === 0 && call.results !== undefined ? " = seL4_NoError" : " = stopped";
      case SyscallOutcome.Done:
        break;
    }
    if (error !== 0) return ` = seL4_${errorName(error)}`;
    if (call.results !== undefined)
      return ` = seL4_NoError${this.#writer.results(thread, call.results)}`;
    return call.isReceive ? ` = ${this.#writer.badge(thread)}` : "";
  }

  #write(text: string): void {
    const line = this.#timed(text, this.#system.machine.cycles);
    if (this.#isInCall) this.#held.push(line);
    else this.#options.write(line);
  }

  #timed(text: string, cycle: number): string {
    const microseconds = (cycle * 1_000_000) / this.#system.machine.clock.cyclesPerSecond;
    return `${microseconds.toFixed(2).padStart(12)} ${text}`;
  }
}
