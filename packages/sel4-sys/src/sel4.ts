import type { Task, UserContext } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { IpcBufferWord, MESSAGE_REGISTERS } from "./constants.ts";
import { DebugCalls } from "./debug-calls.ts";
import { Invocation } from "./invocation.ts";
import {
  AsidControlInvocations,
  AsidPoolInvocations,
  CNodeInvocations,
  DomainSetInvocations,
  IrqControlInvocations,
  IrqHandlerInvocations,
  PageInvocations,
  PageTableInvocations,
  SchedContextInvocations,
  SchedControlInvocations,
} from "./invocations.ts";
import { messageInfo } from "./message-info.ts";
import { MessageCall, PlainCall, WordCall } from "./system-calls.ts";
import { TcbInvocations } from "./tcb-invocations.ts";
import { untypedInvocations, type UntypedOf } from "./untyped-invocations.ts";

/** `a2`, the first message register. */
const FIRST_MESSAGE_REGISTER = 12;

/**
 * System calls and invocations of a thread.
 *
 * System calls are reusable tasks that allocate nothing; a `SeL4` belongs to one thread.
 *
 * `Config` is the type of the kernel's configuration: with `CantripProfile`, `untyped.describe` is there; with
 * `UpstreamProfile` it is not; with `KernelConfig` the program has to look.
 */
export class SeL4<Config extends KernelConfig = KernelConfig> extends DebugCalls {
  /** Badge of the last receive or wait. */
  badge = 0;
  readonly untyped: UntypedOf<Config>;
  readonly cnode: CNodeInvocations = new CNodeInvocations(this);
  readonly tcb: TcbInvocations = new TcbInvocations(this);
  readonly page: PageInvocations = new PageInvocations(this);
  readonly pageTable: PageTableInvocations = new PageTableInvocations(this);
  readonly asidControl: AsidControlInvocations = new AsidControlInvocations(this);
  readonly asidPool: AsidPoolInvocations = new AsidPoolInvocations(this);
  readonly irqControl: IrqControlInvocations = new IrqControlInvocations(this);
  readonly irqHandler: IrqHandlerInvocations = new IrqHandlerInvocations(this);
  readonly schedControl: SchedControlInvocations = new SchedControlInvocations(this);
  readonly schedContext: SchedContextInvocations = new SchedContextInvocations(this);
  readonly domainSet: DomainSetInvocations = new DomainSetInvocations(this);
  readonly #invocation: Invocation = new Invocation(this);
  readonly #call: MessageCall;
  readonly #replyRecv: MessageCall;
  readonly #recv: MessageCall;
  readonly #nbRecv: MessageCall;
  readonly #nbSendRecv: MessageCall;
  readonly #nbSendWait: MessageCall;
  readonly #send: PlainCall;
  readonly #nbSend: PlainCall;
  readonly #yield: PlainCall;
  readonly #wait: WordCall;
  readonly #nbWait: WordCall;

  /** @param ipcBuffer - virtual address of the thread's IPC buffer; 0 when it has none */
  constructor(context: UserContext, config: Config, ipcBuffer: number) {
    super(context, config, ipcBuffer);
    this.untyped = untypedInvocations(this, config);
    const { syscall } = config;
    this.#call = new MessageCall(context, syscall.call, this);
    this.#replyRecv = new MessageCall(context, syscall.replyRecv, this);
    this.#recv = new MessageCall(context, syscall.recv, this);
    this.#nbRecv = new MessageCall(context, syscall.nbRecv, this);
    this.#nbSendRecv = new MessageCall(context, syscall.nbSendRecv, this);
    this.#nbSendWait = new MessageCall(context, syscall.nbSendWait, this);
    this.#send = new PlainCall(context, syscall.send);
    this.#nbSend = new PlainCall(context, syscall.nbSend);
    this.#yield = new PlainCall(context, syscall.yield);
    this.#wait = new WordCall(context, syscall.wait);
    this.#nbWait = new WordCall(context, syscall.nbWait);
  }

  /** Sends and waits for the reply. Returns the reply's message info. Corresponds to `seL4_Call`. */
  call(destination: number, info: number): Task<number> {
    this.#call.destination = destination;
    this.#call.info = info;
    return this.#call;
  }

  /** Replies through `reply` and receives from `source`. Corresponds to `seL4_ReplyRecv`. */
  replyRecv(source: number, info: number, reply: number): Task<number> {
    this.#replyRecv.destination = source;
    this.#replyRecv.info = info;
    this.#replyRecv.reply = reply;
    return this.#replyRecv;
  }

  /** Receives; a caller can be answered through `reply`. Corresponds to `seL4_Recv`. */
  recv(source: number, reply: number): Task<number> {
    this.#recv.destination = source;
    this.#recv.reply = reply;
    return this.#recv;
  }

  /** Receives if something is there; the badge is 0 otherwise. Corresponds to `seL4_NBRecv`. */
  nbRecv(source: number, reply: number): Task<number> {
    this.#nbRecv.destination = source;
    this.#nbRecv.reply = reply;
    return this.#nbRecv;
  }

  /** Corresponds to `seL4_NBSendRecv`. */
  nbSendRecv(destination: number, info: number, source: number, reply: number): Task<number> {
    this.#nbSendRecv.sendDestination = destination;
    this.#nbSendRecv.info = info;
    this.#nbSendRecv.destination = source;
    this.#nbSendRecv.reply = reply;
    return this.#nbSendRecv;
  }

  /** Corresponds to `seL4_NBSendWait`. */
  nbSendWait(destination: number, info: number, source: number): Task<number> {
    this.#nbSendWait.reply = destination;
    this.#nbSendWait.info = info;
    this.#nbSendWait.destination = source;
    return this.#nbSendWait;
  }

  /** Sends; blocks until somebody receives. Corresponds to `seL4_Send`. */
  send(destination: number, info: number): Task<void> {
    this.#send.argument = destination;
    this.#send.info = info;
    return this.#send;
  }

  /** Sends if somebody waits; the message is lost otherwise. Corresponds to `seL4_NBSend`. */
  nbSend(destination: number, info: number): Task<void> {
    this.#nbSend.argument = destination;
    this.#nbSend.info = info;
    return this.#nbSend;
  }

  /** Signals a notification, or sends an empty message to an endpoint. Corresponds to `seL4_Signal`. */
  signal(destination: number): Task<void> {
    return this.send(destination, messageInfo(0, 0));
  }

  /** Waits for a signal or a message without a reply object; returns the badge. Corresponds to `seL4_Wait`. */
  wait(source: number): Task<number> {
    this.#wait.argument = source;
    return this.#wait;
  }

  /** The badge of a signal that is there already; 0 otherwise. Corresponds to `seL4_NBWait` and `seL4_Poll`. */
  nbWait(source: number): Task<number> {
    this.#nbWait.argument = source;
    return this.#nbWait;
  }

  /** Gives up the rest of the time slice. Corresponds to `seL4_Yield`. */
  yield(): Task<void> {
    return this.#yield;
  }

  /** Reads message register `index` (0..119): the first four are registers, the rest is in the IPC buffer. */
  messageRegister(index: number): number {
    if (index < MESSAGE_REGISTERS) return this.context.register(FIRST_MESSAGE_REGISTER + index);
    return this.context.load32(this.ipcBuffer + (IpcBufferWord.message + index) * 4);
  }

  /** Writes message register `index` (0..119). */
  setMessageRegister(index: number, value: number): void {
    if (index < MESSAGE_REGISTERS) this.context.setRegister(FIRST_MESSAGE_REGISTER + index, value);
    else this.context.store32(this.ipcBuffer + (IpcBufferWord.message + index) * 4, value);
  }

  /** Chooses extra capability `index` (0..2) of the next message. Corresponds to `seL4_SetCap`. */
  setCap(index: number, cptr: number): void {
    this.context.store32(this.ipcBuffer + (IpcBufferWord.caps + index) * 4, cptr);
  }

  /** Badge of unwrapped capability `index` of the last message. Corresponds to `seL4_GetBadge`. */
  cap(index: number): number {
    return this.context.load32(this.ipcBuffer + (IpcBufferWord.caps + index) * 4);
  }

  /** Where a capability of the next received message goes. Corresponds to `seL4_SetCapReceivePath`. */
  setReceivePath(root: number, index: number, depth: number): void {
    const { context, ipcBuffer } = this;
    context.store32(ipcBuffer + IpcBufferWord.receiveCNode * 4, root);
    context.store32(ipcBuffer + IpcBufferWord.receiveIndex * 4, index);
    context.store32(ipcBuffer + IpcBufferWord.receiveDepth * 4, depth);
  }

  /**
   * Invokes a capability. Message registers of the answer can be read afterwards.
   *
   * @param name - official name, for errors
   * @param words - message registers
   * @param caps - extra capabilities
   * @throws InvocationError when the kernel refuses
   */
  invoke(
    name: string,
    cptr: number,
    label: number,
    words: readonly number[],
    caps: readonly number[],
  ): Task<void> {
    // One that was prepared and not consumed keeps its arguments.
    const invocation = this.#invocation.isBusy ? new Invocation(this) : this.#invocation;
    return invocation.prepare(name, cptr, label, words, caps);
  }
}
