import { upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, FaultLabel, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, KernelWorld, PC, TICKS_PER_US, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;

describe("a system call that cannot be made now is made again", () => {
  test("budget gone at entry: nothing happened, no register changed", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const notification = world.notification();
    const thread = world.thread({ priority: 50, budget: 1000, period: 10_000 });
    world.rest();
    world.expectRunning(thread);
    world.port.registers.fill(0x55, 1, 32);
    // 19 microseconds are less than the least budget that is worth running with.
    world.pass(981);
    world.syscall(syscall.send, notification, { words: [1, 2, 3, 4] });
    expect(world.port.isWaiting).toBe(true);
    expect(thread.tcb.state).toBe(ThreadState.Restart);
    expect(thread.tcb.inReleaseQueue).toBe(true);
    expect(world.typed(notification, 6).object.word).toBe(0);
    const saved = [...thread.tcb.context.slice(0, 32)];

    world.pass(10_000);
    world.trap(TIMER);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc);
    expect([...world.port.registers.slice(0, 32)]).toEqual(saved);
    const badged = world.typed(notification, 6);
    world.trap(8);
    expect(badged.object.state).toBe(2);
    expect(world.port.registers[PC]).toBe(thread.pc + 4);
  });

  test("with exactly the least budget left the call is made", () => {
    const world = new KernelWorld();
    const notification = world.notification();
    const thread = world.thread({ priority: 50, budget: 1000, period: 10_000 });
    world.rest();
    world.pass(980);
    world.syscall(world.config.syscall.send, notification);
    world.expectRunning(thread);
    expect(world.typed(notification, 6).object.state).toBe(2);
  });

  test("a fault without budget is not delivered before the instruction is made again", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 50, budget: 1000, period: 10_000 });
    world.rest();
    world.pass(990);
    world.trap(13, 0x1000);
    expect(thread.tcb.state).toBe(ThreadState.Restart);
    expect(world.port.output).toBe("");
  });

  test("a long revocation stops for an interrupt, and goes on from its system call", () => {
    const world = new KernelWorld();
    const { label } = world.config;
    const endpoint = world.endpoint();
    for (let index = 0; index < 250; index++) world.mint(endpoint, 1);
    world.port.registers.fill(0x66, 1, 32);
    const pc = world.port.registers[PC] ?? 0;
    world.port.isTimerPending = true;
    world.syscall(world.config.syscall.call, ROOT, {
      label: label.cnodeRevoke,
      words: [endpoint, 32],
    });
    const left = (): number => {
      let copies = 0;
      for (let slot = 0; slot < 2048; slot++) {
        const cap = world.cap(slot);
        if (cap.type === CapType.Endpoint && cap.badge === 1) copies++;
      }
      return copies;
    };
    expect(world.port.registers[PC]).toBe(pc);
    expect(world.port.registers[A0]).toBe(ROOT);
    expect(left()).toBeGreaterThan(0);
    expect(left()).toBeLessThan(250);
    let again = 0;
    while (world.port.registers[PC] === pc) {
      world.trap(8);
      again++;
    }
    expect(again).toBeGreaterThan(1);
    expect(left()).toBe(0);
    expect(world.answer()).toEqual({ error: 0, length: 0, words: [] });
  });

  test("a thread that revokes its own memory stays gone when it is stopped half-way", () => {
    const world = new KernelWorld();
    const { label, objectType } = world.config;
    const untyped = world.create(objectType.untyped, 16);
    const endpoint = world.create(objectType.endpoint, 0, untyped);
    for (let index = 0; index < 150; index++) world.mint(endpoint, 1);
    const thread = world.thread({ priority: 50, budget: 5000, isStarted: false });
    // The same thread once more, but out of the memory that it will revoke.
    const doomed = world.create(objectType.tcb, 0, untyped);
    const frame = world.create(objectType.page4K);
    const sc = world.create(objectType.schedContext, world.config.sizeBits.minSchedContext);
    world.configure(sc, 5000, 5000);
    const roots = [ROOT, InitialCap.InitThreadVSpace, frame];
    world.must(doomed, label.tcbConfigure, [0, 0, 0x70000000], roots);
    world.must(doomed, label.tcbSetSchedParams, [0, 60], [InitialCap.InitThreadTcb, sc, 0]);
    world.must(doomed, label.tcbWriteRegisters, [1, 1, 0x90000]);
    const { object } = world.typed(doomed, 12);
    world.rest();
    world.expectRunning(object);
    world.port.isTimerPending = true;
    world.syscall(world.config.syscall.call, ROOT, {
      label: label.cnodeRevoke,
      words: [untyped, 32],
    });
    for (let index = 0; index < 5 && world.current === object; index++) world.trap(8);
    expect(world.current).not.toBe(object);
    expect(object.state).toBe(ThreadState.Inactive);
    expect(thread.tcb.state).toBe(ThreadState.Inactive);
  });

  test("suspended while it waits and resumed, a thread makes its call again", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const thread = world.thread({ priority: 50, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.recv, endpoint, { reply });
    const saved = [...thread.tcb.context.slice(0, 32)];
    world.expectRunning(helper);
    world.syscall(syscall.send, rest);
    world.must(thread.slot, label.tcbSuspend);
    expect(world.typed(endpoint, 4).object.head).toBeNull();
    expect(world.typed(reply, 8).object.tcb).toBeNull();
    world.must(thread.slot, label.tcbResume);
    world.syscall(syscall.wait, rest);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc);
    expect([...world.port.registers.slice(0, 32)]).toEqual(saved);
  });
});

describe("who runs", () => {
  test("nobody: the hart waits, and an interrupt that concerns nobody changes nothing", () => {
    const world = new KernelWorld();
    world.rest();
    expect(world.current).toBe(world.kernel.state.idle);
    expect(world.port.isWaiting).toBe(true);
    expect(world.port.deadline).toBe(Number.POSITIVE_INFINITY);
    world.trap(TIMER);
    expect(world.port.isWaiting).toBe(true);
  });

  test("one of the same priority that wakes up waits for its turn", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const signal = world.notification();
    const first = world.thread({ priority: 50, budget: 1000 });
    const second = world.thread({ priority: 50, budget: 1000 });
    world.rest();
    world.expectRunning(second);
    world.syscall(syscall.wait, signal);
    world.expectRunning(first);
    world.syscall(syscall.send, signal);
    world.expectRunning(first);
    world.syscall(syscall.yield, 0);
    world.expectRunning(second);
  });

  test("one of a higher priority that wakes up runs at once", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const signal = world.notification();
    const low = world.thread({ priority: 50, budget: 1000 });
    const high = world.thread({ priority: 51, budget: 1000 });
    world.rest();
    world.expectRunning(high);
    world.syscall(syscall.wait, signal);
    world.expectRunning(low);
    world.syscall(syscall.send, signal);
    world.expectRunning(high);
  });

  test("round robin: the end of a slice lets the next one run", () => {
    const world = new KernelWorld();
    const first = world.thread({ priority: 50, budget: 1000 });
    const second = world.thread({ priority: 50, budget: 1000 });
    world.rest();
    const order = [world.current];
    for (let index = 0; index < 3; index++) {
      world.pass(1000);
      world.trap(TIMER);
      order.push(world.current);
    }
    expect(order.map(({ name }) => name)).toEqual(
      [second, first, second, first].map(({ tcb }) => tcb.name),
    );
  });

  test("the timer is set to the end of the budget, one microsecond early", () => {
    const world = new KernelWorld();
    world.thread({ priority: 50, budget: 700, period: 5000 });
    world.rest();
    const sum = world.port.time + 700 * TICKS_PER_US - TICKS_PER_US;
    expect(world.port.deadline).toBe(sum);
  });

  test("a budget is not exceeded: the thread waits for its period", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 50, budget: 700, period: 5000 });
    world.rest();
    const start = world.port.time;
    world.pass(699);
    world.trap(TIMER);
    expect(world.port.isWaiting).toBe(true);
    expect(thread.tcb.inReleaseQueue).toBe(true);
    const { refills } = world.schedContext(thread.sc);
    expect(refills.reduce((sum, { amount }) => sum + amount, 0)).toBe(700 * TICKS_PER_US);
    expect(world.port.deadline).toBeGreaterThan(start + 4000 * TICKS_PER_US);
    world.port.time = world.port.deadline;
    world.trap(TIMER);
    world.expectRunning(thread);
  });

  test("a yield gives the slice away, but only used time was consumed", () => {
    const world = new KernelWorld(upstream);
    const { syscall, label } = world.config;
    const thread = world.thread({ priority: 50, budget: 1000 });
    const rest = world.rest();
    world.pass(30);
    world.syscall(syscall.yield, 0);
    world.expectRunning(thread);
    world.syscall(syscall.send, rest);
    expect(world.must(thread.sc, label.schedContextConsumed)).toEqual([30, 0]);
    expect(world.must(thread.sc, label.schedContextConsumed)).toEqual([0, 0]);
  });

  test("a yield to another is answered with what that one consumed meanwhile", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const wake = world.notification();
    const target = world.thread({ priority: 254, budget: 1000 });
    const caller = world.thread({ priority: 254, budget: 1000 });
    world.must(caller.slot, label.tcbSetMCPriority, [254], [InitialCap.InitThreadTcb]);
    world.rest();
    world.expectRunning(caller);
    world.syscall(syscall.call, target.sc, { label: label.schedContextYieldTo });
    world.expectRunning(target);
    world.pass(40);
    world.syscall(syscall.wait, wake);
    world.expectRunning(caller);
    expect(world.answer()).toEqual({ error: 0, length: 2, words: [40, 0] });
    expect(world.port.registers[PC]).toBe(caller.pc + 4);
  });

  test("a yield to a lower priority is answered at once", () => {
    const world = new KernelWorld(upstream);
    const { label } = world.config;
    const target = world.thread({ priority: 50, budget: 1000 });
    expect(world.must(target.sc, label.schedContextYieldTo)).toEqual([0, 0]);
    expect(world.invoke(InitialCap.InitThreadSchedContext, label.schedContextYieldTo).error).toBe(
      ErrorCode.IllegalOperation,
    );
  });

  test.each([true, false])("budget counts from waking up when sporadic: %s", (isSporadic) => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const signal = world.notification();
    const pause = world.notification();
    const thread = world.thread({ priority: 50, budget: 500, period: 5000, isSporadic });
    const waker = world.thread({ priority: 60, budget: 3000 });
    const helper = world.thread({ priority: 10, budget: 3000 });
    world.rest();
    world.syscall(syscall.wait, pause);
    world.expectRunning(thread);
    world.syscall(syscall.wait, signal);
    world.expectRunning(helper);
    const blockedAt = world.schedContext(thread.sc).refills[0]?.time;
    world.syscall(syscall.send, pause);
    world.expectRunning(waker);
    world.pass(300);
    world.syscall(syscall.send, signal);
    // It is awake but does not run yet: a thread of constant bandwidth begins when it does.
    world.expectRunning(waker);
    expect(world.schedContext(thread.sc).refills[0]?.time).toBe(
      isSporadic ? world.port.time : blockedAt,
    );
    world.pass(200);
    const switchedAt = world.port.time;
    const wokenAt = switchedAt - 200 * TICKS_PER_US;
    world.syscall(syscall.wait, pause);
    world.expectRunning(thread);
    expect(world.schedContext(thread.sc).refills[0]?.time).toBe(isSporadic ? wokenAt : switchedAt);
  });
});

describe("time-outs", () => {
  test("a handler is told which context ran out, and may let the thread go on", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const thread = world.thread({ priority: 50, budget: 500, period: 5000, scBadge: 88 });
    world.must(thread.slot, label.tcbSetTimeoutEndpoint, [], [endpoint]);
    const handler = world.thread({ priority: 100, budget: 1000 });
    world.rest();
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(thread);
    world.pass(499);
    world.trap(TIMER);
    world.expectRunning(handler);
    expect(world.answer()).toEqual({ error: FaultLabel.Timeout, length: 3, words: [88, 499, 0] });
    expect(handler.tcb.schedContext).toBe(world.schedContext(handler.sc));
    world.syscall(syscall.replyRecv, endpoint, { reply });
    expect(thread.tcb.inReleaseQueue).toBe(true);
    world.pass(5000);
    world.trap(TIMER);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc);
  });
});
