import { springbok } from "@cantrip/hw-ml-accel";
import {
  VC_TOP_CTRL_RESET,
  VcTopCtrl,
  VcTopError,
  VcTopInterrupt,
  VcTopPermission,
  VcTopRegister,
} from "@cantrip/hw-ml-accel/registers";
import { Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { describe, expect, it } from "vitest";
import { Bench, DATA, DATA_OFFSET, FINISH, HOSTREQ, TCM_BASE, TEXT } from "./support.ts";

const { INTR_STATE, CTRL, ERROR_STATUS } = VcTopRegister;

function load(bench: Bench, source: string): void {
  const { bytes } = assemble(source, { base: TEXT });
  bytes.forEach((byte, index) => {
    bench.tcm.write(index, byte, 1);
  });
}

function started(source: string): Bench {
  const bench = new Bench();
  bench.openWindows();
  load(bench, source);
  bench.start();
  return bench;
}

describe("a run of the core", () => {
  it("ends with finish: result in memory, line up, core in reset again", () => {
    const bench = started(`li t0, ${DATA}\nli t1, 42\nsw t1, 8(t0)\n.word ${FINISH}`);
    expect(bench.read(CTRL)).toBe(0);
    bench.advance(2000);
    expect(bench.word(DATA_OFFSET + 8)).toBe(42);
    expect(bench.levels).toEqual([false, true, false, false]);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.FINISH);
    expect(bench.read(CTRL)).toBe(VC_TOP_CTRL_RESET);
    expect(bench.isPlanned).toBe(false);
    bench.write(INTR_STATE, VcTopInterrupt.FINISH);
    expect(bench.levels).toEqual([false, false, false, false]);
  });

  it("does nothing while it is in reset or frozen", () => {
    const bench = new Bench();
    bench.openWindows();
    load(bench, `.word ${FINISH}`);
    bench.advance(5000);
    bench.write(CTRL, VcTopCtrl.FREEZE);
    bench.advance(5000);
    expect(bench.read(INTR_STATE)).toBe(0);
    bench.write(CTRL, 0);
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.FINISH);
  });

  it("starts where PC_START says, and again after a second reset", () => {
    const bench = new Bench();
    bench.openWindows();
    load(
      bench,
      `.word 0\n.word 0\nli t0, ${DATA}\nlw t1, 0(t0)\naddi t1, t1, 1\nsw t1, 0(t0)\n.word ${FINISH}`,
    );
    bench.start(8);
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.FINISH);
    expect(bench.read(CTRL)).toBe(VC_TOP_CTRL_RESET | 8);
    bench.start(8);
    bench.advance(1000);
    expect(bench.word(DATA_OFFSET)).toBe(2);
  });

  it("is frozen at the exact cycle and goes on from there", () => {
    const bench = started(`li t0, ${DATA}\nloop:\naddi t1, t1, 1\nsw t1, 0(t0)\nj loop`);
    // li of this address is one instruction or two; three instructions a turn.
    bench.advance(302);
    bench.write(CTRL, VcTopCtrl.FREEZE);
    const frozen = bench.word(DATA_OFFSET);
    expect(frozen).toBe(100);
    bench.advance(10_000);
    expect(bench.word(DATA_OFFSET)).toBe(frozen);
    bench.write(CTRL, 0);
    bench.advance(300);
    bench.write(CTRL, VcTopCtrl.FREEZE);
    expect(bench.word(DATA_OFFSET)).toBe(frozen + 100);
  });

  it("counts instructions in its own registers", () => {
    // csrr t1, 0x7c0 and csrr t2, 0x7c1
    const bench = started(
      `nop\nnop\n.word ${((0x7c0 << 20) | 0x2373) >>> 0}\n.word ${((0x7c1 << 20) | 0x23f3) >>> 0}\n` +
        `li t0, ${DATA}\nsw t1, 0(t0)\nsw t2, 4(t0)\n.word ${FINISH}`,
    );
    bench.advance(1000);
    expect([bench.word(DATA_OFFSET), bench.word(DATA_OFFSET + 4)]).toEqual([2, 3]);
  });

  it("asks the host and waits until it is let go", () => {
    const bench = started(`.word ${HOSTREQ}\n.word ${FINISH}`);
    bench.advance(1000);
    expect(bench.levels).toEqual([true, false, false, false]);
    expect(bench.read(CTRL)).toBe(VcTopCtrl.FREEZE);
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.HOST_REQ);
    bench.write(CTRL, 0);
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.HOST_REQ | VcTopInterrupt.FINISH);
  });
});

describe("faults", () => {
  const store = `li t0, ${DATA}\nsw x0, 0(t0)\n.word ${FINISH}`;
  const dataFaults: readonly (readonly [string, string])[] = [
    ["a load beyond a window", `li t0, ${DATA + 0x100000}\nlw t1, 0(t0)`],
    ["a word that is half outside", `li t0, ${DATA + 0xffffe}\nlw t1, 0(t0)`],
    ["a store to the text", `li t0, ${TEXT}\nsw t1, 0(t0)`],
    ["a load from a window that is not open", `li t0, 2164260864\nlw t1, 0(t0)`],
    ["a load below the windows", "lw t1, 0(x0)"],
    ["a load above the windows", `li t0, 3221225472\nlw t1, 0(t0)`],
    ["a misaligned load", `li t0, ${DATA}\nlh t1, 1(t0)`],
  ];
  const instructionFaults: readonly (readonly [string, string])[] = [
    ["an illegal word", ".word 0"],
    ["a compressed instruction", ".word 0x00010001"],
    ["an atomic instruction", `.word 268772015`],
    ["a vector instruction", `.word 87`],
    ["ecall", "ecall"],
    ["ebreak", "ebreak"],
    ["a write to a counter", `.word ${((0x7c0 << 20) | 0x1073) >>> 0}`],
    ["a jump to half a word", `li t0, ${TEXT + 2}\njr t0`],
  ];
  const fetchFaults: readonly (readonly [string, string])[] = [
    ["data as code", `li t0, ${DATA}\njr t0`],
    ["the end of the text", `li t0, ${TEXT + 0x100000}\njr t0`],
    ["an address below the windows", "jr x0"],
  ];

  it.each(dataFaults)("%s is a data fault", (_name, source) => {
    const bench = started(`${source}\n.word ${FINISH}`);
    bench.advance(1000);
    expect(bench.levels).toEqual([false, false, false, true]);
    expect(bench.read(ERROR_STATUS)).toBe(VcTopError.D_MEM_OUT_OF_RANGE);
    expect(bench.read(CTRL)).toBe(VcTopCtrl.FREEZE);
  });

  it.each(instructionFaults)("%s is an instruction fault", (_name, source) => {
    const bench = started(`${source}\n.word ${FINISH}`);
    bench.advance(1000);
    expect(bench.levels).toEqual([false, false, true, false]);
    expect(bench.read(ERROR_STATUS)).toBe(0);
    expect(bench.read(CTRL)).toBe(VcTopCtrl.FREEZE);
  });

  it.each(fetchFaults)("%s is an instruction fault out of range", (_name, source) => {
    const bench = started(`${source}\n.word ${FINISH}`);
    bench.advance(1000);
    expect(bench.levels).toEqual([false, false, true, false]);
    expect(bench.read(ERROR_STATUS)).toBe(VcTopError.I_MEM_OUT_OF_RANGE);
  });

  it("are none once the window permits the access", () => {
    const bench = new Bench();
    bench.openWindows();
    load(bench, store);
    bench.window(3, DATA_OFFSET, 0x1000, VcTopPermission.READ);
    bench.start();
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.DATA_FAULT);
    bench.write(INTR_STATE, 0xf);
    bench.window(3, DATA_OFFSET, 0x1000, VcTopPermission.READ | VcTopPermission.WRITE);
    bench.write(CTRL, VC_TOP_CTRL_RESET);
    bench.start();
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.FINISH);
  });

  it("refuses a window whose memory is not the core's", () => {
    const bench = new Bench();
    bench.openWindows();
    load(bench, store);
    bench.window(3, -TCM_BASE + 0x28000000, 0x1000, VcTopPermission.READ | VcTopPermission.WRITE);
    bench.start();
    bench.advance(1000);
    expect(bench.read(INTR_STATE)).toBe(VcTopInterrupt.DATA_FAULT);
  });
});

describe("on the bus of a machine", () => {
  it("raises sources 13 to 16 in the order of its datasheet, only when enabled", () => {
    const platform = sparrow({ ramSize: 0x100000 });
    const machine = new Machine({
      platform: { ...platform, devices: [...platform.devices, ...springbok()] },
    });
    const pending = (): number => machine.readPhysical32(0x60000000 + 0x1000);
    machine.writePhysical32(0x47000000 + VcTopRegister.INTR_TEST, 0xf);
    expect(pending()).toBe(0);
    for (const bit of [0, 1, 2, 3]) {
      machine.writePhysical32(0x47000000 + VcTopRegister.INTR_ENABLE, 1 << bit);
      expect((pending() >>> (13 + bit)) & 1).toBe(1);
    }
    machine.writePhysical32(0x34fffffc, 0x12345678);
    expect(machine.readPhysical32(0x34fffffc)).toBe(0x12345678);
  });

  it("has one memory in each machine that is made of the same description", () => {
    const devices = springbok();
    const platform = { ...sparrow({ ramSize: 0x100000 }) };
    const make = (): Machine =>
      new Machine({ platform: { ...platform, devices: [...platform.devices, ...devices] } });
    const [one, other] = [make(), make()];
    one.writePhysical32(TCM_BASE, 7);
    expect(other.readPhysical32(TCM_BASE)).toBe(0);
  });
});
