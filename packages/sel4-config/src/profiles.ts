import { cantrip } from "./cantrip.ts";
import type { KernelConfig } from "./kernel-config.ts";
import { upstream } from "./upstream.ts";
import { upstream64 } from "./upstream64.ts";

/** Names of the built-in profiles. */
export const profileNames: readonly string[] = [cantrip.name, upstream.name, upstream64.name];

/** The built-in profile of that name, or `undefined`. */
export function profileByName(name: string): KernelConfig | undefined {
  if (name === cantrip.name) return cantrip;
  if (name === upstream.name) return upstream;
  if (name === upstream64.name) return upstream64;
  return undefined;
}
