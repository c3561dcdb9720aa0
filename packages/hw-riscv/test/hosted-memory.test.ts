import { ECALL, type UserContext } from "@cantrip/hosted";
import { Cause } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { describe, expect, test } from "vitest";
import { DATA, DEVICE, HostedBench, TestComponent, TEXT, UNMAPPED } from "./hosted-support.ts";
import { reg } from "./support.ts";

const REFUSED = { cause: Cause.breakpoint, pc: TEXT };
const ECALL_TRAP = { cause: Cause.ecallFromUser, value: 0, pc: TEXT + 4 };

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
