import {
  type BusDevice,
  type DeviceMemory,
  Machine,
  type MachineInput,
  ReplayDivergence,
  replayInput,
} from "@cantrip/hw-riscv";
import { assemble, AssemblyError } from "@cantrip/hw-riscv/asm";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { describe, expect, test } from "vitest";
import { bareMachine, RAM, reg, runBare, SPARROW_RAM, sparrowMachine } from "./support.ts";

/** Echoes the 16550's input, and counts in a2. */
const ECHO = `
  li s0, 0x10000000
  loop: addi a2, a2, 1
  lbu t0, 5(s0)
  andi t0, t0, 1
  beqz t0, loop
  lbu t1, 0(s0)
  add a3, a3, a2
  sb t1, 0(s0)
  j loop`;

function echoMachine(): { machine: Machine; output: number[] } {
  const machine = bareMachine();
  machine.copyToPhysical(RAM, assemble(ECHO, { base: RAM }).bytes);
  const output: number[] = [];
  machine.serial("uart0").onTransmit = (byte): void => {
    output.push(byte);
  };
  return { machine, output };
}

function state(machine: Machine): unknown {
  return [...machine.registers, machine.pc, machine.instructions, machine.cycles];
}

describe("runs", () => {
  test("end exactly at the budget", () => {
    const { machine } = echoMachine();
    expect(machine.run({ maxInstructions: 1001 })).toEqual({ kind: "budget" });
    expect(machine.instructions).toBe(1001);
    machine.run({ maxInstructions: 1 });
    expect(machine.instructions).toBe(1002);
  });

  test("do not depend on how they are cut", () => {
    const whole = echoMachine().machine;
    const cut = echoMachine().machine;
    for (const machine of [whole, cut]) machine.inject("uart0", Uint8Array.of(65), 777);
    whole.run({ maxInstructions: 5000 });
    for (let left = 5000; left > 0; left -= 7) cut.run({ maxInstructions: Math.min(7, left) });
    expect(state(cut)).toEqual(state(whole));
  });

  test("two machines interleaved have no influence on each other", () => {
    const alone = [3, 5].map((step) => {
      const { machine, output } = echoMachine();
      for (let index = 0; index < 20; index++)
        machine.inject("uart0", Uint8Array.of(index), index * 100 * step);
      machine.run({ maxInstructions: 20_000 });
      return { state: state(machine), output };
    });
    const together = [3, 5].map((step) => {
      const bench = echoMachine();
      for (let index = 0; index < 20; index++)
        bench.machine.inject("uart0", Uint8Array.of(index), index * 100 * step);
      return bench;
    });
    for (let round = 0; round < 100; round++)
      for (const { machine } of together) machine.run({ maxInstructions: 200 });
    expect(together.map(({ machine, output }) => ({ state: state(machine), output }))).toEqual(
      alone,
    );
    expect(alone[0]?.output).not.toHaveLength(0);
    expect(alone[0]?.state).not.toEqual(alone[1]?.state);
  });

  test("the input log replays a run", () => {
    const first = echoMachine();
    first.machine.run({ maxInstructions: 1234 });
    first.machine.inject("uart0", Uint8Array.of(1, 2));
    first.machine.run({ maxInstructions: 4321 });
    first.machine.enter({ kind: "bit-flip", paddr: RAM + 0x8000, bit: 3 });
    first.machine.inject("uart0", Uint8Array.of(3));
    first.machine.run({ maxInstructions: 1000 });
    const log = first.machine.inputLog;
    expect(log.map(({ number, instructions }) => [number, instructions])).toEqual([
      [0, 1234],
      [1, 5555],
      [2, 5555],
    ]);
    const second = echoMachine();
    replayInput(second.machine, log);
    second.machine.run({ maxInstructions: 1000 });
    expect(second.output).toEqual([1, 2, 3]);
    expect(second.machine.ram[0x8000]).toBe(8);
    expect(state(second.machine)).toEqual(state(first.machine));
    const other = echoMachine();
    other.machine.charge(1);
    other.machine.run({ maxInstructions: 2000 });
    expect(() => {
      replayInput(other.machine, log);
    }).toThrow(ReplayDivergence);
  });

  test("refuses input that cannot be, and does not log it", () => {
    const { machine } = echoMachine();
    for (const input of [
      { kind: "bit-flip", paddr: 16, bit: 0 },
      { kind: "bit-flip", paddr: RAM, bit: 8 },
      { kind: "serial", device: "nothing", bytes: Uint8Array.of(1) },
    ] satisfies MachineInput[]) {
      expect(() => {
        machine.enter(input);
      }).toThrow(RangeError);
    }
    expect(machine.inputLog).toEqual([]);
  });

  test("stop from a device, until, and untilCycle", () => {
    const { machine } = echoMachine();
    machine.serial("uart0").onTransmit = (): void => {
      machine.stop();
    };
    machine.inject("uart0", Uint8Array.of(9), 500);
    expect(machine.run({ maxInstructions: 100_000 })).toEqual({ kind: "stopped" });
    expect(machine.instructions).toBeLessThan(600);
    expect(machine.run({ until: () => machine.instructions >= 300_000 })).toEqual({
      kind: "stopped",
    });
    expect(machine.run({ untilCycle: 500_123 })).toEqual({ kind: "budget" });
    expect(machine.cycles).toBe(500_123);
  });

  test("scheduled actions come in order, between the right instructions", () => {
    const { machine } = echoMachine();
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${String(machine.cycles)}`);
    machine.schedule(50, note("late"));
    machine.schedule(10, note("first"));
    machine.schedule(10, () => {
      note("second")();
      machine.schedule(12, note("nested"));
    });
    machine.run({ maxInstructions: 100 });
    expect(seen).toEqual(["first@10", "second@10", "nested@12", "late@50"]);
  });

  test("an action that a device plans in the middle of a slice is as exact", () => {
    const { machine } = echoMachine();
    let planned = -1;
    let seen = -1;
    machine.serial("uart0").onTransmit = (): void => {
      planned = machine.cycles + 33;
      machine.schedule(planned, () => (seen = machine.cycles));
    };
    machine.inject("uart0", Uint8Array.of(1), 100);
    machine.run({ maxInstructions: 50_000 });
    expect(planned).toBeGreaterThan(100);
    expect(seen).toBe(planned);
  });

  test("a machine where everything waits is idle, until input comes", () => {
    const machine = sparrowMachine();
    const { base } = machine.platform.ram;
    machine.copyToPhysical(base, assemble("wait: wfi\nj wait", { base }).bytes);
    expect(machine.run()).toEqual({ kind: "idle" });
    expect(machine.run({ untilCycle: 1_000_000 })).toEqual({ kind: "budget" });
    expect(machine.cycles).toBe(1_000_000);
  });

  test("the finisher halts for good", () => {
    const { machine } = runBare("li a0, 3");
    expect(machine.run()).toEqual({ kind: "halted", reason: "pass" });
  });
});

describe("an interrupt line", () => {
  test("that breaks looks low, and shows what the device drives once it is mended", () => {
    const machine = sparrowMachine({});
    const connect = (isConnected: boolean): void => {
      machine.enter({ kind: "interrupt-line", source: 2, isConnected });
    };
    machine.interruptController.setEnabled(2, true);
    machine.writePhysical32(0x50000010, (2516 << 16) | 3);
    machine.writePhysical32(0x50000004, 2);
    connect(false);
    machine.inject("uart0", Uint8Array.of(0x68));
    machine.run({ untilCycle: 1_000_000 });
    expect(machine.interruptController.claim()).toBe(0);
    connect(true);
    expect(machine.interruptController.claim()).toBe(2);
  });
});

describe("a device that masters the bus", () => {
  test("reads and writes RAM as a whole or not at all, and the hart sees new code", () => {
    let memory: DeviceMemory | undefined;
    const platform = sparrow({ ramSize: 0x10000 });
    const machine = new Machine({
      platform: {
        ...platform,
        devices: [
          ...platform.devices,
          {
            ...{ name: "dma", base: 0x54000000, size: 0x1000 },
            create(environment): BusDevice {
              memory = environment.memory;
              return { read: () => 0, write: () => undefined };
            },
          },
        ],
      },
    });
    const place = SPARROW_RAM + 0x100;
    const program = (value: number): Uint8Array =>
      assemble(`li a0, ${value}\nj .`, { base: place }).bytes;
    for (const value of [3, 4]) {
      expect(memory?.write(place, program(value))).toBe(true);
      machine.pc = place;
      machine.run({ maxInstructions: 4 });
      expect(machine.registers[10]).toBe(value);
    }
    const bytes = new Uint8Array(8).fill(0xaa);
    expect(memory?.read(SPARROW_RAM + 0x10000 - 4, bytes)).toBe(false);
    expect(memory?.write(SPARROW_RAM + 0x10000 - 4, bytes)).toBe(false);
    expect(memory?.read(SPARROW_RAM - 4, bytes)).toBe(false);
    expect(machine.readPhysical32(SPARROW_RAM + 0x10000 - 4)).toBe(0);
    expect(bytes).toEqual(new Uint8Array(8).fill(0xaa));
  });
});

describe("the sparrow platform", () => {
  test("a UART byte reaches a supervisor through the PLIC, and cut interrupts do not", () => {
    for (const cutInterrupts of [[], [2]]) {
      const machine = sparrowMachine({ cutInterrupts });
      const trapped: number[] = [];
      machine.attachSupervisor({
        trap(cause) {
          trapped.push(cause, machine.interruptController.claim());
          machine.writePhysical32(0x50000000, 0xff);
          machine.interruptController.complete(2);
          machine.waitForInterrupt();
        },
      });
      machine.interruptController.setEnabled(2, true);
      machine.writePhysical32(0x50000010, (2516 << 16) | 3);
      machine.writePhysical32(0x50000004, 2);
      machine.inject("uart0", Uint8Array.of(0x68));
      machine.waitForInterrupt();
      expect(machine.run()).toEqual({ kind: "idle" });
      expect(trapped).toEqual(cutInterrupts.length === 0 ? [0x80000009, 2] : []);
      expect(machine.readPhysical32(0x50000018)).toBe(0x68);
    }
  });

  test("flash is readable, not writable; nothing is not accessible", () => {
    const machine = new Machine({
      platform: sparrow({ ramSize: 0x100000 }),
      flash: Uint8Array.of(1, 2, 3, 4),
    });
    expect(machine.readPhysical32(0x46000000)).toBe(0x04030201);
    expect(machine.readPhysical32(0x46fffffc)).toBe(0xffffffff);
    expect(() => {
      machine.writePhysical32(0x46000000, 0);
    }).toThrow(RangeError);
    expect(() => machine.readPhysical32(0x70000000)).toThrow(RangeError);
    expect(() => {
      machine.copyToPhysical(SPARROW_RAM + 0xffffc, new Uint8Array(8));
    }).toThrow(RangeError);
  });

  test("the kernel's rv_timer drives the supervisor timer interrupt and the time register", () => {
    const machine = sparrowMachine();
    const { base } = machine.platform.ram;
    const source = `
      li t0, 0x50010000
      sw x0, 0x11c(t0)
      li t1, 1000
      sw t1, 0x118(t0)
      li t1, 1
      sw t1, 0x100(t0)
      sw t1, 4(t0)
      wfi_here: wfi
      j wfi_here`;
    machine.copyToPhysical(base, assemble(source, { base }).bytes);
    machine.writeCsr(0x304, 0x20);
    machine.run({ maxInstructions: 14 });
    expect(machine.readCsr(0x344)).toBe(0x20);
    expect(machine.readCsr(0xc01)).toBeGreaterThanOrEqual(1000);
    expect(machine.readCsr(0xc01)).toBeLessThan(1010);
  });

  test("RAM is in the buffer that a WebAssembly memory gives, and works without", () => {
    expect(sparrowMachine().ram).toHaveLength(0x400000);
    const holder = globalThis as { WebAssembly?: unknown };
    const saved = holder.WebAssembly;
    try {
      delete holder.WebAssembly;
      expect(reg(runBare("li a0, 5").machine, "a0")).toBe(5);
    } finally {
      holder.WebAssembly = saved;
    }
  });
});

describe("assembler errors name the line", () => {
  test.each([
    ["nop\nfrob a0", 2],
    ["lw a0, 5000(a1)", 1],
    ["\n\naddi a0, b7, 1", 3],
    ["j nowhere", 1],
    ["a: nop\na: nop", 2],
  ])("%j", (source, line) => {
    expect(() => assemble(source)).toThrow(AssemblyError);
    expect(() => assemble(source)).toThrow(`line ${line}`);
  });
});
