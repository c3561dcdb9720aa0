export { bootRootTask, type RootTaskOptions, type RunningRootTask } from "./boot-root-task.ts";
export { type BoundKernel, bootSel4 } from "./boot-sel4.ts";
export { ConsoleSession, ConsoleTimeout } from "./console-session.ts";
export { MachinePort } from "./machine-port.ts";
export { measureSystem, type SystemFigures } from "./measure-system.ts";
export { type BootOptions, bootSystem, type RunningSystem } from "./running-system.ts";
