import type { KernelConfig } from "@cantrip/sel4-config";
import { InvocationArgs } from "./args.ts";
import { createKernelState } from "./boot-state.ts";
import { bootInitialTask } from "./boot.ts";
import type { InitialTask } from "./initial-task.ts";
import { debugSyscall, print } from "./debug.ts";
import { receiveIpc } from "./endpoint.ts";
import { fastCall, fastReplyRecv } from "./fast-path.ts";
import { stopInMachineMode } from "./fail.ts";
import { handleFault } from "./fault.ts";
import { handleInvocation, type InvocationKind } from "./invoke.ts";
import type { KernelPlatform, KernelPort } from "./kernel-port.ts";
import { lookupSlot } from "./lookup.ts";
import { receiveSignal, sendSignal } from "./notification.ts";
import {
  CapType,
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  copyWord,
  type Fault,
  highOf,
  numberOf,
  type Reply,
  Right,
  setWord,
  type Tcb,
  ThreadState,
  wordOf,
} from "./objects.ts";
import { type KernelObserver, SyscallOutcome } from "./observer.ts";
import {
  activateThread,
  chargeBudget,
  checkBudget,
  hasBudget,
  isDomainExpired,
  checkBudgetRestart,
  isBlocked,
  isSchedulable,
  schedule,
  updateTimestamp,
} from "./scheduler.ts";
import { Exception, type KernelState } from "./state.ts";
import { linkThread } from "./thread.ts";

const A0 = 10;
const A6 = 16;
const A7 = 17;
const T0 = 5;
const ECALL_FROM_USER = 8;
const INTERRUPT = 0x80000000;
const TIMER_INTERRUPT = 0x80000005;
const ECALL_BYTES = 4;

/** What the kernel needs. */
export interface KernelOptions {
  readonly config: KernelConfig;
  readonly platform: KernelPlatform;
  readonly port: KernelPort;
  /** Is told what the kernel does, from the boot on. */
  readonly observer?: KernelObserver;
  /** `false`: every system call takes the slow path, which does the same. */
  readonly hasFastPath?: boolean;
}

const CALL: InvocationKind = kind(true, true, true, false);
const SEND: InvocationKind = kind(false, true, false, false);
const NB_SEND: InvocationKind = kind(false, false, false, false);
const FIRST_PHASE: InvocationKind = kind(false, false, true, true);

function kind(
  isCall: boolean,
  isBlocking: boolean,
  canDonate: boolean,
  isFirstPhase: boolean,
): InvocationKind {
  return { isCall, isBlocking, canDonate, isFirstPhase };
}

/** The MCS kernel on one core. */
export class Kernel {
  /** Everything the kernel knows; for tools. */
  readonly state: KernelState;
  /** System calls made so far. */
  syscalls = 0;
  /** System calls among them that took the fast path. */
  fastSyscalls = 0;
  readonly #args: InvocationArgs;
  readonly #hasFastPath: boolean;

  constructor(options: KernelOptions) {
    this.state = createKernelState(options.config, options.platform, options.port);
    this.#args = new InvocationArgs(this.state);
    this.state.observer = options.observer ?? null;
    this.#hasFastPath = options.hasFastPath ?? true;
  }

  /** Tells an observer what happens from now on, in place of the one before; `null` for none. */
  observe(observer: KernelObserver | null): void {
    this.state.observer = observer;
  }

  /** Makes the initial task and lets it run when the machine goes on. */
  boot(task: InitialTask): void {
    bootInitialTask(this.state, task);
    linkThread(this.state, this.state.idle);
    this.#exit(this.state.idle);
  }

  /**
   * Handles a trap from user mode: the port holds the context, its pc is where the trap happened.
   *
   * @param cause - `scause`
   * @param value - `stval`; on a 64-bit machine signed
   * @param low - its lower half, where a number does not hold all of it
   * @param high - its upper half
   */
  trap(
    cause: number,
    value: number,
    low: number = value,
    high: number = Math.floor(value / 2 ** 32),
  ): void {
    const { state } = this;
    const { current, port } = state;
    const isIdle = current === state.idle;
    if (!isIdle) {
      port.saveContext(current.context, current.contextPairs);
      current.context[CONTEXT_FAULT_PC] = current.context[CONTEXT_PC] ?? 0;
      if (state.is64) copyWord(current.context, CONTEXT_FAULT_PC, current.context, CONTEXT_PC);
    }
    if (cause >= INTERRUPT) this.#interrupt(cause);
    else if (isIdle) return;
    else if (cause === ECALL_FROM_USER) {
      if (this.#fastSyscall(current)) return;
      this.#syscall();
    } else this.#exception(cause, value, low, high);
    if (state.isHalted) return;
    this.#exit(current);
  }

  /** @param before - who ran when the kernel was entered */
  #exit(before: Tcb): void {
    const { state } = this;
    schedule(state);
    activateThread(state);
    if (state.current === state.idle) state.port.waitForInterrupt();
    else state.port.loadContext(state.current.context, state.current.contextPairs);
    const { observer } = state;
    if (observer === null) return;
    if (state.current !== before) observer.threadSwitch?.(before, state.current);
    observer.exit?.(state.current);
  }

  #interrupt(cause: number): void {
    const { state } = this;
    updateTimestamp(state);
    checkBudget(state);
    const { costs } = state.config;
    if (cause === TIMER_INTERRUPT) {
      state.port.charge(costs.timerInterrupt);
      state.scheduler.reprogram = true;
      state.observer?.interrupt?.(null, null);
      return;
    }
    state.port.charge(costs.interrupt);
    const irq = state.port.claimInterrupt();
    if (irq !== 0) this.#deliver(irq);
  }

  /** Signals a claimed interrupt. The claim holds the line until its handler is acknowledged (`handleInterrupt`). */
  #deliver(irq: number): void {
    const { state } = this;
    if (state.irqActive[irq] !== true) {
      state.observer?.interrupt?.(irq, null);
      state.port.setInterruptMasked(irq, true);
      this.#report(`Received disabled IRQ: ${irq}\n`);
      return;
    }
    const cap = state.irqSlots[irq]?.cap;
    if (cap?.type === CapType.Notification && (cap.rights & Right.Write) !== 0) {
      state.observer?.interrupt?.(irq, cap.object);
      sendSignal(state, cap);
    } else {
      state.observer?.interrupt?.(irq, null);
      this.#report(`Undelivered IRQ: ${irq}\n`);
    }
  }

  #report(text: string): void {
    if (this.state.config.settings.debugBuild) print(this.state, text);
  }

  #exception(cause: number, value: number, low: number, high: number): void {
    const { state } = this;
    if (state.config.settings.machineModeExceptions.includes(cause)) {
      stopInMachineMode(state, cause, value);
      return;
    }
    updateTimestamp(state);
    state.port.charge(state.config.costs.fault);
    if (!checkBudgetRestart(state)) return;
    handleFault(state, state.current, faultOf(cause, low >>> 0, state.is64 ? high >>> 0 : 0));
  }

  /** Makes a system call the short way, all through to the exit; `false` when that cannot be done. */
  #fastSyscall(current: Tcb): boolean {
    const { state } = this;
    const { syscall } = state.config;
    const number = wordOf(current.context, A7);
    const isCall = number === syscall.call;
    if (!isCall && number !== syscall.replyRecv) return false;
    if (state.is64 && highOf(current.context, A7) !== -1) return false;
    // Observers are told about the steps of the slow path.
    if (!this.#hasFastPath || state.observer !== null) return false;
    updateTimestamp(state);
    if (!hasBudget(state) || isDomainExpired(state)) return false;
    if (isCall ? !fastCall(state) : !fastReplyRecv(state)) return false;
    state.port.charge(isCall ? state.config.costs.call : state.config.costs.replyRecv);
    skipEcall(state, current.context);
    this.syscalls++;
    this.fastSyscalls++;
    const next = state.current;
    state.port.loadContext(next.context, next.contextPairs);
    return true;
  }

  #syscall(): void {
    const { state } = this;
    const { current } = state;
    const { context } = current;
    const number = state.is64 ? numberOf(context, A7) : wordOf(context, A7);
    skipEcall(state, context);
    this.syscalls++;
    const { observer } = state;
    if (observer === null) {
      this.#handle(number);
      return;
    }
    observer.systemCall?.(current, number);
    this.#args.refusal = 0;
    const exception = this.#handle(number);
    observer.systemCallEnd?.(current, number, outcomeOf(current, exception), this.#args.refusal);
  }

  #handle(number: number): Exception {
    const { state } = this;
    const { syscall } = state.config;
    if (number > syscall.call || number < syscall.yield) return this.#unknownSyscall(number);
    updateTimestamp(state);
    if (!checkBudgetRestart(state)) return Exception.Preempted;
    const exception = this.#dispatch(number);
    if (exception === Exception.Fault && state.currentFault !== null) {
      handleFault(state, state.current, state.currentFault);
    } else if (exception === Exception.Preempted) {
      this.#preempted();
    }
    return exception;
  }

  /**
   * A long operation stopped half-way: its thread, if it still exists, is in `Restart` and makes the call again
   * (`mcsPreemptionPoint`). A pending interrupt is taken before that.
   */
  #preempted(): void {
    const { state } = this;
    const { scheduler } = state;
    if (isSchedulable(state.current)) checkBudget(state);
    else if (state.currentSchedContext.refillMax > 0)
      chargeBudget(state, scheduler.consumed, false);
    else scheduler.consumed = 0;
  }

  #unknownSyscall(number: number): Exception {
    const { state } = this;
    state.port.charge(state.config.costs.debug);
    if (state.config.settings.debugBuild && debugSyscall(state, number)) return Exception.None;
    updateTimestamp(state);
    if (!checkBudgetRestart(state)) return Exception.Preempted;
    const { context } = state.current;
    handleFault(state, state.current, {
      kind: "unknownSyscall",
      syscallNumber: wordOf(context, A7) >>> 0,
      syscallNumberHigh: highOf(context, A7) >>> 0,
    });
    return Exception.Fault;
  }

  #dispatch(number: number): Exception {
    const { state } = this;
    const { syscall } = state.config;
    const { current } = state;
    const { context } = current;
    const cptr = (context[A0] ?? 0) >>> 0;
    const high = highOf(context, A0);
    state.port.charge(costOf(state, number));
    switch (number) {
      case syscall.call:
        return this.#invoke(CALL, cptr, high);
      case syscall.send:
        return this.#invoke(SEND, cptr, high);
      case syscall.nbSend:
        return this.#invoke(NB_SEND, cptr, high);
      case syscall.replyRecv: {
        const exception = this.#firstPhase(A6);
        return exception === Exception.None ? this.#receive(true, true, cptr, high) : exception;
      }
      case syscall.nbSendRecv: {
        const exception = this.#firstPhase(T0);
        return exception === Exception.None ? this.#receive(true, true, cptr, high) : exception;
      }
      case syscall.nbSendWait: {
        const exception = this.#firstPhase(A6);
        return exception === Exception.None ? this.#receive(true, false, cptr, high) : exception;
      }
      case syscall.recv:
        return this.#receive(true, true, cptr, high);
      case syscall.nbRecv:
        return this.#receive(false, true, cptr, high);
      case syscall.wait:
        return this.#receive(true, false, cptr, high);
      case syscall.nbWait:
        return this.#receive(false, false, cptr, high);
      default:
        return this.#yield();
    }
  }

  #invoke(kind: InvocationKind, cptr: number, cptrHigh: number): Exception {
    return handleInvocation(this.state, this.#args, kind, cptr, cptrHigh);
  }

  /** The send phase of a combined call, to the capability that a register names. */
  #firstPhase(register: number): Exception {
    const { context } = this.state.current;
    return this.#invoke(FIRST_PHASE, wordOf(context, register) >>> 0, highOf(context, register));
  }

  #receive(isBlocking: boolean, canReply: boolean, cptr: number, cptrHigh: number): Exception {
    const { state } = this;
    const { current } = state;
    const slot = lookupSlot(state, current, cptr, cptrHigh);
    if (slot === null) return this.#receiveFault(cptr, cptrHigh);
    const { cap } = slot;
    if (cap.type === CapType.Endpoint && (cap.rights & Right.Read) !== 0) {
      let reply: Reply | null = null;
      if (canReply) {
        const replyCptr = wordOf(current.context, A6) >>> 0;
        const replyHigh = highOf(current.context, A6);
        const replySlot = lookupSlot(state, current, replyCptr, replyHigh);
        if (replySlot === null) return this.#receiveFault(replyCptr, replyHigh);
        if (replySlot.cap.type !== CapType.Reply) {
          const { reportsWrongReply } = state.config.checks;
          return reportsWrongReply
            ? this.#missingCap(replyCptr, replyHigh)
            : this.#receiveFault(replyCptr, replyHigh);
        }
        reply = replySlot.cap.object;
      }
      receiveIpc(state, current, cap, reply, isBlocking);
      return Exception.None;
    }
    if (cap.type === CapType.Notification && (cap.rights & Right.Read) !== 0) {
      const { boundTcb } = cap.object;
      if (boundTcb !== null && boundTcb !== current) return this.#missingCap(cptr, cptrHigh);
      receiveSignal(state, current, cap.object, isBlocking);
      return Exception.None;
    }
    return this.#missingCap(cptr, cptrHigh);
  }

  #missingCap(cptr: number, cptrHigh: number): Exception {
    this.state.lookupFailure = { kind: "missingCapability", bitsLeft: 0 };
    return this.#receiveFault(cptr, cptrHigh);
  }

  #receiveFault(cptr: number, cptrHigh: number): Exception {
    const { state } = this;
    state.currentFault = {
      kind: "capFault",
      address: cptr,
      addressHigh: cptrHigh >>> 0,
      inReceivePhase: true,
      lookupFailure: state.lookupFailure,
    };
    return Exception.Fault;
  }

  #yield(): Exception {
    const { state } = this;
    const { currentSchedContext, scheduler } = state;
    const consumed = currentSchedContext.consumed + scheduler.consumed;
    chargeBudget(state, currentSchedContext.refills[0]?.amount ?? 0, false);
    // Not the whole slice was consumed, only what was used of it.
    currentSchedContext.consumed = consumed;
    return Exception.None;
  }
}

/** Instructions of a system call, whatever it invokes. */
function costOf({ config: { syscall, costs } }: KernelState, number: number): number {
  switch (number) {
    case syscall.call:
      return costs.call;
    case syscall.replyRecv:
      return costs.replyRecv;
    case syscall.send:
    case syscall.nbSend:
      return costs.send;
    case syscall.nbSendRecv:
    case syscall.nbSendWait:
      return costs.send + costs.receive;
    case syscall.yield:
      return costs.yield;
    default:
      return costs.receive;
  }
}

/** How a system call left its thread. */
function outcomeOf(thread: Tcb, exception: Exception): SyscallOutcome {
  if (exception === Exception.Fault) return SyscallOutcome.Fault;
  if (exception === Exception.Preempted) return SyscallOutcome.Restart;
  if (thread.state === ThreadState.Inactive) return SyscallOutcome.Stopped;
  return isBlocked(thread) ? SyscallOutcome.Blocked : SyscallOutcome.Done;
}

/** Sets the pc behind the system call. */
function skipEcall({ is64 }: KernelState, context: Int32Array): void {
  if (is64) setWord(context, CONTEXT_PC, numberOf(context, CONTEXT_PC) + ECALL_BYTES);
  else context[CONTEXT_PC] = wordOf(context, CONTEXT_PC) + ECALL_BYTES;
}

/** `scause` and the halves of `stval`, unsigned, as a fault. */
function faultOf(cause: number, address: number, addressHigh: number): Fault {
  switch (cause) {
    case 1:
    case 12:
      return { kind: "vmFault", address, addressHigh, fsr: 1, isInstructionFault: true };
    case 5:
    case 13:
      return { kind: "vmFault", address, addressHigh, fsr: 5, isInstructionFault: false };
    case 7:
    case 15:
      return { kind: "vmFault", address, addressHigh, fsr: 7, isInstructionFault: false };
    default:
      return { kind: "userException", number: cause, code: 0 };
  }
}
