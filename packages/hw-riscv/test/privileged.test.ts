import { describe, expect, test } from "vitest";
import { Cause, Csr, type Machine, Privilege } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import {
  bareMachine,
  PageTables,
  PTE,
  RAM,
  reg,
  runBare,
  sparrowMachine,
  USER_RWX,
} from "./support.ts";

interface Trap {
  readonly cause: number;
  readonly value: number;
  readonly pc: number;
}

const CODE = 0x10000;
const DATA = 0x20000;
const TEXT_PAGE = RAM + 0x10000;
const DATA_PAGE = RAM + 0x20000;

/** Runs a user program under a supervisor that records the traps and stops at the first. */
function runUser(
  source: string,
  flags: number = USER_RWX,
  prepare?: (machine: Machine, tables: PageTables) => void,
): { machine: Machine; trap: Trap | undefined } {
  const machine = bareMachine();
  const tables = new PageTables(machine, RAM + 0x100000);
  tables.map(CODE, TEXT_PAGE);
  tables.map(DATA, DATA_PAGE, flags);
  prepare?.(machine, tables);
  machine.copyToPhysical(TEXT_PAGE, assemble(source, { base: CODE, symbols: { DATA } }).bytes);
  let trap: Trap | undefined;
  machine.attachSupervisor({
    trap(cause, value) {
      trap = { cause, value, pc: machine.pc };
      machine.stop();
    },
  });
  machine.setRootTable(tables.satp());
  machine.fenceVma();
  machine.pc = CODE;
  machine.run({ maxInstructions: 100_000 });
  return { machine, trap };
}

describe("counters", () => {
  test("a counter written near 2^64 keeps every bit and wraps to zero", () => {
    const { machine } = runBare(`
      li t0, -1
      csrw minstret, t0
      csrw minstreth, t0
      csrr a0, minstret      # the write's own increment is suppressed
      csrr a1, minstreth     # one instruction later
      li t0, -100
      csrw mcycle, t0
      li t0, -1
      csrw mcycleh, t0
      csrr a2, mcycle        # two instructions for li; the write of mcycleh keeps it
      csrr a3, mcycleh
    `);
    expect(["a0", "a1", "a2", "a3"].map((name) => reg(machine, name as "a0"))).toEqual([
      -1, 0, -98, -1,
    ]);
  });
});

describe("machine-mode traps", () => {
  test("ecall, mret and the state they save", () => {
    const { machine, program } = runBare(`
      la t0, handler
      csrw mtvec, t0
      csrs mstatus, t1
      li t1, 8
      csrs mstatus, t1
      call_here: ecall
      csrr a4, mstatus
      j end
      .align 2
      handler:
      csrr a0, mcause
      csrr a1, mepc
      csrr a2, mstatus
      addi t2, a1, 4
      csrw mepc, t2
      mret
      end: nop`);
    expect(reg(machine, "a0")).toBe(Cause.ecallFromMachine);
    expect(reg(machine, "a1") >>> 0).toBe(program.symbols.get("call_here"));
    expect(reg(machine, "a2") & 0x1888).toBe(0x1880);
    expect(reg(machine, "a4") & 0x88).toBe(0x88);
  });

  test("delegation to supervisor mode, and back to machine mode", () => {
    const { machine } = runBare(`
      la t0, machine_handler
      csrw mtvec, t0
      la t0, supervisor_handler
      csrw stvec, t0
      li t0, ${1 << Cause.ecallFromUser}
      csrw medeleg, t0
      li t0, 0x1800
      csrc mstatus, t0
      la t0, user
      csrw mepc, t0
      mret
      user: ecall
      .align 2
      supervisor_handler:
      csrr a0, scause
      csrr a1, sstatus
      ecall
      .align 2
      machine_handler:
      csrr a2, mcause
      csrr a3, mstatus`);
    expect(reg(machine, "a0")).toBe(Cause.ecallFromUser);
    expect(reg(machine, "a1") & 0x100).toBe(0);
    expect(reg(machine, "a2")).toBe(Cause.ecallFromSupervisor);
    expect((reg(machine, "a3") >>> 11) & 3).toBe(1);
  });

  test("CLINT timer interrupt in vectored mode, after wfi", () => {
    const { machine } = runBare(`
      la t0, vectors
      addi t0, t0, 1
      csrw mtvec, t0
      li t0, 0x02004000
      li t1, 1000
      sw t1, 0(t0)
      sw x0, 4(t0)
      li t1, 0x80
      csrw mie, t1
      csrwi mstatus, 8
      wait: wfi
      j wait
      .align 8
      vectors:
      j wrong; j wrong; j wrong; j wrong; j wrong; j wrong; j wrong
      j timer
      wrong: li a0, -1
      j end
      timer: csrr a0, mcause
      csrr a1, mepc
      la a2, wait
      rdtime a3
      end: nop`);
    expect(reg(machine, "a0") >>> 0).toBe(0x80000007);
    expect(reg(machine, "a1")).toBe(reg(machine, "a2") + 4);
    expect(reg(machine, "a3")).toBe(1000);
    expect(machine.cycles).toBeGreaterThan(10_000);
    expect(machine.instructions).toBeLessThan(100);
  });

  test("counters can be written and are gated by counteren", () => {
    const machine = bareMachine();
    expect(machine.writeCsr(Csr.minstret, 0xffffffff)).toBe(true);
    expect(machine.writeCsr(Csr.minstreth, 1)).toBe(true);
    runBare("nop\nrdinstret a0\ncsrr a1, instreth", machine);
    expect(reg(machine, "a0")).toBe(0);
    expect(reg(machine, "a1")).toBe(2);
  });

  test("the host reads and writes counters between instructions", () => {
    const machine = bareMachine();
    expect(machine.readCsr(Csr.minstret)).toBe(0);
    machine.writeCsr(Csr.mcycle, 7);
    expect([machine.readCsr(Csr.mcycle), machine.readCsr(Csr.mcycleh)]).toEqual([7, 0]);
  });

  test("rdinstret does not count itself", () => {
    const { machine } = runBare("rdinstret a0\nnop\nrdinstret a1");
    expect([reg(machine, "a0"), reg(machine, "a1")]).toEqual([0, 2]);
  });
});

describe("user mode", () => {
  test("counters are readable under a supervisor in TypeScript", () => {
    const { machine, trap } = runUser("rdcycle a0\nrdtime a1\nrdinstret a2\necall");
    expect(trap?.cause).toBe(Cause.ecallFromUser);
    expect(trap?.pc).toBe(CODE + 12);
    expect(reg(machine, "a2")).toBe(2);
  });

  test.each([["csrr a0, sstatus"], ["csrr a0, mstatus"], ["sret"], ["mret"], ["sfence.vma"]])(
    "%s is illegal",
    (source) => {
      const { trap } = runUser(source);
      expect(trap).toMatchObject({ cause: Cause.illegalInstruction, pc: CODE });
    },
  );

  test("ebreak reports its address", () => {
    expect(runUser("nop\nebreak").trap).toEqual({
      cause: Cause.breakpoint,
      value: CODE + 4,
      pc: CODE + 4,
    });
  });
});

describe("Sv32", () => {
  const load = "li s0, DATA\nlw a0, 0(s0)\necall";
  const store = "li s0, DATA\nsw a0, 0(s0)\necall";
  const fetch = "li s0, DATA\njr s0";
  const { V, R, W, X, U, A, D } = PTE;

  test.each([
    ["load", load, V | R | U | A, undefined],
    ["load from an execute-only page", load, V | X | U | A, Cause.loadPageFault],
    ["load with the accessed bit clear", load, V | R | U, Cause.loadPageFault],
    ["load from a supervisor page", load, V | R | A, Cause.loadPageFault],
    ["load from an invalid page", load, R | U | A, Cause.loadPageFault],
    ["load through a reserved encoding", load, V | W | U | A | D, Cause.loadPageFault],
    ["store", store, V | R | W | U | A | D, undefined],
    ["store to a read-only page", store, V | R | U | A | D, Cause.storePageFault],
    ["store with the dirty bit clear", store, V | R | W | U | A, Cause.storePageFault],
    ["fetch from a page without X", fetch, V | R | W | U | A | D, Cause.fetchPageFault],
  ])("%s", (_name, source, flags, cause) => {
    const { trap } = runUser(source, flags);
    if (cause === undefined) expect(trap?.cause).toBe(Cause.ecallFromUser);
    else expect(trap).toMatchObject({ cause, value: DATA });
  });

  test("access to nothing is an access fault", () => {
    const nowhere = 0x70000000;
    const map = (_machine: Machine, tables: PageTables): void => {
      tables.map(DATA, nowhere);
    };
    expect(runUser(load, USER_RWX, map).trap).toMatchObject({
      cause: Cause.loadAccessFault,
      value: DATA,
    });
    expect(runUser(store, USER_RWX, map).trap).toMatchObject({
      cause: Cause.storeAccessFault,
      value: DATA,
    });
    expect(runUser(fetch, USER_RWX, map).trap).toMatchObject({
      cause: Cause.fetchAccessFault,
      value: DATA,
    });
  });

  test("a store across a page boundary changes nothing when its second page is refused", () => {
    const { machine, trap } = runUser("li s0, DATA+4094\nli a0, -1\nsw a0, 0(s0)");
    expect(trap).toMatchObject({ cause: Cause.storePageFault, value: DATA + 4096 });
    expect(machine.readPhysical32(DATA_PAGE + 4092)).toBe(0);
  });

  test("megapages translate, misaligned ones fault", () => {
    const root =
      (value: number) =>
      (machine: Machine, tables: PageTables): void => {
        machine.writePhysical32(tables.root + 4, value);
      };
    const source = "li s0, 0x00420000\nlw a0, 0(s0)\necall";
    const good = runUser(source, USER_RWX, (machine, tables) => {
      root(((RAM >>> 12) << 10) | USER_RWX)(machine, tables);
      machine.writePhysical32(DATA_PAGE, 4711);
    });
    expect(reg(good.machine, "a0")).toBe(4711);
    const bad = runUser(source, USER_RWX, root((((RAM >>> 12) + 1) << 10) | USER_RWX));
    expect(bad.trap?.cause).toBe(Cause.loadPageFault);
  });

  test("a changed entry counts after fenceVma, and another root table at once", () => {
    const machine = bareMachine();
    const one = new PageTables(machine, RAM + 0x100000);
    const two = new PageTables(machine, RAM + 0x110000);
    for (const tables of [one, two]) tables.map(CODE, TEXT_PAGE);
    one.map(DATA, RAM + 0x30000);
    two.map(DATA, RAM + 0x31000);
    for (const page of [0, 1, 2])
      machine.writePhysical32(RAM + 0x30000 + page * 0x1000, 100 + page);
    const program = "again: li s0, DATA\nlw a0, 0(s0)\necall\nj again";
    machine.copyToPhysical(TEXT_PAGE, assemble(program, { base: CODE, symbols: { DATA } }).bytes);
    const seen: number[] = [];
    machine.attachSupervisor({
      trap() {
        seen.push(reg(machine, "a0"));
        machine.pc += 4;
        if (seen.length === 1) machine.setRootTable(two.satp());
        else if (seen.length === 2) {
          two.map(DATA, RAM + 0x32000);
          machine.fenceVma();
        } else machine.stop();
      },
    });
    machine.setRootTable(one.satp());
    machine.pc = CODE;
    machine.run({ maxInstructions: 1000 });
    expect(seen).toEqual([100, 101, 102]);
  });

  test("SUM and MXR in supervisor mode", () => {
    const outcome = (flags: number, status: number): number => {
      const machine = bareMachine();
      const tables = new PageTables(machine, RAM + 0x100000);
      tables.map(CODE, TEXT_PAGE, V | R | W | X | A | D);
      tables.map(DATA, DATA_PAGE, flags);
      machine.copyToPhysical(
        TEXT_PAGE,
        assemble("li s0, DATA\nlw a0, 0(s0)\necall", { base: CODE, symbols: { DATA } }).bytes,
      );
      let seen = -1;
      machine.attachFirmware({
        trap(cause) {
          seen = cause;
          machine.stop();
        },
      });
      machine.writeCsr(Csr.medeleg, 0);
      machine.writeCsr(Csr.mstatus, status);
      machine.privilege = Privilege.supervisor;
      machine.setRootTable(tables.satp());
      machine.pc = CODE;
      machine.run({ maxInstructions: 100 });
      return seen;
    };
    const SUM = 1 << 18;
    const MXR = 1 << 19;
    expect(outcome(USER_RWX, 0)).toBe(Cause.loadPageFault);
    expect(outcome(USER_RWX, SUM)).toBe(Cause.ecallFromSupervisor);
    expect(outcome(V | X | A, 0)).toBe(Cause.loadPageFault);
    expect(outcome(V | X | A, MXR)).toBe(Cause.ecallFromSupervisor);
  });
});

describe("firmware in TypeScript", () => {
  test("serves an ecall of a supervisor and lets its timer interrupt through", () => {
    const machine = bareMachine();
    const program = assemble(
      `
      la t0, handler
      csrw stvec, t0
      li t0, 0x20
      csrw sie, t0
      csrwi sstatus, 2
      li a0, 500
      ecall
      wait: wfi
      j wait
      .align 2
      handler: csrr a2, scause
      rdtime a3
      li a7, 8
      ecall`,
      { base: RAM },
    );
    machine.copyToPhysical(RAM, program.bytes);
    machine.attachFirmware({
      trap(cause) {
        expect(cause).toBe(Cause.ecallFromSupervisor);
        if (reg(machine, "a7") === 8) machine.halt("shutdown");
        else machine.setSupervisorTimer(reg(machine, "a0"));
        machine.pc += 4;
      },
    });
    expect(machine.run({ maxInstructions: 1000 })).toEqual({ kind: "halted", reason: "shutdown" });
    expect(reg(machine, "a2") >>> 0).toBe(0x80000005);
    expect(reg(machine, "a3")).toBe(500);
  });
});

describe("a supervisor in TypeScript", () => {
  test("timer interrupts come at the exact instruction", () => {
    const machine = sparrowMachine();
    machine.copyToPhysical(
      machine.platform.ram.base,
      assemble("loop: addi a0, a0, 1\nj loop", { base: machine.platform.ram.base }).bytes,
    );
    const at: number[] = [];
    machine.attachSupervisor({
      trap(cause) {
        expect(cause).toBe(0x80000005);
        at.push(machine.instructions);
        if (at.length === 3) machine.stop();
        machine.setSupervisorTimer(machine.timeTicks + 250);
      },
    });
    machine.pc = machine.platform.ram.base;
    machine.setSupervisorTimer(25);
    machine.run();
    expect(at).toEqual([100, 1100, 2100]);
    expect(machine.pc).toBe(machine.platform.ram.base);
    expect(reg(machine, "a0")).toBe(1050);
  });

  test("a timer set in a system call is as exact", () => {
    const machine = sparrowMachine();
    const { base } = machine.platform.ram;
    const program = "nop\necall\nloop: addi a0, a0, 1\nj loop";
    machine.copyToPhysical(base, assemble(program, { base }).bytes);
    machine.attachSupervisor({
      trap(cause) {
        if (cause === Cause.ecallFromUser) {
          machine.pc += 4;
          machine.setSupervisorTimer(20);
        } else machine.stop();
      },
    });
    machine.pc = base;
    machine.run({ maxInstructions: 10_000 });
    expect(machine.instructions).toBe(80);
    expect(reg(machine, "a0")).toBe(39);
  });

  test("a wait jumps to the timer; with nothing planned the run is idle", () => {
    const machine = sparrowMachine();
    const causes: number[] = [];
    machine.attachSupervisor({
      trap(cause) {
        causes.push(cause);
        machine.setSupervisorTimer(Infinity);
        machine.waitForInterrupt();
      },
    });
    machine.setSupervisorTimer(24_000_000);
    machine.waitForInterrupt();
    expect(machine.run()).toEqual({ kind: "idle" });
    expect(causes).toEqual([0x80000005]);
    expect(machine.timeMicroseconds).toBe(1_000_000);
    expect(machine.instructions).toBe(0);
  });

  test("wfi in user mode waits for the next interrupt and goes on behind it", () => {
    const machine = sparrowMachine();
    const { base } = machine.platform.ram;
    machine.copyToPhysical(base, assemble("wfi\nrdtime a0\necall", { base }).bytes);
    const seen: [number, number][] = [];
    machine.attachSupervisor({
      trap(cause) {
        seen.push([cause, machine.pc]);
        machine.setSupervisorTimer(Infinity);
        if (cause === Cause.ecallFromUser) machine.stop();
      },
    });
    machine.pc = base;
    machine.setSupervisorTimer(7777);
    machine.run({ maxInstructions: 100 });
    expect(seen).toEqual([
      [0x80000005, base + 4],
      [Cause.ecallFromUser, base + 8],
    ]);
    expect(reg(machine, "a0")).toBe(7777);
  });

  test("charged time makes the timer due", () => {
    const machine = sparrowMachine();
    const { base } = machine.platform.ram;
    machine.copyToPhysical(base, assemble("ecall", { base }).bytes);
    const causes: number[] = [];
    machine.attachSupervisor({
      trap(cause) {
        causes.push(cause);
        if (causes.length === 1) {
          expect(machine.isInterruptPending).toBe(false);
          machine.charge(4000);
          expect(machine.isInterruptPending).toBe(true);
        } else machine.stop();
      },
    });
    machine.pc = base;
    machine.setSupervisorTimer(1000);
    machine.run();
    expect(causes).toEqual([Cause.ecallFromUser, 0x80000005]);
    expect(machine.instructions).toBe(4001);
  });
});
