import { ElfError, EM_RISCV, writeElf } from "@cantrip/elf";
import {
  Csr,
  fullHart,
  loadElf,
  Machine,
  type PlatformDescription,
  Privilege,
} from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { Mailbox, type MailboxPort } from "@cantrip/hw-riscv/devices";
import { nexus, qemuVirt, sifiveU, sparrow } from "@cantrip/hw-riscv/platforms";
import fc from "fast-check";
import { expect } from "vitest";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { CSR_NUMBERS } from "../src/csr-numbers.ts";
import { INSTRUCTIONS, instructionsOf } from "../src/isa/table.ts";

const RAM_BYTES = 0x80000;
/** Parts of RAM: what is run, data, and two pages of tables. */
const Place = { code: 0x1000, data: 0x10000, tables: 0x20000, elf: 0x40000 } as const;
/** Instructions that an operation may take, wherever it goes. */
const BUDGET = 200;
const MAX_CYCLES = 1_000_000;
const FLOAT_ON = 0x6000;
/** Registers of sparrow's UART: sends and receives at its highest speed. */
const UART_INTR_ENABLE = 0x04;
const UART_CTRL = 0x10;
const UART_ON = 0xffff0003;
/** Operations that make one machine. */
const MACHINE_AGE = 400;

export const PLATFORM_COUNT = 5;
/** Platforms, each with every device that there is for it. */
const PLATFORMS: readonly (() => PlatformDescription)[] = [
  () => withMailbox(sparrow({ ramSize: RAM_BYTES })),
  () => qemuVirt({ ramSize: RAM_BYTES, hart: fullHart(32) }),
  () => qemuVirt({ ramSize: RAM_BYTES, hart: fullHart(64) }),
  () => sifiveU({ ramSize: RAM_BYTES }),
  () => nexus({ ramSize: RAM_BYTES }),
];

function withMailbox(platform: PlatformDescription): PlatformDescription {
  return {
    ...platform,
    devices: [
      ...platform.devices,
      {
        name: "mailbox",
        base: 0x50090000,
        size: 0x1000,
        interrupts: [28, 29, 30],
        // The other end sends every second word back.
        create: ({ interrupts }) => new Mailbox(interrupts, echo),
      },
    ],
  };
}

function echo(port: MailboxPort): { changed(): void } {
  return {
    changed() {
      while (port.available > 4) {
        port.take();
        const word = port.take();
        if (word !== undefined) port.put(word);
      }
    },
  };
}

/** One thing that a guest, or its surroundings, do. */
export type Operation =
  | { readonly kind: "instruction"; readonly row: number; readonly bits: number }
  | { readonly kind: "word"; readonly bits: number }
  | {
      readonly kind: "device";
      readonly device: number;
      readonly offset: number;
      readonly access: number;
      readonly value: number;
    }
  | {
      readonly kind: "csr";
      readonly csr: number;
      readonly how: number;
      readonly value: number;
      readonly privilege: Privilege;
    }
  | { readonly kind: "tables"; readonly entries: readonly number[]; readonly asid: number }
  | { readonly kind: "mode"; readonly privilege: Privilege; readonly address: number }
  | { readonly kind: "input"; readonly bytes: readonly number[] }
  | { readonly kind: "time"; readonly cycles: number }
  | { readonly kind: "elf"; readonly changes: readonly (readonly [number, number])[] };

const bits = fc.integer({ min: -0x80000000, max: 0x7fffffff });
/** Among them what switches things on: interrupts, transmitters, floating point, traps of the supervisor. */
const interesting = fc.oneof(
  { weight: 1, arbitrary: bits },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 3, 0x1f, 0x83, 0x80000000 | 0) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0x6000, 0x1800, 0x106000, 0x7fff0003, 0x10, 0x80000, 0x5555, 0x3333),
  },
  { weight: 2, arbitrary: fc.nat(255) },
);
/** Registers at the front, in the parts of an interrupt controller, and the end. */
const offset = fc.oneof(
  { weight: 12, arbitrary: fc.nat(12).map((word) => word * 4) },
  { weight: 3, arbitrary: fc.nat(7) },
  { weight: 2, arbitrary: fc.nat(6).map((word) => 0x100 + word * 4) },
  { weight: 1, arbitrary: fc.nat(0x140) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(0x1000, 0x2000, 0x2080, 0x4000, 0xbff8, 0x200000, 0x201000, 0x202000),
        fc.nat(2),
      )
      .map(([at, word]) => at + word * 4),
  },
  { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }).map((at) => -1000 + at) },
  { weight: 1, arbitrary: fc.nat(0x4000000) },
);
const privilege = fc.constantFrom(Privilege.user, Privilege.supervisor, Privilege.machine);
const csrNumber = fc.oneof(fc.constantFrom(...CSR_NUMBERS.values()), fc.nat(0xfff));

/** Everything that can happen, most of it in order. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("instruction"), row: fc.nat(1000), bits }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("word"), bits }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("device"),
      device: fc.nat(20),
      offset,
      access: fc.nat(100),
      value: interesting,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("csr"),
      csr: csrNumber,
      how: fc.nat(5),
      value: interesting,
      privilege: fc.oneof(fc.constant(Privilege.machine), privilege),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("tables"),
      entries: fc.array(bits, { minLength: 8, maxLength: 8 }),
      asid: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("mode"), privilege, address: bits }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("input"),
      bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 80 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time"), cycles: fc.nat(100_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("elf"),
      changes: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 2 }),
    }),
  },
);

/** Loads, stores and others of a device's register, with the address in `t0` and data in `a0` or `fa0`. */
const LOADS = ["lb", "lbu", "lh", "lhu", "lw", "lw", "lw"];
const STORES = ["sb", "sh", "sw", "sw", "sw"];
const OTHER = ["ld", "sd", "fld", "fsd", "flw", "fsw", "amoadd.w", "lr.w", "amoadd.d", "lr.d"];
const [T0, A0] = [5, 10];
/** `funct3` of the six instructions for control and status registers. */
const CSR_ACTIONS = [1, 2, 3, 5, 6, 7];

/** A machine that hostile guests run on, one operation after the other. */
export class HostileMachine {
  readonly #platform: PlatformDescription;
  readonly #machine: Machine;
  readonly #words: readonly number[];
  #age = 0;

  constructor(platform: number) {
    this.#platform = (PLATFORMS[platform % PLATFORMS.length] ?? qemuVirt)();
    this.#machine = new Machine({
      platform: this.#platform,
      flash: Uint8Array.of(1, 2, 3),
      hostedEntries: [],
    });
    // Lower modes may run code until the guest says otherwise.
    this.#machine.writeCsr(Csr.pmpaddr0, 0xffffffff);
    this.#machine.writeCsr(Csr.pmpcfg0, 0x1f);
    this.#setUp();
    // Bits that never change, and those that do, of each instruction.
    this.#words = instructionsOf(this.#machine.xlen).flatMap(({ match, mask }) => [match, mask]);
  }

  /** What a driver does first, so that lines and interrupts live: the guest may undo it. */
  #setUp(): void {
    const machine = this.#machine;
    machine.writeCsr(Csr.mstatus, FLOAT_ON);
    for (const { name, base } of machine.regions) {
      if (name === "plic") {
        for (let source = 1; source < 12; source++) machine.writePhysical32(base + source * 4, 1);
        for (const context of [0, 1, 2])
          machine.writePhysical32(base + 0x2000 + context * 0x80, -1);
      }
      if (name === "uart0" && this.#platform.name === "sparrow") {
        machine.writePhysical32(base + UART_CTRL, UART_ON);
        machine.writePhysical32(base + UART_INTR_ENABLE, 0xff);
      }
    }
  }

  /** Whether another machine is due: this one has halted, or did enough. */
  get isOver(): boolean {
    return this.#age > MACHINE_AGE;
  }

  /** Does an operation, and looks whether the machine is still as it should be. */
  do(operation: Operation, report: FuzzReport): void {
    const machine = this.#machine;
    this.#age++;
    const instructions = machine.instructions;
    const cycles = machine.cycles;
    report.count(this.#do(operation));
    expect(machine.instructions - instructions).toBeLessThanOrEqual(BUDGET);
    expect(machine.cycles - cycles).toBeLessThanOrEqual(MAX_CYCLES + BUDGET);
    expect(machine.ram.length).toBe(RAM_BYTES);
    expect(machine.registers[0]).toBe(0);
    expect(machine.registersHigh[0]).toBe(0);
  }

  /** @returns why it did not do what it was made for */
  #do(operation: Operation): string | undefined {
    switch (operation.kind) {
      case "instruction": {
        const index = (operation.row % (this.#words.length / 2)) * 2;
        const [match = 0, mask = 0] = this.#words.slice(index, index + 2);
        return this.#runSource(
          `${this.#bases()}\n .word ${unsigned(match | (operation.bits & ~mask))}`,
        );
      }
      case "word":
        return this.#runSource(`.word ${unsigned(operation.bits)}`);
      case "device":
        return this.#runSource(this.#deviceAccess(operation));
      case "csr":
        return this.#runSource(csrAccess(operation), operation.privilege);
      case "tables":
        return this.#useTables(operation.entries, operation.asid);
      case "mode":
        return this.#runIn(operation.privilege, operation.address);
      case "input":
        return this.#input(operation.bytes);
      case "time":
        return this.#run({
          maxInstructions: BUDGET,
          untilCycle: this.#machine.cycles + operation.cycles,
        });
      case "elf":
        return this.#runElf(operation.changes);
    }
  }

  get #ram(): number {
    return this.#platform.ram.base;
  }

  /** Registers that an instruction may take for addresses. */
  #bases(): string {
    const data = this.#ram + Place.data;
    return `${this.#address("s0", data)}\n${this.#address("sp", data + 0x801)}`;
  }

  #address(register: string, at: number): string {
    const load = `li ${register}, ${at | 0}`;
    if (this.#machine.xlen === 32) return load;
    return `${load}\n slli ${register}, ${register}, 32\n srli ${register}, ${register}, 32`;
  }

  #deviceAccess({ device, offset: given, access, value }: Operation & { kind: "device" }): string {
    const { regions } = this.#machine;
    const region = regions[device % regions.length];
    if (region === undefined) throw new RangeError("a platform without devices");
    // Near the end, or anywhere in it.
    const at = given < 0 ? region.size + given + 1000 : given % Math.max(region.size, 0x1000);
    const names = access < 40 ? LOADS : access < 95 ? STORES : OTHER;
    const name = names[access % names.length];
    const row = INSTRUCTIONS.find((each) => each.name === name);
    if (row === undefined) throw new RangeError(`no instruction ${name ?? ""}`);
    const isStore = row.effect?.kind === "store" || row.effect?.kind === "floatStore";
    const word = row.match | (T0 << 15) | (A0 << (isStore ? 20 : 7));
    return `${this.#address("t0", region.base + at)}\n li a0, ${value}\n .word ${unsigned(word)}`;
  }

  /** Random tables, which map all of RAM to itself at one place, and a supervisor's access through them. */
  #useTables(entries: readonly number[], asid: number): string | undefined {
    const machine = this.#machine;
    const root = this.#ram + Place.tables;
    const page = root / 4096;
    machine.zeroPhysical(root, 0x2000);
    entries.forEach((entry, index) => {
      // Half of them point to what is there.
      const low = (index & 1) === 0 ? entry : (((page + (entry & 1)) << 10) | (entry & 0xff)) >>> 0;
      machine.writePhysical32(root + ((entry >>> 8) & 0x3fe) * 4, low >>> 0);
      machine.writePhysical32(root + 0x1000 + index * 8, low >>> 0);
    });
    const flags = 0xcf | ((entries[0] ?? 0) & 0x10);
    const is64 = machine.xlen === 64;
    const slot = is64 ? Math.floor(this.#ram / 2 ** 30) * 8 : (this.#ram >>> 22) * 4;
    const target = is64 ? Math.floor(this.#ram / 2 ** 30) * 2 ** 18 : (this.#ram >>> 22) * 1024;
    machine.writePhysical32(root + slot, ((target << 10) | flags) >>> 0);
    if (is64) machine.writePhysical32(root + slot + 4, 0);
    const satp = is64
      ? `li t0, ${page}\n li t1, ${0x8000 | asid | 0}\n slli t1, t1, 48\n slli t1, t1, 0\n or t0, t0, t1`
      : `li t0, ${0x80000000 | (asid << 22) | page | 0}`;
    return this.#runSource(`${satp}\n csrw satp, t0\n sfence.vma x0, x0`);
  }

  /** Code in a mode, with loads and stores somewhere. */
  #runIn(mode: Privilege, address: number): string | undefined {
    this.#load(`li t0, ${address}\n lw a0, 0(t0)\n sw a0, 4(t0)\n jr t0`);
    this.#machine.privilege = mode;
    return this.#runToTrap(8);
  }

  #input(bytes: readonly number[]): string | undefined {
    const machine = this.#machine;
    for (const { name } of machine.regions) {
      if (name.startsWith("uart")) machine.inject(name, Uint8Array.from(bytes));
    }
    const [source = 0, connected = 0, at = 0] = bytes;
    machine.enter({ kind: "interrupt-line", source: source % 64, isConnected: connected > 100 });
    machine.enter({ kind: "bit-flip", paddr: this.#ram + at * 8, bit: at % 8 });
    return this.#run({ maxInstructions: BUDGET, untilCycle: machine.cycles + 1000 });
  }

  #runElf(changes: readonly (readonly [number, number])[]): string | undefined {
    const machine = this.#machine;
    const base = this.#ram + Place.elf;
    const image = writeElf({
      machine: EM_RISCV,
      entry: base,
      segments: [
        {
          vaddr: base,
          data: assemble("addi a0, a0, 1\n addi a1, a1, 1", { xlen: machine.xlen }).bytes,
          flags: { read: true, write: false, execute: true },
        },
      ],
    });
    for (const [index, value] of changes) image[index % image.length] = value;
    try {
      machine.privilege = Privilege.machine;
      machine.pc = loadElf(machine, image);
    } catch (error) {
      if (error instanceof ElfError || error instanceof RangeError) return "refused file";
      throw error;
    }
    return this.#runToTrap(2);
  }

  /** Runs lines in a mode. */
  #runSource(source: string, mode: Privilege = Privilege.machine): string | undefined {
    const count = this.#load(source);
    this.#machine.privilege = mode;
    return this.#runToTrap(count);
  }

  /** Puts lines where they are run; returns how many instructions they are. */
  #load(source: string): number {
    const machine = this.#machine;
    const { bytes } = assemble(source, { xlen: machine.xlen });
    const code = this.#ram + Place.code;
    machine.copyToPhysical(code, bytes);
    machine.pc = code;
    return bytes.length / 4;
  }

  #runToTrap(instructions: number): string | undefined {
    const { trapCount } = this.#machine;
    const refusal = this.#run({
      maxInstructions: instructions,
      untilCycle: this.#machine.cycles + MAX_CYCLES / 2,
    });
    if (refusal !== undefined) return refusal;
    return this.#machine.trapCount === trapCount ? undefined : "trapped";
  }

  #run(options: {
    readonly maxInstructions: number;
    readonly untilCycle: number;
  }): string | undefined {
    const machine = this.#machine;
    machine.wake();
    const stop = machine.run(options);
    if (stop.kind === "halted") {
      this.#age = MACHINE_AGE + 1;
      return "halted";
    }
    expect(["budget", "idle"]).toContain(stop.kind);
    return undefined;
  }
}

function csrAccess({ csr, how, value }: Operation & { kind: "csr" }): string {
  const funct3 = CSR_ACTIONS[how] ?? 1;
  const source = how < 3 ? T0 : value & 31;
  const word = (csr << 20) | (source << 15) | (funct3 << 12) | (A0 << 7) | 0x73;
  return `li t0, ${value}\n .word ${unsigned(word)}`;
}

function unsigned(word: number): number {
  return word >>> 0;
}

/** Runs operations on machines of a platform. */
export function runHostileGuests(
  platform: number,
  operations: readonly Operation[],
  report: FuzzReport,
): void {
  let machine = new HostileMachine(platform);
  for (const each of operations) {
    machine.do(each, report);
    if (machine.isOver) machine = new HostileMachine(platform);
  }
}
