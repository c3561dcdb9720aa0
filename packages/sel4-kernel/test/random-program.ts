import { type KernelConfig } from "@cantrip/sel4-config";
import { CapType } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { FakePort } from "./fake-port.ts";
import { EXTERNAL, KernelWorld, TIMER } from "./kernel-world.ts";
import { RandomCalls } from "./random-calls.ts";

const ROOT = InitialCap.InitThreadCNode;
const WAKE_IRQ = 7;
const PRIORITIES = [40, 50, 50, 60];
/** Devices, one large enough for a mega page. */
const DEVICES = [
  { base: 0x50000000, size: 0x10000 },
  { base: 0x60000000, size: 0x400000 },
];

/** A system with several threads that have capabilities to everything, and a text of what they did. */
export class RandomProgram extends RandomCalls {
  readonly untyped: number;
  readonly schedControl: number;
  readonly #wake: number;
  readonly #handler: number;
  readonly deviceUntyped: number;

  constructor(config: KernelConfig, { isChecked = true, port = new FakePort() } = {}) {
    const world = new KernelWorld(config, { port, deviceRegions: DEVICES });
    super(world);
    const { label, objectType } = config;
    world.isChecked = false;
    for (const [name, slot] of Object.entries(InitialCap)) this.names.set(slot, name);
    const add = (name: string, slot: number): number => {
      this.pool.push(slot);
      this.names.set(slot, name);
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
      this.names.set(slot, `thread${index}`);
      this.names.set(sc, `context${index}`);
    });
    this.schedControl = world.schedControl();
    this.untyped = world.create(objectType.untyped, 17);
    this.names.set(this.untyped, "untyped");
    this.deviceUntyped = this.#largestDevice();
    this.names.set(this.deviceUntyped, "deviceUntyped");
    add("smallUntyped", world.create(objectType.untyped, 12));
    add("table", world.create(objectType.pageTable));
    add("root", world.create(objectType.pageTable));
    add("page", world.create(objectType.page4K));
    add("node", world.create(objectType.capTable, 4));
    this.#wake = world.notification();
    this.#handler = world.freeSlot();
    const { irqIssueIRQHandler, irqSetIRQHandler } = label;
    world.must(
      InitialCap.IrqControl,
      irqIssueIRQHandler,
      [WAKE_IRQ, this.#handler, world.depth],
      [ROOT],
    );
    world.must(this.#handler, irqSetIRQHandler, [], [this.#wake]);
    for (let index = 0; index < 30; index++) add(`slot${index}`, world.freeSlot());
    world.isChecked = isChecked;
    world.syscall(config.syscall.wait, this.#wake);
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
}
