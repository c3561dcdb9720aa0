import { cantrip, type KernelConfig } from "@cantrip/sel4-config";
import {
  type Cap,
  CapType,
  type CNode,
  CONTEXT_HIGH,
  checkInvariants,
  Kernel,
  numberOf,
  type SchedContext,
  type Tcb,
} from "@cantrip/sel4-kernel";
import { CapRights, InitialCap, IpcBufferWord, messageInfo } from "@cantrip/sel4-sys";
import { expect } from "vitest";
import { FakePort, RAM_BASE, RAM_SIZE } from "./fake-port.ts";

const BREAKPOINT = 3;
export const ECALL = 8;
export const TIMER = 0x80000005;
export const EXTERNAL = 0x80000009;
export const TICKS_PER_US = 24;
export const A0 = 10;
export const A1 = 11;
export const A2 = 12;
export const A6 = 16;
export const A7 = 17;
export const T0 = 5;
export const SP = 2;
export const PC = 32;
/** Where a context keeps the pc of the instruction that entered the kernel. */
export const FAULT_PC = 33;
const ROOT = InitialCap.InitThreadCNode;

/** What the kernel answered to an invocation. */
export interface Answer {
  readonly error: number;
  readonly length: number;
  readonly words: readonly number[];
}

export interface Message {
  readonly label?: number;
  readonly words?: readonly number[];
  readonly caps?: readonly number[];
  /** `a6` */
  readonly reply?: number;
  /** `t0` */
  readonly destination?: number;
}

export interface ThreadOptions {
  readonly priority?: number;
  /** Microseconds; no scheduling context when left out. */
  readonly budget?: number;
  readonly period?: number;
  readonly isSporadic?: boolean;
  readonly scBadge?: number;
  readonly faultHandler?: number;
  readonly isStarted?: boolean;
}

export interface TestThread {
  readonly tcb: Tcb;
  readonly slot: number;
  /** Slot of its scheduling context; 0 for a passive thread. */
  readonly sc: number;
  readonly pc: number;
}

/** Top of the memory that a kernel gives as devices. */
const DEVICE_TOP = 0xfffff000;

/** The kernel's own device memory, so that these regions are left for untypeds. */
function allBut(
  regions: readonly { readonly base: number; readonly size: number }[],
): { base: number; size: number }[] {
  const ends = [0, ...regions.map(({ base, size }) => base + size)];
  const bases = [...regions.map(({ base }) => base), DEVICE_TOP];
  return ends.map((base, index) => ({ base, size: (bases[index] ?? DEVICE_TOP) - base }));
}

/** A booted kernel whose initial task, at priority 255, is driven by the test. */
export class KernelWorld {
  readonly port: FakePort;
  readonly kernel: Kernel;
  readonly config: KernelConfig;
  readonly root: Tcb;
  /** Slot of the largest untyped of the boot. */
  readonly untyped: number;
  /** The initial CNode, whatever becomes of the initial task's CSpace. */
  readonly #node: CNode;
  #nextSlot: number;
  #nextPc = 0x20000;
  /** Whether every trap is followed by a check of the whole state. */
  isChecked = true;

  constructor(
    config: KernelConfig = cantrip,
    {
      hasFastPath = true,
      port = new FakePort(),
      deviceRegions = [{ base: 0x50000000, size: 0x10000 }],
    } = {},
  ) {
    this.config = config;
    this.port = port;
    const kernelBytes = 0x28000;
    this.kernel = new Kernel({
      config,
      hasFastPath,
      port: this.port,
      platform: {
        ram: { base: RAM_BASE, size: RAM_SIZE },
        kernelImage: { base: RAM_BASE, size: kernelBytes, bootBytes: 0 },
        kernelDevices: allBut(deviceRegions),
        maxIrq: 33,
        ticksPerUs: TICKS_PER_US,
      },
    });
    this.kernel.boot({
      image: { paddr: RAM_BASE + kernelBytes, size: 0x2000 },
      vaddr: 0x10000,
      entry: 0x10000,
    });
    this.root = this.kernel.state.current;
    const cspace = this.root.slots[0]?.cap;
    if (cspace?.type !== CapType.CNode) throw new Error("no root CNode");
    this.#node = cspace.object;
    let largest = 0;
    let bits = 0;
    let last = 0;
    for (let slot = 0; slot < 2048; slot++) {
      const cap = this.cap(slot);
      if (cap.type !== CapType.Null) last = slot;
      if (cap.type === CapType.Untyped && !cap.isDevice && cap.sizeBits > bits) {
        largest = slot;
        bits = cap.sizeBits;
      }
    }
    this.untyped = largest;
    this.#nextSlot = last + 1;
  }

  /** Bits of a CPtr. */
  get depth(): number {
    return this.config.wordBits;
  }
  get current(): Tcb {
    return this.kernel.state.current;
  }
  freeSlot(): number {
    return this.#nextSlot++;
  }
  cap(slot: number): Cap {
    const found = this.#node.slots[slot];
    if (found === undefined) throw new Error(`no slot ${slot}`);
    return found.cap;
  }
  /** A capability that must be of that type. */
  typed<T extends CapType>(slot: number, type: T): Extract<Cap, { type: T }> {
    const cap = this.cap(slot);
    if (cap.type !== type) throw new Error(`slot ${slot} has type ${cap.type}`);
    return cap as Extract<Cap, { type: T }>;
  }
  schedContext(slot: number): SchedContext {
    return this.typed(slot, CapType.SchedContext).object;
  }

  /** Physical address of a thread's IPC buffer. */
  buffer(tcb: Tcb): number {
    const cap = tcb.slots[2]?.cap;
    if (cap?.type !== CapType.Frame) throw new Error("no IPC buffer");
    return cap.paddr + (tcb.ipcBuffer % 4096);
  }
  bufferWord(tcb: Tcb, index: number): number {
    const { is64, wordBytes } = this.kernel.state;
    const at = this.buffer(tcb) + index * wordBytes;
    return this.port.readWord(at) + (is64 ? this.port.readWord(at + 4) * 2 ** 32 : 0);
  }
  /** Of 64 bits, exact up to 2^53. */
  setBufferWord(tcb: Tcb, index: number, value: number): void {
    const { is64, wordBytes } = this.kernel.state;
    const at = this.buffer(tcb) + index * wordBytes;
    this.port.writeWord(at, value);
    if (is64) this.port.writeWord(at + 4, Math.floor(value / 2 ** 32));
  }
  setReceiveSlot(tcb: Tcb, slot: number): void {
    this.setBufferWord(tcb, IpcBufferWord.receiveCNode, ROOT);
    this.setBufferWord(tcb, IpcBufferWord.receiveIndex, slot);
    this.setBufferWord(tcb, IpcBufferWord.receiveDepth, this.depth);
  }

  /** Message register of a thread that does not run. */
  messageOf(tcb: Tcb, index: number): number {
    return index < 4
      ? numberOf(tcb.context, A2 + index)
      : this.bufferWord(tcb, IpcBufferWord.message + index);
  }

  /** The running thread traps. The structure is checked after every trap. */
  trap(cause: number, value = 0): void {
    this.kernel.trap(cause, value);
    if (!this.isChecked) return;
    checkInvariants(this.kernel.state);
  }

  /** The running thread takes an exception, or a breakpoint where the kernel's machine mode would stop at it. */
  exception(cause: number, value: number): void {
    const stops = this.config.settings.machineModeExceptions.includes(cause);
    this.trap(stops ? BREAKPOINT : cause, value);
  }

  /** The running thread makes a system call. */
  syscall(number: number, cptr: number, message: Message = {}): void {
    const { registers } = this.port;
    const { words = [], caps = [] } = message;
    const set = (index: number, value: number): void => {
      registers[index] = value;
      registers[index + CONTEXT_HIGH] = this.kernel.state.is64 ? Math.floor(value / 2 ** 32) : 0;
    };
    set(A7, number);
    set(A0, cptr);
    set(A1, messageInfo(message.label ?? 0, words.length, caps.length));
    words.forEach((word, index) => {
      if (index < 4) set(A2 + index, word);
      else this.setBufferWord(this.current, IpcBufferWord.message + index, word);
    });
    caps.forEach((cap, index) => {
      this.setBufferWord(this.current, IpcBufferWord.caps + index, cap);
    });
    if (message.reply !== undefined) set(A6, message.reply);
    if (message.destination !== undefined) set(T0, message.destination);
    this.trap(ECALL);
  }

  /** The running thread calls a kernel object and gets its answer at once. */
  invoke(
    cptr: number,
    label: number,
    words: readonly number[] = [],
    caps: readonly number[] = [],
  ): Answer {
    const caller = this.current;
    this.syscall(this.config.syscall.call, cptr, { label, words, caps });
    expect(this.current.name).toBe(caller.name);
    return this.answer();
  }
  answer(): Answer {
    const info = (this.port.registers[A1] ?? 0) >>> 0;
    const length = info & 0x7f;
    const words = Array.from({ length }, (_, index) =>
      index < 4
        ? numberOf(this.port.registers, A2 + index)
        : this.bufferWord(this.current, IpcBufferWord.message + index),
    );
    return { error: info >>> 12, length, words };
  }
  /** The same, and it has to succeed. */
  must(
    cptr: number,
    label: number,
    words: readonly number[] = [],
    caps: readonly number[] = [],
  ): readonly number[] {
    const answer = this.invoke(cptr, label, words, caps);
    expect(answer.error, `label ${label}`).toBe(0);
    return answer.words;
  }

  create(type: number, sizeBits = 0, untyped: number = this.untyped): number {
    const slot = this.freeSlot();
    this.must(untyped, this.config.label.untypedRetype, [type, sizeBits, 0, 0, slot, 1], [ROOT]);
    return slot;
  }
  endpoint(): number {
    return this.create(this.config.objectType.endpoint);
  }
  notification(): number {
    return this.create(this.config.objectType.notification);
  }
  reply(): number {
    return this.create(this.config.objectType.reply);
  }
  /** A badged copy, with all rights unless told. */
  mint(source: number, badge: number, rights: number = CapRights.All): number {
    const slot = this.freeSlot();
    this.must(
      ROOT,
      this.config.label.cnodeMint,
      [slot, this.depth, source, this.depth, rights, badge],
      [ROOT],
    );
    return slot;
  }
  configure(
    sc: number,
    budget: number,
    period: number,
    { extraRefills = 0, badge = 0, isSporadic = false } = {},
  ): Answer {
    return this.invoke(
      this.schedControl(),
      this.config.label.schedControlConfigureFlags,
      [...this.times(budget, period), extraRefills, badge, isSporadic ? 1 : 0],
      [sc],
    );
  }
  /** Times as words of a message: two each, low first, or one of 64 bits. */
  times(...times: readonly number[]): number[] {
    return times.flatMap((time) => (this.kernel.state.is64 ? [time] : [time, 0]));
  }
  schedControl(): number {
    for (let slot = 0; slot < 2048; slot++)
      if (this.cap(slot).type === CapType.SchedControl) return slot;
    throw new Error("no SchedControl");
  }
  /** A thread in the initial task's own CSpace and address space. */
  thread(options: ThreadOptions = {}): TestThread {
    const { label, objectType, sizeBits } = this.config;
    const slot = this.create(objectType.tcb);
    const frame = this.create(objectType.page4K);
    const pc = this.#nextPc;
    this.#nextPc += 0x1000;
    this.must(
      slot,
      label.tcbConfigure,
      [0, 0, 0x70000000],
      [ROOT, InitialCap.InitThreadVSpace, frame],
    );
    let sc = 0;
    if (options.budget !== undefined) {
      sc = this.create(objectType.schedContext, sizeBits.minSchedContext);
      const configured = this.configure(sc, options.budget, options.period ?? options.budget, {
        badge: options.scBadge ?? 0,
        isSporadic: options.isSporadic ?? false,
      });
      expect(configured.error).toBe(0);
    }
    this.must(
      slot,
      label.tcbSetSchedParams,
      [254, options.priority ?? 100],
      [InitialCap.InitThreadTcb, sc, options.faultHandler ?? 0],
    );
    this.must(slot, label.tcbWriteRegisters, [options.isStarted === false ? 0 : 1, 1, pc]);
    const tcb = this.typed(slot, 12).object;
    tcb.name = `thread ${slot}`;
    return { tcb, slot, sc, pc };
  }

  /** Microseconds pass. */
  pass(us: number): void {
    this.port.time += us * TICKS_PER_US;
  }
  /** The initial task goes out of the way: it waits for a notification. */
  rest(): number {
    const notification = this.notification();
    this.syscall(this.config.syscall.wait, notification);
    return notification;
  }
  expectRunning(thread: TestThread | Tcb): void {
    expect(this.current.name).toBe(("tcb" in thread ? thread.tcb : thread).name);
  }
}
