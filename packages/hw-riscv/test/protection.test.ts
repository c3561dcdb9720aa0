import { Cause, Csr, fullHart, Machine } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { RAM } from "./support.ts";

const MIB = 0x100000;
const HANDLER = RAM + 0x1000;
const ECALL = 0x00000073;
const AREA = RAM + 0x10000;
const R = 1;
const W = 2;
const X = 4;
const TOR = 1 << 3;
const NA4 = 2 << 3;
const NAPOT = 3 << 3;
const LOCKED = 0x80;

interface Entry {
  readonly config: number;
  /** `pmpaddr`. */
  readonly address: number;
}
/** A naturally aligned range. */
function napot(start: number, bytes: number, config: number): Entry {
  return { config: config | NAPOT, address: (start + bytes / 2 - 4) / 4 };
}
/** Everything below an address, from the entry before. */
function tor(end: number, config: number): Entry {
  return { config: config | TOR, address: end / 4 };
}

type Access = "load" | "store" | "fetch";

describe.each([32, 64] as const)("physical memory protection on RV%i", (xlen) => {
  const prepared = (entries: readonly Entry[]): Machine => {
    const machine = new Machine({
      platform: qemuVirt({ ramSize: 4 * MIB, hart: fullHart(xlen) }),
    });
    // Addresses first: a locked entry keeps its own.
    entries.forEach(({ address }, index) => {
      expect(machine.writeCsr(Csr.pmpaddr0 + index, address)).toBe(true);
    });
    const perRegister = xlen / 8;
    for (let first = 0; first < entries.length; first += perRegister) {
      const bytes = entries.slice(first, first + perRegister);
      const value = bytes.reduce((sum, { config }, index) => sum + config * 2 ** (8 * index), 0);
      expect(machine.writeCsr(Csr.pmpcfg0 + first / 4, value)).toBe(true);
    }
    return machine;
  };

  /** Does one access in a mode; returns the cause of the trap, `undefined` for none. */
  const attempt = (
    machine: Machine,
    access: Access,
    mode: "user" | "machine",
    address: number,
    bytes = 4,
  ): number | undefined => {
    const [load, store] = bytes === 8 ? ["ld", "sd"] : ["lw", "sw"];
    const source = `
      csrw mcause, x0
      li t0, 0x21800
      csrc mstatus, t0
      li t0, ${mode === "user" ? 0x20000 : 0x21800}
      csrs mstatus, t0
      ${access === "load" ? `${load} t1, 0(a0)` : ""}
      ${access === "store" ? `${store} t1, 0(a0)` : ""}
      ${access === "fetch" ? "csrw mepc, a0\nmret" : ""}
      stop: j stop`;
    machine.copyToPhysical(RAM, assemble(source, { xlen }).bytes);
    machine.copyToPhysical(HANDLER, assemble("stop: j stop").bytes);
    machine.writeCsr(Csr.mtvec, HANDLER);
    machine.pc = RAM;
    machine.privilege = 3;
    machine.registers[10] = address;
    machine.registersHigh[10] = 0;
    machine.run({ maxInstructions: 20 });
    const cause = machine.readCsr(Csr.mcause) ?? 0;
    return cause === 0 ? undefined : cause;
  };

  test("without an entry machine mode may do everything, and others nothing once there is one", () => {
    const open = prepared([]);
    expect(attempt(open, "load", "user", AREA)).toBeUndefined();
    const closed = prepared([napot(RAM + MIB, 4096, R)]);
    expect(attempt(closed, "load", "machine", AREA)).toBeUndefined();
    expect(attempt(closed, "load", "user", AREA)).toBe(Cause.loadAccessFault);
    expect(attempt(closed, "store", "user", AREA)).toBe(Cause.storeAccessFault);
    expect(attempt(closed, "load", "user", RAM + MIB)).toBeUndefined();
    expect(attempt(closed, "store", "user", RAM + MIB)).toBe(Cause.storeAccessFault);
  });

  test.each([
    ["a naturally aligned range", [napot(AREA, 16, R | W)], AREA, AREA + 16],
    ["the smallest aligned range", [napot(AREA + 8, 8, R | W)], AREA + 8, AREA + 16],
    ["four bytes", [{ config: NA4 | R | W, address: (AREA + 4) / 4 }], AREA + 4, AREA + 8],
    [
      "below an address",
      [{ config: 0, address: (AREA + 12) / 4 }, tor(AREA + 24, R | W)],
      AREA + 12,
      AREA + 24,
    ],
  ] as const)("%s opens what lies in it", (_name, entries, start, end) => {
    const machine = prepared(entries);
    for (const access of ["load", "store"] as const) {
      const fault = access === "load" ? Cause.loadAccessFault : Cause.storeAccessFault;
      expect(attempt(machine, access, "user", start)).toBeUndefined();
      expect(attempt(machine, access, "user", end - 4)).toBeUndefined();
      expect(attempt(machine, access, "user", start - 4)).toBe(fault);
      expect(attempt(machine, access, "user", end)).toBe(fault);
      // Half in and half out.
      expect(attempt(machine, access, "user", end - 2)).toBe(fault);
      expect(attempt(machine, access, "user", start - 2)).toBe(fault);
    }
  });

  test("the first entry that matches decides", () => {
    const machine = prepared([napot(AREA, 8, R), napot(AREA, 4096, R | W)]);
    expect(attempt(machine, "store", "user", AREA)).toBe(Cause.storeAccessFault);
    expect(attempt(machine, "store", "user", AREA + 8)).toBeUndefined();
  });

  test("fetches are checked one by one in a page of several kinds", () => {
    const machine = prepared([napot(AREA, 8, R | W | X), napot(AREA + 8, 8, R | W)]);
    const write = (at: number, word: number): void => {
      machine.writePhysical32(at, word);
    };
    write(AREA, 0x00000013);
    write(AREA + 4, ECALL);
    expect(attempt(machine, "fetch", "user", AREA)).toBe(Cause.ecallFromUser);
    expect(attempt(machine, "fetch", "user", AREA + 8)).toBe(Cause.fetchAccessFault);
    // Runs into what it may not execute: also where the bytes were decoded before.
    write(AREA + 4, 0x00000013);
    expect(attempt(machine, "fetch", "user", AREA)).toBe(Cause.fetchAccessFault);
    expect(machine.readCsr(Csr.mepc)).toBe(AREA + 8);
    expect(attempt(machine, "fetch", "machine", AREA + 8)).not.toBe(Cause.fetchAccessFault);
  });

  test("a locked entry binds machine mode, and keeps its values", () => {
    const machine = prepared([napot(AREA, 4096, R | LOCKED)]);
    expect(attempt(machine, "load", "machine", AREA)).toBeUndefined();
    expect(attempt(machine, "store", "machine", AREA)).toBe(Cause.storeAccessFault);
    machine.writeCsr(Csr.pmpcfg0, 0);
    machine.writeCsr(Csr.pmpaddr0, 0);
    expect(machine.readCsr(Csr.pmpcfg0)).toBe(LOCKED | NAPOT | R);
    expect(attempt(machine, "store", "machine", AREA)).toBe(Cause.storeAccessFault);
  });

  test("the lower end of a locked range is locked, too", () => {
    const machine = prepared([{ config: 0, address: AREA / 4 }, tor(AREA + 64, LOCKED)]);
    machine.writeCsr(Csr.pmpaddr0, 0);
    expect(machine.readCsr(Csr.pmpaddr0)).toBe(AREA / 4);
    expect(attempt(machine, "load", "machine", AREA)).toBe(Cause.loadAccessFault);
    expect(attempt(machine, "load", "machine", AREA - 4)).toBeUndefined();
  });

  test("writable and not readable is reserved: the entry keeps its value", () => {
    const machine = prepared([napot(AREA, 4096, R)]);
    machine.writeCsr(Csr.pmpcfg0, NAPOT | W);
    expect(machine.readCsr(Csr.pmpcfg0)).toBe(NAPOT | R);
  });

  test("what was allowed before is looked at again after a change", () => {
    const machine = prepared([napot(AREA, 4096, R | W)]);
    expect(attempt(machine, "store", "user", AREA)).toBeUndefined();
    machine.writeCsr(Csr.pmpcfg0, NAPOT | R);
    expect(attempt(machine, "store", "user", AREA)).toBe(Cause.storeAccessFault);
  });

  test.runIf(xlen === 64)("eight bytes that reach out of a range are refused", () => {
    const machine = prepared([napot(AREA, 16, R | W)]);
    expect(attempt(machine, "load", "user", AREA + 8, 8)).toBeUndefined();
    expect(attempt(machine, "load", "user", AREA + 12, 8)).toBe(Cause.loadAccessFault);
    expect(attempt(machine, "store", "user", AREA + 12, 8)).toBe(Cause.storeAccessFault);
  });

  test("odd registers of configurations exist on RV32 only", () => {
    const machine = prepared([]);
    expect(machine.readCsr(Csr.pmpcfg0 + 1) !== undefined).toBe(xlen === 32);
    expect(machine.readCsr(Csr.pmpcfg0 + 2)).toBe(0);
  });
});
