import type { SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { type KernelConfig, profileByName, profileNames } from "@cantrip/sel4-config";
import { UsageError } from "./boot-arguments.ts";

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
  if (name !== "sparrow") throw new UsageError(`--system ${name}: known: sparrow`);
  const system = sparrow(kernel);
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
