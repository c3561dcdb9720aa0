import { ECALL, hostedInstruction, type Task, type UserContext } from "@cantrip/hosted";
import { Cause } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { describe, expect, test } from "vitest";
import { CELL, HostedBench, TestComponent, TEXT } from "./hosted-support.ts";
import { reg, SPARROW_RAM, sparrowMachine } from "./support.ts";

const SECOND = TEXT + 16;
const CELL_OFFSET = 12;

/** Makes calls for ever. */
function* caller(context: UserContext): Task<void> {
  for (let count = 1; ; count++) {
    context.setRegister(11, count);
    yield ECALL;
  }
}

/** Two stubs, of entries 0 and 1, whose threads made steps in a row: the unit remembers both. */
class Running {
  readonly bench = new HostedBench([new TestComponent("c", caller, caller)]);
  readonly frames = { text: this.bench.frame(), cell: this.bench.frame() };
  readonly tables = this.bench.space([0, 1], this.frames);
  readonly tickets = [0, 0];

  constructor() {
    this.bench.enter(this.tables);
    for (let round = 0; round < 3; round++) {
      this.step(0);
      this.step(1);
    }
  }
  /** The thread of stub `index` takes a step with its ticket, or the one given. Translations stay as they are. */
  go(index: number, ticket = this.tickets[index] ?? 0): number | undefined {
    const { machine } = this.bench;
    machine.pc = TEXT + index * 16;
    machine.registers[27] = ticket;
    return this.bench.run()?.cause;
  }
  step(index: number): void {
    expect(this.go(index)).toBe(Cause.ecallFromUser);
    this.tickets[index] = this.bench.ticket;
  }
  get nonce(): readonly [number, number] {
    const { machine } = this.bench;
    return [machine.readPhysical32(this.frames.cell), machine.readPhysical32(this.frames.cell + 4)];
  }
  setNonce([low, high]: readonly [number, number]): void {
    this.bench.machine.writePhysical32(this.frames.cell, low);
    this.bench.machine.writePhysical32(this.frames.cell + 4, high);
  }
  expectRefusal(index: number, message: string): void {
    expect(this.go(index)).toBe(Cause.breakpoint);
    expect(this.bench.errors.at(-1)).toMatchObject({ kind: "refused", message });
  }
}

describe("a coroutine that made steps in a row is refused its next one", () => {
  test.each([0, 1])("when word %i of the nonce changed", (word) => {
    const running = new Running();
    const [low, high] = running.nonce;
    running.setNonce(word === 0 ? [low ^ 1, high] : [low, high ^ 1]);
    running.expectRefusal(0, "unknown instance");
    running.setNonce([low, high]);
    running.step(0);
  });

  test("when its stub names another cell", () => {
    const running = new Running();
    running.bench.machine.writePhysical32(running.frames.text + CELL_OFFSET, CELL + 8);
    running.expectRefusal(0, "ticket without an instance");
  });

  test("at another stub of the same entry", () => {
    const running = new Running();
    running.bench.machine.writePhysical32(running.frames.text + 16, hostedInstruction(0));
    running.tickets[1] = running.tickets[0] ?? 0;
    running.expectRefusal(1, "no coroutine at this stub");
    expect(running.bench.machine.pc).toBe(SECOND);
  });

  test("in another address space with the same memory", () => {
    const running = new Running();
    const { machine } = running.bench;
    const other = running.bench.space([0, 1], running.frames);
    machine.setRootTable(other.satp(1));
    // The second time the translations are at hand.
    for (let time = 0; time < 2; time++)
      running.expectRefusal(0, "instance of another address space or cell");
    machine.setRootTable(running.tables.satp(0));
    running.step(0);
  });

  test("when its memory had another life meanwhile, even if the nonce is put back", () => {
    const running = new Running();
    const { nonce } = running;
    running.setNonce([0, 0]);
    expect(running.go(0, 0)).toBe(Cause.ecallFromUser);
    expect(running.nonce).not.toEqual(nonce);
    running.setNonce(nonce);
    running.expectRefusal(1, "unknown instance");
  });

  test("when its stub was another entry's meanwhile", () => {
    const running = new Running();
    const { machine } = running.bench;
    machine.writePhysical32(running.frames.text, hostedInstruction(1));
    expect(running.go(0, 0)).toBe(Cause.ecallFromUser);
    machine.writePhysical32(running.frames.text, hostedInstruction(0));
    running.expectRefusal(0, "no coroutine at this stub");
  });
});

test("a page of code that a supervisor replaces as a whole is seen by the next instruction", () => {
  const base = SPARROW_RAM + 0x1000;
  const page = (value: number): Uint8Array => {
    const bytes = new Uint8Array(4096);
    bytes.set(assemble(`again: li a0, ${value}\n ecall\n j again`, { base }).bytes);
    return bytes;
  };
  const machine = sparrowMachine();
  const seen: number[] = [];
  machine.attachSupervisor({
    trap: () => {
      machine.pc += 4;
      seen.push(reg(machine, "a0"));
      machine.copyToPhysical(base, page(seen.length + 1));
      if (seen.length === 3) machine.stop();
    },
  });
  machine.copyToPhysical(base, page(1));
  machine.pc = base;
  machine.run({ maxInstructions: 100 });
  expect(seen).toEqual([1, 2, 3]);
});
