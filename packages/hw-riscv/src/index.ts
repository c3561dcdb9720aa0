export { type BusDevice, type BusRegion, type InterruptLine } from "./bus.ts";
export { Cause, Interrupt, INTERRUPT_BIT, Privilege } from "./cause.ts";
export { Csr } from "./csr-numbers.ts";
export { fullHart, type HartDescription, RV32IMAC } from "./hart-description.ts";
export type { Xlen } from "./isa/instruction.ts";
export type {
  ExternalCsr,
  ExternalInstruction,
  InstructionContext,
  InstructionOperands,
  IsaExtension,
} from "./isa-extension.ts";
export { EventQueue, type ScheduledEvent } from "./event-queue.ts";
export { loadElf } from "./load-elf.ts";
export { type HostedError, HostedErrorKind } from "./hosted-unit.ts";
export { Machine } from "./machine.ts";
export type { MachineOptions, RunOptions, StepObserver, StopReason } from "./machine-options.ts";
export {
  type DeviceClock,
  type DeviceDescription,
  type DeviceEnvironment,
  type DeviceMemory,
  type InterruptController,
  type InterruptSink,
  type PlatformDescription,
  type SerialDevice,
} from "./platform.ts";
export { type Firmware, type Supervisor, type TrapWatcher } from "./seams.ts";
export type { InputRecord, MachineInput } from "./machine-input.ts";
export { ReplayDivergence, replayInput } from "./replay-input.ts";
