import type { KernelConfig } from "@cantrip/sel4-config";
import { type Cap, CapType, nullCap, type Tcb } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { type Closure, closureOf, covers, mayClear, mayWrite } from "./closure.ts";
import { GuardedSpace } from "./guarded-space.ts";
import { EXTERNAL, KernelWorld, TIMER } from "./kernel-world.ts";
import { type Operation, RandomCalls } from "./random-calls.ts";
import { act } from "./random-acts.ts";
import { Victim, VICTIM_PRIORITY } from "./victim.ts";
import { WatchedPort } from "./watched-port.ts";

const WAKE_IRQ = 31;
const PRIORITY = 50;
const BUDGET = 700;
const TABLE_BYTES = 4096;
const ROOT = InitialCap.InitThreadCNode;
/** Of each compartment: in most of them a thread is alone. */
const THREADS = [1, 2, 2];
const DEVICES = [{ base: 0x50000000, size: 0x10000 }];

/** Hostile threads with a CSpace and an address space of their own, and what they do to it. */
export class Compartment extends RandomCalls {
  readonly space: GuardedSpace;
  readonly untyped: number;
  readonly deviceUntyped: number;
  readonly schedControl = 0;
  /** What its capabilities reached before it did anything: nobody gives it more. */
  readonly reach: Closure;
  readonly tcbs: readonly Tcb[];

  constructor(world: KernelWorld, number: number, threads: number, device: number) {
    super(world);
    const { label, objectType } = world.config;
    const space = new GuardedSpace(world);
    this.space = space;
    const faults = space.make(objectType.endpoint);
    for (let index = 0; index < threads; index++) {
      const thread = space.thread(PRIORITY, BUDGET, index === 0 ? BUDGET : 3000, faults);
      this.threads.push(thread.ownTcb);
      this.contexts.push(thread.ownContext);
    }
    const endpoint = space.make(objectType.endpoint);
    const badged = world.mint(endpoint, 5);
    space.give(endpoint);
    space.give(badged);
    const notification = space.make(objectType.notification);
    for (const slot of [faults, notification]) space.give(slot);
    for (const type of ["reply", "reply", "pageTable", "pageTable", "page4K", "endpoint"] as const)
      space.give(space.make(objectType[type]));
    space.give(space.make(objectType.capTable, 3));
    space.give(space.make(objectType.untyped, 12));
    this.untyped = space.give(space.make(objectType.untyped, 15));
    const handler = world.freeSlot();
    const words = [10 + number, handler, 32];
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, words, [ROOT]);
    space.give(handler);
    this.deviceUntyped = space.give(world.create(objectType.untyped, 12, device));
    this.pool.push(
      ...[InitialCap.InitThreadCNode, InitialCap.InitThreadTcb, InitialCap.InitThreadVSpace],
      ...[InitialCap.InitThreadAsidPool, InitialCap.InitThreadIpcBuffer],
      ...space.given,
      ...space.empty,
    );
    this.tcbs = space.threads.map(({ tcb }) => world.typed(tcb, CapType.Thread).object);
    this.tcbs.forEach((tcb, index) => (tcb.name = `hostile ${number}.${index}`));
    this.reach = closureOf(this.#first, world.kernel.state);
  }

  get #first(): Tcb {
    const [first] = this.tcbs;
    if (first === undefined) throw new Error("a compartment without threads");
    return first;
  }

  /** What a slot of its CNode holds, whoever runs in it. */
  override cap(slot: number): Cap {
    const root = this.#first.slots[0]?.cap;
    if (root?.type !== CapType.CNode) return nullCap;
    return root.object.slots[slot]?.cap ?? nullCap;
  }

  /** Whether the thread is one that it was given, or made of its memory. */
  has({ paddr }: Tcb): boolean {
    return paddr >= this.space.land.base && paddr < this.space.land.base + this.space.land.bytes;
  }
}

/** Compartments of hostile threads, beside a victim. */
export class ConfinedProgram {
  readonly world: KernelWorld;
  readonly port: WatchedPort;
  readonly compartments: readonly Compartment[];
  readonly victim: Victim;
  /** Whether {@link check} looks at capabilities, and not just at what was done with them. */
  looksAtReach = true;
  readonly #wake: number;
  readonly #handler: number;

  constructor(config: KernelConfig, port = new WatchedPort()) {
    const world = new KernelWorld(config, { port, deviceRegions: DEVICES });
    this.world = world;
    this.port = port;
    world.isChecked = false;
    const { label } = config;
    this.#wake = world.notification();
    this.#handler = world.freeSlot();
    const issue = [WAKE_IRQ, this.#handler, 32];
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, issue, [ROOT]);
    world.must(this.#handler, label.irqSetIRQHandler, [], [this.#wake]);
    // It can always run, before the victim.
    world.thread({ priority: VICTIM_PRIORITY + 1, budget: 1000 });
    this.victim = new Victim(world, (one) => {
      this.#rest();
      while (one());
      this.#awake();
    });
    const device = this.#device();
    this.compartments = THREADS.map(
      (threads, number) => new Compartment(world, number, threads, device),
    );
    this.victim.remember(world.kernel.state);
    this.#rest();
    port.isWatching = true;
  }

  /** A thread of a compartment runs after that time, if the initial task can set it going; it is its compartment. */
  prepare(us: number): Compartment | undefined {
    const { world } = this;
    world.pass(us);
    if (world.port.time > world.port.deadline)
      this.entry(() => {
        world.trap(TIMER);
      });
    if (this.#running === undefined) this.#revive();
    return this.#running;
  }

  /** One act of a thread; what the kernel does to memory meanwhile has to be its own. */
  step(compartment: Compartment, one: Operation): void {
    this.entry(() => {
      act(compartment, one);
    });
  }

  /**
   * An entry into the kernel, or none.
   *
   * @throws Error when the kernel wrote what the running thread's capabilities do not cover, or goes on in an address
   *   space that is not of the compartment that runs then
   */
  entry(enter: () => void): void {
    const { world, port } = this;
    const compartment = this.#running;
    // What it has may go with what it does.
    const closure =
      compartment === undefined ? undefined : closureOf(world.current, world.kernel.state);
    enter();
    const reach = compartment?.reach;
    port.checkThat(
      (paddr) =>
        closure !== undefined &&
        reach !== undefined &&
        mayWrite(closure, paddr) &&
        isWithin(reach, paddr, 4),
      (paddr, bytes) =>
        closure !== undefined &&
        reach !== undefined &&
        mayClear(closure, paddr, bytes) &&
        mayClear(reach, paddr, bytes),
    );
    this.#checkSpace();
  }

  /**
   * What does not have to be looked at after every entry.
   *
   * @throws Error when a capability or a page of a compartment is for anything that it did not have, or the victim is not
   *   as it was
   */
  check(): void {
    const { state } = this.world.kernel;
    for (const { tcbs, reach } of this.looksAtReach ? this.compartments : [])
      for (const tcb of tcbs) {
        const now = closureOf(tcb, state);
        for (const object of now.objects)
          if (!reach.objects.has(object) && !covers(reach.untypeds, object.paddr, 1))
            throw new Error(
              `${tcb.name} has got the ${object.kind} of 0x${object.paddr.toString(16)}`,
            );
        for (const { base, bytes } of [...now.untypeds, ...now.tables, ...now.frames])
          if (!isWithin(reach, base, bytes))
            throw new Error(`${tcb.name} has got memory at 0x${base.toString(16)}`);
      }
    this.victim.check(state);
    this.port.checkThat(
      () => false,
      () => false,
    );
  }

  /** The initial task does something unwatched. */
  asInitialTask(what: () => void): void {
    this.port.isWatching = false;
    if (this.world.current !== this.world.root) this.#awake();
    what();
    this.#rest();
    this.port.isWatching = true;
  }

  get #running(): Compartment | undefined {
    const { current } = this.world;
    return this.compartments.find((compartment) => compartment.has(current));
  }

  /** A thread that gives itself another address space gets it when it is switched to. */
  #checkSpace(): void {
    const { world, port } = this;
    const reach = this.#running?.reach;
    if (reach === undefined || port.rootTable === world.kernel.state.globalRoot) return;
    if (!mayClear(reach, port.rootTable, TABLE_BYTES))
      throw new Error(`${world.current.name} runs with the table 0x${port.rootTable.toString(16)}`);
  }

  /** The initial task is woken up and sets everyone going again. */
  #revive(): void {
    const { world } = this;
    const { label } = world.config;
    this.asInitialTask(() => {
      world.pass(20);
      for (const { space } of this.compartments)
        for (const { tcb, context } of space.threads) {
          world.invoke(context, label.schedContextBind, [], [tcb]);
          world.invoke(tcb, label.tcbSetPriority, [PRIORITY], [InitialCap.InitThreadTcb]);
          world.invoke(tcb, label.tcbSuspend);
          world.invoke(tcb, label.tcbResume);
        }
    });
  }

  #rest(): void {
    const { world } = this;
    world.invoke(this.#handler, world.config.label.irqAckIRQ);
    world.syscall(world.config.syscall.wait, this.#wake);
  }

  #awake(): void {
    const { world } = this;
    world.port.raised.add(WAKE_IRQ);
    // Interrupts of the hostile threads may come first.
    for (let tries = 0; tries < 8 && world.current !== world.root; tries++) world.trap(EXTERNAL);
    if (world.current !== world.root) throw new Error("the initial task does not wake up");
  }

  #device(): number {
    for (let slot = 0; slot < 256; slot++) {
      const cap = this.world.cap(slot);
      if (cap.type === CapType.Untyped && cap.isDevice && cap.sizeBits >= 14) return slot;
    }
    throw new Error("no device memory");
  }
}

/** Whether the memory is of anything that the capabilities reached. */
function isWithin({ untypeds, tables, frames }: Closure, paddr: number, bytes: number): boolean {
  return (
    covers(untypeds, paddr, bytes) || covers(tables, paddr, bytes) || covers(frames, paddr, bytes)
  );
}
