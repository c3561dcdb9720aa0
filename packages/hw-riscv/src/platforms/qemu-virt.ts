import { Interrupt } from "../cause.ts";
import { Clint } from "../devices/clint.ts";
import { Ns16550 } from "../devices/ns16550.ts";
import { Plic } from "../devices/plic.ts";
import { TestFinisher } from "../devices/test-finisher.ts";
import type { HartDescription } from "../hart-description.ts";
import type { PlatformDescription } from "../platform.ts";
import { QEMU_VIRT_RAM_BASE, QEMU_VIRT_TIMEBASE_HZ, QemuVirtDevice } from "./qemu-virt-map.ts";

const MIB = 0x100000;
const PLIC_MAX_PRIORITY = 7;
const UART_CLOCK_HZ = 3_686_400;

/** Choices that a platform leaves open. */
export interface QemuVirtOptions {
  /** Bytes of RAM; 128 MiB when absent. */
  readonly ramSize?: number;
  /** Instructions in one tick of the 10 MHz time base; 10 when absent. */
  readonly instructionsPerTick?: number;
  /** Its hart; RV32IMAC with page faults on clear accessed and dirty bits when absent. */
  readonly hart?: HartDescription;
}

/** The part of QEMU's `virt` board that bare programs and seL4 use: 16550, CLINT, PLIC and test finisher. */
export function qemuVirt(options: QemuVirtOptions = {}): PlatformDescription {
  const { plic, test, clint, uart0 } = QemuVirtDevice;
  return {
    name: "qemu-virt",
    ram: { base: QEMU_VIRT_RAM_BASE, size: options.ramSize ?? 128 * MIB },
    instructionsPerTick: options.instructionsPerTick ?? 10,
    timebaseHz: QEMU_VIRT_TIMEBASE_HZ,
    resetPc: QEMU_VIRT_RAM_BASE,
    hostedRefusalCause: 2,
    tree: { model: "riscv-virtio,qemu", compatible: ["riscv-virtio"], console: "uart0" },
    ...(options.hart === undefined ? {} : { hart: options.hart }),
    devices: [
      {
        name: "plic",
        base: plic.base,
        size: plic.size,
        tree: {
          node: "plic",
          compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
          sources: plic.sources,
          drives: [
            { hart: 0, interrupt: Interrupt.machineExternal },
            { hart: 0, interrupt: Interrupt.supervisorExternal },
          ],
        },
        create(environment) {
          const controller = new Plic({
            sources: plic.sources,
            maxPriority: PLIC_MAX_PRIORITY,
            contexts: [
              environment.hartLine(Interrupt.machineExternal),
              environment.hartLine(Interrupt.supervisorExternal),
            ],
            supervisorContext: 1,
          });
          environment.setInterruptSink(controller);
          return controller;
        },
      },
      {
        name: "test",
        ...test,
        tree: { node: "test", compatible: ["sifive,test1", "sifive,test0", "syscon"] },
        create: (environment) =>
          new TestFinisher((reason) => {
            environment.halt(reason);
          }),
      },
      {
        name: "clint",
        ...clint,
        tree: {
          node: "clint",
          compatible: ["sifive,clint0", "riscv,clint0"],
          drives: [
            { hart: 0, interrupt: Interrupt.machineSoftware },
            { hart: 0, interrupt: Interrupt.machineTimer },
          ],
        },
        create: (environment) =>
          new Clint(environment.clock, {
            timer: environment.hartLine(Interrupt.machineTimer),
            software: environment.hartLine(Interrupt.machineSoftware),
            timebaseHz: QEMU_VIRT_TIMEBASE_HZ,
          }),
      },
      {
        name: "uart0",
        base: uart0.base,
        size: uart0.size,
        interrupts: [uart0.interrupt],
        tree: {
          node: "serial",
          compatible: ["ns16550a"],
          properties: { "clock-frequency": [UART_CLOCK_HZ] },
        },
        create: (environment) =>
          new Ns16550(environment.interrupts[0] ?? { set: (): void => undefined }),
      },
    ],
  };
}
