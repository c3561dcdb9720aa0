import { Interrupt } from "../cause.ts";
import { Clint } from "../devices/clint.ts";
import { Plic } from "../devices/plic.ts";
import { SifivePwm } from "../devices/sifive-pwm.ts";
import { SifiveUart } from "../devices/sifive-uart.ts";
import type { HartDescription } from "../hart-description.ts";
import type { DeviceDescription, PlatformDescription } from "../platform.ts";
import { PLIC_SIZE } from "../registers/plic.ts";

/** Choices that a platform leaves open. */
export interface SifiveUOptions {
  /** Bytes of RAM; 128 MiB when absent. The board has 8 GiB. */
  readonly ramSize?: number;
  /** Instructions in one tick of the 1 MHz time base; 100 when absent. */
  readonly instructionsPerTick?: number;
}

const MIB = 0x100000;
const RAM_BASE = 0x80000000;
const TIMEBASE_HZ = 1_000_000;
/** `tlclk`, which drives the peripherals: half of the core's 1 GHz. */
const PERIPHERAL_CLOCK_HZ = 500_000_000;
/** What the board's boot loader leaves in the UARTs: 115200 baud. */
const UART_DIVISOR = 4340;
const PLIC_SOURCES = 53;
const PLIC_MAX_PRIORITY = 7;
/** Hart 0 is a small core that only monitors; the one that is here is the first of the application cores. */
const MONITOR_HART = 0;
const HART = 1;

/** A U54 core: it leaves accessed and dirty bits to software. */
const U54: HartDescription = {
  xlen: 64,
  extensions: ["m", "a", "f", "d", "c"],
  accessDirty: "fault",
  id: HART,
};

/**
 * SiFive's HiFive Unleashed (FU540-C000), as QEMU's `sifive_u` and seL4's `hifive` know it: hart 1, UARTs, PWMs, CLINT and
 * PLIC. There is no test finisher, and no way to switch it off.
 */
export function sifiveU(options: SifiveUOptions = {}): PlatformDescription {
  return {
    name: "sifive-u",
    ram: { base: RAM_BASE, size: options.ramSize ?? 128 * MIB },
    hart: U54,
    instructionsPerTick: options.instructionsPerTick ?? 100,
    timebaseHz: TIMEBASE_HZ,
    resetPc: RAM_BASE,
    hostedRefusalCause: 2,
    tree: {
      model: "SiFive HiFive Unleashed A00",
      compatible: ["sifive,hifive-unleashed-a00"],
      console: "uart0",
      missingHarts: [MONITOR_HART],
    },
    devices: [
      plic,
      clint,
      uart("uart0", 0x10010000, 4),
      uart("uart1", 0x10011000, 5),
      pwm("pwm0", 0x10020000, 42),
      pwm("pwm1", 0x10021000, 46),
    ],
  };
}

const plic: DeviceDescription = {
  name: "plic",
  base: 0x0c000000,
  size: PLIC_SIZE,
  tree: {
    node: "interrupt-controller",
    compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
    sources: PLIC_SOURCES,
    drives: [
      { hart: MONITOR_HART, interrupt: Interrupt.machineExternal },
      { hart: HART, interrupt: Interrupt.machineExternal },
      { hart: HART, interrupt: Interrupt.supervisorExternal },
    ],
  },
  create(environment) {
    const controller = new Plic({
      sources: PLIC_SOURCES,
      maxPriority: PLIC_MAX_PRIORITY,
      contexts: [
        { set: () => undefined },
        environment.hartLine(Interrupt.machineExternal),
        environment.hartLine(Interrupt.supervisorExternal),
      ],
      supervisorContext: 2,
    });
    environment.setInterruptSink(controller);
    return controller;
  },
};

const clint: DeviceDescription = {
  name: "clint",
  base: 0x02000000,
  size: 0x10000,
  tree: {
    node: "clint",
    compatible: ["sifive,clint0", "riscv,clint0"],
    drives: [MONITOR_HART, HART].flatMap((hart) => [
      { hart, interrupt: Interrupt.machineSoftware },
      { hart, interrupt: Interrupt.machineTimer },
    ]),
  },
  create: (environment) =>
    new Clint(environment.clock, {
      timer: environment.hartLine(Interrupt.machineTimer),
      software: environment.hartLine(Interrupt.machineSoftware),
      timebaseHz: TIMEBASE_HZ,
      hart: HART,
    }),
};

function uart(name: string, base: number, interrupt: number): DeviceDescription {
  return {
    name,
    base,
    size: 0x1000,
    interrupts: [interrupt],
    tree: {
      node: "serial",
      compatible: ["sifive,fu540-c000-uart", "sifive,uart0"],
      properties: { "clock-frequency": [PERIPHERAL_CLOCK_HZ] },
    },
    create: ({ interrupts }) =>
      new SifiveUart(interrupts[0] ?? { set: (): void => undefined }, UART_DIVISOR),
  };
}

function pwm(name: string, base: number, firstInterrupt: number): DeviceDescription {
  return {
    name,
    base,
    size: 0x1000,
    interrupts: [0, 1, 2, 3].map((comparator) => firstInterrupt + comparator),
    tree: {
      node: "pwm",
      compatible: ["sifive,fu540-c000-pwm", "sifive,pwm0"],
      properties: { "#pwm-cells": [3], "clock-frequency": [PERIPHERAL_CLOCK_HZ] },
    },
    create: ({ clock, interrupts }) => new SifivePwm(clock, interrupts, PERIPHERAL_CLOCK_HZ),
  };
}
