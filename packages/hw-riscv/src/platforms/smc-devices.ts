import { Interrupt } from "../cause.ts";
import { FlashMemory } from "../devices/flash-memory.ts";
import { OpenTitanUart, type OpenTitanUartOptions } from "../devices/opentitan-uart.ts";
import { Plic } from "../devices/plic.ts";
import { RvTimer } from "../devices/rv-timer.ts";
import type { DeviceTreeEntry, PlatformTree } from "../device-tree.ts";
import type { DeviceDescription } from "../platform.ts";
import { PLIC_SIZE } from "../registers/plic.ts";
import { RV_TIMER_LAYOUT } from "../registers/rv-timer.ts";

/** Where sparrow and nexus differ. Sources: `sparrow.dts`, `nexus.dts` and `smc_plic.h` of CantripOS's kernel. */
export interface SmcBoard {
  /** Name of the platform, as the device tree has it: `google,sparrow0`. */
  readonly model: string;
  readonly plic: {
    /** Greatest interrupt source. */
    readonly sources: number;
    /** Interrupts of the hart that the controller's contexts raise, in their order. */
    readonly contexts: readonly Interrupt[];
  };
  readonly uart: { readonly base: number; readonly clockHz: number };
  /** Clock of both timers, in Hz. */
  readonly timerClockHz: number;
  /** The kernel's timer; it is wired to the hart, past the interrupt controller. */
  readonly kernelTimer: { readonly base: number };
  /** The timer service's. */
  readonly timer0: { readonly base: number; readonly interrupt: number };
}

const MIB = 0x100000;
const PLIC_BASE = 0x60000000;
const PLIC_MAX_PRIORITY = 7;
const FLASH_BASE = 0x46000000;
const UART_INTERRUPTS = [1, 2, 3, 4, 5, 6, 7, 8];
const HART = 0;

/** The devices around the SMC, the core that runs seL4: PLIC, flash, UART and two timers. */
export function smcDevices(
  board: SmcBoard,
  uart: Partial<OpenTitanUartOptions> = {},
): DeviceDescription[] {
  return [
    plicDevice(board.plic),
    {
      name: "flash",
      base: FLASH_BASE,
      size: 16 * MIB,
      tree: { node: "flash", compatible: ["mtd-rom"], properties: { "bank-width": [4] } },
      create: (environment) => new FlashMemory(environment.contents ?? new Uint8Array(0)),
    },
    {
      name: "uart0",
      base: board.uart.base,
      size: 0x1000,
      interrupts: UART_INTERRUPTS,
      tree: clocked("serial", "lowrisc,uart", board.uart.clockHz),
      create: (environment) =>
        new OpenTitanUart(environment.clock, environment.interrupts, {
          clockHz: board.uart.clockHz,
          ...uart,
        }),
    },
    {
      name: "kernel-timer",
      base: board.kernelTimer.base,
      size: 0x1000,
      tree: {
        ...clocked("timer", "lowrisc,timer", board.timerClockHz),
        drives: [{ hart: HART, interrupt: Interrupt.supervisorTimer }],
      },
      create(environment) {
        const line = environment.hartLine(Interrupt.supervisorTimer);
        const timer = new RvTimer(environment.clock, line, board.timerClockHz, RV_TIMER_LAYOUT);
        environment.setTimeSource(() => timer.count);
        return timer;
      },
    },
    {
      name: "timer0",
      base: board.timer0.base,
      size: 0x1000,
      interrupts: [board.timer0.interrupt],
      tree: clocked("timersw", "lowrisc,timer", board.timerClockHz),
      create(environment) {
        const line = environment.interrupts[0] ?? { set: (): void => undefined };
        return new RvTimer(environment.clock, line, board.timerClockHz, RV_TIMER_LAYOUT);
      },
    },
  ];
}

/** What the device tree says of the platform as a whole. */
export function smcTree({ model }: SmcBoard): PlatformTree {
  return { model, compatible: [model], console: "uart0" };
}

function plicDevice({ sources, contexts }: SmcBoard["plic"]): DeviceDescription {
  return {
    name: "plic",
    base: PLIC_BASE,
    size: PLIC_SIZE,
    tree: {
      node: "interrupt-controller",
      compatible: ["riscv,plic0"],
      properties: { "riscv,max-priority": [PLIC_MAX_PRIORITY] },
      sources,
      drives: contexts.map((interrupt) => ({ hart: HART, interrupt })),
    },
    create(environment) {
      const plic = new Plic({
        sources,
        maxPriority: PLIC_MAX_PRIORITY,
        contexts: contexts.map((interrupt) => environment.hartLine(interrupt)),
        supervisorContext: contexts.indexOf(Interrupt.supervisorExternal),
      });
      environment.setInterruptSink(plic);
      return plic;
    },
  };
}

function clocked(node: string, compatible: string, clockHz: number): DeviceTreeEntry {
  return { node, compatible: [compatible], properties: { "clock-frequency": [clockHz] } };
}
