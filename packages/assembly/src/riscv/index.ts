export {
  bootHostedRootTask,
  childStub,
  type HostedRootTaskOptions,
  type HostedRootTaskSystem,
  oneThread,
} from "./boot-hosted-root-task.ts";
export { bootInitialTask } from "./boot-initial-task.ts";
export {
  bootRootTask,
  type RealKernelRootTaskOptions,
  type RootTaskOptions,
} from "./boot-root-task.ts";
export { bootMemory, leastRam } from "./boot-memory.ts";
export { type BoundKernel, bootSel4 } from "./boot-sel4.ts";
export { bootSpec, type RealKernelSpecOptions, type SpecOptions } from "./boot-spec.ts";
export { type ConsoleLine, createMachine, type CreatedMachine } from "./create-machine.ts";
export {
  type Child,
  ChildAddress,
  type ChildPlan,
  type ChildSlots,
  type MakeOptions,
  RootTask,
} from "./hosted-root-task.ts";
export { kernelSpec } from "./kernel-spec.ts";
export type { MachineChoices, RealKernelChoices } from "./machine-choices.ts";
export type {
  BootedSystem,
  InitialTaskSystem,
  MachineSystem,
  RealKernelSystem,
} from "./machine-system.ts";
export {
  ConsoleSession,
  ConsoleTimeout,
  RealKernelSession,
  SystemConsole,
} from "./console-session.ts";
export { MachinePort } from "./machine-port.ts";
export { measureOwners, type OwnerKind, type OwnerMemory } from "./measure-owners.ts";
export { type MeasurableSystem, measureSystem, type SystemFigures } from "./measure-system.ts";
export {
  finishRecording,
  type RecordedConfiguration,
  type RecordedEnd,
  type RecordedSystem,
  type Recording,
  ReplayMismatch,
  replayRecording,
} from "./recording.ts";
export { decodeRecording, encodeRecording } from "./recording-format.ts";
export { allObservers, type ObservedSystem, type SystemObserver } from "./system-observer.ts";
export {
  type BootOptions,
  bootSystem,
  type RealKernelBootOptions,
  type RunningRealKernelSystem,
  type RunningSystem,
} from "./running-system.ts";
export { qemuVirtPlatform } from "./qemu-virt-platform.ts";
export { sparrowPlatform } from "./sparrow-platform.ts";
export type { KernelStart, PhysicalRange, SystemPlatform } from "./system-platform.ts";
