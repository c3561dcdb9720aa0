import { ECALL, type Task, type UserContext } from "@cantrip/hosted";
import { Cause, type Machine } from "@cantrip/hw-riscv";
import { describe, expect, test } from "vitest";
import { HostedBench, TestComponent, TEXT } from "./hosted-support.ts";
import { reg } from "./support.ts";

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
