export { bootInitialTask, type InitialTask } from "./boot.ts";
export { checkInvariants } from "./check-invariants.ts";
export { KernelInvariantError } from "./errors.ts";
export { Kernel, type KernelOptions } from "./kernel.ts";
export { type KernelLimit, kernelLimits } from "./limits.ts";
export type { KernelPlatform, KernelPort } from "./kernel-port.ts";
export * from "./objects.ts";
export type { KernelState } from "./state.ts";
export { objectBytes } from "./untyped.ts";
