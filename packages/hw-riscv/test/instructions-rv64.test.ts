import { fullHart, Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { RAM } from "./support.ts";

const MIB = 0x100000;
const RESULTS = 0x100000;

const u = (value: bigint): bigint => BigInt.asUintN(64, value);
const s = (value: bigint): bigint => BigInt.asIntN(64, value);
const w = (value: bigint): bigint => BigInt.asIntN(32, value);
const uw = (value: bigint): bigint => BigInt.asUintN(32, value);
const bits = (value: bigint, width: number): string => value.toString(2).padStart(width, "0");
const ones = (text: string): bigint => BigInt(text.split("1").length - 1);
const leading = (text: string): bigint => BigInt(/^0*/.exec(text)?.[0].length ?? 0);
const trailing = (text: string): bigint => BigInt(/0*$/.exec(text)?.[0].length ?? 0);
const rotated = (value: bigint, by: bigint, width: bigint): bigint =>
  (value << by) | (value >> (width - by));

/** What each operation does with two signed numbers, in exact arithmetic. */
const OPERATIONS: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 63n),
  slt: (a, b) => (a < b ? 1n : 0n),
  sltu: (a, b) => (u(a) < u(b) ? 1n : 0n),
  xor: (a, b) => a ^ b,
  srl: (a, b) => u(a) >> (b & 63n),
  sra: (a, b) => a >> (b & 63n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  mul: (a, b) => a * b,
  mulh: (a, b) => (a * b) >> 64n,
  mulhsu: (a, b) => (a * u(b)) >> 64n,
  mulhu: (a, b) => (u(a) * u(b)) >> 64n,
  div: (a, b) => (b === 0n ? -1n : a / b),
  divu: (a, b) => (b === 0n ? -1n : u(a) / u(b)),
  rem: (a, b) => (b === 0n ? a : a % b),
  remu: (a, b) => (b === 0n ? a : u(a) % u(b)),
  addw: (a, b) => w(a + b),
  subw: (a, b) => w(a - b),
  sllw: (a, b) => w(a << (b & 31n)),
  srlw: (a, b) => w(uw(a) >> (b & 31n)),
  sraw: (a, b) => w(a) >> (b & 31n),
  mulw: (a, b) => w(a * b),
  divw: (a, b) => w(w(b) === 0n ? -1n : w(a) / w(b)),
  divuw: (a, b) => w(w(b) === 0n ? -1n : uw(a) / uw(b)),
  remw: (a, b) => w(w(b) === 0n ? a : w(a) % w(b)),
  remuw: (a, b) => w(w(b) === 0n ? a : uw(a) % uw(b)),
  sh1add: (a, b) => (a << 1n) + b,
  sh2add: (a, b) => (a << 2n) + b,
  sh3add: (a, b) => (a << 3n) + b,
  "sh1add.uw": (a, b) => (uw(a) << 1n) + b,
  "sh2add.uw": (a, b) => (uw(a) << 2n) + b,
  "sh3add.uw": (a, b) => (uw(a) << 3n) + b,
  "add.uw": (a, b) => uw(a) + b,
  andn: (a, b) => a & ~b,
  orn: (a, b) => a | ~b,
  xnor: (a, b) => ~(a ^ b),
  max: (a, b) => (a > b ? a : b),
  maxu: (a, b) => (u(a) > u(b) ? a : b),
  min: (a, b) => (a < b ? a : b),
  minu: (a, b) => (u(a) < u(b) ? a : b),
  rol: (a, b) => rotated(u(a), b & 63n, 64n),
  ror: (a, b) => rotated(u(a), -b & 63n, 64n),
  rolw: (a, b) => w(rotated(uw(a), b & 31n, 32n)),
  rorw: (a, b) => w(rotated(uw(a), -b & 31n, 32n)),
  bclr: (a, b) => a & ~(1n << (b & 63n)),
  bext: (a, b) => (u(a) >> (b & 63n)) & 1n,
  binv: (a, b) => a ^ (1n << (b & 63n)),
  bset: (a, b) => a | (1n << (b & 63n)),
};
/** The same for one number. */
const UNARY: Record<string, (a: bigint) => bigint> = {
  clz: (a) => leading(bits(u(a), 64)),
  ctz: (a) => trailing(bits(u(a), 64)),
  cpop: (a) => ones(bits(u(a), 64)),
  clzw: (a) => leading(bits(uw(a), 32)),
  ctzw: (a) => trailing(bits(uw(a), 32)),
  cpopw: (a) => ones(bits(uw(a), 32)),
  "sext.b": (a) => BigInt.asIntN(8, a),
  "sext.h": (a) => BigInt.asIntN(16, a),
  "zext.h": (a) => BigInt.asUintN(16, a),
  "orc.b": (a) =>
    BigInt(
      `0x${u(a)
        .toString(16)
        .padStart(16, "0")
        .replace(/../g, (byte) => (byte === "00" ? byte : "ff"))}`,
    ),
  rev8: (a) =>
    BigInt(`0x${(u(a).toString(16).padStart(16, "0").match(/../g) ?? []).reverse().join("")}`),
};

const word = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }),
  fc.constantFrom(
    0n,
    1n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 53n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 32n,
  ),
);

test("all operations of RV64 on random values", () => {
  const report = new FuzzReport("register operations of RV64");
  const expected = [
    ...Object.entries(OPERATIONS),
    ...Object.entries(UNARY).map(([name, of]) => [name, (a: bigint) => of(a)] as const),
  ];
  const source = expected
    .map(([name], index) => {
      const operands = name in UNARY ? "t0, a0" : "t0, a0, a1";
      return `${name} ${operands}\nsd t0, ${index * 8}(s0)`;
    })
    .join("\n");
  const { bytes } = assemble(`${source}\nstop: j stop`, { xlen: 64 });
  const machine = new Machine({ platform: qemuVirt({ ramSize: 4 * MIB, hart: fullHart(64) }) });
  machine.copyToPhysical(RAM, bytes);
  const set = (index: number, value: bigint): void => {
    machine.registers[index] = Number(w(value));
    machine.registersHigh[index] = Number(w(value >> 32n));
  };
  fc.assert(
    fc.property(word, word, (a, b) => {
      machine.pc = RAM;
      set(8, BigInt(RAM + RESULTS));
      set(10, a);
      set(11, b);
      machine.run({ maxInstructions: 2 * expected.length });
      for (const [index, [name, of]] of expected.entries()) {
        const at = RAM + RESULTS + 8 * index;
        const high = BigInt(machine.readPhysical32(at + 4));
        const got = s((high << 32n) | BigInt(machine.readPhysical32(at)));
        expect(got, `${name} ${a} ${b}`).toBe(s(of(a, b)));
        report.succeeded();
      }
    }),
    { numRuns: runs(200) },
  );
  report.finish();
});
