import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { placeImmediate, placeRegister, readImmediate } from "../src/isa/fields.ts";
import type { Instruction, Xlen } from "../src/isa/instruction.ts";
import { instructionsOf } from "../src/isa/table.ts";
import {
  HARNESS,
  harnessProgram,
  type InstructionCase,
  readResults,
} from "../test/instruction-harness.ts";

/** Cases of each row. */
const PER_ROW = 6;
const A0 = 10;
const A1 = 11;
const A2 = 12;
const A3 = 13;
const MSCRATCH = 0x340;
/** What is executed before: a reservation at `a0`; `csrsi mie, 8`, so that the interrupt that is pending ends a wait. */
const BEFORE: Readonly<Record<string, number>> = {
  "sc.w": 0x1005202f,
  "sc.d": 0x1005302f,
  wfi: 0x30446073,
};

/** Numbers that look random, the same in every run. */
function noise(): () => number {
  let state = 7;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}
const random = noise();
const wide = (): bigint => (BigInt(random()) << 32n) | BigInt(random());
function oneOf<T>(values: readonly T[]): T {
  const value = values[random() % values.length];
  if (value === undefined) throw new RangeError("nothing to choose from");
  return value;
}

const INTEGERS = [
  ...[0n, 1n, 2n, -1n, 31n, 32n, 63n, 0x7fffffffn, -0x80000000n, 0x80000000n, 0xffffffffn],
  ...[0x7fffffffffffffffn, -0x8000000000000000n, 0x0012340000560000n, -0x123456789n],
];
const integer = (): bigint =>
  random() % 3 === 0 ? oneOf(INTEGERS) : wide() >> BigInt(random() % 60);
const SINGLES = [
  ...[
    0n,
    0x80000000n,
    0x3f800000n,
    0xbf800000n,
    0x40490fdbn,
    0x7f800000n,
    0xff800000n,
    0x7fc00000n,
  ],
  ...[0x7f800001n, 0x00000001n, 0x007fffffn, 0x7f7fffffn, 0x4f000000n, 0xcf000000n, 0x3f000000n],
];
const DOUBLES = [
  ...[0n, 1n << 63n, 0x3ff0000000000000n, 0xbff8000000000000n, 0x400921fb54442d18n],
  ...[0x7ff0000000000000n, 0xfff0000000000000n, 0x7ff8000000000000n, 0x7ff0000000000001n],
  ...[1n, 0x000fffffffffffffn, 0x7fefffffffffffffn, 0x41e0000000000000n, 0xc3e0000000000000n],
];
/** A single near others, so that sums and products are not all infinite or 0. */
const near32 = (): bigint =>
  BigInt(((random() & 0x807fffff) | ((120 + (random() % 16)) << 23)) >>> 0);
const near64 = (): bigint =>
  (BigInt(0x3f8 + (random() % 16)) << 52n) | (wide() & 0x800fffffffffffffn);
const single = (): bigint => {
  const bits = random() % 3 === 0 ? oneOf(SINGLES) : near32();
  // Seldom not boxed.
  return random() % 12 === 0 ? bits : bits | 0xffffffff00000000n;
};
const double = (): bigint => (random() % 3 === 0 ? oneOf(DOUBLES) : near64());

/** Where the operands of a row are. */
function encoded(row: Instruction, slot: number): InstructionCase | undefined {
  const isFloat = row.extension === "f" || row.extension === "d";
  const { rd, rs1, rs2, immediate } = row.operands;
  let word = row.match;
  const free = ~row.mask & (row.bytes === 2 ? 0xffff : -1);
  word |= random() & free;
  const put = (place: typeof rd, register: number): void => {
    if (typeof place !== "string") return;
    const all = placeRegister(place, place.endsWith("Short") ? 15 : 31) ?? 0;
    word = (word & ~all) | (placeRegister(place, register) ?? 0);
  };
  put(rd, row.syntax.startsWith("fd") ? A3 : rd === rs1 ? A0 : A2);
  put(rs1, A0);
  put(rs2, A1);
  if (row.syntax.includes("fs3")) word = (word & ~(31 << 27)) | (A2 << 27);
  if (row.syntax.includes("rm")) word = (word & ~0x7000) | (oneOf([0, 1, 2, 3, 4, 7, 7]) << 12);
  if (row.syntax.includes("csr")) word = (word & 0xfffff) | (MSCRATCH << 20);
  if (row.name === "fence") word &= 0x0fffffff;
  const isJump = ["target", "jump"].some((part) => row.syntax.includes(part));
  const setImmediate = (value: number): void => {
    if (typeof immediate !== "string" || immediate === "word") return;
    const all = placeImmediate(immediate, -2) ?? placeImmediate(immediate, 0) ?? 0;
    for (let bit = 0; bit < 32; bit++) {
      const one = 1 << bit;
      if (readImmediate(immediate, one) !== 0) word &= ~one;
    }
    word |= placeImmediate(immediate, value) ?? 0 & all;
  };
  if (isJump) setImmediate(8);
  const offset =
    typeof immediate === "string" && immediate !== "word" ? readImmediate(immediate, word) : 0;
  let a0 = integer();
  const target = row.expansion ?? row.name;
  if (row.syntax.includes("offset") || row.syntax.includes("(rs1)")) {
    const isAtomic = row.extension === "a";
    const place = isAtomic ? oneOf([0, 8]) : oneOf([0, 0, 4, 8, 1, 3]);
    a0 = BigInt(HARNESS.data + place - offset);
    if (target === "jalr") a0 = BigInt(slot + 8 - offset);
  }
  if (row.name === "sfence.vma" || row.name === "hosted") a0 = 0n;
  const isSingle = /\.s$|\.s\.|fmv\.x\.w/.test(row.name);
  const operand =
    row.name.startsWith("fcvt.d.s") || (isSingle && row.name !== "fcvt.s.d") ? single : double;
  const before = BEFORE[row.name];
  return {
    word: row.bytes === 2 ? word & 0xffff : word,
    ...(before === undefined ? {} : { before }),
    a0,
    a1: integer(),
    fa0: isFloat ? operand() : 0n,
    fa1: isFloat ? operand() : 0n,
    fa2: isFloat ? operand() : 0n,
    fcsr: BigInt((random() % 5) << 5),
    data: [wide(), wide()],
  };
}

/** What QEMU leaves behind. */
function runOnQemu(cases: readonly InstructionCase[], xlen: Xlen): bigint[][] {
  const folder = mkdtempSync(`${tmpdir()}/instructions-`);
  writeFileSync(`${folder}/program.bin`, harnessProgram(cases, xlen, true).bytes);
  execFileSync(
    `qemu-system-riscv${xlen}`,
    [
      ...["-machine", "virt", "-cpu", `rv${xlen}`, "-bios", "none", "-display", "none"],
      ...["-monitor", "none", "-serial", `file:${folder}/results.bin`],
      ...["-device", `loader,file=${folder}/program.bin,addr=${HARNESS.base}`],
    ],
    { timeout: 30_000 },
  );
  return readResults(readFileSync(`${folder}/results.bin`), cases.length, xlen);
}

const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16);

for (const xlen of [32, 64] as const) {
  const { slot } = harnessProgram([], xlen, false);
  const rows = instructionsOf(xlen).filter(({ name }) => name !== "hosted");
  const named = rows.flatMap((row) =>
    Array.from({ length: PER_ROW }, () => ({ name: row.name, one: encoded(row, slot) })),
  );
  const cases = named.flatMap(({ one }) => (one === undefined ? [] : [one]));
  const results = runOnQemu(cases, xlen);
  const lines = named.map(({ name, one }, index) => {
    if (one === undefined) throw new Error(`${name} has no case`);
    const inputs = [one.a0, one.a1, one.fa0, one.fa1, one.fa2, one.fcsr, ...one.data];
    const before = one.before === undefined ? "" : hex(BigInt(one.before));
    return [
      name,
      (one.word >>> 0).toString(16),
      before,
      inputs.map(hex).join(" "),
      (results[index] ?? []).map(hex).join(" "),
    ].join(",");
  });
  writeFileSync(
    new URL(`../test/vectors/instructions-rv${xlen}.txt`, import.meta.url),
    `${lines.join("\n")}\n`,
  );
}
