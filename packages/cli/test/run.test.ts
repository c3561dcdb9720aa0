import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { disasm, run } from "@cantrip/cli";
import { afterAll, describe, expect, it } from "vitest";
import { cantrip, cantripWith, TestFolder } from "./run-cantrip.ts";

const FIB = fileURLToPath(new URL("programs/fib.elf", import.meta.url));
const RAM = 0x80000000;
/** Offset of `e_type` in an ELF header, and the type of what is position-independent. */
const E_TYPE = 16;
const ET_DYN = 3;

const folder = new TestFolder();
afterAll(() => {
  folder.remove();
});

/** A raw binary for the beginning of RAM. */
function binary(name: string, source: string, base = RAM, xlen: 32 | 64 = 32): string {
  return folder.write(name, assemble(source, { base, xlen }).bytes);
}

/** An executable with a word `tohost` behind its code; at 0 it is position-independent, as OpenSBI is. */
function executable(name: string, source: string, base = RAM): string {
  const code = assemble(`${source}\n.align 3\ntohost: .word 0\n.word 0`, { base });
  const elf = writeElf({
    machine: EM_RISCV,
    entry: base,
    segments: [
      { vaddr: base, data: code.bytes, flags: { read: true, write: true, execute: true } },
    ],
    symbols: [{ name: "tohost", value: code.symbols.get("tohost") ?? 0, type: 1 }],
  });
  if (base === 0) elf[E_TYPE] = ET_DYN;
  return folder.write(name, elf);
}

const FOREVER = "\nforever: j forever\n";
const TO_HOST = (value: number): string => `la t0, tohost\nli t1, ${value}\nsw t1, 0(t0)${FOREVER}`;

describe("cantrip run", { timeout: 60_000 }, () => {
  it("runs a program, prints what it prints, and counts its instructions as QEMU does", () => {
    const stats = folder.file("fib.json");
    const result = cantrip("run", FIB, "--stats", stats);
    // QEMU 7.2 with -icount shift=0 prints the same.
    expect(result).toMatchObject({
      ...{ status: 0, stdout: "sum=00000090 instret=0000000000001a5f\n", stderr: "" },
    });
    const figures = JSON.parse(readFileSync(stats, "utf8")) as Record<string, unknown>;
    expect(figures).toMatchObject({
      ...{ platform: "qemu-virt", xlen: 32, end: { kind: "halted", reason: "pass" } },
      traps: { total: 0, exceptions: {}, interrupts: {} },
    });
    expect(figures["instructions"]).toBeGreaterThan(0x1a5f);
    expect(figures["instructions"]).toBe(figures["cycles"]);
  });

  it("ends with what the program says, at the finisher or in tohost", async () => {
    const finish = (value: number): string =>
      binary("finish.bin", `li t0, 0x100000\nli t1, ${value}\nsw t1, 0(t0)${FOREVER}`);
    // In this process: starting one takes far longer than the programs. One of them is started all the same.
    const statusOf = (...args: string[]): Promise<number> => run([...args, "--timeout", "1"]);
    expect(cantrip("run", finish(0x73333), "--xlen", "32").status).toBe(7);
    expect(await statusOf(finish(0x5555), "--xlen", "32")).toBe(0);
    expect(await statusOf(finish(0x3333), "--xlen", "32")).toBe(1);
    expect(await statusOf(finish(0x7773333), "--xlen", "64")).toBe(255);
    expect(await statusOf(executable("pass.elf", TO_HOST(1)))).toBe(0);
    expect(await statusOf(executable("fail.elf", TO_HOST(11)))).toBe(5);
    // The word is where the program was loaded, not where its symbol says.
    const relative = `auipc t2, 0\nla t0, tohost\nadd t0, t0, t2\nli t1, 13\nsw t1, 0(t0)${FOREVER}`;
    expect(await statusOf(executable("relative.elf", relative, 0))).toBe(6);
  });

  it("times out in virtual seconds, and says where", () => {
    const loop = binary("loop.bin", FOREVER);
    const stats = folder.file("loop.json");
    const result = cantrip("run", loop, "--xlen", "32", "--timeout", "0.5", "--stats", stats);
    expect(result.status).toBe(42);
    expect(result.stderr).toBe("cantrip: time-out: pc 0x80000000, 0.5 virtual seconds\n");
    const { virtualTimeUs } = JSON.parse(readFileSync(stats, "utf8")) as { virtualTimeUs: number };
    expect(virtualTimeUs).toBe(500_000);
  });

  it("ends when the hart waits for ever, but not while input can come", () => {
    const wait = binary("wait.bin", "wfi\nj .");
    const result = cantripWith({ input: "" }, "run", wait, "--xlen", "32");
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("waits for an interrupt that cannot come");
    const echo = binary(
      "echo.bin",
      `li s0, 0x10000000
       loop: lbu t0, 5(s0)
       andi t0, t0, 1
       beqz t0, loop
       lbu t1, 0(s0)
       sb t1, 0(s0)
       li t2, 10
       bne t1, t2, loop
       li t0, 0x100000
       li t1, 0x5555
       sw t1, 0(t0)${FOREVER}`,
    );
    const echoed = cantripWith({ input: "typed\n" }, "run", echo, "--xlen", "32");
    expect(echoed).toMatchObject({ status: 0, stdout: "typed\n", stderr: "" });
  });

  const KERNEL = `
    mv s1, a1
    addi a0, a0, 48
    li a7, 1
    ecall             # the hart's number
    lw a0, 0(s1)
    andi a0, a0, 255
    srli a0, a0, 2
    li a7, 1
    ecall             # 4, from the device tree's first byte 0xd0
    li a7, 2
    again: ecall      # what was typed, by the SBI
    bltz a0, again
    li a7, 1
    ecall
    li a7, 8
    ecall`;

  it.each([
    ["qemu-virt", 32, RAM + 0x400000, "04!"],
    ["qemu-virt", 64, RAM + 0x200000, "04!"],
    ["sifive-u", 64, RAM + 0x200000, "14!"],
  ] as const)("enters a kernel for %s, %i bits, on the SBI", (platform, xlen, base, printed) => {
    const kernel = binary(`kernel${xlen}.bin`, KERNEL, base, xlen);
    const choices = ["--firmware", "sbi", "--platform", platform, "--xlen", String(xlen)];
    const result = cantripWith({ input: "!" }, "run", kernel, ...choices, "--timeout", "20");
    expect(result).toMatchObject({ status: 0, stdout: printed, stderr: "" });
  });

  it("gives firmware of the guest the image to enter, as fw_dynamic wants it", () => {
    const firmware = binary(
      "firmware.bin",
      `lw t0, 0(a2)
       li t1, 0x4942534f
       bne t0, t1, wrong
       lw t0, 8(a2)
       li t1, 0x1800
       csrc mstatus, t1
       lw t2, 12(a2)
       slli t2, t2, 11
       csrs mstatus, t2
       csrw mepc, t0
       mret
       wrong: j wrong`,
    );
    const kernel = binary(
      "next.bin",
      `csrr t0, sstatus
       li t0, 0x10000000
       li t1, 83
       sb t1, 0(t0)
       li t0, 0x100000
       li t1, 0x5555
       sw t1, 0(t0)${FOREVER}`,
      RAM + 0x400000,
    );
    const args = ["--firmware", firmware, "--xlen", "32", "--timeout", "1"];
    expect(cantrip("run", kernel, ...args)).toMatchObject({ status: 0, stdout: "S", stderr: "" });
  });

  it("writes every instruction into a trace", () => {
    const trace = folder.file("trace.log");
    const program = binary("trace.bin", "li t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)");
    cantrip("run", program, "--xlen", "32", "--trace", trace);
    expect(readFileSync(trace, "utf8")).toBe(
      [
        "core   0: 3 0x80000000 (0x001002b7) x5  0x00100000",
        "core   0: 3 0x80000004 (0x00028293) x5  0x00100000",
        "core   0: 3 0x80000008 (0x00005337) x6  0x00005000",
        "core   0: 3 0x8000000c (0x55530313) x6  0x00005555",
        "core   0: 3 0x80000010 (0x0062a023) mem 0x00100000 0x00005555",
        "",
      ].join("\n"),
    );
  });

  it("refuses what does not fit, with one line", async () => {
    const raw = binary("raw.bin", FOREVER);
    const empty = folder.write("empty.bin", "");
    const foreign = folder.write("foreign.elf", writeElf({ machine: 3, entry: 0, segments: [] }));
    const nothing = folder.write(
      "nothing.elf",
      writeElf({ machine: EM_RISCV, entry: RAM, segments: [] }),
    );
    const cases: [string[], string][] = [
      [[], "an image is needed"],
      [[raw, raw], "one image is enough"],
      [[folder.file("none")], "ENOENT"],
      [[raw], "--xlen 32 or --xlen 64 is needed"],
      [[raw, "--xlen", "16"], "32 or 64 is needed"],
      [[FIB, "--xlen", "64"], "a program for 32 bits, not 64"],
      [[FIB, "--platform", "sifive-u"], "it has 64 bits, not 32"],
      [[FIB, "--platform", "pinephone"], "known: qemu-virt, sifive-u, nexus, sparrow"],
      [[FIB, "--ram", "4096"], "is not in the RAM of qemu-virt"],
      [[FIB, "--ram", "lots"], "a size such as"],
      [[FIB, "--timeout", "soon"], "a positive number of seconds"],
      [[FIB, "--firmware", folder.file("none")], "ENOENT"],
      [[FIB, "--firmware", FIB], "overlap"],
      [[FIB, "--stats", "/nowhere/stats"], "--stats"],
      [[empty, "--xlen", "32"], "the file is empty"],
      [[foreign], "not for RISC-V"],
      [[nothing], "nothing to load"],
      [[folder.write("cut.elf", readFileSync(FIB).subarray(0, 60))], "cut.elf: "],
      [[folder.path], "EISDIR"],
      [[FIB, "--platform", "nexus"], "is not in the RAM of nexus, 0x50000000"],
      [[FIB, "--speed", "9"], "--speed"],
    ];
    for (const [args, message] of cases) {
      await expect(run(args), args.join(" ")).rejects.toThrow(message);
    }
    const { status, stderr } = cantrip("run", raw);
    expect([status, stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
  });
});

describe("cantrip disasm", { timeout: 60_000 }, () => {
  it("lists words, with or without 0x, 2 or 4 bytes each", () => {
    const { stdout } = cantrip("disasm", "00c12083", "0x1141", "--xlen", "64");
    expect(stdout).toBe(
      "00c12083          \tlw\tra,12(sp)\n1141                \tadd\tsp,sp,-16\n",
    );
  });

  it("lists an executable with its symbols, and names the targets of jumps", () => {
    const program = executable("listed.elf", "start: nop\nbeqz a0, start\nj tohost");
    const { stdout, status } = cantrip("disasm", program);
    expect(status).toBe(0);
    expect(stdout).toContain("file format elf32-littleriscv");
    expect(stdout).toContain("80000000:\t00000013          \tnop\n");
    expect(stdout).toContain("80000004:\tfe050ee3          \tbeqz\ta0,0x80000000\n");
    expect(stdout).toMatch(/80000008:\t\w{8} {10}\tj\t0x80000010 <tohost>\n/);
    expect(stdout).toContain("\n80000010 <tohost>:\n");
  });

  it("lists a raw binary, and refuses what is none", () => {
    const raw = binary("list.bin", "addi a0, a0, 1");
    expect(cantrip("disasm", raw).stdout).toContain(
      "       0:\t00150513          \tadd\ta0,a0,1\n",
    );
    expect(() => disasm([])).toThrow("a file or words are needed");
    expect(() => disasm(["zzzz"])).toThrow("ENOENT");
    expect(() => disasm(["1141", "nonsense"])).toThrow("hexadecimal digits");
    expect(() => disasm([FIB, "--xlen", "64"])).toThrow("a program for 32 bits");
  });
});
