import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Csr, CSR_NUMBERS } from "../src/csr-numbers.ts";
import type { Instruction } from "../src/isa/instruction.ts";
import { Decoder } from "../src/isa/decoder.ts";
import { instructionsOf } from "../src/isa/table.ts";

/** Instructions of each row, beside the one with all operands 0. */
const PER_ROW = 6;
const PREFIX = "riscv64-unknown-elf-";
const TARGET = new URL("../test/vectors/disassembly.json", import.meta.url);

/** Something to begin with: `sstatus`. */
const CSRS_FIRST = Csr.sstatus << 20;
const CSRS = [...CSR_NUMBERS.values()];

/** Numbers that look random, the same in every run. */
function* noise(): Generator<number, never> {
  let state = 1;
  for (;;) {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    yield z ^ (z >>> 16);
  }
}

/** Bits that change what objdump prints; it takes the reserved ones of fences to be 0. */
function variableBits(row: Instruction): number {
  // It also takes the rounding mode of what is exact to be 0.
  if (row.extension === "d" && !row.syntax.includes("rm")) return ~row.mask & ~0x7000;
  return row.name.startsWith("fence")
    ? ~row.mask & (row.name === "fence" ? 0x0ff00000 : 0)
    : ~row.mask;
}

/** A random instruction; of CSRs it names those that the package has. */
function noisy(row: Instruction, random: Generator<number, never>): number {
  const word = random.next().value;
  if (row.extension !== "zicsr") return word;
  const csr = CSRS[(word >>> 20) % CSRS.length] ?? 0;
  return (csr << 20) | (word & 0xfffff);
}

/** Encodings of a row: its own bits, and any others. */
function* examples(row: Instruction, random: Generator<number, never>): Generator<number> {
  const variable = variableBits(row);
  yield row.match | (row.extension === "zicsr" ? CSRS_FIRST : 0);
  for (let count = 0; count < PER_ROW; count++) {
    yield (row.match | (noisy(row, random) & variable)) & (row.bytes === 2 ? 0xffff : -1);
  }
  // Registers that have a meaning of their own: x0, ra, sp.
  for (const registers of [0, 0x00000080, 0x00008000, 0x00008080, 0x00010100]) {
    if (row.bytes === 4)
      yield row.match | (((noisy(row, random) & 0xfff00000) | registers) & variable);
  }
}

/** What objdump makes of instructions: one after the other in a file, each at a multiple of 4. */
function disassembled(words: readonly number[], xlen: 32 | 64): string[] {
  const path = `${mkdtempSync(`${tmpdir()}/disassembly-`)}/words`;
  const lines = words.map((word) =>
    (word & 3) === 3
      ? `.insn 0x${(word >>> 0).toString(16)}`
      : `.insn 0x${(word & 0xffff).toString(16)}\n.insn 0x0001`,
  );
  writeFileSync(`${path}.s`, `.option norelax\n${lines.join("\n")}\n`);
  const flags = [`-march=rv${xlen}gc_zba_zbb_zbs`, `-mabi=${xlen === 32 ? "ilp32d" : "lp64d"}`];
  execFileSync(`${PREFIX}as`, [...flags, "-o", `${path}.o`, `${path}.s`]);
  const text = execFileSync(`${PREFIX}objdump`, ["-d", `${path}.o`], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const found = new Map<number, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([0-9a-f]+):\s+([0-9a-f]+)\s+(.*)$/.exec(line);
    if (match?.[1] === undefined || match[3] === undefined) continue;
    // A target comes with the symbol that it belongs to, and without 0x.
    const shown = match[3]
      .replace(/([0-9a-f]+) <.*$/, "0x$1")
      .replace(/\s*#.*$/, "")
      .replace(/\s+/, " ")
      .trim();
    found.set(parseInt(match[1], 16), shown);
  }
  return words.map((_word, index) => found.get(index * 4) ?? "");
}

const random = noise();
const vectors = Object.fromEntries(
  ([32, 64] as const).map((xlen) => {
    const words = instructionsOf(xlen)
      .filter(({ name }) => name !== "hosted")
      .flatMap((row) => [...examples(row, random)]);
    const texts = disassembled(words, xlen);
    const decoder = new Decoder({ xlen });
    // Hints, which objdump shows under names of their own, and what is reserved.
    const rows = words
      .map((word, index): [number, number, string] => [index * 4, word >>> 0, texts[index] ?? ""])
      .filter(([, word, shown]) => !shown.startsWith("c.") && decoder.find(word) !== undefined);
    return [`rv${xlen}`, rows];
  }),
);
writeFileSync(TARGET, `${JSON.stringify(vectors).replaceAll("],[", "],\n[")}\n`);
