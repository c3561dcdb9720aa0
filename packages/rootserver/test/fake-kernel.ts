import { ECALL, type HostedComponent, Steps, type Task, type UserContext } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";

const A0 = 10;
const A1 = 11;
const A2 = 12;
const A7 = 17;
const PAGE = 4096;
const OWN_CNODE = 2;

/** Words of the IPC buffer behind the message registers, and of its capabilities. */
const MESSAGE_WORD = 1;
const CAPS_WORD = 122;

export const IMAGE = 0x10000;
export const COPY_REGION = 0x20000;
export const SPEC = 0x30000;
export const ARCHIVE = 0x40000;
export const IMAGE_END = 0x50000;
export const IPC_BUFFER = 0x50000;
export const BOOT_INFO = 0x51000;

/** An untyped of the fake kernel. */
export interface FakeUntyped {
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice?: boolean;
  readonly isTainted?: boolean;
  used?: number;
  children?: number;
}

/** A capability in the fake root CNode. */
interface FakeCap {
  readonly what: string;
  readonly paddr: number;
  readonly untyped?: FakeUntyped;
}

/**
 * A kernel that knows one flat CSpace: it accounts for untypeds and slots, records every invocation, and lets everything
 * else succeed.
 */
export class FakeKernel implements UserContext {
  readonly calls: string[] = [];
  /** Contents of frames, as they were unmapped from the copy region; by slot of the frame. */
  readonly frames = new Map<number, Uint8Array>();
  console = "";
  readonly memory: Uint8Array = new Uint8Array(0x60000);
  readonly caps = new Map<number, FakeCap>();
  readonly #config: KernelConfig;
  readonly #registers = new Uint32Array(32);
  readonly #view = new DataView(this.memory.buffer);
  #mapped = -1;

  constructor(config: KernelConfig, untypeds: readonly FakeUntyped[]) {
    this.#config = config;
    const layout = config.bootInfo;
    const word = (offset: number, value: number): void => {
      this.#view.setUint32(BOOT_INFO + offset, value, true);
    };
    const region = (offset: number, start: number, end: number): void => {
      word(offset, start);
      word(offset + 4, end);
    };
    const untypedStart = 20;
    const frames = untypedStart + untypeds.length;
    const frameCount = (IMAGE_END - IMAGE) / PAGE;
    word(layout.ipcBuffer, IPC_BUFFER);
    word(layout.numNodes, 1);
    word(layout.initThreadCNodeSizeBits, 11);
    region(layout.schedcontrol, 19, 20);
    region(layout.untyped, untypedStart, frames);
    region(layout.userImageFrames, frames, frames + frameCount);
    region(layout.empty, frames + frameCount, 2048);
    untypeds.forEach((untyped, index) => {
      const at = layout.untypedList + index * layout.untypedDescBytes;
      word(at, untyped.paddr);
      const device = untyped.isDevice === true ? 0x100 : 0;
      word(at + 4, untyped.sizeBits | device | (untyped.isTainted === true ? 0x10000 : 0));
      this.caps.set(untypedStart + index, { what: "untyped", paddr: untyped.paddr, untyped });
    });
    for (let frame = frames; frame < frames + frameCount; frame++) {
      this.caps.set(frame, { what: "frame", paddr: 0 });
    }
    for (const slot of [1, 2, 3, 4, 5, 6, 11, 19])
      this.caps.set(slot, { what: "initial", paddr: 0 });
    this.#registers[A0] = BOOT_INFO;
  }

  /** Runs the root server until it suspends itself. */
  run(program: HostedComponent): void {
    const task: Task<void> = program.create().run("main", this);
    const iterator = new Steps(task);
    for (;;) {
      const step = iterator.next();
      if (step.done === true) throw new Error("the root server returned");
      if (step.value !== ECALL) throw new Error(`unexpected step end "${step.value.kind}"`);
      if (this.#syscall() === "suspended") return;
    }
  }

  #syscall(): "suspended" | "goes on" {
    const { syscall } = this.#config;
    const number = this.register(A7) | 0;
    if (number === syscall.debugPutChar) {
      this.console += String.fromCharCode(this.register(A0));
      return "goes on";
    }
    if (number === syscall.debugNameThread) {
      this.calls.push(`name ${this.register(A0)}`);
      return "goes on";
    }
    if (number !== syscall.call) throw new Error(`system call ${number}`);
    const info = this.register(A1);
    const name = this.#invoke(this.register(A0), info >>> 12, info & 0x7f, (info >>> 7) & 3);
    return name === "tcbSuspend" ? "suspended" : "goes on";
  }

  #message(index: number): number {
    return index < 4
      ? this.register(A2 + index)
      : this.load32(IPC_BUFFER + (MESSAGE_WORD + index) * 4);
  }

  #answer(code: number, ...registers: number[]): void {
    registers.forEach((value, index) => {
      this.#registers[A2 + index] = value;
    });
    this.#registers[A1] = ((code << 12) | registers.length) >>> 0;
  }

  #invoke(cptr: number, label: number, length: number, extraCaps: number): string {
    const entry = Object.entries(this.#config.label).find(([, value]) => value === label);
    const name = entry?.[0] ?? `label ${label}`;
    const words = Array.from({ length }, (_, index) => this.#message(index));
    const caps = Array.from({ length: extraCaps }, (_, index) =>
      this.load32(IPC_BUFFER + (CAPS_WORD + index) * 4),
    );
    this.calls.push(`${name} ${cptr}(${words.join(",")};${caps.join(",")})`);
    const code = this.#perform(name, cptr, words, caps);
    if (code !== undefined) this.#answer(code);
    return name;
  }

  /** Returns the error code, or `undefined` when the answer was given. */
  #perform(
    name: string,
    cptr: number,
    words: readonly number[],
    caps: readonly number[],
  ): number | undefined {
    const [w0 = 0, , w2 = 0] = words;
    switch (name) {
      case "untypedRetype":
        return this.#retype(cptr, words);
      case "cnodeDelete":
        this.#remove(w0);
        return ErrorCode.NoError;
      case "cnodeMove":
        return this.#place(cptr, w0, caps[0] === OWN_CNODE ? w2 : -1, true);
      case "cnodeCopy":
      case "cnodeMint":
        return this.#place(cptr, w0, caps[0] === OWN_CNODE ? w2 : -1, false);
      case "riscvPageGetAddress":
        this.#answer(ErrorCode.NoError, this.caps.get(cptr)?.paddr ?? 0);
        return undefined;
      case "riscvPageMap":
        if (w0 === COPY_REGION) {
          this.#mapped = cptr;
          this.memory.fill(0, COPY_REGION, COPY_REGION + PAGE);
        }
        return ErrorCode.NoError;
      case "riscvPageUnmap":
        if (cptr === this.#mapped) {
          this.frames.set(cptr, this.memory.slice(COPY_REGION, COPY_REGION + PAGE));
          this.#mapped = -1;
        }
        return ErrorCode.NoError;
      case "irqIssueIRQHandler":
        this.caps.set(words[1] ?? 0, { what: `irq ${w0}`, paddr: 0 });
        return ErrorCode.NoError;
      case "riscvASIDControlMakePool":
        this.caps.set(w0, { what: "asid pool", paddr: 0 });
        return ErrorCode.NoError;
      default:
        return ErrorCode.NoError;
    }
  }

  #place(root: number, index: number, source: number, isMove: boolean): number {
    const cap = this.caps.get(source);
    if (cap === undefined) return ErrorCode.FailedLookup;
    if (root === OWN_CNODE) {
      if (this.caps.has(index)) return ErrorCode.DeleteFirst;
      this.caps.set(index, cap);
    }
    if (isMove) this.caps.delete(source);
    return ErrorCode.NoError;
  }

  #remove(slot: number): void {
    const untyped = this.caps.get(slot)?.untyped;
    if (untyped?.children !== undefined) untyped.children--;
    this.caps.delete(slot);
  }

  #retype(cptr: number, words: readonly number[]): number | undefined {
    const untyped = this.caps.get(cptr)?.untyped;
    const [type = 0, userBits = 0, , , offset = 0] = words;
    if (untyped === undefined) return ErrorCode.InvalidCapability;
    if (this.caps.has(offset)) return ErrorCode.DeleteFirst;
    if ((untyped.children ?? 0) === 0) untyped.used = 0;
    const bytes = 2 ** this.#objectBits(type, userBits);
    const start = Math.ceil((untyped.used ?? 0) / bytes) * bytes;
    const left = 2 ** untyped.sizeBits - (untyped.used ?? 0);
    if (start + bytes > 2 ** untyped.sizeBits) {
      this.#answer(ErrorCode.NotEnoughMemory, left);
      return undefined;
    }
    untyped.used = start + bytes;
    untyped.children = (untyped.children ?? 0) + 1;
    this.caps.set(offset, { what: `object ${type}`, paddr: untyped.paddr + start, untyped });
    return ErrorCode.NoError;
  }

  #objectBits(type: number, userBits: number): number {
    const { objectType, sizeBits } = this.#config;
    switch (type) {
      case objectType.untyped:
      case objectType.schedContext:
        return userBits;
      case objectType.capTable:
        return userBits + sizeBits.slot;
      case objectType.tcb:
        return sizeBits.tcb;
      case objectType.endpoint:
      case objectType.reply:
        return sizeBits.endpoint;
      case objectType.notification:
        return sizeBits.notification;
      case objectType.megaPage:
        return sizeBits.megaPage;
      default:
        return sizeBits.page4K;
    }
  }

  register(index: number): number {
    return this.#registers[index] ?? 0;
  }
  setRegister(index: number, value: number): void {
    this.#registers[index] = value;
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
    target.set(this.memory.subarray(address, address + target.length));
  }
  copyOut(address: number, source: Uint8Array): void {
    this.memory.set(source, address);
  }
  fill(address: number, length: number, value: number): void {
    this.memory.fill(value, address, address + length);
  }
  *touch(): Task<void> {
    // Everything is mapped.
  }
}
