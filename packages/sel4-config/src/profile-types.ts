import type { InvocationLabels, KernelConfig, SyscallNumbers } from "./kernel-config.ts";

/** A profile of the CantripOS fork: it has `seL4_Untyped_Describe`. */
export interface CantripProfile extends KernelConfig {
  readonly cantripFork: true;
  readonly syscall: CantripSyscallNumbers;
  readonly label: CantripInvocationLabels;
}

/** System calls of the CantripOS fork. */
export interface CantripSyscallNumbers extends SyscallNumbers {
  readonly debugDumpCNode: number;
}

/** Invocations of the CantripOS fork. */
export interface CantripInvocationLabels extends InvocationLabels {
  readonly untypedDescribe: number;
  readonly tcbSetFlags?: never;
  readonly domainScheduleConfigure?: never;
  readonly domainScheduleSetStart?: never;
}

/** A profile of current seL4: it has no `seL4_Untyped_Describe`. */
export interface UpstreamProfile extends KernelConfig {
  readonly cantripFork: false;
  readonly syscall: UpstreamSyscallNumbers;
  readonly label: UpstreamInvocationLabels;
}

/** System calls of current seL4. */
export interface UpstreamSyscallNumbers extends SyscallNumbers {
  readonly debugDumpCNode?: never;
}

/** Invocations of current seL4. */
export interface UpstreamInvocationLabels extends InvocationLabels {
  readonly untypedDescribe?: never;
  readonly tcbSetFlags: number;
  readonly domainScheduleConfigure: number;
  readonly domainScheduleSetStart: number;
}
