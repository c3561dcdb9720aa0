export { bootRootTask, type RootTaskOptions } from "./boot-root-task.ts";
export { type BoundKernel, bootSel4 } from "./boot-sel4.ts";
export { bootSpec, type SpecOptions } from "./boot-spec.ts";
export type { BootedSystem } from "./booted-system.ts";
export type { MachineChoices } from "./create-machine.ts";
export { ConsoleSession, ConsoleTimeout } from "./console-session.ts";
export { MachinePort } from "./machine-port.ts";
export { type MeasurableSystem, measureSystem, type SystemFigures } from "./measure-system.ts";
export { type BootOptions, bootSystem, type RunningSystem } from "./running-system.ts";
