import { readFileSync } from "node:fs";
import { disassemble } from "@cantrip/hw-riscv/disasm";
import { expect, test } from "vitest";

/** Instructions and what GNU objdump 2.40 prints for them; made by `scripts/make-disassembly-vectors.ts`. */
const vectors = JSON.parse(
  readFileSync(new URL("vectors/disassembly.json", import.meta.url), "utf8"),
) as Record<"rv32" | "rv64", [pc: number, word: number, text: string][]>;

test.each([32, 64] as const)("disassembles RV%i as objdump does", (xlen) => {
  const rows = vectors[`rv${xlen}`];
  expect(rows.length).toBeGreaterThan(1000);
  const different = rows
    .map(([pc, word, text]) => ({
      word: word.toString(16),
      text,
      ours: disassemble(word, { xlen, pc }),
    }))
    .filter(({ text, ours }) => ours !== text);
  expect(different).toEqual([]);
});
