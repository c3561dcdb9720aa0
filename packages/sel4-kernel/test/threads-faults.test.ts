import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { ThreadState } from "@cantrip/sel4-kernel";
import { CapRights, FaultLabel, messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, A1, KernelWorld, PC, SP, type TestThread } from "./kernel-world.ts";

interface Handled {
  readonly world: KernelWorld;
  readonly thread: TestThread;
  readonly handler: TestThread;
  readonly endpoint: number;
  readonly reply: number;
}

/** A thread that runs, and a handler of higher priority that waits for its faults. */
function handled(config: KernelConfig = cantrip): Handled {
  const world = new KernelWorld(config);
  const endpoint = world.endpoint();
  const reply = world.reply();
  const faultHandler = world.mint(endpoint, 66);
  const thread = world.thread({ priority: 50, budget: 1000, faultHandler });
  const handler = world.thread({ priority: 100, budget: 1000 });
  world.rest();
  world.expectRunning(handler);
  world.syscall(world.config.syscall.recv, endpoint, { reply });
  world.expectRunning(thread);
  return { world, thread, handler, endpoint, reply };
}

/** The handler answers and waits again. */
function answer({ world, endpoint, reply }: Handled, words: number[], label = 0): void {
  world.syscall(world.config.syscall.replyRecv, endpoint, { reply, words, label });
}

function expectFault({ world, handler }: Handled, label: number, words: readonly number[]): void {
  world.expectRunning(handler);
  expect(world.port.registers[A0]).toBe(66);
  expect((world.port.registers[A1] ?? 0) >>> 0).toBe(messageInfo(label, words.length));
  expect(world.answer().words).toEqual(words);
}

describe("faults of memory and instructions", () => {
  test.each([
    [12, 1, 1],
    [1, 1, 1],
    [13, 0, 5],
    [5, 0, 5],
    [15, 0, 7],
    [7, 0, 7],
  ])("cause %i is a VM fault; any answer makes the instruction again", (cause, prefetch, fsr) => {
    const setup = handled(cause < 12 ? upstream : cantrip);
    const { world, thread } = setup;
    const before = [...world.port.registers];
    world.trap(cause, 0xdead1000);
    expectFault(setup, FaultLabel.VMFault, [thread.pc, 0xdead1000, prefetch, fsr]);
    answer(setup, [1, 2, 3, 4], 9);
    world.expectRunning(thread);
    expect([...world.port.registers]).toEqual(before);
  });

  test("an exception: the answer sets pc and sp", () => {
    const setup = handled(upstream);
    const { world, thread } = setup;
    world.port.registers[SP] = 0x5000;
    world.trap(2, 0xffffffff);
    expectFault(setup, FaultLabel.UserException, [thread.pc, 0x5000, 2, 0]);
    answer(setup, [0x30000, 0x6000]);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(0x30000);
    expect(world.port.registers[SP]).toBe(0x6000);
  });

  test("an exception answered with a label leaves the thread stopped", () => {
    const setup = handled();
    setup.world.trap(3);
    answer(setup, [], 1);
    expect(setup.thread.tcb.state).toBe(ThreadState.Inactive);
    expect(setup.world.port.isWaiting).toBe(true);
  });

  test("an unknown system call: eleven words, and the handler steps over it", () => {
    const setup = handled();
    const { world, thread } = setup;
    const { registers } = world.port;
    for (let index = 1; index < 32; index++) registers[index] = 0x100 + index;
    world.syscall(-100, 0x10a, { words: [] });
    const a1 = messageInfo(0, 0);
    expectFault(setup, FaultLabel.UnknownSyscall, [
      thread.pc,
      0x102,
      0x101,
      0x10a,
      a1,
      0x10c,
      0x10d,
      0x10e,
      0x10f,
      0x110,
      -100 >>> 0,
    ]);
    answer(setup, [thread.pc + 4, 0x102, 0x101, 0x777]);
    world.expectRunning(thread);
    expect(registers[PC]).toBe(thread.pc + 4);
    expect(registers[A0]).toBe(0x777);
    expect(registers[17]).toBe(-100);
  });
});

describe("faults of capabilities", () => {
  test("a send to nothing, and a receive without a reply object", () => {
    const missing = 0x80000000;
    const setup = handled();
    const { world, thread } = setup;
    world.syscall(world.config.syscall.send, missing);
    world.expectRunning(setup.handler);
    expect(world.answer().words.slice(0, 3)).toEqual([thread.pc, missing, 0]);
    answer(setup, []);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc);

    world.syscall(world.config.syscall.recv, setup.endpoint, { reply: setup.endpoint });
    world.expectRunning(setup.handler);
    expect(world.answer().words.slice(0, 3)).toEqual([thread.pc, setup.endpoint, 1]);
  });

  test("a send that must not block ignores a missing capability, a receive does not", () => {
    const setup = handled();
    const { world, thread } = setup;
    world.syscall(world.config.syscall.nbSend, 0x80000000);
    world.expectRunning(thread);
    expect(world.port.registers[PC]).toBe(thread.pc + 4);
    world.syscall(world.config.syscall.nbRecv, 0x80000000, { reply: setup.reply });
    world.expectRunning(setup.handler);
    expect(world.answer().error).toBe(FaultLabel.CapFault);
  });

  test("an extra capability that cannot be found", () => {
    const setup = handled();
    const { world, thread } = setup;
    world.syscall(world.config.syscall.call, thread.slot, { label: 1, caps: [0x80000000] });
    world.expectRunning(setup.handler);
    expect(world.answer().words.slice(0, 3)).toEqual([thread.pc, 0x80000000, 0]);
  });

  test("a wait on a notification that another thread is bound to", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const notification = world.notification();
    const bound = world.thread({ priority: 50, budget: 1000 });
    world.must(bound.slot, label.tcbBindNotification, [], [notification]);
    world.syscall(syscall.wait, notification);
    world.expectRunning(bound);
    expect(world.root.state).toBe(ThreadState.Inactive);
    expect(world.port.output).toContain("cap fault in receive phase at address");
  });
});

describe("a thread without a handler", () => {
  test("stops, and the kernel says so in its own words", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 50, budget: 1000 });
    world.rest();
    world.port.registers[SP] = 0x10ff8;
    world.trap(15, 0x1234);
    expect(thread.tcb.state).toBe(ThreadState.Inactive);
    const lines = world.port.output.split("\n");
    const half = 2 ** (world.config.sizeBits.tcb - 1);
    const address = (0x80000000 + thread.tcb.paddr + half - 0x28000000).toString(16);
    expect(lines.slice(0, 4)).toEqual([
      "Found thread has no fault handler while trying to handle:",
      "vm fault on data at address 0x1234 with status 0x7",
      `in thread 0x${address} "${thread.tcb.name}" at address 0x${thread.pc.toString(16)}`,
      "With stack:",
    ]);
    expect(lines[4]).toBe("0x10ff8: 0x0");
    expect(lines).toHaveLength(4 + 16 + 1);
  });

  test.each([
    [
      (world: KernelWorld) => {
        world.trap(3);
      },
      "user exception 0x3 code 0",
    ],
    [
      (world: KernelWorld) => {
        world.syscall(-99, 0);
      },
      "unknown syscall 0xffffff9d",
    ],
    [
      (world: KernelWorld) => {
        world.syscall(world.config.syscall.send, 0x80000000);
      },
      "cap fault in send phase at address 0x80000000",
    ],
    [
      (world: KernelWorld) => {
        world.trap(12, 0);
      },
      "vm fault on code at address 0 with status 0x1",
    ],
  ])("the text of each fault", (fault, text) => {
    const world = new KernelWorld();
    world.thread({ priority: 50, budget: 1000 });
    world.rest();
    fault(world);
    expect(world.port.output.split("\n")[1]).toBe(text);
  });

  test("a handler that cannot be called is refused", () => {
    const world = new KernelWorld();
    const { label } = world.config;
    const weak = world.mint(world.endpoint(), 0, CapRights.Write);
    const thread = world.thread({ priority: 50 });
    expect(world.invoke(thread.slot, label.tcbSetTimeoutEndpoint, [], [weak])).toMatchObject({
      words: [1],
    });
  });
});
