import { fullHart, Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { CommitLog } from "@cantrip/hw-riscv/disasm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { RAM } from "./support.ts";

const MIB = 0x100000;

function logOf(source: string, instructions: number, xlen: 32 | 64 = 32): string[] {
  const machine = new Machine({ platform: qemuVirt({ ramSize: MIB, hart: fullHart(xlen) }) });
  machine.copyToPhysical(RAM, assemble(source, { base: RAM, xlen }).bytes);
  const lines: string[] = [];
  const observer = new CommitLog(machine, (line) => lines.push(line));
  machine.run({ maxInstructions: instructions, observer });
  return lines;
}

// The form is that of riscv-isa-sim, riscv/execute.cc, commit_log_print_insn.
describe("the log of commits", () => {
  test("shows registers, and addresses and data of memory", () => {
    const source = `
      auipc t0, 0
      addi t1, zero, -2
      sw t1, 64(t0)
      lh t2, 64(t0)
      sb t1, 65(t0)
      addi zero, zero, 1
      jal ra, next
      next: .half 0x0305`;
    expect(logOf(source, 8)).toEqual([
      "core   0: 3 0x80000000 (0x00000297) x5  0x80000000",
      "core   0: 3 0x80000004 (0xffe00313) x6  0xfffffffe",
      "core   0: 3 0x80000008 (0x0462a023) mem 0x80000040 0xfffffffe",
      "core   0: 3 0x8000000c (0x04029383) x7  0xfffffffe mem 0x80000040",
      "core   0: 3 0x80000010 (0x046280a3) mem 0x80000041 0xfe",
      "core   0: 3 0x80000014 (0x00100013)",
      "core   0: 3 0x80000018 (0x004000ef) x1  0x8000001c",
      "core   0: 3 0x8000001c (0x0305) x6  0xffffffff",
    ]);
  });

  test("has 64 bits on RV64, and shows doubles", () => {
    const source = `
      auipc t0, 0
      addi t1, zero, -1
      sd t1, 256(t0)
      ld t2, 256(t0)
      lui t3, 2
      csrs mstatus, t3
      fld fa0, 256(t0)
      fsd fa0, 264(t0)`;
    expect(logOf(source, 8, 64)).toEqual([
      "core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000",
      "core   0: 3 0x0000000080000004 (0xfff00313) x6  0xffffffffffffffff",
      "core   0: 3 0x0000000080000008 (0x1062b023) mem 0x0000000080000100 0xffffffffffffffff",
      "core   0: 3 0x000000008000000c (0x1002b383) x7  0xffffffffffffffff mem 0x0000000080000100",
      "core   0: 3 0x0000000080000010 (0x00002e37) x28 0x0000000000002000",
      "core   0: 3 0x0000000080000014 (0x300e2073) c768_mstatus 0x0000000a00002000",
      "core   0: 3 0x0000000080000018 (0x1002b507) f10 0xffffffffffffffff mem 0x0000000080000100",
      "core   0: 3 0x000000008000001c (0x10a2b427) mem 0x0000000080000108 0xffffffffffffffff",
    ]);
  });

  test("shows both accesses of an atomic instruction, and none of a conditional store that fails", () => {
    const source = `
      auipc t0, 0
      addi t1, zero, 3
      amoadd.w t2, t1, (t0)
      sc.w t3, t1, (t0)
      lr.w t4, (t0)
      sc.w t5, t1, (t0)`;
    expect(logOf(source, 6).slice(2)).toEqual([
      "core   0: 3 0x80000008 (0x0062a3af) x7  0x00000297 mem 0x80000000 mem 0x80000000 0x0000029a",
      "core   0: 3 0x8000000c (0x1862ae2f) x28 0x00000001",
      "core   0: 3 0x80000010 (0x1002aeaf) x29 0x0000029a mem 0x80000000",
      "core   0: 3 0x80000014 (0x1862af2f) x30 0x00000000 mem 0x80000000 0x00000003",
    ]);
  });

  test("leaves out instructions that trap, and shows the privilege that an instruction had", () => {
    const source = `
      auipc t0, 0
      addi t1, t0, 32
      csrw mtvec, t1
      csrw mepc, t0
      mret
      nop
      nop
      nop
      csrr a0, mcause`;
    const lines = logOf(source, 9);
    expect(lines.slice(2)).toEqual([
      "core   0: 3 0x80000008 (0x30531073) c773_mtvec 0x80000020",
      "core   0: 3 0x8000000c (0x34129073) c833_mepc 0x80000000",
      "core   0: 3 0x80000010 (0x30200073)",
      "core   0: 0 0x80000000 (0x00000297) x5  0x80000000",
      "core   0: 0 0x80000004 (0x02028313) x6  0x80000020",
      // Writing `mtvec` is illegal in user mode.
      "core   0: 3 0x80000020 (0x34202573) x10 0x00000002",
    ]);
  });
});
