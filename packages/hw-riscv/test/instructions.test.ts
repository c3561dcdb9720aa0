import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { bareMachine, reg, RAM, runBare } from "./support.ts";

const signed = (value: bigint): number => Number(BigInt.asIntN(32, value));
const u = (value: number): bigint => BigInt(value >>> 0);
const s = (value: number): bigint => BigInt(value | 0);

/** What each operation does, in exact arithmetic. */
const OPERATIONS: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => signed(s(a) + s(b)),
  sub: (a, b) => signed(s(a) - s(b)),
  sll: (a, b) => signed(u(a) << (u(b) & 31n)),
  slt: (a, b) => (s(a) < s(b) ? 1 : 0),
  sltu: (a, b) => (u(a) < u(b) ? 1 : 0),
  xor: (a, b) => signed(u(a) ^ u(b)),
  srl: (a, b) => signed(u(a) >> (u(b) & 31n)),
  sra: (a, b) => signed(s(a) >> (u(b) & 31n)),
  or: (a, b) => signed(u(a) | u(b)),
  and: (a, b) => signed(u(a) & u(b)),
  mul: (a, b) => signed(s(a) * s(b)),
  mulh: (a, b) => signed((s(a) * s(b)) >> 32n),
  mulhsu: (a, b) => signed((s(a) * u(b)) >> 32n),
  mulhu: (a, b) => signed((u(a) * u(b)) >> 32n),
  div: (a, b) => (b === 0 ? -1 : signed(s(a) / s(b))),
  divu: (a, b) => (b === 0 ? -1 : signed(u(a) / u(b))),
  rem: (a, b) => (b === 0 ? a : signed(s(a) % s(b))),
  remu: (a, b) => (b === 0 ? a : signed(u(a) % u(b))),
};
const ATOMICS: Record<string, (a: number, b: number) => number> = {
  "amoswap.w": (_a, b) => b,
  "amoadd.w": (a, b) => (a + b) | 0,
  "amoxor.w": (a, b) => a ^ b,
  "amoor.w": (a, b) => a | b,
  "amoand.w": (a, b) => a & b,
  "amomin.w": (a, b) => (a < b ? a : b),
  "amomax.w": (a, b) => (a > b ? a : b),
  "amominu.w": (a, b) => (a >>> 0 < b >>> 0 ? a : b),
  "amomaxu.w": (a, b) => (a >>> 0 > b >>> 0 ? a : b),
};
const EDGES = [
  0, 1, -1, 2, 31, 32, 0x7fffffff, -0x80000000, 0x12345678, -0x12345679, 0xffff, 0x10000,
];

describe("register operations", () => {
  test.each(Object.entries(OPERATIONS))("%s on edge values", (name, expected) => {
    const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b] as const));
    const lines = pairs.map(
      ([a, b], index) =>
        `li a0, ${a}\nli a1, ${b}\n${name} a2, a0, a1\nsw a2, 0(s0)\naddi s0, s0, 4 # ${index}`,
    );
    const results = RAM + 0x100000;
    const { machine } = runBare(`li s0, ${results}\n${lines.join("\n")}`);
    const got = pairs.map((_pair, index) => machine.readPhysical32(results + 4 * index) | 0);
    expect(got).toEqual(pairs.map(([a, b]) => expected(a, b)));
  });

  test("all operations on random values", () => {
    const report = new FuzzReport("register operations");
    const machine = bareMachine();
    const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
    const names = Object.keys(OPERATIONS);
    const code = names
      .map((name, index) => `${name} t0, a0, a1\nsw t0, ${index * 4}(s0)`)
      .join("\n");
    const results = RAM + 0x100000;
    const start = runBare(
      `j skip\nagain: li s0, ${results}\n${code}\nj done\nskip: nop\ndone: nop`,
      machine,
    ).program;
    fc.assert(
      fc.property(word, word, (a, b) => {
        const fresh = bareMachine();
        fresh.copyToPhysical(RAM, start.bytes);
        fresh.pc = start.symbols.get("again") ?? 0;
        fresh.registers[10] = a;
        fresh.registers[11] = b;
        fresh.run({ maxInstructions: 10_000 });
        for (const [index, name] of names.entries()) {
          expect(fresh.readPhysical32(results + 4 * index) | 0, name).toBe(
            OPERATIONS[name]?.(a, b),
          );
          report.succeeded();
        }
      }),
      { numRuns: 50 },
    );
    report.finish();
  });

  test.each(Object.entries(ATOMICS))("%s", (name, expected) => {
    const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b] as const));
    const at = RAM + 0x100000;
    const code = pairs.map(
      ([a, b]) =>
        `li a0, ${a}\nli a1, ${b}\nsw a0, 0(s0)\n${name} a2, a1, (s0)\nsw a2, 4(s0)\naddi s0, s0, 8`,
    );
    const { machine } = runBare(`li s0, ${at}\n${code.join("\n")}`);
    for (const [index, [a, b]] of pairs.entries()) {
      expect(machine.readPhysical32(at + 8 * index) | 0).toBe(expected(a, b));
      expect(machine.readPhysical32(at + 8 * index + 4) | 0).toBe(a);
    }
  });

  test("immediates, upper immediates and x0", () => {
    const { machine } = runBare(`
      li a0, -5
      slti a1, a0, -4
      sltiu a2, a0, -4
      xori a3, a0, -1
      srai a4, a0, 1
      addi x0, a0, 1
      add a5, x0, x0
      lui t0, 0xfffff
      auipc t1, 0
      auipc_end: la t2, auipc_end
      sub t1, t2, t1`);
    expect([
      reg(machine, "a1"),
      reg(machine, "a2"),
      reg(machine, "a3"),
      reg(machine, "a4"),
      reg(machine, "a5"),
    ]).toEqual([1, 1, 4, -3, 0]);
    expect(reg(machine, "t0")).toBe(-4096);
    expect(reg(machine, "t1")).toBe(4);
  });
});

describe("control flow", () => {
  test.each([
    ["beq", 1, 1, true],
    ["beq", 1, 2, false],
    ["bne", 1, 2, true],
    ["blt", -1, 0, true],
    ["blt", 0, -1, false],
    ["bge", 0, 0, true],
    ["bge", -1, 0, false],
    ["bltu", 0, -1, true],
    ["bltu", -1, 0, false],
    ["bgeu", -1, 0, true],
  ] as const)("%s %i, %i taken: %s", (name, a, b, taken) => {
    const { machine } = runBare(
      `li a0, ${a}\nli a1, ${b}\nli a2, 1\n${name} a0, a1, over\nli a2, 0\nover: nop`,
    );
    expect(reg(machine, "a2")).toBe(taken ? 1 : 0);
  });

  test("jal and jalr link, jalr clears bit 0 and may read its own rd", () => {
    const { machine, program } = runBare(`
      jal ra, next
      next: mv a0, ra
      la ra, target
      jalr ra, 1(ra)
      after: nop
      target: mv a1, ra`);
    expect(reg(machine, "a0") >>> 0).toBe(program.symbols.get("next"));
    expect(reg(machine, "a1") >>> 0).toBe(program.symbols.get("after"));
  });
});

describe("memory", () => {
  test("widths, signs and misaligned accesses, also across pages", () => {
    const at = RAM + 0x10ffe;
    const { machine } = runBare(`
      li s0, ${at}
      li t0, 0x8182f384
      sw t0, 0(s0)
      lw a0, 0(s0)
      lb a1, 0(s0)
      lbu a2, 0(s0)
      lh a3, 1(s0)
      lhu a4, 1(s0)
      sh t0, 3(s0)
      lw a5, 1(s0)`);
    expect(reg(machine, "a0")).toBe(0x8182f384 | 0);
    expect(reg(machine, "a1")).toBe(0xffffff84 | 0);
    expect(reg(machine, "a2")).toBe(0x84);
    expect(reg(machine, "a3")).toBe(0xffff82f3 | 0);
    expect(reg(machine, "a4")).toBe(0x82f3);
    expect(reg(machine, "a5")).toBe(0xf38482f3 | 0);
  });

  test("lr and sc", () => {
    const { machine } = runBare(`
      li s0, ${RAM + 0x10000}
      li t0, 7
      sw t0, 0(s0)
      lr.w a0, (s0)
      addi t1, a0, 1
      sc.w a1, t1, (s0)
      sc.w a2, x0, (s0)
      lw a3, 0(s0)
      lr.w a4, (s0)
      addi s1, s0, 4
      sc.w a5, x0, (s1)`);
    expect([
      reg(machine, "a0"),
      reg(machine, "a1"),
      reg(machine, "a2"),
      reg(machine, "a3"),
      reg(machine, "a5"),
    ]).toEqual([7, 0, 1, 8, 1]);
  });

  test("code that was executed and is overwritten executes anew", () => {
    const { machine } = runBare(`
      la s0, patch
      la s1, other
      li a1, 2
      again:
      patch: addi a0, x0, 1
      add a2, a2, a0
      lw t0, 0(s1)
      sw t0, 0(s0)
      fence.i
      addi a1, a1, -1
      bnez a1, again
      j end
      other: addi a0, x0, 40
      end: nop`);
    expect(reg(machine, "a2")).toBe(41);
  });

  test("a page that was written before it was executed is watched from then on", () => {
    const code = RAM + 0x10000;
    const { machine } = runBare(`
      li s0, ${code}
      li t0, 0x00150513 # addi a0, a0, 1
      sw t0, 0(s0)
      li t0, 0x00008067 # ret
      sw t0, 4(s0)
      jalr ra, 0(s0)
      li t0, 0x00a50513 # addi a0, a0, 10
      sw t0, 0(s0)
      jalr ra, 0(s0)
      li t0, 0x0145 # its immediate becomes 20: only the second half-word changes
      sh t0, 2(s0)
      jalr ra, 0(s0)`);
    expect(reg(machine, "a0")).toBe(31);
  });

  test("code written by the host executes anew", () => {
    const machine = bareMachine();
    const first = runBare("li a0, 1", machine);
    expect(reg(first.machine, "a0")).toBe(1);
    const again = bareMachine();
    again.copyToPhysical(RAM, first.program.bytes);
    again.run({ maxInstructions: 1 });
    again.pc = RAM;
    again.writePhysical32(RAM, 0x02a00513); // addi a0, x0, 42
    again.run({ maxInstructions: 1 });
    expect(reg(again, "a0")).toBe(42);
  });

  test("an instruction may straddle two pages", () => {
    const { machine } = runBare(`
      la t0, straddle
      jr t0
      .org ${RAM + 0x1ffe}
      straddle: addi a0, x0, 77
      .half 0x0001
      li a1, 5`);
    expect(reg(machine, "a0")).toBe(77);
    expect(reg(machine, "a1")).toBe(5);
  });
});

describe("compressed instructions", () => {
  // Encodings as GNU as gives them.
  test.each([
    ["c.li a0, -3", 0x5575, -3],
    ["c.lui a0, 0x1f", 0x657d, 0x1f000],
    ["c.addi a0, 5 (a0 = 10)", 0x0515, 15],
    ["c.slli a0, 3", 0x050e, 80],
    ["c.srli a0, 1", 0x8105, 5],
    ["c.srai a0, 1", 0x8505, 5],
    ["c.andi a0, 6", 0x8919, 2],
    ["c.mv a0, a1", 0x852e, 3],
    ["c.add a0, a1", 0x952e, 13],
    ["c.sub a0, a1", 0x8d0d, 7],
    ["c.xor a0, a1", 0x8d2d, 9],
    ["c.or a0, a1", 0x8d4d, 11],
    ["c.and a0, a1", 0x8d6d, 2],
    ["c.nop", 0x0001, 10],
  ])("%s", (_name, half, expected) => {
    const { machine } = runBare(`li a0, 10\nli a1, 3\n.half ${half}, 1\nnop`);
    expect(reg(machine, "a0")).toBe(expected);
  });

  test("loads, stores and stack addressing", () => {
    const { machine } = runBare(`
      li sp, ${RAM + 0x10000}
      li a0, 99
      .half 0xc62a # c.swsp a0, 12(sp)
      .half 0x45b2 # c.lwsp a1, 12(sp)
      .half 0x0070 # c.addi4spn a2, sp, 12
      .half 0x4214 # c.lw a3, 0(a2)
      .half 0xc254 # c.sw a3, 4(a2)
      .half 0x0141 # c.addi sp, 16
      lw a4, 0(sp)`);
    expect([reg(machine, "a1"), reg(machine, "a3"), reg(machine, "a4")]).toEqual([99, 99, 99]);
    expect(reg(machine, "a2") >>> 0).toBe(RAM + 0x1000c);
  });

  test("jumps and branches", () => {
    const { machine } = runBare(`
      li a0, 0
      .half 0xc111 # c.beqz a0, +4
      .half 0x0505 # c.addi a0, 1 (skipped)
      .half 0xa011 # c.j +4
      .half 0x0505 # (skipped)
      .half 0x2011 # c.jal +4
      .half 0x0505 # (skipped)
      .half 0x0509 # c.addi a0, 2
      nop`);
    expect(reg(machine, "a0")).toBe(2);
  });
});

describe("illegal instructions", () => {
  test.each([
    ["all zeros", 0x00000000],
    ["all ones", 0xffffffff],
    ["unknown funct7", 0x40001033],
    ["slli with bit 25", 0x02001013],
    ["hosted with rd", 0x0000008b],
    ["hosted in machine mode", 0x0000000b],
    ["read-only CSR written", 0xc0001073],
    ["CSR that does not exist", 0x8c001073],
    ["floating-point load", 0x00002007],
  ])("%s", (_name, word) => {
    const machine = bareMachine();
    const { program } = runBare(
      `la t0, handler\ncsrw mtvec, t0\n.align 2\nbad: .word ${word}\nj end\n.align 2\nhandler: csrr a0, mcause\ncsrr a1, mepc\nend: nop`,
      machine,
    );
    expect(reg(machine, "a0")).toBe(2);
    expect(reg(machine, "a1") >>> 0).toBe(program.symbols.get("bad"));
  });
});
