import type { HostedComponent, Task, UserContext } from "@cantrip/hosted";
import { stubWords } from "@cantrip/hosted";
import { type HostedError, type Machine, type MachineOptions } from "@cantrip/hw-riscv";
import { PageTables, PTE, SPARROW_RAM, sparrowMachine, USER_RWX } from "./support.ts";

/** Virtual addresses of a test component: text with stubs, a page with the cell, a page of data. */
export const TEXT = 0x10000;
export const CELL = 0x20000;
export const DATA = 0x30000;
export const DEVICE = 0x40000;
export const UNMAPPED = 0x50000;
const TEXT_FLAGS = PTE.V | PTE.X | PTE.U | PTE.A;

export interface Trap {
  readonly cause: number;
  readonly value: number;
  readonly pc: number;
}

export type Body = (context: UserContext, instance: number) => Task<void>;

/** A component whose threads are named by their place in `bodies`; counts its instances. */
export class TestComponent implements HostedComponent {
  created = 0;
  readonly name: string;
  readonly bodies: readonly Body[];
  constructor(name: string, ...bodies: Body[]) {
    this.name = name;
    this.bodies = bodies;
  }
  create(): { run(thread: string, context: UserContext): Task<void> } {
    const instance = ++this.created;
    return {
      run: (thread, context) => {
        const body = this.bodies[Number(thread)];
        if (body === undefined) throw new Error(`no thread ${thread}`);
        return body(context, instance);
      },
    };
  }
}

/** A sparrow machine with hosted components and a supervisor that stops at every trap. */
export class HostedBench {
  readonly machine: Machine;
  readonly errors: HostedError[] = [];
  #trap: Trap | undefined;
  #nextFrame: number = SPARROW_RAM + 0x200000;
  #nextTables: number = SPARROW_RAM + 0x100000;

  constructor(components: readonly TestComponent[], options: Partial<MachineOptions> = {}) {
    this.machine = sparrowMachine({
      hostedEntries: components.flatMap((component) =>
        component.bodies.map((_body, thread) => ({ component, thread: String(thread) })),
      ),
      onHostedError: (error) => this.errors.push(error),
      ...options,
    });
    this.machine.attachSupervisor({
      trap: (cause, value) => {
        this.#trap = { cause, value, pc: this.machine.pc };
        this.machine.stop();
      },
    });
  }

  frame(): number {
    const at = this.#nextFrame;
    this.#nextFrame += 0x1000;
    return at;
  }

  /** An address space with stubs for the given entries, 16 bytes each, from {@link TEXT}. */
  space(
    entries: readonly number[],
    frames: { text: number; cell: number } = { text: this.frame(), cell: this.frame() },
  ): PageTables {
    const { machine } = this;
    const tables = new PageTables(machine, this.#nextTables);
    this.#nextTables += 0x4000;
    tables.map(TEXT, frames.text, TEXT_FLAGS);
    tables.map(CELL, frames.cell);
    tables.map(DATA, this.frame(), USER_RWX);
    tables.map(DEVICE, 0x50000000, USER_RWX);
    for (const [index, entry] of entries.entries()) {
      for (const [word, value] of stubWords(entry, CELL).entries()) {
        machine.writePhysical32(frames.text + index * 16 + word * 4, value);
      }
    }
    return tables;
  }

  enter(tables: PageTables, pc: number = TEXT, s11 = 0, asid = 0): void {
    this.machine.setRootTable(tables.satp(asid));
    this.machine.fenceVma();
    this.machine.pc = pc;
    this.machine.registers[27] = s11;
  }

  /** Runs to the next trap; `undefined` when the budget ends first. */
  run(maxInstructions = 1000): Trap | undefined {
    this.#trap = undefined;
    this.machine.run({ maxInstructions });
    return this.#trap;
  }

  /** What a kernel does at the end of a system call: results in registers, and on behind the ecall. */
  complete(result = 0): void {
    this.machine.registers[10] = result;
    this.machine.pc += 4;
  }

  get ticket(): number {
    return this.machine.registers[27] ?? 0;
  }
}
