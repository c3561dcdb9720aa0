import { type HostedInstance, Steps, type Task, type UserContext } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import {
  IpcBufferWord,
  messageExtraCaps,
  messageInfo,
  messageLabel,
  messageLength,
} from "@cantrip/sel4-sys";

/** Registers of one thread over the memory of the system. */
class FakeContext implements UserContext {
  readonly registers: Uint32Array = new Uint32Array(32);
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  constructor(memory: Uint8Array) {
    this.#bytes = memory;
    this.#view = new DataView(memory.buffer);
  }
  register(index: number): number {
    return this.registers[index] ?? 0;
  }
  setRegister(index: number, value: number): void {
    if (index === 0 || index === 27) throw new RangeError(`register ${index}`);
    this.registers[index] = value;
  }
  load8(address: number): number {
    return this.#view.getUint8(address);
  }
  load16(address: number): number {
    return this.#view.getUint16(address, true);
  }
  load32(address: number): number {
    return this.#view.getUint32(address, true);
  }
  store8(address: number, value: number): void {
    this.#view.setUint8(address, value);
  }
  store16(address: number, value: number): void {
    this.#view.setUint16(address, value, true);
  }
  store32(address: number, value: number): void {
    this.#view.setUint32(address, value, true);
  }
  copyIn(address: number, target: Uint8Array): void {
    target.set(this.#bytes.subarray(address, address + target.length));
  }
  copyOut(address: number, source: Uint8Array): void {
    this.#bytes.set(source, address);
  }
  fill(address: number, length: number, value: number): void {
    this.#bytes.fill(value, address, address + length);
  }
  *touch(): Task<void> {
    // Everything is mapped.
  }
}

/** A thread of the fake system. */
export interface FakeThread {
  readonly context: UserContext & { readonly registers: Uint32Array };
  readonly ipcBuffer: number;
  readonly steps: Steps<void>;
  state: "ready" | "blocked" | "done";
  waitingSender?: { readonly object: number; readonly badge: number; readonly isCall: boolean };
  waitingReceiver?: { readonly object: number; readonly reply: number | undefined };
}

/** A message as the kernel saw it. */
export interface SeenMessage {
  readonly object: number;
  readonly badge: number;
  readonly label: number;
  readonly length: number;
  /** The message's bytes, `length` words. */
  readonly bytes: readonly number[];
}

/** What a slot holds. */
export interface FakeCap {
  readonly kind: "endpoint" | "notification" | "reply" | "cnode" | "other";
  readonly object: number;
  readonly badge: number;
}

const { syscall, label } = cantrip;

/**
 * Threads, endpoints, notifications, reply objects and one CSpace: just enough of a kernel to run components against
 * each other. Every thread shares one memory.
 */
export class FakeSystem {
  readonly memory: Uint8Array = new Uint8Array(0x40000);
  readonly caps: Map<number, FakeCap> = new Map<number, FakeCap>();
  readonly messages: SeenMessage[] = [];
  readonly invocations: { readonly service: number; readonly label: number }[] = [];
  readonly threads: FakeThread[] = [];
  readonly #signals = new Map<number, number>();
  readonly #callers = new Map<number, FakeThread>();

  endpoint(slot: number, object: number, badge = 0): number {
    this.caps.set(slot, { kind: "endpoint", object, badge });
    return slot;
  }
  notification(slot: number, object: number, badge = 0): number {
    this.caps.set(slot, { kind: "notification", object, badge });
    return slot;
  }
  reply(slot: number, object: number): number {
    this.caps.set(slot, { kind: "reply", object, badge: 0 });
    return slot;
  }

  addThread(ipcBuffer: number, run: (context: UserContext) => Task<void>): FakeThread {
    const context = new FakeContext(this.memory);
    const steps = new Steps(run(context));
    const thread: FakeThread = { context, ipcBuffer, steps, state: "ready" };
    this.threads.push(thread);
    return thread;
  }

  addInstance(instance: HostedInstance, threads: Readonly<Record<string, number>>): void {
    for (const [name, ipcBuffer] of Object.entries(threads)) {
      this.addThread(ipcBuffer, (context) => instance.run(name, context));
    }
  }

  /** Runs until every thread is blocked or done, or `limit` system calls were made. */
  run(limit = 10000): void {
    for (let calls = 0; calls < limit;) {
      const ready = this.threads.filter(({ state }) => state === "ready");
      if (ready.length === 0) return;
      for (const thread of ready) {
        if (thread.state !== "ready") continue;
        const step = thread.steps.next();
        if (step.done === true) thread.state = "done";
        else this.#systemCall(thread);
        calls++;
      }
    }
    throw new Error("too many system calls");
  }

  #systemCall(thread: FakeThread): void {
    const registers = thread.context.registers;
    const a0 = registers[10] ?? 0;
    const info = registers[11] ?? 0;
    const a6 = registers[16] ?? 0;
    switch ((registers[17] ?? 0) | 0) {
      case syscall.call:
        this.#send(thread, a0, info, true);
        return;
      case syscall.send:
        this.#send(thread, a0, info, false);
        return;
      case syscall.replyRecv:
        this.#answer(thread, a6, info);
        this.#receive(thread, a0, a6);
        return;
      case syscall.recv:
        this.#receive(thread, a0, a6);
        return;
      case syscall.wait:
        this.#receive(thread, a0, undefined);
        return;
      case syscall.yield:
        return;
      default:
        throw new Error(`system call ${(registers[17] ?? 0) | 0}`);
    }
  }

  #send(thread: FakeThread, slot: number, info: number, isCall: boolean): void {
    const cap = this.caps.get(slot);
    switch (cap?.kind) {
      case "notification": {
        this.#signals.set(cap.object, (this.#signals.get(cap.object) ?? 0) | cap.badge);
        const waiter = this.#waiterOn(cap.object);
        if (waiter !== undefined) this.#takeSignal(waiter, cap.object);
        return;
      }
      case "reply":
        this.#answer(thread, slot, info);
        return;
      case "endpoint": {
        thread.waitingSender = { object: cap.object, badge: cap.badge, isCall };
        thread.state = "blocked";
        const receiver = this.#waiterOn(cap.object);
        if (receiver !== undefined) this.#deliver(thread, receiver);
        return;
      }
      case "cnode": {
        const code = messageLabel(info);
        this.invocations.push({ service: slot, label: code });
        if (code === label.cnodeDelete) this.caps.delete(thread.context.register(12));
        thread.context.setRegister(10, 0);
        thread.context.setRegister(11, 0);
        return;
      }
      default:
        throw new Error(`send to slot ${slot}`);
    }
  }

  #receive(thread: FakeThread, slot: number, reply: number | undefined): void {
    const cap = this.caps.get(slot);
    if (cap === undefined) throw new Error(`receive from slot ${slot}`);
    thread.waitingReceiver = { object: cap.object, reply };
    thread.state = "blocked";
    if (cap.kind === "notification") {
      if ((this.#signals.get(cap.object) ?? 0) !== 0) this.#takeSignal(thread, cap.object);
      return;
    }
    const sender = this.threads.find(({ waitingSender }) => waitingSender?.object === cap.object);
    if (sender !== undefined) this.#deliver(sender, thread);
  }

  #waiterOn(object: number): FakeThread | undefined {
    return this.threads.find(({ waitingReceiver }) => waitingReceiver?.object === object);
  }

  #takeSignal(thread: FakeThread, object: number): void {
    thread.context.setRegister(10, this.#signals.get(object) ?? 0);
    this.#signals.delete(object);
    delete thread.waitingReceiver;
    thread.state = "ready";
  }

  #deliver(sender: FakeThread, receiver: FakeThread): void {
    const { waitingSender } = sender;
    const { waitingReceiver } = receiver;
    if (waitingSender === undefined || waitingReceiver === undefined) throw new Error("nobody");
    const { object, badge, isCall } = waitingSender;
    this.#transfer(sender, receiver, sender.context.register(11), object, badge);
    receiver.context.setRegister(10, badge);
    delete sender.waitingSender;
    delete receiver.waitingReceiver;
    receiver.state = "ready";
    if (!isCall) sender.state = "ready";
    else if (waitingReceiver.reply === undefined) throw new Error("a call without a reply object");
    else this.#callers.set(waitingReceiver.reply, sender);
  }

  #answer(thread: FakeThread, reply: number, info: number): void {
    const caller = this.#callers.get(reply);
    if (caller === undefined) throw new Error("nobody to answer");
    this.#callers.delete(reply);
    this.#transfer(thread, caller, info, reply, 0);
    caller.context.setRegister(10, 0);
    caller.state = "ready";
  }

  #transfer(from: FakeThread, to: FakeThread, info: number, object: number, badge: number): void {
    const length = messageLength(info);
    const words: number[] = [];
    for (let index = 0; index < length; index++) {
      const at = (IpcBufferWord.message + index) * 4;
      if (index < 4) {
        words.push(from.context.register(12 + index));
        to.context.setRegister(12 + index, words[index] ?? 0);
      } else {
        words.push(from.context.load32(from.ipcBuffer + at));
        to.context.store32(to.ipcBuffer + at, words[index] ?? 0);
      }
    }
    let received = 0;
    if (messageExtraCaps(info) > 0) {
      const slot = from.context.load32(from.ipcBuffer + IpcBufferWord.caps * 4);
      const target = to.context.load32(to.ipcBuffer + IpcBufferWord.receiveIndex * 4);
      const cap = this.caps.get(slot);
      if (cap !== undefined && target !== 0 && !this.caps.has(target)) {
        this.caps.set(target, cap);
        received = 1;
      }
    }
    to.context.setRegister(11, messageInfo(messageLabel(info), length, received));
    const bytes = new Uint8Array(new Uint32Array(words).buffer);
    this.messages.push({ object, badge, label: messageLabel(info), length, bytes: [...bytes] });
  }
}
