import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archTest } from "../arch-test.ts";
import { runBare } from "../bare-machine.ts";
import { riscvTests } from "../riscv-tests.ts";
import type { SynchronousSuite, TestOutcome } from "../suite.ts";

const BASE = 0x80000000;
const TO_HOST = 0x80001000;
const SIGNATURE = 0x80002000;
const PROGRAM = { tohost: TO_HOST, begin_signature: SIGNATURE, end_signature: SIGNATURE + 8 };

/** A program that is laid out as those of RISC-V's suites. */
function program(source: string, symbols: Readonly<Record<string, number>> = PROGRAM): Uint8Array {
  const { bytes } = assemble(source, { base: BASE, symbols: { TO_HOST, SIGNATURE } });
  const data = new Uint8Array(0x3000);
  data.set(bytes);
  return writeElf({
    machine: EM_RISCV,
    entry: BASE,
    segments: [{ vaddr: BASE, data, flags: { read: true, write: true, execute: true } }],
    symbols: Object.entries(symbols).map(([name, value]) => ({ name, value })),
  });
}

/** Writes to `tohost` for ever, as the suites' programs do. */
const end = (code: number): string => `
  li t0, TO_HOST
  li t1, ${code}
  again: sw t1, 0(t0)
  j again
`;
const LEAVE_WORDS = `
  li t0, SIGNATURE
  li t1, 0x0000cafe
  sw t1, 0(t0)
  li t1, -1
  sw t1, 4(t0)
`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cantrip-bare-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function outcomes(suite: SynchronousSuite): readonly (readonly [string, TestOutcome])[] {
  return Array.from(suite.run(folder), ({ name, outcome }) => [name, outcome] as const);
}

describe("a bare program", () => {
  it("ends with half of the odd word that it writes", () => {
    expect(runBare(program(end(1))).exitCode).toBe(0);
    expect(runBare(program(end(7))).exitCode).toBe(3);
  });

  it("prints through the host-target interface", () => {
    const print = (character: string): string => `
      li t0, TO_HOST
      li t1, ${character.charCodeAt(0)}
      sw t1, 0(t0)
      li t1, 0x01010000
      sw t1, 4(t0)
      wait_${character}: lw t1, 4(t0)
      bnez t1, wait_${character}
    `;
    const { output, exitCode } = runBare(program(print("o") + print("k") + end(1)));
    expect([output, exitCode]).toEqual(["ok", 0]);
  });

  it("that never ends is given up, and says where it was", () => {
    expect(runBare(program("nop\nhere: j here"))).toMatchObject({
      exitCode: undefined,
      pc: BASE + 4,
    });
  });

  it("without the symbol is refused", () => {
    expect(() => runBare(program(end(1), {}))).toThrow("no symbol tohost");
  });
});

describe("riscv-tests", () => {
  it("runs the files that are named as its programs are", () => {
    writeFileSync(join(folder, "rv32ui-p-add"), program(end(1)));
    writeFileSync(join(folder, "rv32ui-v-sub"), program(end(9)));
    writeFileSync(join(folder, "rv32ui-p-xor"), "not an ELF file");
    writeFileSync(join(folder, "rv32ui-p-add.dump"), "text");
    writeFileSync(join(folder, "rv32mi-p-pmpaddr"), program(end(3)));
    expect(outcomes(riscvTests)).toEqual([
      ["rv32mi-p-pmpaddr", "failed"],
      ["rv32ui-p-add", "passed"],
      ["rv32ui-p-xor", "failed"],
      ["rv32ui-v-sub", "failed"],
    ]);
  });
});

describe("arch-test", () => {
  it("compares every word with the reference", () => {
    mkdirSync(join(folder, "I"));
    const add = (name: string, reference: string): void => {
      writeFileSync(join(folder, "I", `${name}.elf`), program(LEAVE_WORDS + end(1)));
      writeFileSync(join(folder, "I", `${name}.reference_output`), reference);
    };
    add("equal", "0000cafe\nFFFFFFFF\n");
    add("less", "0000cafe\n");
    add("more", "0000cafe\nffffffff\n00000000\n");
    add("other", "0000cafe\n7fffffff\n");
    writeFileSync(join(folder, "I", "alone.elf"), program(LEAVE_WORDS + end(1)));
    expect(outcomes(archTest)).toEqual([
      ["I/alone", "failed"],
      ["I/equal", "passed"],
      ["I/less", "failed"],
      ["I/more", "failed"],
      ["I/other", "failed"],
    ]);
  });

  it("says which word differs", () => {
    writeFileSync(join(folder, "a.elf"), program(LEAVE_WORDS + end(1)));
    writeFileSync(join(folder, "a.reference_output"), "0000cafe\n7fffffff\n");
    expect([...archTest.run(folder)]).toEqual([
      { name: "a", outcome: "failed", detail: "word 1 of 2 is ffffffff, not 7fffffff" },
    ]);
  });
});
