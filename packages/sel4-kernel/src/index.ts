export { bootInitialTask } from "./boot.ts";
export { KernelInvariantError } from "./errors.ts";
export type { InitialTask } from "./initial-task.ts";
export { inspectAddress, inspectSlot } from "./inspect.ts";
export {
  type BrokenInvariant,
  brokenInvariants,
  checkInvariants,
  type InvariantView,
  type KernelInvariant,
  kernelInvariants,
} from "./invariants/index.ts";
export { Kernel, type KernelOptions } from "./kernel.ts";
export { type KernelLimit, kernelLimits } from "./limits.ts";
export type { KernelPlatform, KernelPort } from "./kernel-port.ts";
export * from "./objects.ts";
export { type KernelObserver, SyscallOutcome } from "./observer.ts";
export type { KernelState } from "./state.ts";
export { objectBytes } from "./untyped.ts";
