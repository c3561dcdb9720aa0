import { ECALL, PAUSE, type Task, type UserContext } from "@cantrip/hosted";
import { Cause, type Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import {
  CELL,
  DATA,
  DEVICE,
  HostedBench,
  TestComponent,
  TEXT,
  UNMAPPED,
} from "./hosted-support.ts";
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

describe("memory of a hosted thread", () => {
  test("words, bytes, ranges across pages, and device registers", () => {
    const seen: number[] = [];
    const component = new TestComponent("c", function* (context) {
      context.store32(DATA, 0xfedcba98);
      seen.push(context.load32(DATA), context.load16(DATA + 1), context.load8(DATA + 3));
      context.fill(DATA - 4, 0, 9);
      context.fill(DATA + 0x100, 8, 0xee);
      const bytes = new Uint8Array(10);
      context.copyIn(DATA + 0xff, bytes);
      seen.push(...bytes);
      context.store32(DEVICE + 0x04, 0xff); // INTR_ENABLE of the UART
      seen.push(context.load32(DEVICE + 0x04), context.load32(DEVICE + 0x14));
      yield ECALL;
    });
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0]));
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(seen).toEqual([
      0xfedcba98, 0xdcba, 0xfe, 0, 238, 238, 238, 238, 238, 238, 238, 238, 0, 0xff, 0x3c,
    ]);
  });

  test("code that it overwrites executes anew", () => {
    const component = new TestComponent("c", function* (context) {
      for (const step of [5, 70]) {
        context.copyOut(DATA, assemble(`addi a3, a3, ${step}\necall`).bytes);
        yield ECALL;
      }
    });
    const bench = new HostedBench([component]);
    const tables = bench.space([0]);
    bench.enter(tables);
    bench.run();
    bench.machine.pc = DATA;
    expect(bench.run()?.pc).toBe(DATA + 4);
    expect(reg(bench.machine, "a3")).toBe(5);
    bench.machine.pc = TEXT + 8;
    bench.run();
    bench.machine.pc = DATA;
    bench.run();
    expect(reg(bench.machine, "a3")).toBe(75);
  });

  test("touch faults restartably", () => {
    const component = new TestComponent("c", function* (context) {
      yield* context.touch(UNMAPPED - 4, 8, "store");
      context.store32(UNMAPPED, 5);
      yield ECALL;
    });
    const bench = new HostedBench([component]);
    const tables = bench.space([0]);
    const frame = bench.frame();
    tables.map(UNMAPPED - 0x1000, bench.frame());
    bench.enter(tables);
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(bench.run()).toEqual({ cause: Cause.storePageFault, value: UNMAPPED, pc: TEXT });
    }
    tables.map(UNMAPPED, frame);
    bench.machine.fenceVma();
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(bench.machine.readPhysical32(frame)).toBe(5);
    expect(bench.errors).toEqual([]);
  });

  test.each([
    [
      "load",
      (context: UserContext): unknown => context.load32(UNMAPPED),
      Cause.loadPageFault,
      UNMAPPED,
    ],
    [
      "store",
      (context: UserContext): void => {
        context.store8(UNMAPPED + 3, 1);
      },
      Cause.storePageFault,
      UNMAPPED + 3,
    ],
    [
      "store to text",
      (context: UserContext): void => {
        context.store8(TEXT, 1);
      },
      Cause.storePageFault,
      TEXT,
    ],
    [
      "load of execute-only text",
      (context: UserContext): unknown => context.load8(TEXT),
      Cause.loadPageFault,
      TEXT,
    ],
    [
      "copy that runs into nothing",
      (context: UserContext): void => {
        context.copyIn(DEVICE + 0xffc, new Uint8Array(8));
      },
      Cause.loadPageFault,
      DEVICE + 0x1000,
    ],
  ])("a plain %s that is refused ends the coroutine", (_name, access, cause, value) => {
    let unwound = false;
    const component = new TestComponent("c", function* (context) {
      try {
        access(context);
        yield ECALL;
      } finally {
        unwound = true;
      }
    });
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0]));
    expect(bench.run()).toEqual({ cause, value, pc: TEXT });
    expect(unwound).toBe(true);
    expect(bench.errors).toMatchObject([{ kind: "faulted", component: "c" }]);
    // A handler that only replies restarts the stub with the spent ticket.
    expect(bench.run()).toMatchObject(REFUSED);
    expect(bench.errors[1]).toMatchObject({ kind: "refused" });
  });

  test("an access fault of a device hole surfaces as an exception", () => {
    const hole = 0x60000;
    const component = new TestComponent("c", function* (context) {
      context.load32(hole);
      yield ECALL;
    });
    const bench = new HostedBench([component]);
    const tables = bench.space([0]);
    tables.map(hole, 0x70000000);
    bench.enter(tables);
    expect(bench.run()).toEqual({ cause: Cause.loadAccessFault, value: hole, pc: TEXT });
  });
});

/** What no thread should do: it ends. */
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

describe("instances", () => {
  test("threads of one instance share it; s11 = 0 replaces a coroutine", () => {
    const seen: number[] = [];
    function* thread(_context: UserContext, instance: number): Task<void> {
      seen.push(instance);
      for (;;) yield ECALL;
    }
    const component = new TestComponent("c", thread, thread);
    const bench = new HostedBench([component]);
    const tables = bench.space([0, 1, 1]);
    for (const stub of [0, 16, 32, 0]) {
      bench.enter(tables, TEXT + stub);
      expect(bench.run()?.pc).toBe(TEXT + stub + 4);
    }
    expect(seen).toEqual([1, 1, 1, 1]);
    expect(bench.machine.hostedInstanceCount).toBe(1);
  });

  test("a fresh address space gets its own instance", () => {
    const component = new TestComponent("c", caller);
    const bench = new HostedBench([component]);
    bench.enter(bench.space([0]));
    bench.run();
    bench.enter(bench.space([0]));
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(component.created).toBe(2);
    expect(bench.machine.hostedInstanceCount).toBe(2);
  });

  test("1000 lives in the same frames leave one instance, and no old one answers", () => {
    const component = new TestComponent("c", caller);
    const bench = new HostedBench([component]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    const tables = bench.space([0], frames);
    let old: { low: number; high: number; ticket: number } | undefined;
    for (let life = 0; life < 1000; life++) {
      bench.machine.zeroPhysical(frames.cell, 4096);
      bench.enter(tables);
      expect(bench.run()?.cause).toBe(Cause.ecallFromUser);
      if (old !== undefined && life % 100 === 1) {
        const now = [
          bench.machine.readPhysical32(frames.cell),
          bench.machine.readPhysical32(frames.cell + 4),
        ] as const;
        bench.machine.writePhysical32(frames.cell, old.low);
        bench.machine.writePhysical32(frames.cell + 4, old.high);
        bench.enter(tables, TEXT, old.ticket);
        expect(bench.run()).toMatchObject(REFUSED);
        bench.machine.writePhysical32(frames.cell, now[0]);
        bench.machine.writePhysical32(frames.cell + 4, now[1]);
      }
      old = {
        low: bench.machine.readPhysical32(frames.cell),
        high: bench.machine.readPhysical32(frames.cell + 4),
        ticket: bench.ticket,
      };
    }
    expect(component.created).toBe(1000);
    expect(bench.machine.hostedInstanceCount).toBe(1);
  });

  test("a life in the same frames under another address space replaces the old one too", () => {
    const component = new TestComponent("c", caller);
    const bench = new HostedBench([component]);
    const frames = { text: bench.frame(), cell: bench.frame() };
    for (let asid = 0; asid < 50; asid++) {
      bench.machine.zeroPhysical(frames.cell, 4096);
      bench.enter(bench.space([0], frames), TEXT, 0, asid);
      expect(bench.run()).toEqual(ECALL_TRAP);
    }
    expect(bench.machine.hostedInstanceCount).toBe(1);
  });

  test("a hostile program with its own cell gets at nobody", () => {
    const victims = [new TestComponent("a", caller), new TestComponent("b", caller, caller)];
    const bench = new HostedBench(victims);
    const victim = { text: bench.frame(), cell: bench.frame() };
    const victimSpace = bench.space([0, 1, 2], victim);
    bench.enter(victimSpace);
    bench.run();
    const saved = bench.machine.registers.slice();
    const nonce = [
      bench.machine.readPhysical32(victim.cell),
      bench.machine.readPhysical32(victim.cell + 4),
    ] as const;
    for (let entry = 0; entry < 4; entry++) {
      for (const s11 of [1, 2, 3, -1, bench.ticket]) {
        for (const [low, high] of [[0, 0], [1, 1], nonce] as const) {
          const frames = { text: bench.frame(), cell: bench.frame() };
          bench.machine.writePhysical32(frames.cell, low);
          bench.machine.writePhysical32(frames.cell + 4, high);
          bench.enter(bench.space([entry], frames), TEXT, s11);
          expect(bench.run()).toMatchObject(REFUSED);
        }
      }
    }
    expect(bench.machine.hostedInstanceCount).toBe(1);
    bench.enter(victimSpace, TEXT + 8);
    bench.machine.registers.set(saved);
    expect(bench.run()).toEqual(ECALL_TRAP);
    expect(reg(bench.machine, "a1")).toBe(2);
  });

  test("nonces depend on the seed only", () => {
    const nonceOf = (seed: number): number => {
      const bench = new HostedBench([new TestComponent("c", caller)], { seed });
      const frames = { text: bench.frame(), cell: bench.frame() };
      bench.enter(bench.space([0], frames));
      bench.run();
      return bench.machine.readPhysical32(frames.cell);
    };
    expect(nonceOf(1)).toBe(nonceOf(1));
    expect(nonceOf(1)).not.toBe(nonceOf(2));
  });

  test("more entries than the immediate can name are an error", () => {
    const component = new TestComponent("c", caller);
    const hostedEntries = new Array<{ component: TestComponent; thread: string }>(4097).fill({
      component,
      thread: "0",
    });
    const make = (): Machine => new HostedBench([], { hostedEntries }).machine;
    expect(make).toThrow(RangeError);
  });
});
