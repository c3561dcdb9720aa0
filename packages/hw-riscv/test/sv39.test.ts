import { Cause, Csr, fullHart, type HartDescription, Machine, Privilege } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { PTE, RAM } from "./support.ts";

const MIB = 0x100000;
const ROOT = RAM + MIB;
const DATA = RAM + 2 * MIB;
const HANDLER = RAM + 0x3000;
const RWX = PTE.V | PTE.R | PTE.W | PTE.X | PTE.A | PTE.D;
const GIB = 2 ** 30;
/** Lowest address of the upper half. */
const UPPER = -(2 ** 38);
const TWO_32 = 2 ** 32;

/** Tables of Sv39 in a machine's memory. */
class Tables {
  readonly #machine: Machine;
  #next = ROOT + 4096;
  constructor(machine: Machine) {
    this.#machine = machine;
    machine.zeroPhysical(ROOT, 64 * 4096);
  }
  /** Maps a page: of 4 KiB at level 0, 2 MiB at level 1, 1 GiB at level 2. */
  map(virtual: number, physical: number, flags = RWX, level = 0): number {
    let table = ROOT;
    for (let at = 2; ; at--) {
      const index = Math.floor(virtual / 2 ** (12 + 9 * at));
      const slot = table + (((index % 512) + 512) % 512) * 8;
      if (at === level) {
        this.#write(slot, (physical / 4096) * 1024 + flags);
        return slot;
      }
      if (this.#machine.readPhysical32(slot) === 0) {
        this.#write(slot, (this.#next / 4096) * 1024 + PTE.V);
        this.#next += 4096;
      }
      table = Math.floor(this.#machine.readPhysical32(slot) / 1024) * 4096;
    }
  }
  #write(slot: number, entry: number): void {
    this.#machine.writePhysical32(slot, entry % TWO_32);
    this.#machine.writePhysical32(slot + 4, Math.floor(entry / TWO_32));
  }
  use(asid = 0): void {
    const satp = (8n << 60n) | (BigInt(asid) << 44n) | BigInt(ROOT / 4096);
    expect(this.#machine.writeCsr64(Csr.satp, satp)).toBe(true);
    expect(this.#machine.readCsr64(Csr.satp)).toBe(satp);
  }
}

function machineWith(hart: Partial<HartDescription> = {}): { machine: Machine; tables: Tables } {
  const platform = qemuVirt({ ramSize: 4 * MIB, hart: { ...fullHart(64), ...hart } });
  const machine = new Machine({ platform });
  machine.copyToPhysical(HANDLER, assemble("stop: j stop").bytes);
  machine.writeCsr(Csr.mtvec, HANDLER);
  return { machine, tables: new Tables(machine) };
}

/** Runs code at a mapped address in supervisor mode; returns the cause of the trap that ended it. */
function run(
  machine: Machine,
  pc: number,
  instructions: number,
  privilege: Privilege = Privilege.supervisor,
): number {
  machine.writeCsr(Csr.mcause, 0);
  machine.pc = pc;
  machine.privilege = privilege;
  machine.run({ maxInstructions: instructions });
  return machine.readCsr(Csr.mcause) ?? -1;
}
function setRegister(machine: Machine, index: number, value: number): void {
  machine.registers[index] = value | 0;
  machine.registersHigh[index] = Math.floor(value / TWO_32);
}
function register(machine: Machine, index: number): number {
  return (machine.registersHigh[index] ?? 0) * TWO_32 + ((machine.registers[index] ?? 0) >>> 0);
}

const code = (source: string): Uint8Array => assemble(source, { xlen: 64 }).bytes;

describe("Sv39", () => {
  test("translates pages of all three sizes, in both halves of the address space", () => {
    const { machine, tables } = machineWith();
    tables.map(0x4000, DATA);
    tables.map(0x4020_0000, RAM, RWX, 1);
    tables.map(3 * GIB, 2 * GIB, RWX, 2);
    tables.map(UPPER, DATA + 4096);
    tables.map(-4096, DATA + 8192);
    tables.use();
    machine.privilege = Privilege.supervisor;
    expect(machine.translate(0x4123)).toBe(DATA + 0x123);
    expect(machine.translate(0x4020_0000 + 0x12345)).toBe(RAM + 0x12345);
    expect(machine.translate(3 * GIB + 0x123456)).toBe(2 * GIB + 0x123456);
    expect(machine.translate(UPPER + 8)).toBe(DATA + 4096 + 8);
    expect(machine.translate(-8)).toBe(DATA + 8192 + 4088);
    expect(machine.translate(0x5000)).toBeUndefined();
    // Bits above 38 are not its copies.
    expect(machine.translate(2 ** 38)).toBeUndefined();
    expect(machine.translate(2 ** 39 + 0x4000)).toBeUndefined();
  });

  test("refuses superpages that are not aligned, and reserved bits", () => {
    const { machine, tables } = machineWith();
    tables.map(0x4020_0000, RAM + 4096, RWX, 1);
    const reserved = tables.map(0x4000, DATA);
    tables.use();
    machine.privilege = Privilege.supervisor;
    expect(machine.translate(0x4020_0000)).toBeUndefined();
    expect(machine.translate(0x4000)).toBe(DATA);
    machine.writePhysical32(reserved + 4, 0x40000000);
    expect(machine.translate(0x4000)).toBeUndefined();
  });

  test("a program runs across 4 GiB, forwards and backwards", () => {
    const { machine, tables } = machineWith();
    tables.map(TWO_32 - 4096, DATA);
    tables.map(TWO_32, DATA + 4096);
    tables.use();
    // The last instruction of the page reaches into the next.
    machine.copyToPhysical(
      DATA + 4096 - 6,
      code(".half 0x0001\nauipc a0, 0\nauipc a1, 0\njal a2, 0x80000002"),
    );
    expect(run(machine, TWO_32 - 6, 4)).toBe(0);
    expect(register(machine, 10)).toBe(TWO_32 - 4);
    expect(register(machine, 11)).toBe(TWO_32);
    expect(register(machine, 12)).toBe(TWO_32 + 8);
    expect(machine.pc).toBe(TWO_32 - 4);
  });

  test("a program in the upper half links and faults with whole addresses", () => {
    const { machine, tables } = machineWith();
    tables.map(UPPER, DATA);
    tables.use();
    machine.copyToPhysical(DATA, code("jal a0, 0x80000008\nnop\nld a1, 0(a2)"));
    setRegister(machine, 12, UPPER - 8);
    expect(run(machine, UPPER, 3)).toBe(Cause.loadPageFault);
    expect(register(machine, 10)).toBe(UPPER + 4);
    expect(machine.readCsr64(Csr.mepc)).toBe(BigInt.asUintN(64, BigInt(UPPER + 8)));
    expect(machine.readCsr64(Csr.mtval)).toBe(BigInt.asUintN(64, BigInt(UPPER - 8)));
  });

  test("misaligned accesses work across pages, and change nothing where the second is refused", () => {
    const { machine, tables } = machineWith();
    tables.map(0x4000, DATA);
    tables.map(0x5000, DATA + 8192);
    tables.map(0x6000, DATA + 4096);
    tables.use();
    machine.copyToPhysical(DATA + 4096, code("sd a0, 0(a1)\nld a2, 0(a1)\nsd a0, 0(a3)"));
    setRegister(machine, 10, -0x0123_4567_89ab);
    setRegister(machine, 11, 0x4ffd);
    setRegister(machine, 13, 0x5ffd);
    tables.map(0x6000, DATA + 4096, PTE.V | PTE.R | PTE.X | PTE.A);
    expect(run(machine, 0x6000, 3)).toBe(Cause.storePageFault);
    expect(register(machine, 12)).toBe(-0x0123_4567_89ab);
    expect(machine.readPhysical32(DATA + 8192)).not.toBe(0);
    expect(machine.readPhysical32(DATA + 8192 + 4092)).toBe(0);
  });

  test("address spaces are told apart by their number until a fence", () => {
    const { machine, tables } = machineWith();
    const slot = tables.map(0x4000, DATA);
    tables.map(0x6000, DATA + 4096);
    machine.copyToPhysical(DATA + 4096, code("lw a0, 0(a1)"));
    machine.writePhysical32(DATA, 11);
    machine.writePhysical32(DATA + 8192, 22);
    setRegister(machine, 11, 0x4000);
    const load = (asid: number): number => {
      tables.use(asid);
      run(machine, 0x6000, 1);
      return register(machine, 10);
    };
    expect(load(1)).toBe(11);
    machine.writePhysical32(slot, Math.floor((DATA + 8192) / 4096) * 1024 + RWX);
    // Another number has nothing cached; the first may keep what it has, and does.
    expect(load(2)).toBe(22);
    expect(load(1)).toBe(11);
    machine.fenceVma();
    expect(load(1)).toBe(22);
  });

  test("modes that do not exist leave satp as it is", () => {
    const { machine, tables } = machineWith();
    tables.use();
    const before = machine.readCsr64(Csr.satp);
    machine.writeCsr64(Csr.satp, 9n << 60n);
    expect(machine.readCsr64(Csr.satp)).toBe(before);
  });
});

describe.each(["fault", "update"] as const)("accessed and dirty bits: %s", (accessDirty) => {
  test.each([
    ["a load", "lw a0, 0(a1)", PTE.A, Cause.loadPageFault],
    ["a store", "sw a0, 0(a1)", PTE.A | PTE.D, Cause.storePageFault],
    ["an atomic operation", "amoadd.d a0, a0, (a1)", PTE.A | PTE.D, Cause.storePageFault],
  ] as const)("%s", (_name, source, wanted, fault) => {
    const { machine, tables } = machineWith({ accessDirty });
    const flags = PTE.V | PTE.R | PTE.W;
    const slot = tables.map(0x4000, DATA, flags);
    tables.map(0x6000, DATA + 4096);
    tables.use();
    machine.copyToPhysical(DATA + 4096, code(source));
    setRegister(machine, 11, 0x4000);
    expect(run(machine, 0x6000, 1)).toBe(accessDirty === "fault" ? fault : 0);
    const entry = machine.readPhysical32(slot) & 0xff;
    expect(entry).toBe(accessDirty === "fault" ? flags : flags | wanted);
  });

  test("a fetch, and a store after a load", () => {
    const { machine, tables } = machineWith({ accessDirty });
    const text = tables.map(0x6000, DATA + 4096, PTE.V | PTE.X);
    const slot = tables.map(0x4000, DATA, PTE.V | PTE.R | PTE.W | PTE.A);
    tables.use();
    machine.copyToPhysical(DATA + 4096, code("lw a0, 0(a1)\nsw a0, 0(a1)"));
    setRegister(machine, 11, 0x4000);
    if (accessDirty === "fault") {
      expect(run(machine, 0x6000, 2)).toBe(Cause.fetchPageFault);
      return;
    }
    expect(run(machine, 0x6000, 1)).toBe(0);
    expect(machine.readPhysical32(text) & PTE.A).toBe(PTE.A);
    expect(machine.readPhysical32(slot) & PTE.D).toBe(0);
    expect(run(machine, 0x6004, 1)).toBe(0);
    expect(machine.readPhysical32(slot) & PTE.D).toBe(PTE.D);
  });
});

describe("permissions", () => {
  test.each([
    ["user pages with SUM", PTE.U | PTE.R, 0x40000, 0],
    ["user pages without SUM", PTE.U | PTE.R, 0, Cause.loadPageFault],
    ["pages to execute with MXR", PTE.X, 0x80000, 0],
    ["pages to execute without MXR", PTE.X, 0, Cause.loadPageFault],
  ] as const)("a supervisor's loads from %s", (_name, flags, status, cause) => {
    const { machine, tables } = machineWith();
    tables.map(0x4000, DATA, flags | PTE.V | PTE.A);
    tables.map(0x6000, DATA + 4096);
    tables.use();
    machine.writeCsr(Csr.mstatus, status);
    machine.copyToPhysical(DATA + 4096, code("lw a0, 0(a1)"));
    setRegister(machine, 11, 0x4000);
    expect(run(machine, 0x6000, 1)).toBe(cause);
  });
});
