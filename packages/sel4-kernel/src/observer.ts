import type { Endpoint, Fault, Notification, Tcb } from "./objects.ts";

/** How a system call left the thread that made it. */
export const SyscallOutcome = {
  /** It is over: its registers hold the result. */
  Done: 0,
  /** The thread waits: for a partner, a reply or a signal. */
  Blocked: 1,
  /** It faulted; `KernelObserver.fault` was told before. */
  Fault: 2,
  /** The budget is used up, or a long operation was pre-empted: the thread makes the same call again later. */
  Restart: 3,
  /** The thread was stopped or deleted, by its own call for example. */
  Stopped: 4,
} as const;
export type SyscallOutcome = (typeof SyscallOutcome)[keyof typeof SyscallOutcome];

/**
 * Is told what the kernel does, while it does it: for traces.
 *
 * An observer only looks: it must not change a thread, an object or memory, and must not call the kernel. Then a run
 * with it is the same as one without, instruction by instruction.
 */
export interface KernelObserver {
  /** A thread made a system call: its context holds the registers as they were sent. */
  systemCall?(thread: Tcb, number: number): void;
  /**
   * The same system call is handled. Messages, faults and signals that it caused came before.
   *
   * @param error - `seL4_Error` that an invocation was refused with; 0 when it was not, or was none
   */
  systemCallEnd?(thread: Tcb, number: number, outcome: SyscallOutcome, error: number): void;
  /**
   * A message was copied. The sender's registers still hold what it sent, and `sender.fault` is the fault when the kernel
   * sent the message for it.
   *
   * @param endpoint - where they met; `null` for a reply
   * @param info - message info word as the receiver gets it: with the capabilities that arrived
   */
  message?(
    sender: Tcb,
    receiver: Tcb,
    endpoint: Endpoint | null,
    badge: number,
    info: number,
  ): void;
  /** A thread faulted; called before its message is sent. */
  fault?(thread: Tcb, fault: Fault, hasHandler: boolean): void;
  /**
   * An interrupt was taken.
   *
   * @param irq - `null`: the kernel's own timer
   * @param notification - what is signalled; `null` when nothing is
   */
  interrupt?(irq: number | null, notification: Notification | null): void;
  /** Another thread runs when the kernel is left; either may be the idle thread. */
  threadSwitch?(from: Tcb, to: Tcb): void;
  /** The kernel is left, and this thread runs: the idle thread when nobody does. */
  exit?(thread: Tcb): void;
}
