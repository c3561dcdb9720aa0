import { Cause } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { describe, expect, test } from "vitest";
import { AddressSpace, entryOf, Kernel, PAGE, type UserRun } from "./address-space-support.ts";
import { PTE, RAM } from "./support.ts";

/** Physical pages. */
const SHARED = RAM + 0x20000;
const FIRST = RAM + 0x21000;
const SECOND = RAM + 0x22000;
const PROGRAM = RAM + 0x23000;
/** Where user programs see them. */
const CODE = 0x10000;
const OTHER_CODE = 0x14000;
const ALIAS = 0x20000;
const DATA = 0x30000;

const USER = PTE.V | PTE.U | PTE.A | PTE.D;
const EXECUTE = USER | PTE.R | PTE.X;
const WRITE = USER | PTE.R | PTE.W;
const GLOBAL = 32;

const word = (source: string): number =>
  new DataView(assemble(source).bytes.buffer).getInt32(0, true);
const GIVES_1 = "addi a0, x0, 1\n ecall";
const GIVES_2 = word("addi a0, x0, 2");
const READS_DATA = `li t0, ${DATA}\n lw a0, 0(t0)\n ecall`;
const done = (value: number): UserRun => ({ value, cause: Cause.ecallFromUser });

describe.each([32, 64] as const)("a kernel with two address spaces, RV%i", (xlen) => {
  function twoSpaces(asids: readonly [number, number] = [1, 2]): {
    kernel: Kernel;
    a: AddressSpace;
    b: AddressSpace;
  } {
    const kernel = new Kernel(xlen);
    const a = new AddressSpace(kernel, 0, asids[0]);
    const b = new AddressSpace(kernel, 1, asids[1]);
    return { kernel, a, b };
  }

  test("code that one space writes is what the other runs, at the same address and at another", () => {
    const { kernel, a, b } = twoSpaces();
    kernel.place(SHARED, GIVES_1);
    kernel.place(PROGRAM, `li t0, ${ALIAS}\n li t1, ${GIVES_2}\n sw t1, 0(t0)\n fence.i\n ecall`);
    a.map(CODE, SHARED, EXECUTE);
    b.map(CODE, SHARED, EXECUTE);
    b.map(OTHER_CODE, SHARED, EXECUTE);
    b.map(ALIAS, SHARED, WRITE);
    b.map(CODE + PAGE, PROGRAM, EXECUTE);
    for (const [space, at] of [
      [a, CODE],
      [b, CODE],
      [b, OTHER_CODE],
    ] as const)
      kernel.runs(space, at);
    kernel.runs(b, CODE + PAGE);
    kernel.does("fence.i");
    for (const [space, at] of [
      [a, CODE],
      [b, CODE],
      [b, OTHER_CODE],
    ] as const)
      kernel.runs(space, at);
    const results = kernel.boot(a, b);
    expect(results.slice(0, 3)).toEqual([done(1), done(1), done(1)]);
    expect(results.slice(4)).toEqual([done(2), done(2), done(2)]);
  });

  test("a page that a space wrote before it was code is noticed when it writes there again", () => {
    const { kernel, a, b } = twoSpaces();
    const writes = (instruction: number): string =>
      `li t0, ${ALIAS}\n li t1, ${instruction}\n sw t1, 0(t0)\n fence.i\n ecall`;
    kernel.place(SHARED, "addi a0, x0, 3\n ecall");
    kernel.place(FIRST, writes(word("addi a0, x0, 1")));
    kernel.place(SECOND, writes(GIVES_2));
    a.map(CODE, SHARED, EXECUTE);
    b.map(ALIAS, SHARED, WRITE);
    b.map(CODE, FIRST, EXECUTE);
    b.map(OTHER_CODE, SECOND, EXECUTE);
    kernel.runs(b, CODE);
    kernel.runs(a, CODE);
    kernel.runs(b, OTHER_CODE);
    kernel.does("fence.i");
    kernel.runs(a, CODE);
    const results = kernel.boot(a, b);
    expect([results[1], results[3]]).toEqual([done(1), done(2)]);
  });

  test("code that the kernel writes through its own mapping is what both run", () => {
    const { kernel, a, b } = twoSpaces();
    kernel.place(SHARED, GIVES_1);
    a.map(CODE, SHARED, EXECUTE);
    b.map(OTHER_CODE, SHARED, EXECUTE);
    kernel.runs(a, CODE);
    kernel.runs(b, OTHER_CODE);
    kernel.writes(SHARED, GIVES_2);
    kernel.does("fence.i");
    kernel.runs(a, CODE);
    kernel.runs(b, OTHER_CODE);
    expect(kernel.boot(a, b)).toEqual([done(1), done(1), done(2), done(2)]);
  });

  test("a program changes an instruction of its own loop", () => {
    const { kernel, a } = twoSpaces();
    // Each round adds what it added before, plus one.
    kernel.place(
      SHARED,
      `li t0, ${CODE}
      li t2, 10
      li a0, 0
      again: addi a0, a0, 0
      lw t1, 24(t0)
      lui t3, 0x100
      add t1, t1, t3
      sw t1, 24(t0)
      fence.i
      addi t2, t2, -1
      bnez t2, again
      ecall`,
    );
    a.map(CODE, SHARED, USER | PTE.R | PTE.W | PTE.X);
    kernel.runs(a, CODE);
    expect(kernel.boot(a)).toEqual([done(45)]);
  });

  test("an instruction across two pages has the second half of its own space", () => {
    const { kernel, a, b } = twoSpaces();
    const across = [5, 7].map((value) => word(`addi a0, x0, ${value}`) >>> 0);
    const [five = 0, seven = 0] = across;
    kernel.place(SHARED + 0xffc, `.half 0x0001, ${five & 0xffff}`);
    kernel.place(FIRST, `.half ${five >>> 16}\n ecall`);
    kernel.place(SECOND, `.half ${seven >>> 16}\n ecall`);
    a.map(CODE, SHARED, EXECUTE);
    b.map(CODE, SHARED, EXECUTE);
    a.map(CODE + PAGE, FIRST, EXECUTE);
    const slot = b.map(CODE + PAGE, SECOND, EXECUTE);
    for (const space of [a, b, a, b]) kernel.runs(space, CODE + 0xffe);
    kernel.writes(slot, entryOf(FIRST, EXECUTE));
    kernel.does("sfence.vma x0, x0");
    kernel.runs(b, CODE + 0xffe);
    kernel.writes(slot, 0);
    kernel.does("sfence.vma x0, x0");
    kernel.runs(b, CODE + 0xffe);
    const results = kernel.boot(a, b);
    expect(results.slice(0, 5)).toEqual([5, 7, 5, 7, 5].map(done));
    expect(results[5]?.cause).toBe(Cause.fetchPageFault);
  });

  test("an ASID serves another space, in other tables and in the same ones, after sfence.vma", () => {
    const { kernel, a, b } = twoSpaces([3, 3]);
    kernel.place(SHARED, READS_DATA);
    kernel.place(FIRST, ".word 11");
    kernel.place(SECOND, ".word 22");
    const slots = [a, b].map((space, index) => {
      space.map(CODE, SHARED, EXECUTE);
      return space.map(DATA, [FIRST, SECOND][index] ?? 0, WRITE);
    });
    kernel.runs(a, CODE);
    kernel.does("li t0, 3", "sfence.vma x0, t0");
    kernel.runs(b, CODE);
    // The tables of the first space become those of a third one.
    kernel.writes(slots[0] ?? 0, entryOf(SECOND, WRITE));
    kernel.does("li t0, 3", "sfence.vma x0, t0");
    kernel.runs(a, CODE);
    kernel.writes(slots[1] ?? 0, 0);
    kernel.does("li t0, 3", "sfence.vma x0, t0");
    kernel.runs(b, CODE);
    const results = kernel.boot(a, b);
    expect(results.slice(0, 3)).toEqual([done(11), done(22), done(22)]);
    expect(results[3]?.cause).toBe(Cause.loadPageFault);
  });

  test.each([
    ["of everything", "sfence.vma x0, x0"],
    ["of an address", `li t0, ${DATA}\n sfence.vma t0, x0`],
    ["of an ASID", "li t0, 1\n sfence.vma x0, t0"],
    ["of an address and an ASID", `li t0, ${DATA}\n li t1, 1\n sfence.vma t0, t1`],
  ])("a fence %s makes a changed entry count", (_, fence) => {
    const { kernel, a } = twoSpaces();
    kernel.place(SHARED, READS_DATA);
    kernel.place(FIRST, ".word 11");
    kernel.place(SECOND, ".word 22");
    a.map(CODE, SHARED, EXECUTE);
    const slot = a.map(DATA, FIRST, WRITE);
    const states = [
      entryOf(SECOND, WRITE),
      0,
      entryOf(FIRST, WRITE),
      entryOf(FIRST, EXECUTE & ~PTE.R),
    ];
    kernel.runs(a, CODE);
    for (const entry of states) {
      kernel.writes(slot, entry);
      kernel.does(fence);
      kernel.runs(a, CODE);
    }
    const results = kernel.boot(a);
    expect(results[0]).toEqual(done(11));
    expect(results[1]).toEqual(done(22));
    expect(results[2]?.cause).toBe(Cause.loadPageFault);
    expect(results[3]).toEqual(done(11));
    expect(results[4]?.cause).toBe(Cause.loadPageFault);
  });

  test("without a fence an entry is the old one or the new one, and nothing else", () => {
    const { kernel, a, b } = twoSpaces();
    kernel.place(SHARED, READS_DATA);
    kernel.place(FIRST, ".word 11");
    kernel.place(SECOND, ".word 22");
    for (const space of [a, b]) space.map(CODE, SHARED, EXECUTE);
    const slot = a.map(DATA, FIRST, WRITE);
    b.map(DATA, FIRST, WRITE);
    kernel.runs(a, CODE);
    kernel.writes(slot, entryOf(SECOND, WRITE));
    kernel.runs(a, CODE);
    kernel.runs(b, CODE);
    kernel.writes(slot, 0);
    kernel.runs(a, CODE);
    kernel.does("sfence.vma x0, x0");
    kernel.runs(a, CODE);
    const results = kernel.boot(a, b);
    expect([done(11), done(22)]).toContainEqual(results[1]);
    expect(results[2]).toEqual(done(11));
    const unmapped = results[3];
    if (unmapped?.cause !== Cause.loadPageFault)
      expect([done(11), done(22)]).toContainEqual(unmapped);
    expect(results[4]?.cause).toBe(Cause.loadPageFault);
  });

  test("a space that writes its own page tables sees what they say after a fence", () => {
    const { kernel, a, b } = twoSpaces();
    kernel.place(SHARED, READS_DATA);
    kernel.place(FIRST, ".word 11");
    kernel.place(SECOND, ".word 22");
    a.map(CODE, SHARED, EXECUTE);
    const slot = a.map(DATA, FIRST, WRITE);
    // The page of tables is data of the other space, which changes the first one's entry.
    const window = 0x40000 + (slot % PAGE);
    b.map(0x40000, slot - (slot % PAGE), WRITE);
    kernel.place(
      PROGRAM,
      `li t0, ${window}\n li t1, ${entryOf(SECOND, WRITE) | 0}\n sw t1, 0(t0)\n lw a0, 0(t0)\n ecall`,
    );
    b.map(CODE, PROGRAM, EXECUTE);
    kernel.runs(a, CODE);
    kernel.runs(b, CODE);
    kernel.does("sfence.vma x0, x0");
    kernel.runs(a, CODE);
    expect(kernel.boot(a, b)).toEqual([done(11), done(entryOf(SECOND, WRITE) | 0), done(22)]);
  });

  test("a global page is the same in both spaces, and changes in both after a fence of everything", () => {
    const { kernel, a, b } = twoSpaces();
    kernel.place(SHARED, READS_DATA);
    kernel.place(FIRST, ".word 11");
    kernel.place(SECOND, ".word 22");
    const slots = [a, b].map((space) => {
      space.map(CODE, SHARED, EXECUTE);
      return space.map(DATA, FIRST, WRITE | GLOBAL);
    });
    for (const space of [a, b]) kernel.runs(space, CODE);
    for (const slot of slots) kernel.writes(slot, entryOf(SECOND, WRITE | GLOBAL));
    kernel.does("sfence.vma x0, x0");
    for (const space of [a, b]) kernel.runs(space, CODE);
    for (const slot of slots) kernel.writes(slot, 0);
    kernel.does(`li t0, ${DATA}`, "sfence.vma t0, x0");
    for (const space of [a, b]) kernel.runs(space, CODE);
    const results = kernel.boot(a, b);
    expect(results.slice(0, 4)).toEqual([done(11), done(11), done(22), done(22)]);
    expect(results.slice(4).map(({ cause }) => cause)).toEqual([
      Cause.loadPageFault,
      Cause.loadPageFault,
    ]);
  });
});
