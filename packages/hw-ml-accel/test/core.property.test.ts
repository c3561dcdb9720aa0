import { Machine } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { VcTopInterrupt, VcTopRegister } from "@cantrip/hw-ml-accel/registers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bench, DATA, DATA_OFFSET, FINISH, TEXT } from "./support.ts";

const RUNS = 50;
const MIB = 0x100000;
/** `x31` holds the address of the data; no other instruction writes it. */
const BASE = 31;
const DATA_BYTES = 2048;

const register = fc.integer({ min: 0, max: 30 });
const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000));
const immediate = fc.integer({ min: -2048, max: 2047 });

const arithmetic = fc
  .tuple(
    fc.constantFrom(
      ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((funct3) => [[0, funct3] as const, [1, funct3] as const]),
      [0x20, 0] as const,
      [0x20, 5] as const,
    ),
    register,
    register,
    register,
  )
  .map(
    ([[funct7, funct3], rd, rs1, rs2]) =>
      (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | 0x33,
  );
const withImmediate = fc
  .tuple(fc.constantFrom(0, 2, 3, 4, 6, 7), register, register, immediate)
  .map(
    ([funct3, rd, rs1, value]) => (value << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | 0x13,
  );
const shift = fc
  .tuple(
    fc.constantFrom(0x1013, 0x5013, 0x40005013),
    register,
    register,
    fc.integer({ min: 0, max: 31 }),
  )
  .map(([bits, rd, rs1, amount]) => bits | (amount << 20) | (rs1 << 15) | (rd << 7));
const upper = fc
  .tuple(fc.constantFrom(0x37, 0x17), register, fc.integer())
  .map(([opcode, rd, value]) => (value & ~0xfff) | (rd << 7) | opcode);
const access = (sizes: readonly (readonly [number, number])[]) =>
  fc
    .tuple(fc.constantFrom(...sizes), fc.nat(DATA_BYTES / 4 - 1))
    .map(([[funct3, size], at]) => ({ funct3, offset: at * 4 - ((at * 4) % size) }));
const load = fc
  .tuple(
    access([
      [0, 1],
      [1, 2],
      [2, 4],
      [4, 1],
      [5, 2],
    ]),
    register,
  )
  .map(
    ([{ funct3, offset }, rd]) => (offset << 20) | (BASE << 15) | (funct3 << 12) | (rd << 7) | 0x03,
  );
const store = fc
  .tuple(
    access([
      [0, 1],
      [1, 2],
      [2, 4],
    ]),
    register,
  )
  .map(
    ([{ funct3, offset }, rs2]) =>
      ((offset >> 5) << 25) |
      (rs2 << 20) |
      (BASE << 15) |
      (funct3 << 12) |
      ((offset & 31) << 7) |
      0x23,
  );
/** Over the next instruction, taken or not. */
const skip = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 1, 4, 5, 6, 7), register, register)
    .map(([funct3, rs1, rs2]) => (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (8 << 7) | 0x63),
  register.map((rd) => (8 << 20) | (rd << 7) | 0x6f),
);
const program = fc.record({
  registers: fc.array(word, { minLength: 30, maxLength: 30 }),
  data: fc.array(word, { minLength: DATA_BYTES / 4, maxLength: DATA_BYTES / 4 }),
  code: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: arithmetic },
      { weight: 2, arbitrary: withImmediate },
      { weight: 1, arbitrary: shift },
      { weight: 1, arbitrary: upper },
      { weight: 2, arbitrary: load },
      { weight: 2, arbitrary: store },
      { weight: 1, arbitrary: skip },
    ),
    { minLength: 20, maxLength: 120 },
  ),
});

/** Instructions that load a word into a register. */
function loadImmediate(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  return [((value - low) & ~0xfff) | (rd << 7) | 0x37, (low << 20) | (rd << 15) | (rd << 7) | 0x13];
}

/** Stores all registers but x31 behind the data. */
const dump = Array.from({ length: 31 }, (_, rs2) => {
  const offset = 4 * rs2 - 2048;
  return (
    ((offset >> 5) << 25) | (rs2 << 20) | (BASE << 15) | (2 << 12) | ((offset & 31) << 7) | 0x23
  );
});
const moveBase = [
  // addi x31, x31, 2047 three times less a little: the data ends at 2048, the dump begins at x31 - 2048
  (2047 << 20) | (BASE << 15) | (BASE << 7) | 0x13,
  (2047 << 20) | (BASE << 15) | (BASE << 7) | 0x13,
  (2 << 20) | (BASE << 15) | (BASE << 7) | 0x13,
];
const RESULT_WORDS = DATA_BYTES / 4 + 31;

describe("the core and the machine's interpreter", () => {
  it("agree on random RV32IM programs", () => {
    let executed = 0;
    fc.assert(
      fc.property(program, ({ registers, data, code }) => {
        const words = [
          ...registers.flatMap((value, index) => loadImmediate(index + 1, value)),
          ...loadImmediate(BASE, DATA | 0),
          ...code,
          // A skip may be the last instruction.
          0x13,
          ...moveBase,
          ...dump,
        ];
        const bench = new Bench();
        bench.openWindows();
        bench.store(0, [...words, FINISH]);
        bench.store(DATA_OFFSET, data);
        bench.start();
        bench.advance(2000);
        expect(bench.read(VcTopRegister.INTR_STATE)).toBe(VcTopInterrupt.FINISH);

        // The same addresses in a machine's RAM; it ends in a jump to itself.
        const machine = new Machine({ platform: qemuVirt({ ramSize: 49 * MIB }) });
        [...words, 0x6f].forEach((value, index) => {
          machine.writePhysical32(TEXT + 4 * index, value);
        });
        data.forEach((value, index) => {
          machine.writePhysical32(DATA + 4 * index, value);
        });
        machine.run({ maxInstructions: words.length + 1 });

        for (let index = 0; index < RESULT_WORDS; index++) {
          expect(bench.word(DATA_OFFSET + 4 * index) >>> 0).toBe(
            machine.readPhysical32(DATA + 4 * index),
          );
        }
        executed += code.length;
      }),
      { numRuns: RUNS, seed: 20 },
    );
    console.log(`core against interpreter: ${executed} random instructions in ${RUNS} programs`);
    expect(executed).toBeGreaterThan(RUNS * 20);
  });
});
