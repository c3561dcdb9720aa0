import { ECALL, PAUSE, type Task, type UserContext } from "@cantrip/hosted";
import { Cause } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { CELL, DATA, HostedBench, TestComponent, TEXT, UNMAPPED } from "./hosted-support.ts";
import { reg, SPARROW_RAM } from "./support.ts";

const A0 = 10;
const REFUSED = { cause: Cause.breakpoint, pc: TEXT };
const ECALL_TRAP = { cause: Cause.ecallFromUser, value: 0, pc: TEXT + 4 };

/** Makes calls for ever: puts a counter into a1, and the last result into a2. */
function* caller(context: UserContext): Task<void> {
  for (let count = 1; ; count++) {
    context.setRegister(11, count);
    yield ECALL;
    context.setRegister(12, context.register(A0));
  }
}

describe("a step", () => {
  test("ends at a real ecall, and goes on only when the call is done", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    bench.enter(bench.space([0]));
    expect(bench.run()).toEqual(ECALL_TRAP);
    // A restart executes the ecall again: the coroutine does not hear of it.
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(reg(bench.machine, "a1")).toBe(1);
    bench.complete(77);
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect([reg(bench.machine, "a1"), reg(bench.machine, "a2")]).toEqual([2, 77]);
  });

  test("costs one instruction, the configured constant and its words", () => {
    const component = new TestComponent("c", function* (context) {
      context.load32(DATA);
      context.store8(DATA, 1);
      context.copyOut(DATA + 2, new Uint8Array(9));
      yield ECALL;
    });
    const bench = new HostedBench([component], { hostedStepCost: 13 });
    bench.enter(bench.space([0]));
    bench.run();
    // hosted (1 + 13 + 1 + 1 + 3), ecall
    expect(bench.machine.instructions).toBe(20);
  });

  test("pauses at the stub, where interrupts get a chance", () => {
    const component = new TestComponent("c", function* () {
      for (;;) yield PAUSE;
    });
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0]));
    bench.machine.setSupervisorTimer(100);
    expect(bench.run()).toEqual({ cause: 0x80000005, value: 0, pc: TEXT });
    expect(bench.machine.instructions).toBe(400);
  });

  test("an interrupt that falls due inside a step arrives after it", () => {
    const component = new TestComponent("c", function* (context) {
      context.copyOut(DATA, new Uint8Array(400));
      yield ECALL;
    });
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0]));
    bench.machine.setSupervisorTimer(5);
    expect(bench.run()).toEqual({ cause: 0x80000005, value: 0, pc: TEXT + 4 });
    expect(bench.machine.instructions).toBe(101);
  });

  test("x0 and s11 cannot be written", () => {
    for (const register of [0, 27, 32, -1]) {
      const component = new TestComponent("c", function* (context) {
        context.setRegister(register, 1);
        yield ECALL;
      });
      const bench = new HostedBench([component]);
      bench.enter(bench.space([0]));
      expect(bench.run()).toMatchObject(REFUSED);
      expect(bench.errors[0]).toMatchObject({
        kind: "threw",
        message: expect.stringContaining("RangeError") as string,
      });
      expect(bench.machine.registers[0]).toBe(0);
    }
  });
});

function* returning(): Task<void> {
  yield PAUSE;
}

describe("errors of a thread", () => {
  test("an uncaught error is a breakpoint trap, reported with component, thread and stack", () => {
    const component = new TestComponent("memory_manager", caller, function* () {
      yield* failing();
    });
    function* failing(): Task<void> {
      yield ECALL;
      throw new TypeError("broken");
    }
    const bench = new HostedBench([component]);
    bench.enter(bench.space([1]));
    expect(bench.run()).toEqual(ECALL_TRAP);
    bench.complete();
    expect(bench.run()).toEqual({ cause: Cause.breakpoint, value: TEXT, pc: TEXT });
    expect(bench.errors).toMatchObject([
      {
        kind: "threw",
        component: "memory_manager",
        thread: "1",
        entry: 1,
        pc: TEXT,
        message: "TypeError: broken",
      },
    ]);
    expect(bench.errors[0]?.stack).toContain("failing");
  });

  test("a return is one too", () => {
    const bench = new HostedBench([new TestComponent("c", returning)]);
    bench.enter(bench.space([0]));
    expect(bench.run()).toMatchObject(REFUSED);
    expect(bench.errors).toMatchObject([{ kind: "returned", component: "c", thread: "0" }]);
  });
});

describe("refusals", () => {
  function started(): { bench: HostedBench; component: TestComponent } {
    const component = new TestComponent("c", caller);
    const other = new TestComponent("other", caller);
    const bench = new HostedBench([component, other]);
    bench.enter(bench.space([0, 1]));
    expect(bench.run()).toEqual(ECALL_TRAP);
    return { bench, component };
  }
  function refusedWith(bench: HostedBench, message: string, pc: number = TEXT): void {
    const before = bench.machine.registers.slice();
    expect(bench.run()).toEqual({ cause: Cause.breakpoint, value: pc, pc });
    expect(bench.errors.at(-1)).toMatchObject({ kind: "refused", message });
    expect(bench.machine.registers).toEqual(before);
  }

  test("a ticket works once", () => {
    const { bench } = started();
    const ticket = bench.ticket;
    bench.complete();
    expect(bench.run()).toEqual(ECALL_TRAP);
    bench.machine.pc = TEXT;
    bench.machine.registers[27] = ticket;
    refusedWith(bench, "stale ticket");
  });

  test("a guessed ticket", () => {
    const { bench } = started();
    const ticket = bench.ticket;
    for (const guess of [-1, ticket + 1, 0x7fffffff]) {
      bench.machine.pc = TEXT;
      bench.machine.registers[27] = guess;
      refusedWith(bench, "stale ticket");
    }
    // Nobody was disturbed.
    bench.machine.pc = TEXT + 8;
    bench.machine.registers[27] = ticket;
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(reg(bench.machine, "a1")).toBe(2);
  });

  test("a ticket without an instance", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    bench.enter(bench.space([0]), TEXT, 1);
    refusedWith(bench, "ticket without an instance");
    expect(bench.machine.hostedInstanceCount).toBe(0);
  });

  test("an entry that does not exist", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    bench.enter(bench.space([5]));
    refusedWith(bench, "no such entry");
  });

  test("a ticket at a stub without a coroutine", () => {
    const component = new TestComponent("c", caller, caller);
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0, 1]));
    bench.run();
    bench.machine.pc = TEXT + 16;
    refusedWith(bench, "no coroutine at this stub", TEXT + 16);
  });

  test("another component on the cell of the first", () => {
    const { bench } = started();
    bench.machine.pc = TEXT + 16;
    bench.machine.registers[27] = 0;
    refusedWith(bench, "instance of another component", TEXT + 16);
  });

  test("the same memory under another satp", () => {
    const component = new TestComponent("c", caller);
    const bench = new HostedBench([component]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    const first = bench.space([0], frames);
    const second = bench.space([0], frames);
    bench.enter(first);
    bench.run();
    const ticket = bench.ticket;
    bench.enter(second, TEXT, ticket);
    refusedWith(bench, "instance of another address space or cell");
    bench.enter(second, TEXT, 0);
    refusedWith(bench, "instance of another address space or cell");
    bench.enter(first, TEXT, ticket, 1);
    refusedWith(bench, "instance of another address space or cell");
    bench.enter(first, TEXT + 8, ticket);
    expect(bench.run()).toEqual(ECALL_TRAP);
  });

  test("a nonce that names nothing", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    const tables = bench.space([0], frames);
    bench.machine.writePhysical32(frames.cell, 1234);
    bench.enter(tables);
    refusedWith(bench, "unknown instance");
    bench.enter(tables, TEXT, 1);
    refusedWith(bench, "unknown instance");
  });

  test("half a nonce", () => {
    const component = new TestComponent("c", caller);
    const bench = new HostedBench([component]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    bench.enter(bench.space([0], frames));
    bench.run();
    bench.machine.writePhysical32(frames.cell + 4, 0);
    bench.machine.pc = TEXT;
    refusedWith(bench, "unknown instance");
  });

  test("a stub or a cell that is not aligned", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    const tables = bench.space([0], frames);
    bench.machine.writePhysical32(frames.text + 12, CELL + 4);
    bench.enter(tables);
    refusedWith(bench, "cell is not aligned");
    bench.machine.writePhysical32(frames.text + 4, 0x0000000b);
    bench.enter(tables, TEXT + 4);
    refusedWith(bench, "stub is not aligned", TEXT + 4);
  });

  test("a cell that is not mapped or not writable is an ordinary fault at the stub", () => {
    const bench = new HostedBench([new TestComponent("c", caller)]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    const tables = bench.space([0], frames);
    bench.machine.writePhysical32(frames.text + 12, UNMAPPED);
    bench.enter(tables);
    expect(bench.run()).toEqual({ cause: Cause.loadPageFault, value: UNMAPPED, pc: TEXT });
    tables.map(UNMAPPED, bench.frame(), 0x53);
    bench.machine.fenceVma();
    expect(bench.run()).toEqual({ cause: Cause.storePageFault, value: UNMAPPED, pc: TEXT });
    expect(bench.machine.hostedInstanceCount).toBe(0);
  });

  test("the cause is the platform's: illegal instruction on qemu-virt", () => {
    const platform = {
      ...qemuVirt({ ramSize: 0x400000 }),
      ram: { base: SPARROW_RAM, size: 0x400000 },
    };
    const bench = new HostedBench([new TestComponent("c", caller)], { platform });
    bench.enter(bench.space([7]));
    expect(bench.run()).toEqual({ cause: Cause.illegalInstruction, value: 0x0070000b, pc: TEXT });
  });
});
