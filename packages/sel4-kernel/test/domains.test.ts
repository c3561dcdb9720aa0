import { cantrip, type DomainSchedule, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { KernelWorld, PC, TICKS_PER_US, TIMER } from "./kernel-world.ts";

const MS = 1000 * TICKS_PER_US;
/** When the machine of a test begins, and with it the first turn. */
const START = 1_000_000;
const DOMAIN = InitialCap.Domain;

/** A profile with three domains. */
function withDomains(config: KernelConfig, domainSchedule: DomainSchedule): KernelConfig {
  return { ...config, settings: { ...config.settings, numDomains: 3, domainSchedule } };
}

/** Two milliseconds for domain 0, one for domain 1; domain 2 has no turn. */
const compiled = withDomains(cantrip, {
  kind: "compiled",
  turns: [
    { domain: 0, length: 2 },
    { domain: 1, length: 1 },
  ],
});
const runtime = withDomains(upstream, { kind: "runtime", length: 4 });

function setDomain(world: KernelWorld, tcb: number, domain: number): void {
  world.must(DOMAIN, world.config.label.domainSetSet, [domain], [tcb]);
}

function configure(world: KernelWorld, index: number, domain: number, duration: number) {
  const label = world.config.label.domainScheduleConfigure ?? 0;
  const words = [index, domain, duration >>> 0, Math.floor(duration / 2 ** 32)];
  return world.invoke(DOMAIN, label, words);
}

function setStart(world: KernelWorld, index: number) {
  return world.invoke(DOMAIN, world.config.label.domainScheduleSetStart ?? 0, [index]);
}

describe("a compiled schedule", () => {
  test("domains take turns, whatever their threads' priorities", () => {
    const world = new KernelWorld(compiled);
    const low = world.thread({ priority: 10, budget: 100_000 });
    const high = world.thread({ priority: 200, budget: 100_000 });
    setDomain(world, low.slot, 1);
    world.rest();
    world.expectRunning(high);
    expect(world.port.deadline).toBe(START + 2 * MS - TICKS_PER_US);
    world.pass(2000);
    world.trap(TIMER);
    world.expectRunning(low);
    expect(world.port.deadline).toBe(START + 3 * MS - TICKS_PER_US);
    world.pass(1000);
    world.trap(TIMER);
    world.expectRunning(high);
    world.pass(2000);
    world.trap(TIMER);
    world.expectRunning(low);
  });

  test("a domain without a ready thread idles, and keeps the others out", () => {
    const world = new KernelWorld(compiled);
    const thread = world.thread({ priority: 10, budget: 100_000 });
    world.rest();
    world.expectRunning(thread);
    world.pass(2000);
    world.trap(TIMER);
    expect(world.current).toBe(world.kernel.state.idle);
    expect(world.port.deadline).toBe(START + 3 * MS - TICKS_PER_US);
    world.pass(500);
    world.trap(TIMER);
    expect(world.current).toBe(world.kernel.state.idle);
    world.pass(500);
    world.trap(TIMER);
    world.expectRunning(thread);
  });

  test("a domain that is not in the schedule never runs", () => {
    const world = new KernelWorld(compiled);
    const thread = world.thread({ priority: 10, budget: 100_000 });
    setDomain(world, thread.slot, 2);
    world.rest();
    for (let turn = 0; turn < 6; turn++) {
      expect(world.current).toBe(world.kernel.state.idle);
      world.pass(1000);
      world.trap(TIMER);
    }
  });

  test("who is woken in another domain runs in its turn", () => {
    const world = new KernelWorld(compiled);
    const { syscall } = world.config;
    const notification = world.notification();
    const waiter = world.thread({ priority: 200, budget: 100_000 });
    const sender = world.thread({ priority: 10, budget: 100_000 });
    world.rest();
    world.expectRunning(waiter);
    world.syscall(syscall.wait, notification);
    world.expectRunning(sender);
    waiter.tcb.domain = 1;
    world.syscall(syscall.send, notification);
    world.expectRunning(sender);
    expect(waiter.tcb.inReadyQueue).toBe(true);
    world.pass(2000);
    world.trap(TIMER);
    world.expectRunning(waiter);
  });

  test("a system call at the end of the turn is made in the next one, once", () => {
    const world = new KernelWorld(compiled);
    const { syscall } = world.config;
    const notification = world.notification();
    const thread = world.thread({ priority: 10, budget: 100_000 });
    world.rest();
    world.pass(1990);
    world.syscall(syscall.send, notification);
    expect(world.current).toBe(world.kernel.state.idle);
    expect(world.typed(notification, 6).object.state).toBe(0);
    world.pass(1000);
    world.trap(TIMER);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc);
    world.trap(8);
    world.expectRunning(thread);
    expect(world.typed(notification, 6).object.state).toBe(2);
    expect(world.port.registers[PC]).toBe(thread.pc + 4);
  });

  test("the end of a turn stops a long operation", () => {
    const world = new KernelWorld(compiled);
    const { label, syscall } = world.config;
    const endpoint = world.endpoint();
    for (let index = 0; index < 250; index++) world.mint(endpoint, 1);
    const hasChildren = (): boolean =>
      Array.from({ length: 2048 }, (_, slot) => world.cap(slot)).some(
        (cap) => cap.type === CapType.Endpoint && cap.badge === 1,
      );
    const pc = world.port.registers[PC] ?? 0;
    world.port.ticksPerReading = 1.2 * MS;
    const root = InitialCap.InitThreadCNode;
    world.syscall(syscall.call, root, { label: label.cnodeRevoke, words: [endpoint, 32] });
    world.port.ticksPerReading = 0;
    expect(world.current).toBe(world.kernel.state.idle);
    expect(world.root.state).toBe(ThreadState.Restart);
    world.pass(1000);
    world.trap(TIMER);
    expect(world.current).toBe(world.root);
    expect(world.port.registers[PC]).toBe(pc);
    expect(hasChildren()).toBe(true);
    while (world.port.registers[PC] === pc) world.trap(8);
    expect(hasChildren()).toBe(false);
  });

  test("the first turn's domain is the initial task's, and the boot info says so", () => {
    const config = withDomains(cantrip, { kind: "compiled", turns: [{ domain: 2, length: 1 }] });
    const world = new KernelWorld(config);
    expect(world.root.domain).toBe(2);
    expect(world.thread().tcb.domain).toBe(2);
    const info = world.typed(InitialCap.BootInfoFrame, 1).paddr;
    expect(world.port.readWord(info + config.bootInfo.initThreadDomain)).toBe(2);
  });
});

describe.each([compiled, runtime])("seL4_DomainSet_Set ($name)", (config) => {
  test("refuses in the kernel's order", () => {
    const world = new KernelWorld(config);
    const label = config.label.domainSetSet;
    const tcb = InitialCap.InitThreadTcb;
    const refused = (words: number[], caps: number[]) => world.invoke(DOMAIN, label, words, caps);
    expect(refused([], [])).toMatchObject({ error: ErrorCode.TruncatedMessage });
    expect(refused([3], [])).toMatchObject({ error: ErrorCode.InvalidArgument, words: [0] });
    expect(refused([3], [DOMAIN])).toMatchObject({ error: ErrorCode.InvalidArgument, words: [0] });
    expect(refused([2], [])).toMatchObject({ error: ErrorCode.TruncatedMessage });
    expect(refused([2], [DOMAIN])).toMatchObject({ error: ErrorCode.InvalidArgument, words: [1] });
    expect(refused([0], [tcb])).toMatchObject({ error: 0 });
  });

  test("a thread that leaves the current domain stops at once", () => {
    const world = new KernelWorld(config);
    const other = world.thread({ priority: 10, budget: 100_000 });
    const label = config.label.domainSetSet;
    const message = { label, words: [1], caps: [InitialCap.InitThreadTcb] };
    world.syscall(config.syscall.call, DOMAIN, message);
    world.expectRunning(other);
    expect(world.root.inReadyQueue).toBe(true);
  });
});

describe("a schedule that is set at run time", () => {
  test("at first domain 0 runs for ever", () => {
    const world = new KernelWorld(runtime);
    const thread = world.thread({ priority: 10, budget: 100_000 });
    setDomain(world, thread.slot, 1);
    world.rest();
    for (let turn = 0; turn < 5; turn++) {
      expect(world.current).toBe(world.kernel.state.idle);
      world.pass(1_000_000);
      world.trap(TIMER);
    }
  });

  test("its start takes effect at once, and an end marker leads back to it", () => {
    const world = new KernelWorld(runtime);
    const zero = world.thread({ priority: 10, budget: 100_000 });
    const one = world.thread({ priority: 10, budget: 100_000 });
    const two = world.thread({ priority: 10, budget: 100_000 });
    setDomain(world, one.slot, 1);
    setDomain(world, two.slot, 2);
    expect(configure(world, 1, 1, MS).error).toBe(0);
    expect(configure(world, 2, 2, 2 * MS).error).toBe(0);
    expect(zero.tcb.domain).toBe(0);
    const label = world.config.label.domainScheduleSetStart ?? 0;
    world.syscall(world.config.syscall.call, DOMAIN, { label, words: [1] });
    const order = [one, two, one, two];
    for (const thread of order) {
      world.expectRunning(thread);
      world.pass(thread === one ? 1000 : 2000);
      world.trap(TIMER);
    }
    expect(world.root.inReadyQueue).toBe(true);
  });

  test("an entry that becomes an end marker ends the schedule there", () => {
    const world = new KernelWorld(runtime);
    const one = world.thread({ priority: 10, budget: 100_000 });
    setDomain(world, one.slot, 1);
    expect(configure(world, 0, 0, MS).error).toBe(0);
    expect(configure(world, 1, 1, MS).error).toBe(0);
    expect(configure(world, 1, 0, 0).error).toBe(0);
    expect(setStart(world, 0).error).toBe(0);
    for (let turn = 0; turn < 3; turn++) {
      world.pass(1000);
      world.trap(TIMER);
      expect(world.current.name).toBe(world.root.name);
    }
  });

  test("seL4_DomainSet_ScheduleConfigure refuses in the kernel's order", () => {
    const world = new KernelWorld(runtime);
    const label = world.config.label.domainScheduleConfigure ?? 0;
    const range = (max: number) => ({ error: ErrorCode.RangeError, words: [0, max] });
    const argument = (number: number) => ({ error: ErrorCode.InvalidArgument, words: [number] });
    expect(world.invoke(DOMAIN, label, [0, 0, 1])).toMatchObject({
      error: ErrorCode.TruncatedMessage,
    });
    expect(configure(world, 3, 3, 2 ** 56)).toMatchObject(range(2));
    expect(configure(world, 2, 3, 2 ** 56)).toMatchObject(range(2));
    expect(configure(world, 2, 1, 2 ** 56)).toMatchObject(argument(2));
    expect(configure(world, 0, 1, 0)).toMatchObject(argument(1));
    expect(configure(world, 0, 0, 0)).toMatchObject(argument(2));
    expect(configure(world, 2, 0, 0)).toMatchObject({ error: 0 });
    expect(configure(world, 2, 2, 2 ** 55)).toMatchObject({ error: 0 });
  });

  test("seL4_DomainSet_ScheduleSetStart refuses in the kernel's order", () => {
    const world = new KernelWorld(runtime);
    const label = world.config.label.domainScheduleSetStart ?? 0;
    expect(world.invoke(DOMAIN, label).error).toBe(ErrorCode.TruncatedMessage);
    expect(setStart(world, 4)).toMatchObject({ error: ErrorCode.RangeError, words: [0, 3] });
    expect(setStart(world, 3)).toMatchObject({ error: ErrorCode.InvalidArgument, words: [0] });
    expect(setStart(world, 1)).toMatchObject({ error: ErrorCode.InvalidArgument, words: [0] });
    expect(setStart(world, 0).error).toBe(0);
  });

  test("with one domain it can be set, too, and time does not end its turns", () => {
    const world = new KernelWorld(upstream);
    expect(configure(world, 0, 0, MS).error).toBe(0);
    expect(setStart(world, 0).error).toBe(0);
    expect(configure(world, 1, 0, MS)).toMatchObject({
      error: ErrorCode.RangeError,
      words: [0, 0],
    });
    world.pass(3000);
    world.trap(TIMER);
    expect(world.kernel.state.scheduler.domainTime).toBe(MS);
  });

  test("seL4_DebugDumpScheduler shows the domains", () => {
    const world = new KernelWorld(runtime);
    const thread = world.thread({ priority: 10, budget: 100_000 });
    setDomain(world, thread.slot, 2);
    world.syscall(world.config.syscall.debugDumpScheduler, 0);
    const row = world.port.output.split("\n").find((line) => line.startsWith(thread.tcb.name));
    expect(row).toMatch(/ {2}10 {6}2 {3}no {12}$/);
    expect(world.port.output).toContain("Prio    Dom   InReleaseQueue\n");
  });
});
