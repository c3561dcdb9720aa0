export { cantrip } from "./cantrip.ts";
export type {
  BootInfoLayout,
  DomainSchedule,
  DomainTurn,
  InvocationLabels,
  KernelChecks,
  KernelConfig,
  KernelSettings,
  ObjectSizeBits,
  ObjectTypes,
  SyscallNumbers,
} from "./kernel-config.ts";
export { profileByName, profileNames } from "./profiles.ts";
export { upstream } from "./upstream.ts";
