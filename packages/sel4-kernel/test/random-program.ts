import { type KernelConfig } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { FakePort } from "./fake-port.ts";
import { EXTERNAL, KernelWorld, type Message, TIMER } from "./kernel-world.ts";

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

const ROOT = InitialCap.InitThreadCNode;
const WAKE_IRQ = 7;
const PRIORITIES = [40, 50, 50, 60];
/** Devices, one large enough for a mega page. */
const DEVICES = [
  { base: 0x50000000, size: 0x10000 },
  { base: 0x60000000, size: 0x400000 },
];

/** A system with several threads that have capabilities to everything, and a text of what they did. */
export class RandomProgram {
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
  readonly untyped: number;
  readonly schedControl: number;
  readonly #names = new Map<number, string>();
  readonly #wake: number;
  readonly #handler: number;
  readonly #deviceUntyped: number;

  constructor(config: KernelConfig, { isChecked = true, port = new FakePort() } = {}) {
    const world = new KernelWorld(config, { port, deviceRegions: DEVICES });
    this.world = world;
    const { label, objectType } = config;
    world.isChecked = false;
    for (const [name, slot] of Object.entries(InitialCap)) this.#names.set(slot, name);
    const add = (name: string, slot: number): number => {
      this.pool.push(slot);
      this.#names.set(slot, name);
      return slot;
    };
    const fault = add("faults", world.endpoint());
    add("badged", world.mint(add("endpoint", world.endpoint()), 5));
    add("notification", world.notification());
    add("reply1", world.reply());
    add("reply2", world.reply());
    PRIORITIES.forEach((priority, index) => {
      const { slot, sc } = world.thread({
        priority,
        budget: 700,
        period: index % 2 === 0 ? 700 : 3000,
        isSporadic: index === 3,
        faultHandler: index === 0 ? 0 : fault,
      });
      world.must(slot, label.tcbSetMCPriority, [100], [InitialCap.InitThreadTcb]);
      this.threads.push(slot);
      this.contexts.push(sc);
      this.#names.set(slot, `thread${index}`);
      this.#names.set(sc, `context${index}`);
    });
    this.schedControl = world.schedControl();
    this.untyped = world.create(objectType.untyped, 17);
    this.#names.set(this.untyped, "untyped");
    this.#deviceUntyped = this.#largestDevice();
    this.#names.set(this.#deviceUntyped, "deviceUntyped");
    add("smallUntyped", world.create(objectType.untyped, 12));
    add("table", world.create(objectType.pageTable));
    add("root", world.create(objectType.pageTable));
    add("page", world.create(objectType.page4K));
    add("node", world.create(objectType.capTable, 4));
    this.#wake = world.notification();
    this.#handler = world.freeSlot();
    const { irqIssueIRQHandler, irqSetIRQHandler } = label;
    world.must(InitialCap.IrqControl, irqIssueIRQHandler, [WAKE_IRQ, this.#handler, 32], [ROOT]);
    world.must(this.#handler, irqSetIRQHandler, [], [this.#wake]);
    for (let index = 0; index < 30; index++) add(`slot${index}`, world.freeSlot());
    world.isChecked = isChecked;
    world.syscall(config.syscall.wait, this.#wake);
  }

  get deviceUntyped(): number {
    return this.#deviceUntyped;
  }

  /** Time passes, and whoever has to run can; `false`: nobody can any more. */
  prepare(us: number): boolean {
    const { world } = this;
    world.pass(us);
    if (us > 3) this.lines.push(`${us} us pass`);
    if (world.port.time > world.port.deadline) this.interrupt(TIMER);
    if (world.current === world.kernel.state.idle && !this.#revive()) return false;
    return world.current !== world.root;
  }

  /** The initial task is woken up and sets everyone going again. */
  #revive(): boolean {
    const { world } = this;
    const { label } = world.config;
    this.lines.push("the initial task starts all threads again");
    world.port.raised.add(WAKE_IRQ);
    world.trap(EXTERNAL);
    // Domains have their turns one after the other.
    for (let turn = 0; turn < 8 && world.current === world.kernel.state.idle; turn++) {
      world.port.time = Math.max(world.port.time, Math.min(world.port.deadline, 2 ** 50)) + 24;
      world.trap(TIMER);
    }
    // Without its buffer it cannot name capabilities.
    if (world.current !== world.root || world.root.slots[2]?.cap.type !== CapType.Frame)
      return false;
    const answers = world.isChecked;
    world.pass(1000);
    this.threads.forEach((slot, index) => {
      if (world.cap(slot).type !== CapType.Thread || world.current !== world.root) return;
      const call = (
        cptr: number,
        name: number,
        words: number[] = [],
        caps: number[] = [],
      ): void => {
        if (world.current !== world.root) return;
        world.syscall(world.config.syscall.call, cptr, { label: name, words, caps });
      };
      call(this.contexts[index] ?? 0, label.schedContextBind, [], [slot]);
      call(slot, label.tcbSetPriority, [PRIORITIES[index] ?? 50], [InitialCap.InitThreadTcb]);
      call(slot, label.tcbSuspend);
      call(slot, label.tcbResume);
    });
    world.isChecked = answers;
    if (world.current !== world.root) return world.current !== world.kernel.state.idle;
    world.syscall(world.config.syscall.call, this.#handler, { label: label.irqAckIRQ });
    if (world.current === world.root) world.syscall(world.config.syscall.wait, this.#wake);
    return world.current !== world.kernel.state.idle;
  }

  #largestDevice(): number {
    let largest = 0;
    let bits = 0;
    for (let slot = 0; slot < 256; slot++) {
      const cap = this.world.cap(slot);
      if (cap.type !== CapType.Untyped || !cap.isDevice || cap.sizeBits <= bits) continue;
      largest = slot;
      bits = cap.sizeBits;
    }
    return largest;
  }

  nameOf(slot: number): string {
    return this.#names.get(slot) ?? String(slot);
  }
  /** A slot that holds a capability of that type, if there is one. */
  some(type: number, at: number): number {
    const fit = this.pool.filter((slot) => this.world.cap(slot).type === type);
    return fit[at % fit.length] ?? this.pool[at % this.pool.length] ?? 0;
  }
  free(at: number): number {
    return this.some(CapType.Null, at);
  }
  /** A slot that holds anything. */
  full(at: number): number {
    const fit = this.pool.filter((slot) => this.world.cap(slot).type !== CapType.Null);
    return fit[at % fit.length] ?? 0;
  }
  thread(at: number): number {
    return at % 5 === 4 ? this.some(CapType.Thread, at) : (this.threads[at % 4] ?? 0);
  }
  context(at: number): number {
    return at % 5 === 4 ? this.some(CapType.SchedContext, at) : (this.contexts[at % 4] ?? 0);
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
