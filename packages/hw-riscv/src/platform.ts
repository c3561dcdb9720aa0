import type { BusDevice, InterruptLine } from "./bus.ts";
import type { Interrupt } from "./cause.ts";
import type { DeviceTreeEntry, PlatformTree } from "./device-tree.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import type { HartDescription } from "./hart-description.ts";

/** Virtual time as devices see it. */
export interface DeviceClock {
  /** Cycles since the machine was made: instructions, charged cycles and cycles slept through. */
  readonly now: number;
  /** Cycles in one virtual second. */
  readonly cyclesPerSecond: number;
  /** Plans an action at a cycle; one in the past runs at the next opportunity. */
  schedule(at: number, action: () => void): ScheduledEvent;
  cancel(event: ScheduledEvent): void;
}

/** The interrupt controller as a supervisor in TypeScript uses it: the context of its privilege mode. */
export interface InterruptController {
  /** Claims the most important pending source; 0 when there is none. */
  claim(): number;
  /** Completes a claimed source, so that its line is looked at again. */
  complete(source: number): void;
  /** Enables or disables a source; a source of priority 0 gets priority 1. */
  setEnabled(source: number, enabled: boolean): void;
}

/** What the platform's interrupt controller gives to the machine. */
export interface InterruptSink {
  /** Drives a source's line. */
  setSource(source: number, level: boolean): void;
  /** The supervisor's context. */
  readonly controller: InterruptController;
}

/** RAM as a device that masters the bus sees it: physical addresses, nothing but RAM. */
export interface DeviceMemory {
  /** Copies bytes of RAM; `false`, and nothing copied, when the range is not RAM as a whole. */
  read(paddr: number, target: Uint8Array): boolean;
  /** Stores bytes in RAM; `false`, and nothing stored, when the range is not RAM as a whole. */
  write(paddr: number, source: Uint8Array): boolean;
}

/** What a device can be connected to. */
export interface DeviceEnvironment {
  readonly clock: DeviceClock;
  /** Lines of the device's interrupts, in the order of its description. */
  readonly interrupts: readonly InterruptLine[];
  /** Contents given to the machine for this device, if any. */
  readonly contents: Uint8Array | undefined;
  /** For devices that read and write RAM themselves. */
  readonly memory: DeviceMemory;
  /** A line of the hart itself: for interrupt controllers and timers. */
  hartLine(interrupt: Interrupt): InterruptLine;
  /** Makes this device the platform's interrupt controller. */
  setInterruptSink(sink: InterruptSink): void;
  /** Makes this device the source of the `time` register for guest supervisors. */
  setTimeSource(read: () => number): void;
  /** Halts the machine after the current instruction. */
  halt(reason: string): void;
}

/** A device of a platform. */
export interface DeviceDescription {
  readonly name: string;
  /** Physical address of the first register. */
  readonly base: number;
  /** Bytes of address space. */
  readonly size: number;
  /** Sources of the interrupt controller, in the order that the device's datasheet lists them. */
  readonly interrupts?: readonly number[];
  /** What a device tree says about it; it is left out when absent. */
  readonly tree?: DeviceTreeEntry;
  create(environment: DeviceEnvironment): BusDevice;
}

/** A platform: memory map, devices, interrupt numbers and clocks, as data. */
export interface PlatformDescription {
  readonly name: string;
  /** RAM, and the size that it has unless the machine is given another. */
  readonly ram: { readonly base: number; readonly size: number };
  /** Its hart; RV32IMAC with page faults on clear accessed and dirty bits when absent. */
  readonly hart?: HartDescription;
  /** Instructions in one tick of the time base. */
  readonly instructionsPerTick: number;
  /** Ticks of the time base in one virtual second. */
  readonly timebaseHz: number;
  readonly devices: readonly DeviceDescription[];
  /** Where the hart starts, in machine mode. */
  readonly resetPc: number;
  /** Trap cause of a refused `hosted`: 2, or 3 where firmware does not delegate illegal instructions. */
  readonly hostedRefusalCause: 2 | 3;
  /** What a device tree says about it; it has none when absent. */
  readonly tree?: PlatformTree;
}

/** A device that takes and gives bytes, as a serial port does. */
export interface SerialDevice extends BusDevice {
  /** Receives every byte that the device transmits. */
  onTransmit: (byte: number) => void;
  /** Puts bytes on the receive line; they arrive at the line's speed. */
  receive(bytes: Uint8Array): void;
}
