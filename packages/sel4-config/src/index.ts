export { cantrip } from "./cantrip.ts";
export type {
  BootInfoLayout,
  InvocationLabels,
  KernelConfig,
  KernelSettings,
  ObjectSizeBits,
  ObjectTypes,
  SyscallNumbers,
} from "./kernel-config.ts";
export { profileByName, profileNames } from "./profiles.ts";
export { upstream } from "./upstream.ts";
