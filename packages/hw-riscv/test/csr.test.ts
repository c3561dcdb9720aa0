import { Csr, fullHart, Machine } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";

const MIB = 0x100000;

function machineOf(xlen: 32 | 64): Machine {
  return new Machine({ platform: qemuVirt({ ramSize: 4 * MIB, hart: fullHart(xlen) }) });
}

describe.each([32, 64] as const)("control and status registers of RV%i", (xlen) => {
  test("exist where the specification has them", () => {
    const machine = machineOf(xlen);
    const upper = xlen === 32 ? 0 : undefined;
    expect(machine.readCsr(Csr.cycleh)).toBe(upper);
    expect(machine.readCsr(Csr.mstatush)).toBe(upper);
    expect(machine.readCsr(0xc9f)).toBe(upper);
    expect(machine.readCsr(0xc1f)).toBe(0);
    expect(machine.readCsr(0xb03)).toBe(0);
    expect(machine.readCsr(0x33f)).toBe(0);
    for (const nothing of [0xc23, 0xcc3, 0xda5, 0xf16, 0x5a0, 0x7a9]) {
      expect(machine.readCsr(nothing), nothing.toString(16)).toBeUndefined();
    }
  });

  test("misa names the width and the extensions", () => {
    const value = machineOf(xlen).readCsr64(Csr.misa) ?? 0n;
    expect(value >> BigInt(xlen - 2)).toBe(xlen === 32 ? 1n : 2n);
    const letters = ("abcdefghijklmnopqrstuvwxyz".match(/./g) ?? []).filter(
      (_letter, bit) => ((value >> BigInt(bit)) & 1n) === 1n,
    );
    expect(letters.join("")).toBe("acdfimsu");
  });

  test("keep as many bits as they have", () => {
    const machine = machineOf(xlen);
    const all = xlen === 32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
    const written = (csr: number): bigint | undefined => {
      machine.writeCsr64(csr, all);
      return machine.readCsr64(csr);
    };
    expect(written(Csr.mscratch)).toBe(all);
    expect(written(Csr.mepc)).toBe(all - 1n);
    expect(written(Csr.stvec)).toBe(all - 2n);
    expect(written(Csr.mtval)).toBe(all);
    expect(written(Csr.pmpaddr0)).toBe(xlen === 32 ? all : 2n ** 54n - 1n);
    expect(written(Csr.medeleg)).toBe(0xb3ffn);
    expect(written(Csr.fcsr)).toBeUndefined();
  });

  test("the state of floating point is dirty as soon as something was written", () => {
    const machine = machineOf(xlen);
    machine.writeCsr(Csr.mstatus, 0x2000);
    expect(machine.readCsr(Csr.fcsr)).toBe(0);
    const dirty = 1n << BigInt(xlen - 1);
    expect((machine.readCsr64(Csr.mstatus) ?? 0n) & dirty).toBe(0n);
    expect(machine.writeCsr(Csr.frm, 3)).toBe(true);
    expect(machine.readCsr(Csr.fcsr)).toBe(0x60);
    expect((machine.readCsr64(Csr.mstatus) ?? 0n) & dirty).toBe(dirty);
    expect((machine.readCsr64(Csr.sstatus) ?? 0n) & 0x6000n).toBe(0x6000n);
  });

  test("counters of all widths go on from what was written", () => {
    const machine = machineOf(xlen);
    if (xlen === 64) {
      machine.writeCsr64(Csr.minstret, 0x1234_5678_9abc_def0n);
      expect(machine.readCsr64(Csr.minstret)).toBe(0x1234_5678_9abc_def0n);
      return;
    }
    machine.writeCsr(Csr.minstret, 0x9abcdef0);
    machine.writeCsr(Csr.minstreth, 0x12345678);
    expect(machine.readCsr(Csr.minstret)).toBe(0x9abcdef0);
    expect(machine.readCsr(Csr.minstreth)).toBe(0x12345678);
  });
});

test("a hart without floating point has none of its registers", () => {
  const machine = new Machine({ platform: qemuVirt({ ramSize: 4 * MIB }) });
  machine.writeCsr(Csr.mstatus, 0x6000);
  expect(machine.readCsr(Csr.mstatus)).toBe(0);
  expect(machine.readCsr(Csr.fcsr)).toBeUndefined();
  expect(machine.writeCsr(Csr.fcsr, 1)).toBe(false);
});
