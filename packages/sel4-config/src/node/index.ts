export { KernelBuildError } from "./kernel-build-error.ts";
export { type KernelBuildOptions, readKernelBuild } from "./read-kernel-build.ts";
