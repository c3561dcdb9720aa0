import { Csr, fullHart, Machine, Privilege } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";
import { PTE, RAM } from "./support.ts";

const MIB = 0x100000;
export const PAGE = 4096;
export type Width = 32 | 64;

/** Parts of the kernel: code, values of `satp`, the handler of machine mode, and what it found. */
const KERNEL = RAM;
const SATPS = RAM + 0x6000;
const MACHINE_HANDLER = RAM + 0x7000;
const RESULTS = RAM + 0x8000;
const TABLES = RAM + 0x80000;
const TABLE_PAGES = 16;
const GLOBAL = 32;
const KERNEL_RIGHTS = PTE.V | PTE.R | PTE.W | PTE.X | PTE.A | PTE.D | GLOBAL;
/** Exceptions of user mode go to the kernel; its own `ebreak` ends the run. */
const DELEGATED = 0xb1f7;
const BREAKPOINT = 3;

/** What a user program ended with: its `a0`, and the cause of its trap. */
export interface UserRun {
  readonly value: number;
  readonly cause: number;
}

/** A kernel in assembly on a bare machine, with address spaces that it switches between. */
export class Kernel {
  readonly machine: Machine;
  readonly xlen: Width;
  readonly #lines: string[] = [];
  #runs = 0;

  constructor(xlen: Width) {
    this.xlen = xlen;
    this.machine = new Machine({
      platform: qemuVirt({ ramSize: 2 * MIB, hart: fullHart(xlen) }),
    });
  }

  /** Puts a program into physical memory. */
  place(base: number, source: string): void {
    this.machine.copyToPhysical(base, assemble(source, { base, xlen: this.xlen }).bytes);
  }

  /** Lines of the kernel. */
  does(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  /** The kernel switches to an address space, and runs the user program at an address to its trap. */
  runs(space: AddressSpace, address: number): void {
    const at = this.#runs * 8;
    this.#runs++;
    this.does(
      this.address("t0", SATPS + space.number * 8),
      `${this.xlen === 64 ? "ld" : "lw"} a2, 0(t0)`,
      `li a3, ${address}`,
      "jal ra, run_in",
      this.address("t0", RESULTS + at),
      "sw a0, 0(t0)",
      "sw a1, 4(t0)",
    );
  }

  /** The kernel writes a word of physical memory with an ordinary store. */
  writes(address: number, word: number): void {
    this.does(this.address("t0", address), `li t1, ${word | 0}`, "sw t1, 0(t0)");
  }

  /** Lines that load an address of the lower 4 GiB. */
  address(register: string, at: number): string {
    const load = `li ${register}, ${at}`;
    if (this.xlen === 32) return load;
    return `${load}\n slli ${register}, ${register}, 32\n srli ${register}, ${register}, 32`;
  }

  /**
   * Runs the kernel to its end, in supervisor mode.
   *
   * @throws Error when it ends otherwise than by its `ebreak`
   */
  boot(...spaces: readonly AddressSpace[]): readonly UserRun[] {
    const { machine } = this;
    for (const space of spaces) {
      const [low, high] = space.satp;
      machine.writePhysical32(SATPS + space.number * 8, low);
      machine.writePhysical32(SATPS + space.number * 8 + 4, high);
    }
    this.place(
      KERNEL,
      `auipc t0, 0
      addi t0, t0, 28
      csrw stvec, t0
      j start
      run_in: csrw satp, a2
      csrw sepc, a3
      sret
      csrr a1, scause
      jr ra
      start: ${this.#lines.join("\n")}
      ebreak`,
    );
    this.place(MACHINE_HANDLER, "stop: j stop");
    machine.writeCsr(Csr.mtvec, MACHINE_HANDLER);
    machine.writeCsr(Csr.medeleg, DELEGATED);
    machine.writeCsr(Csr.pmpaddr0, 0xffffffff);
    machine.writeCsr(Csr.pmpcfg0, 0x1f);
    machine.pc = KERNEL;
    machine.privilege = Privilege.supervisor;
    machine.run({ maxInstructions: 20_000 });
    const cause = machine.readCsr(Csr.mcause);
    if (machine.pc !== MACHINE_HANDLER || cause !== BREAKPOINT)
      throw new Error(`the kernel is at 0x${machine.pc.toString(16)}, cause ${cause ?? -1}`);
    return Array.from({ length: this.#runs }, (_, index) => ({
      value: machine.readPhysical32(RESULTS + index * 8) | 0,
      cause: machine.readPhysical32(RESULTS + index * 8 + 4),
    }));
  }
}

/** An address space: page tables in physical memory. The kernel is in all of them, in global pages. */
export class AddressSpace {
  readonly number: number;
  readonly #kernel: Kernel;
  readonly #asid: number;
  readonly #root: number;
  #next: number;

  constructor(kernel: Kernel, number: number, asid: number) {
    this.number = number;
    this.#kernel = kernel;
    this.#asid = asid;
    this.#root = TABLES + number * TABLE_PAGES * PAGE;
    this.#next = this.#root + PAGE;
    for (let at = 0; at < MIB; at += PAGE) this.map(RAM + at, RAM + at, KERNEL_RIGHTS);
  }

  /** Maps a page; returns the physical address of the entry. */
  map(virtual: number, physical: number, flags: number): number {
    const { machine, xlen } = this.#kernel;
    const [bits, bytes] = xlen === 64 ? [9, 8] : [10, 4];
    let table = this.#root;
    for (let level = xlen === 64 ? 2 : 1; ; level--) {
      const index = Math.floor(virtual / 2 ** (12 + bits * level)) % 2 ** bits;
      const slot = table + index * bytes;
      if (level === 0) {
        machine.writePhysical32(slot, entryOf(physical, flags));
        return slot;
      }
      if (machine.readPhysical32(slot) === 0) {
        machine.writePhysical32(slot, entryOf(this.#next, PTE.V));
        this.#next += PAGE;
      }
      table = (machine.readPhysical32(slot) >>> 10) * PAGE;
    }
  }

  /** Lower and upper word of the value of `satp`. */
  get satp(): readonly [low: number, high: number] {
    const page = this.#root / PAGE;
    return this.#kernel.xlen === 64
      ? [page, ((8 << 28) | (this.#asid << 12)) >>> 0]
      : [(0x80000000 | (this.#asid << 22) | page) >>> 0, 0];
  }
}

/** Lower word of a page-table entry. */
export function entryOf(physical: number, flags: number): number {
  return (((physical / PAGE) << 10) | flags) >>> 0;
}
