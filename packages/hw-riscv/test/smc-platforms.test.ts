import { Machine, type PlatformDescription } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { nexus, sparrow } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { reg } from "./support.ts";

const MIB = 0x100000;
const PLIC = 0x60000000;
const CAUSE_ILLEGAL = 2;

/** The numbers of each board that CantripOS's kernel and device trees have (`sparrow.dts`, `nexus.dts`, `smc_plic.h`). */
const BOARDS = [
  {
    make: sparrow,
    ...{ ram: 0x28000000, uart: 0x50000000, kernelTimer: 0x50010000, timer0: 0x50030000 },
    ...{ timerInterrupt: 31, context: 1, lastSource: 32, hz: 24_000_000 },
  },
  {
    make: nexus,
    ...{ ram: 0x50000000, uart: 0x54000000, kernelTimer: 0x54010000, timer0: 0x54011000 },
    ...{ timerInterrupt: 38, context: 0, lastSource: 42, hz: 2_500_000 },
  },
];

function boot(platform: PlatformDescription, source: string): Machine {
  const machine = new Machine({ platform });
  const { base } = platform.ram;
  machine.copyToPhysical(base, assemble(source, { base }).bytes);
  return machine;
}

describe.each(BOARDS)("$make.name", (board) => {
  const platform = board.make({ ramSize: MIB });

  test("starts at the beginning of its RAM", () => {
    const machine = boot(platform, "li a0, 7\nloop: j loop");
    machine.run({ maxInstructions: 4 });
    expect(machine.pc).toBeGreaterThanOrEqual(board.ram);
    expect([reg(machine, "a0"), platform.ram.base]).toEqual([7, board.ram]);
    expect(board.make().ram.size).toBe(64 * MIB);
  });

  test("interrupts the supervisor by the timer service's timer, in the context that the kernel uses", () => {
    const word = board.timerInterrupt >> 5;
    const source = `
      li t0, ${PLIC}
      li t1, 2
      sw t1, ${4 * board.timerInterrupt}(t0)
      li t0, ${PLIC + 0x2000 + 0x80 * board.context + 4 * word}
      li t1, ${(1 << (board.timerInterrupt & 31)) | 0}
      sw t1, 0(t0)
      li t0, ${board.timer0}
      sw x0, 0x11c(t0)
      li t1, 100
      sw t1, 0x118(t0)
      li t1, 1
      sw t1, 0x100(t0)
      sw t1, 4(t0)
      li t1, 0x200
      csrw mie, t1
      wfi
      csrr a0, mip
      li t0, ${PLIC + 0x200004 + 0x1000 * board.context}
      lw a1, 0(t0)
      loop: j loop`;
    const machine = boot(platform, source);
    machine.run({ maxInstructions: 100 });
    expect([reg(machine, "a0"), reg(machine, "a1")]).toEqual([0x200, board.timerInterrupt]);
    const cyclesPerCount = machine.clock.cyclesPerSecond / board.hz;
    expect(machine.cycles).toBeGreaterThan(100 * cyclesPerCount);
    expect(machine.cycles).toBeLessThan(100 * cyclesPerCount + 200);
  });

  test("has no interrupt source above its last", () => {
    const machine = new Machine({ platform });
    const enable = PLIC + 0x2000 + 0x80 * board.context + 4 * (board.lastSource >> 5);
    machine.writePhysical32(enable, 0xffffffff);
    const highest = Math.floor(Math.log2(machine.readPhysical32(enable)));
    expect((board.lastSource & ~31) + highest).toBe(board.lastSource);
  });

  test("interrupts the supervisor by the kernel's timer, past the PLIC", () => {
    const source = `
      li t0, ${board.kernelTimer}
      sw x0, 0x11c(t0)
      li t1, 10
      sw t1, 0x118(t0)
      li t1, 1
      sw t1, 0x100(t0)
      sw t1, 4(t0)
      li t1, 0x20
      csrw mie, t1
      wfi
      csrr a0, mip
      loop: j loop`;
    const machine = boot(platform, source);
    machine.run({ maxInstructions: 60 });
    expect(reg(machine, "a0")).toBe(0x20);
  });

  test("prints at the baud rate that its clock gives", () => {
    const nco = Math.floor((115200 * 2 ** 20) / (2 * board.hz));
    const clockHz = board.make === sparrow ? 48_000_000 : 2_500_000;
    const machine = new Machine({ platform });
    const sent: number[] = [];
    machine.serial("uart0").onTransmit = (byte): void => {
      sent.push(byte);
    };
    machine.writePhysical32(board.uart + 0x10, ((nco << 16) | 1) >>> 0);
    machine.writePhysical32(board.uart + 0x1c, 65);
    const cycles = (10 * machine.clock.cyclesPerSecond * 2 ** 20) / (nco * clockHz);
    machine.copyToPhysical(board.ram, assemble("loop: j loop").bytes);
    machine.run({ untilCycle: Math.ceil(cycles) - 1 });
    expect(sent).toEqual([]);
    machine.run({ untilCycle: Math.ceil(cycles) + 1 });
    expect(sent).toEqual([65]);
  });
});

describe("Ibex", () => {
  const source = (read: string): string => `
    la t0, handler
    csrw mtvec, t0
    li t1, 7
    csrw mcounteren, t1
    csrw scounteren, t1
    ${read}
    csrr a2, mcycle
    loop: j loop
    handler: csrr a0, mcause
    csrr a1, mtval
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    mret`;

  test.each([
    ["rdtime a3", 0xc01026f3],
    ["rdtimeh a3", 0xc81026f3],
  ])("has no time register: %s is illegal, and mtval is the instruction", (read, instruction) => {
    const machine = boot(nexus({ ramSize: MIB }), source(read));
    machine.run({ maxInstructions: 40 });
    expect([reg(machine, "a0"), reg(machine, "a1") >>> 0]).toEqual([CAUSE_ILLEGAL, instruction]);
    expect(reg(machine, "a2")).toBeGreaterThan(0);
  });

  test("has the other counters, and sparrow's core has all", () => {
    const ibex = boot(nexus({ ramSize: MIB }), source("rdcycle a3"));
    ibex.run({ maxInstructions: 40 });
    const renode = boot(sparrow({ ramSize: MIB }), source("rdtime a3"));
    renode.run({ maxInstructions: 40 });
    expect([reg(ibex, "a0"), reg(renode, "a0")]).toEqual([0, 0]);
  });
});
