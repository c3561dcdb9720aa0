import type { KernelConfig } from "@cantrip/sel4-config";
import { type Cap, CapType, ThreadState } from "@cantrip/sel4-kernel";
import type { KernelWorld, Message } from "./kernel-world.ts";

export type Label = keyof KernelConfig["label"];
export type Syscall = keyof KernelConfig["syscall"];

/** One thing that whatever thread happens to run does; what the numbers mean depends on what there is. */
export interface Operation {
  readonly act: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Microseconds that pass before. */
  readonly us: number;
}

/** What acts choose from, the calls that whatever thread happens to run makes, and what became of them. */
export abstract class RandomCalls {
  readonly world: KernelWorld;
  /** Operations by what became of them: `done`, or why they were refused. */
  readonly results = new Map<string, number>();
  /** Every act that succeeded. */
  readonly done = new Map<string, number>();
  /** What was done, one operation a line. */
  readonly lines: string[] = [];
  /** Changes what is about to be sent, to something that is wrong. */
  spoil: ((cptr: number, message: Message) => { cptr: number; message: Message }) | undefined;
  /** Slots that operations choose from: objects at first, and empty ones. */
  readonly pool: number[] = [];
  readonly threads: number[] = [];
  readonly contexts: number[] = [];
  protected readonly names = new Map<number, string>();
  /** Untyped memory to make objects of. */
  abstract readonly untyped: number;
  abstract readonly deviceUntyped: number;
  /** 0: none. */
  abstract readonly schedControl: number;

  protected constructor(world: KernelWorld) {
    this.world = world;
  }

  /** Bits of a CPtr. */
  get depth(): number {
    return this.world.depth;
  }

  /** What a slot of the CSpace holds. */
  cap(slot: number): Cap {
    return this.world.cap(slot);
  }
  nameOf(slot: number): string {
    return this.names.get(slot) ?? String(slot);
  }
  /** A slot that holds a capability of that type, if there is one. */
  some(type: number, at: number): number {
    const fit = this.pool.filter((slot) => this.cap(slot).type === type);
    return fit[at % fit.length] ?? this.pool[at % this.pool.length] ?? 0;
  }
  free(at: number): number {
    return this.some(CapType.Null, at);
  }
  /** A slot that holds anything. */
  full(at: number): number {
    const fit = this.pool.filter((slot) => this.cap(slot).type !== CapType.Null);
    return fit[at % fit.length] ?? 0;
  }
  thread(at: number): number {
    return at % 5 === 4
      ? this.some(CapType.Thread, at)
      : (this.threads[at % this.threads.length] ?? 0);
  }
  context(at: number): number {
    return at % 5 === 4
      ? this.some(CapType.SchedContext, at)
      : (this.contexts[at % this.contexts.length] ?? 0);
  }

  interrupt(cause: number): void {
    this.lines.push(`interrupt 0x${cause.toString(16)}`);
    this.world.trap(cause);
  }
  trap(cause: number, value: number): void {
    this.lines.push(`${this.world.current.name}: exception ${cause} of 0x${value.toString(16)}`);
    this.world.trap(cause, value);
    this.#count("exception", "done");
  }

  /** A system call that is no invocation of a kernel object. */
  system(name: Syscall, at: number, whole: Message = {}): void {
    const { world } = this;
    const caller = world.current;
    const { cptr, message } = this.#prepared(at, whole);
    const { words = [], caps = [], reply, destination } = message;
    const more = [
      ...(words.length > 0 ? [`words ${words.join(" ")}`] : []),
      ...(caps.length > 0 ? [`capabilities ${caps.map((cap) => this.nameOf(cap)).join(" ")}`] : []),
      ...(reply === undefined ? [] : [`a6 ${this.nameOf(reply)}`]),
      ...(destination === undefined ? [] : [`t0 ${this.nameOf(destination)}`]),
    ];
    this.lines.push(`${caller.name}: ${name} ${[this.nameOf(cptr), ...more].join(", ")}`);
    world.syscall(world.config.syscall[name] ?? 0, cptr, message);
    this.#count(name, caller.fault === null ? "done" : "fault");
  }

  /** An invocation of a kernel object by `seL4_Call`. */
  invoke(name: Label, at: number, words: number[] = [], caps: number[] = []): void {
    const { world } = this;
    const caller = world.current;
    const label = world.config.label[name];
    if (label === undefined) return;
    const { cptr, message } = this.#prepared(at, { label, words, caps });
    const args = [
      ...(message.words ?? []),
      ...(message.caps ?? []).map((cap) => this.nameOf(cap)),
    ].join(", ");
    const other = message.label === label ? "" : ` as label ${message.label ?? 0}`;
    this.lines.push(`${caller.name}: ${this.nameOf(cptr)}.${name}(${args})${other}`);
    const before = caller.context[32];
    world.syscall(world.config.syscall.call, cptr, message);
    const isAnswered = world.current === caller && caller.state === ThreadState.Running;
    const error = isAnswered ? (world.port.registers[11] ?? 0) >>> 12 : 0;
    // A pre-empted call, or one whose budget was over, is made again.
    const isAgain = caller.state === ThreadState.Restart || caller.context[32] === before;
    // The fork answers `Untyped_Describe` with the label it was called with.
    const isRefused = error !== 0 && error <= 10 && name !== "untypedDescribe";
    const result = isRefused ? `error ${error}` : isAgain ? "again" : "done";
    this.#count(name, caller.fault === null ? result : "fault");
  }

  /** Without an IPC buffer a message has four words and no capabilities. */
  #prepared(at: number, whole: Message): { cptr: number; message: Message } {
    const { cptr, message } = this.spoil?.(at, whole) ?? { cptr: at, message: whole };
    const cap = this.world.current.slots[2]?.cap;
    const hasBuffer = cap?.type === CapType.Frame && !cap.isDevice;
    if (hasBuffer) return { cptr, message };
    return { cptr, message: { ...message, caps: [], words: (message.words ?? []).slice(0, 4) } };
  }

  #count(act: string, result: string): void {
    this.results.set(result, (this.results.get(result) ?? 0) + 1);
    if (result === "done") this.done.set(act, (this.done.get(act) ?? 0) + 1);
  }
}
