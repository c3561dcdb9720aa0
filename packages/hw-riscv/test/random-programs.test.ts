import { fullHart } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { bareMachine, RAM } from "./support.ts";

const HANDLER = RAM + 0x3000;
const PROGRAM = RAM + 0x5000;
const DATA = RAM + 0x100000;
const MIB = 0x100000;
const S11 = 27;

const split = (text: string): string[] => text.split(" ");
/** Any may be written; `s` registers hold addresses, `ra` where a bad jump comes back to. */
const register = fc.constantFrom(...split("x0 a0 a1 a2 a3 a4 a5 t3"));
/** Data, the end of a page, odd addresses, beyond memory, read-only memory. */
const base = fc.constantFrom(...split("s0 s0 s0 s0 s1 s2 s3 s4"));
const offset = fc.integer({ min: -8, max: 8 });
const aligned = fc.integer({ min: -2, max: 2 }).map((words) => words * 4);
const small = fc.integer({ min: -2048, max: 2047 });
const pick = (names: string): fc.Arbitrary<string> => fc.constantFrom(...split(names));
const line = (...parts: (string | fc.Arbitrary<string | number>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((all) => all.join(""));

const REGISTERS = pick(
  "add sub sll slt sltu xor srl sra or and mul mulh mulhsu mulhu div divu rem remu",
);
const instruction = fc.oneof(
  { weight: 6, arbitrary: line(REGISTERS, " ", register, ", ", register, ", ", register) },
  {
    weight: 3,
    arbitrary: line(
      pick("addi slti sltiu xori ori andi"),
      " ",
      register,
      ", ",
      register,
      ", ",
      small,
    ),
  },
  {
    weight: 2,
    arbitrary: line(pick("slli srli srai"), " ", register, ", ", register, ", ", fc.nat(31)),
  },
  { weight: 1, arbitrary: line(pick("lui auipc"), " ", register, ", ", fc.nat(0xfffff)) },
  {
    weight: 6,
    arbitrary: line(
      pick("lb lh lw lbu lhu sb sh sw"),
      " ",
      register,
      ", ",
      fc.oneof(offset, aligned),
      "(",
      base,
      ")",
    ),
  },
  {
    weight: 3,
    arbitrary: line(
      pick(
        "sc.w amoswap.w amoadd.w amoxor.w amoor.w amoand.w amomin.w amomax.w amominu.w amomaxu.w",
      ),
      ...[" ", register, ", ", register, ", (", base, ")"],
    ),
  },
  { weight: 1, arbitrary: line("lr.w ", register, ", (", base, ")") },
  {
    weight: 4,
    arbitrary: line(pick("beq bne blt bge bltu bgeu"), " ", register, ", ", register, ", NEXT"),
  },
  { weight: 1, arbitrary: pick("fence fence.i").map((name) => name) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "jal a0, NEXT",
      "la t4, NEXT\njalr a1, 0(t4)",
      "csrrw a0, mscratch, a1",
      "csrrsi a2, mcause, 3",
      "ecall",
      "ebreak",
    ),
  },
  // Nothing is there.
  { weight: 1, arbitrary: fc.constant("li t4, 0x40\nla ra, NEXT\njalr a0, 0(t4)") },
  // Encodings that mean something, or nothing.
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(0x03, 0x13, 0x23, 0x33, 0x63, 0x67, 0x0f, 0x73, 0x2f, 0x0b, 0x07),
        fc.nat(7),
        fc.constantFrom(0x20, 0x7f, 0x13, 2, 0x40),
      )
      // In rd and the immediates of branches: a0, 4 bytes on.
      .map(
        ([opcode, funct3, funct7]) =>
          `.word ${((funct7 << 25) | (funct3 << 12) | 0x200 | opcode) >>> 0}`,
      )
      .filter((text) => !/^\.word \d+$/.test(text) || !isJump(Number(text.slice(6)))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ".half 0x0505",
      ".half 0x4501",
      ".half 0x852e",
      "la ra, NEXT\n.half 0x8082",
      ".half 0x0001",
      ".half 0x0000\n.half 0x0001",
    ),
  },
  { weight: 1, arbitrary: fc.constant(".word 0x0000000b") },
);

/** Branches and jumps to where no instruction begins, and changes of the machine's state. */
function isJump(word: number): boolean {
  const opcode = word & 0x7f;
  const isTaken = opcode === 0x63 && ![2, 3].includes((word >>> 12) & 7);
  return isTaken || (opcode === 0x67 && (word & 0x7000) === 0) || opcode === 0x73;
}

const handler = assemble(
  `handler: addi s11, s11, 1
  csrr t6, mcause
  csrr t5, mepc
  addi t5, t5, 4
  addi t6, t6, -1
  bnez t6, over
  mv t5, ra
over: csrw mepc, t5
  mret`,
  { base: HANDLER },
).bytes;

interface Outcome {
  readonly registers: readonly number[];
  readonly data: readonly number[];
  readonly traps: number;
  readonly instructions: number;
}

/** Runs a program to its end, a number of instructions at a time. */
function outcomeOf(
  program: Uint8Array,
  start: number,
  values: readonly number[],
  step: number,
): Outcome {
  const machine = bareMachine({ platform: qemuVirt({ ramSize: 4 * MIB, hart: fullHart(32) }) });
  machine.copyToPhysical(HANDLER, handler);
  machine.copyToPhysical(start, program);
  machine.pc = start;
  values.forEach((value, index) => (machine.registers[10 + index] = value));
  let rounds = 0;
  while (machine.run({ maxInstructions: step }).kind !== "halted") {
    if (rounds++ > 20_000) throw new Error(`no end at ${(machine.pc >>> 0).toString(16)}`);
  }
  const registers = [...machine.registers].slice(0, 32);
  return {
    registers,
    data: Array.from({ length: 32 }, (_, index) =>
      machine.readPhysical32(DATA + 0xfc0 + index * 4),
    ),
    traps: registers[S11] ?? 0,
    instructions: machine.instructions,
  };
}

test("random programs do in pieces what they do in one go, and trap where they must", () => {
  const report = new FuzzReport("random programs");
  const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
  fc.assert(
    fc.property(
      fc.array(instruction, { minLength: 20, maxLength: 60, size: "max" }),
      fc.array(fc.oneof(word, fc.constantFrom(0, 1, -1, -0x80000000)), {
        minLength: 6,
        maxLength: 6,
      }),
      fc.nat(40),
      fc.integer({ min: 1, max: 50 }),
      (lines, values, before, step) => {
        // Somewhere in the program a page ends, sometimes within an instruction.
        const start = PROGRAM - 4 * before - 40;
        const body = lines.map(
          (text, index) => `l${index}: ${text.replaceAll("NEXT", `l${index + 1}`)}`,
        );
        const { bytes } = assemble(
          `li t0, ${HANDLER}
          csrw mtvec, t0
          li s0, ${DATA + 0x1000 - 4}
          li s1, ${DATA + 0x1001}
          li s2, ${RAM + 4 * MIB}
          li s3, 0x40
          li s4, ${DATA + 0xff8}
          ${body.join("\n")}
          l${lines.length}: nop
          nop
          li t6, 0x100000
          li t5, 0x5555
          sw t5, 0(t6)`,
          { base: start },
        );
        const whole = outcomeOf(bytes, start, values, 100_000);
        expect(outcomeOf(bytes, start, values, step)).toEqual(whole);
        expect(whole.registers[0]).toBe(0);
        // The handler takes eight instructions, or nine.
        expect(whole.instructions).toBeGreaterThan(whole.traps * 8);
        report.succeeded(whole.instructions - 9 * whole.traps);
        report.refused("trapped", whole.traps);
      },
    ),
    { numRuns: runs(120) },
  );
  report.finish();
});
