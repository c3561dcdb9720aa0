import { fullHart, Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt, sifiveU } from "@cantrip/hw-riscv/platforms";
import { SbiExtension, SbiFirmware } from "@cantrip/hw-riscv/sbi";
import { describe, expect, test } from "vitest";
import { Bus } from "../src/bus.ts";
import { GuestMemory } from "../src/guest-memory.ts";
import { Mmu } from "../src/mmu.ts";
import { RAM, reg } from "./support.ts";

const MIB = 0x100000;

function unleashed(source: string): Machine {
  const machine = new Machine({ platform: sifiveU({ ramSize: MIB }) });
  machine.copyToPhysical(RAM, assemble(source, { base: RAM, xlen: 64 }).bytes);
  return machine;
}

describe("the HiFive Unleashed", () => {
  test("has hart 1, and its timer and software interrupts where the CLINT has those of hart 1", () => {
    const machine = unleashed(`
      csrr a0, mhartid
      li t0, 0x2000000
      li t1, 1
      sw t1, 0(t0)      # msip of hart 0, which is not here
      csrr a1, mip
      sw t1, 4(t0)
      csrr a2, mip
      li t2, 0x2004008
      sw zero, 4(t2)
      sw zero, 0(t2)
      csrr a3, mip
      loop: j loop`);
    machine.run({ maxInstructions: 100 });
    expect([reg(machine, "a0"), reg(machine, "a1")]).toEqual([1, 0]);
    expect([reg(machine, "a2"), reg(machine, "a3")]).toEqual([0x8, 0x88]);
  });

  test.each([
    ["pwm0", 0x10020000, 42],
    ["pwm1", 0x10021000, 46],
  ])("interrupts the supervisor by %s, through the PLIC's third context", (name, base, source) => {
    const program = `
      li t0, 0xc000000
      li t1, 1
      sw t1, ${4 * source}(t0)          # priority
      li t0, 0xc002104
      li t1, ${1 << (source - 32)}
      sw t1, 0(t0)                      # enable, context 2
      li t0, ${base}
      li t1, 1000
      sw t1, 0x20(t0)
      li t1, 0x2300                     # sticky, zerocmp, one shot
      sw t1, 0(t0)
      li t1, 0x200
      csrw mie, t1
      wfi
      csrr a0, mip
      li t0, 0xc202004
      lw a1, 0(t0)
      loop: j loop`;
    const machine = unleashed(program);
    machine.run({ maxInstructions: 200 });
    expect([reg(machine, "a0"), reg(machine, "a1")]).toEqual([0x200, source]);
    // 1000 ticks of 500 MHz, of which each cycle of this machine is 5.
    expect(machine.cycles - 200).toBeGreaterThan(100);
    expect(machine.regions.map((region) => region.name)).toContain(name);
  });

  test("prints through its UART, and receives", () => {
    const machine = unleashed(`
      li t0, 0x10010000
      li t1, 1
      sw t1, 8(t0)
      sw t1, 12(t0)
      wait: lw t1, 4(t0)
      bltz t1, wait
      addi t1, t1, 1
      sw t1, 0(t0)
      loop: j loop`);
    const sent: number[] = [];
    machine.serial("uart0").onTransmit = (byte): void => {
      sent.push(byte);
    };
    machine.inject("uart0", Uint8Array.of(64), 500);
    machine.run({ maxInstructions: 1000 });
    expect(sent).toEqual([65]);
  });

  test("gets its timer from the SBI with 64 bits in one register, and errors of 64 bits", () => {
    const machine = unleashed(`
      li a0, 1
      slli a0, a0, 32
      li a7, ${SbiExtension.TIMER}
      li a6, 0
      li a1, 0
      ecall
      mv s0, a0
      li a7, 0x12345
      ecall
      mv s1, a0
      loop: j loop`);
    machine.attachFirmware(new SbiFirmware(machine, { putChar: () => undefined }));
    machine.writeCsr(0x104, 0x20);
    machine.run({ maxInstructions: 50 });
    expect(reg(machine, "s0")).toBe(0);
    expect([reg(machine, "s1") | 0, machine.registersHigh[9]]).toEqual([-2, -1]);
    expect(machine.isInterruptPending).toBe(false);
    const cyclesPerTick = machine.platform.instructionsPerTick;
    machine.run({ untilCycle: 1000 });
    machine.waitForInterrupt();
    machine.run({ until: () => machine.isInterruptPending });
    expect(machine.cycles).toBe(2 ** 32 * cyclesPerTick);
  });
});

test("control and status registers above the event counters do not exist", () => {
  const machine = new Machine({ platform: qemuVirt({ ramSize: MIB }) });
  // `mtopi` and `scountovf`, by which firmware finds out about extensions.
  expect([0xfb0, 0xda0, 0xc03, 0xc83].map((csr) => machine.readCsr(csr))).toEqual([
    ...[undefined, undefined, 0, 0],
  ]);
});

test.each([
  [2, 32],
  [3, 64],
] as const)("all of %i GiB of RAM works with %i bits, byte by byte and as code", (gib, xlen) => {
  const size = gib * 2 ** 30;
  const machine = new Machine({ platform: qemuVirt({ ramSize: size, hart: fullHart(xlen) }) });
  const top = RAM + size - 0x1000;
  const source = `
    auipc t0, 0
    addi t0, t0, 0x400
    li t1, 0x5a
    li t3, 3
    again: sb t1, 1(t0)
    lbu a0, 1(t0)
    lb a1, 1(t0)
    lhu a2, 0(t0)
    addi t3, t3, -1
    bnez t3, again
    loop: j loop`;
  machine.copyToPhysical(top, assemble(source, { xlen }).bytes);
  machine.pc = top;
  machine.run({ maxInstructions: 60 });
  expect([reg(machine, "a0"), reg(machine, "a1"), reg(machine, "a2")]).toEqual([
    ...[0x5a, 0x5a, 0x5a00],
  ]);
});

test("translations of all RAM that 32 bits can count are kept", () => {
  const memory = new GuestMemory(RAM, 3 * 2 ** 30);
  const mmu = new Mmu(memory, new Bus(), 64, false);
  const top = 3 * 2 ** 30 - 8;
  memory.ram[top] = 0x5a;
  const virtual = (RAM + top) | 0;
  expect(mmu.cachedLoad(virtual)).toBe(-1);
  expect(mmu.read(virtual, 1, 1)).toBe(0x5a);
  expect(memory.bytes[mmu.cachedLoad(virtual)]).toBe(0x5a);
});

test("traps are counted by their cause", () => {
  const machine = new Machine({ platform: qemuVirt({ ramSize: MIB }) });
  const source = `
    auipc t0, 0
    addi t0, t0, 16
    csrw mtvec, t0
    ecall
    stay: j stay
    `;
  machine.copyToPhysical(RAM, assemble(source, { base: RAM }).bytes);
  machine.run({ maxInstructions: 4 });
  expect([machine.trapCount, machine.trapsOf(11), machine.trapsOf(11, true)]).toEqual([1, 1, 0]);
});

test("an external interrupt that is pending does not become software's by setting other bits of mip", () => {
  const source = `
    li t0, 0x20
    csrs mip, t0          # while the PLIC signals
    csrc mip, t0
    li t0, 0xc201004
    lw a0, 0(t0)          # the claim takes the signal back
    csrr a1, mip
    loop: j loop`;
  const machine = new Machine({ platform: qemuVirt({ ramSize: MIB }) });
  machine.copyToPhysical(RAM, assemble(source, { base: RAM }).bytes);
  machine.interruptController.setEnabled(10, true);
  machine.device("uart0").write(1, 1, 1);
  machine.inject("uart0", Uint8Array.of(65));
  machine.run({ maxInstructions: 30 });
  expect([reg(machine, "a0"), reg(machine, "a1")]).toEqual([10, 0]);
});
