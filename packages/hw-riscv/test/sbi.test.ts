import type { Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { SbiError, SbiExtension, SbiFirmware } from "@cantrip/hw-riscv/sbi";
import { describe, expect, test } from "vitest";
import { bareMachine, RAM, reg } from "./support.ts";

const { BASE, TIMER, IPI, RFENCE, SYSTEM_RESET, DEBUG_CONSOLE } = SbiExtension;
const TEXT_AT = RAM + 0x1000;

/** Runs a supervisor on the firmware until it shuts down. */
function runSupervisor(
  source: string,
  input = "",
): { machine: Machine; output: string; reason: string } {
  const machine = bareMachine();
  machine.copyToPhysical(RAM, assemble(`${source}\nli a7, 8\necall`, { base: RAM }).bytes);
  let output = "";
  const received = Array.from(input, (character) => character.charCodeAt(0));
  const firmware = new SbiFirmware(machine, {
    putChar: (byte) => {
      output += String.fromCharCode(byte);
    },
    getChar: () => received.shift(),
  });
  machine.attachFirmware(firmware);
  const stop = machine.run({ maxInstructions: 10_000 });
  return { machine, output, reason: stop.kind === "halted" ? stop.reason : stop.kind };
}

/** A call whose answer goes to `s0` and `s1`. */
function call(extension: number, id: number, args: readonly number[] = []): string {
  const load = args.map((value, index) => `li a${index}, ${value | 0}`).join("\n");
  return `${load}\nli a6, ${id}\nli a7, ${extension}\necall\nmv s0, a0\nmv s1, a1\n`;
}

function answerOf(source: string): [error: number, value: number] {
  const { machine } = runSupervisor(source);
  return [reg(machine, "s0"), reg(machine, "s1")];
}

describe("the Supervisor Binary Interface", () => {
  test("prints and reads characters, the legacy way", () => {
    const { machine, output, reason } = runSupervisor(
      `li a0, 72
      li a7, 1
      ecall
      li a7, 2
      ecall
      mv s0, a0
      li a7, 2
      ecall
      mv s1, a0`,
      "x",
    );
    expect({ output, reason }).toEqual({ output: "H", reason: "shutdown" });
    expect([reg(machine, "s0"), reg(machine, "s1")]).toEqual([0x78, -1]);
  });

  test("prints and reads text in RAM", () => {
    const write = [`li t0, ${TEXT_AT}`, "li t1, 0x216948", "sw t1, 0(t0)"].join("\n");
    const printed = runSupervisor(`${write}\n${call(DEBUG_CONSOLE, 0, [3, TEXT_AT, 0])}`);
    expect(printed.output).toBe("Hi!");
    expect([reg(printed.machine, "s0"), reg(printed.machine, "s1")]).toEqual([0, 3]);
    const read = runSupervisor(call(DEBUG_CONSOLE, 1, [8, TEXT_AT, 0]), "abc");
    expect([reg(read.machine, "s0"), reg(read.machine, "s1")]).toEqual([0, 3]);
    expect([...read.machine.copyFromPhysical(TEXT_AT, 4)]).toEqual([0x61, 0x62, 0x63, 0]);
    expect(runSupervisor(call(DEBUG_CONSOLE, 2, [0x41])).output).toBe("A");
  });

  test.each([
    ["above RAM", [16, RAM - 4, 0]],
    ["below 4 GiB only", [1, TEXT_AT, 1]],
    ["longer than RAM", [0x7fffffff, TEXT_AT, 0]],
  ])("refuses text that is not in RAM: %s", (_, args) => {
    for (const id of [0, 1])
      expect(answerOf(call(DEBUG_CONSOLE, id, args))).toEqual([SbiError.INVALID_PARAM, 0]);
  });

  test.each([
    ["set_timer of the extension", call(TIMER, 0, [500, 0])],
    ["legacy set_timer", "li a0, 500\nli a1, 0\nli a7, 0\necall"],
  ])("%s interrupts at its time", (_, arm) => {
    const { machine } = runSupervisor(`
      la t0, handler
      csrw stvec, t0
      li t0, 0x20
      csrw sie, t0
      csrwi sstatus, 2
      ${arm}
      wait: wfi
      j wait
      .align 2
      handler: csrr s0, scause
      rdtime s1
      li a0, -1
      li a1, -1
      li a7, ${TIMER}
      ecall
      csrr a3, sip`);
    expect(reg(machine, "s0") >>> 0).toBe(0x80000005);
    expect(reg(machine, "s1")).toBe(500);
    // A new deadline takes the pending interrupt back.
    expect(reg(machine, "a3")).toBe(0);
  });

  test("a timer of all ones never comes", () => {
    const machine = bareMachine();
    const source = `li t0, 0x20\ncsrw sie, t0\n${call(TIMER, 0, [-1, -1])}\nwfi`;
    machine.copyToPhysical(RAM, assemble(source).bytes);
    machine.attachFirmware(new SbiFirmware(machine, { putChar: () => undefined }));
    expect(machine.run()).toEqual({ kind: "idle" });
  });

  test.each([
    ["of the extension", call(IPI, 0, [1, 0])],
    ["to all harts", call(IPI, 0, [0, -1])],
    ["the legacy way", `li t0, ${TEXT_AT}\nli t1, 1\nsw t1, 0(t0)\nmv a0, t0\nli a7, 4\necall`],
  ])("an interrupt to itself %s is pending until it is cleared", (_, send) => {
    const { machine } = runSupervisor(`${send}
      csrr a2, sip
      li a7, 3
      ecall
      csrr a3, sip`);
    expect([reg(machine, "a2"), reg(machine, "a3")]).toEqual([2, 0]);
  });

  test("harts that are not there are refused", () => {
    expect(answerOf(call(IPI, 0, [2, 0]))).toEqual([SbiError.INVALID_PARAM, 0]);
    expect(answerOf(call(RFENCE, 1, [1, 1, 0, 0]))).toEqual([SbiError.INVALID_PARAM, 0]);
    expect(answerOf(call(IPI, 0, [0, 0]))).toEqual([SbiError.SUCCESS, 0]);
  });

  test.each([
    ["the extension", call(RFENCE, 1, [1, 0, 0, 0])],
    ["the extension, of one address space", call(RFENCE, 2, [1, 0, 0, 0, 0])],
    ["the legacy way", "li a7, 6\necall"],
  ])("a remote fence flushes translations: %s", (_, fence) => {
    const TABLE = RAM + 0x2000;
    const MEGA = 0x40_0000;
    /** Entry for 4 MiB of RAM, for the supervisor. */
    const LEAF = ((RAM >>> 12) << 10) | 0xcf;
    const translate = (between: string): number => {
      const { machine } = runSupervisor(`
        la t0, handler
        csrw stvec, t0
        li t0, ${TABLE}
        li t1, ${LEAF}
        li t2, ${TABLE + (RAM >>> 22) * 4}
        sw t1, 0(t2)
        sw t1, 4(t0)
        li t1, ${0x8000_0000 | (TABLE >>> 12)}
        csrw satp, t1
        li t2, ${MEGA}
        lw t1, 0(t2)
        sw x0, 4(t0)
        ${between}
        lw t1, 0(t2)
        .align 2
        handler: csrr a2, scause`);
      return reg(machine, "a2");
    };
    const LOAD_PAGE_FAULT = 13;
    expect(translate("nop")).toBe(0);
    expect(translate(fence)).toBe(LOAD_PAGE_FAULT);
  });

  test("a fence of instructions is there, and no other", () => {
    expect(answerOf(call(RFENCE, 0, [1, 0]))).toEqual([0, 0]);
    expect(answerOf(call(RFENCE, 3, [1, 0]))).toEqual([SbiError.NOT_SUPPORTED, 0]);
  });

  test("says what it has", () => {
    expect(answerOf(call(BASE, 0))).toEqual([0, 0x02000000]);
    for (const extension of [0, 8, BASE, TIMER, IPI, RFENCE, SYSTEM_RESET, DEBUG_CONSOLE])
      expect(answerOf(call(BASE, 3, [extension]))).toEqual([0, 1]);
    const HART_STATE_MANAGEMENT = 0x48534d;
    expect(answerOf(call(BASE, 3, [HART_STATE_MANAGEMENT]))).toEqual([0, 0]);
    expect(answerOf(call(HART_STATE_MANAGEMENT, 0))).toEqual([SbiError.NOT_SUPPORTED, 0]);
    expect(answerOf(call(BASE, 7))).toEqual([SbiError.NOT_SUPPORTED, 0]);
  });

  test.each([
    [0, "shutdown"],
    [1, "reboot"],
    [2, "reboot"],
  ])("a system reset of type %i halts the machine", (type, reason) => {
    expect(runSupervisor(call(SYSTEM_RESET, 0, [type, 0])).reason).toBe(reason);
  });

  test("a system reset of another type is refused", () => {
    expect(answerOf(call(SYSTEM_RESET, 0, [9, 0]))).toEqual([SbiError.INVALID_PARAM, 0]);
  });
});
