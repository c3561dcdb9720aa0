import type { SystemDescription } from "@cantrip/assembly";
import { sparrow, sparrowSmall } from "@cantrip/assembly/cantrip";
import { qemuVirtPlatform, sparrowPlatform, type SystemPlatform } from "@cantrip/assembly/riscv";
import { type KernelConfig, profileByName, profileNames } from "@cantrip/sel4-config";
import { UsageError } from "./boot-arguments.ts";

const SYSTEMS: Readonly<Record<string, (kernel: KernelConfig) => SystemDescription>> = {
  sparrow,
  "sparrow-small": sparrowSmall,
};

/**
 * Finds a system by its name, for a kernel and a platform.
 *
 * @throws UsageError naming what is unknown
 */
export function findSystem(
  name: string,
  kernel: KernelConfig,
  platform: string,
): SystemDescription {
  const make = Object.hasOwn(SYSTEMS, name) ? SYSTEMS[name] : undefined;
  if (make === undefined)
    throw new UsageError(`--system ${name}: known: ${Object.keys(SYSTEMS).join(", ")}`);
  if (kernel.wordBits !== 32)
    throw new UsageError(`--profile ${kernel.name}: system ${name} is for 32-bit kernels`);
  const system = make(kernel);
  if (platform !== system.platform)
    throw new UsageError(`--platform ${platform}: system ${name} is for ${system.platform}`);
  return system;
}

/** Finds a kernel profile by its name. @throws UsageError naming those that are known */
export function findProfile(name: string): KernelConfig {
  const kernel = profileByName(name);
  if (kernel === undefined)
    throw new UsageError(`--profile ${name}: known: ${profileNames.join(", ")}`);
  return kernel;
}

const PLATFORMS: readonly SystemPlatform[] = [sparrowPlatform, qemuVirtPlatform];

/** Finds a platform by its name. @throws UsageError naming those that are known */
export function findPlatform(name: string): SystemPlatform {
  const platform = PLATFORMS.find((candidate) => candidate.name === name);
  if (platform === undefined) {
    const known = PLATFORMS.map((candidate) => candidate.name).join(", ");
    throw new UsageError(`--platform ${name}: known: ${known}`);
  }
  return platform;
}
