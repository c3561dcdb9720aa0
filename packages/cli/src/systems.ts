import type { SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { profileByName, profileNames } from "@cantrip/sel4-config";
import { UsageError } from "./boot-arguments.ts";

/** Finds a system by its name, for a kernel profile and a platform. */
export function findSystem(name: string, profile: string, platform: string): SystemDescription {
  const kernel = profileByName(profile);
  if (kernel === undefined)
    throw new UsageError(`--profile ${profile}: known: ${profileNames.join(", ")}`);
  if (name !== "sparrow") throw new UsageError(`--system ${name}: known: sparrow`);
  const system = sparrow(kernel);
  if (platform !== system.platform)
    throw new UsageError(`--platform ${platform}: system ${name} is for ${system.platform}`);
  return system;
}
