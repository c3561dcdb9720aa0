import { Cause, fullHart, type IsaExtension, Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { disassemble } from "@cantrip/hw-riscv/disasm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { RAM } from "./support.ts";

const MIB = 0x100000;
const CUSTOM_1 = 0x2b;
const COUNT_CSR = 0x800;
const LIMIT_CSR = 0xcc0;

/** Sums of bytes in memory, how many there were, and a limit that cannot be written. */
function byteSums(): IsaExtension {
  let count = 0;
  return {
    name: "xsums",
    instructions: [
      {
        name: "sum.bytes",
        syntax: "rd, rs1, rs2",
        match: CUSTOM_1,
        execute(context, { rd, rs1, rs2 }) {
          const [start, length] = [context.register(rs1) >>> 0, context.register(rs2)];
          if (length > 64) {
            context.illegal();
            return;
          }
          let sum = 0;
          for (let index = 0; index < length; index++) {
            const byte = context.load(start + index, 1);
            if (byte === undefined) return;
            sum += byte;
          }
          count += length;
          context.charge(length);
          context.setRegister(rd, sum);
        },
      },
      {
        name: "skip",
        syntax: "",
        match: CUSTOM_1 | (1 << 12),
        execute: (context) => {
          context.jump(context.pc + 8);
        },
      },
    ],
    csrs: [
      {
        name: "sumcount",
        number: COUNT_CSR,
        read: () => count,
        write: (_context, value) => {
          count = value;
          return true;
        },
      },
      { name: "sumlimit", number: LIMIT_CSR, read: () => 64 },
    ],
  };
}

const SOURCE = `
  csrr s0, sumlimit
  li t0, 7
  csrw sumcount, t0
  auipc a0, 0
  li a1, 4
  sum.bytes a2, a0, a1
  csrr s1, sumcount
  skip
  li s1, 0
  li a1, 65
  stop: sum.bytes a2, a0, a1`;

function machineWith(isaExtensions: readonly IsaExtension[], xlen: 32 | 64): Machine {
  const platform = qemuVirt({ ramSize: 4 * MIB, hart: fullHart(xlen) });
  return new Machine({ platform, isaExtensions });
}

describe.each([32, 64] as const)("on RV%i", (xlen) => {
  test("instructions and registers come from outside", () => {
    const extension = byteSums();
    const program = assemble(SOURCE, { xlen, extensions: [extension] });
    const machine = machineWith([extension], xlen);
    machine.copyToPhysical(RAM, program.bytes);
    machine.run({ maxInstructions: 15 });
    const auipc = program.bytes.slice(16, 20);
    expect(machine.registers[12]).toBe(auipc.reduce((sum, byte) => sum + byte, 0));
    expect(machine.registers[8]).toBe(64);
    expect(machine.registers[9]).toBe(11);
  });

  test("an instruction charges, refuses itself, and takes the faults of its loads", () => {
    const extension = byteSums();
    const source = `li t0, 0x80000100\ncsrw mtvec, t0\nsum.bytes a2, a0, a1`;
    const run = (address: number, length: number): Machine => {
      const machine = machineWith([extension], xlen);
      machine.copyToPhysical(RAM, assemble(source, { xlen, extensions: [extension] }).bytes);
      machine.registers[10] = address;
      machine.registers[11] = length;
      machine.run({ maxInstructions: 4 });
      return machine;
    };
    const cause = 0x342;
    const value = 0x343;
    expect(run(RAM, 30).cycles).toBe(34);
    expect(run(RAM, 65).readCsr(cause)).toBe(Cause.illegalInstruction);
    const refused = run(0x40, 1);
    expect(refused.readCsr(cause)).toBe(Cause.loadAccessFault);
    expect(refused.readCsr(value)).toBe(0x40);
  });

  test("without the extension its instructions and registers do not exist", () => {
    const extensions = [byteSums()];
    for (const source of [
      "sum.bytes a0, a0, a1",
      "skip",
      "csrr a0, sumcount",
      "csrr a0, sumlimit",
    ]) {
      const outcome = (machine: Machine): number => {
        machine.copyToPhysical(RAM, assemble(source, { xlen, extensions }).bytes);
        machine.run({ maxInstructions: 1 });
        return machine.readCsr(0x342) ?? -1;
      };
      expect(outcome(machineWith([], xlen)), source).toBe(Cause.illegalInstruction);
      expect(outcome(machineWith(extensions, xlen)), source).toBe(0);
    }
  });

  test("a register whose number says so cannot be written", () => {
    const extensions = [byteSums()];
    const machine = machineWith(extensions, xlen);
    machine.copyToPhysical(RAM, assemble("csrw sumlimit, t0", { xlen, extensions }).bytes);
    machine.run({ maxInstructions: 1 });
    expect(machine.readCsr(0x342)).toBe(Cause.illegalInstruction);
  });
});

test("the disassembler knows instructions of extensions", () => {
  const word = CUSTOM_1 | (12 << 7) | (10 << 15) | (11 << 20);
  expect(disassemble(word, { extensions: [byteSums()] })).toBe("sum.bytes a2,a0,a1");
  expect(disassemble(word)).toBe(`.4byte 0x${word.toString(16)}`);
});

test("two extensions cannot have registers of one number", () => {
  expect(() => machineWith([byteSums(), byteSums()], 32)).toThrow(RangeError);
});
