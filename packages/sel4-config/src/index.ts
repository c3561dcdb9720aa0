export { cantrip } from "./cantrip.ts";
export type {
  BootInfoLayout,
  DomainSchedule,
  DomainTurn,
  InvocationLabels,
  KernelChecks,
  KernelCosts,
  KernelConfig,
  KernelSettings,
  ObjectSizeBits,
  ObjectTypes,
  SyscallNumbers,
} from "./kernel-config.ts";
export type {
  KernelBuild,
  KernelBuildFile,
  KernelBuildFiles,
  KernelBuildPlatform,
  KernelBuildProblem,
  KernelBuildResult,
  PhysicalRegion,
} from "./kernel-build/kernel-build.ts";
export { parseKernelBuild } from "./kernel-build/parse-kernel-build.ts";
export type {
  CantripInvocationLabels,
  CantripProfile,
  CantripSyscallNumbers,
  UpstreamInvocationLabels,
  UpstreamProfile,
  UpstreamSyscallNumbers,
} from "./profile-types.ts";
export { profileByName, profileNames } from "./profiles.ts";
export { upstream } from "./upstream.ts";
export { upstream64 } from "./upstream64.ts";
export { powerOfTwo } from "./power-of-two.ts";
