import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { KernelWorld } from "./kernel-world.ts";

/** Something that the two kernels do differently. */
export interface Delta {
  readonly what: string;
  /** File and function of the C kernel where they differ. */
  readonly source: string;
  /** What is seen on a kernel. */
  readonly see: (world: KernelWorld) => unknown;
  /** What is seen with the profile of the CantripOS fork. */
  readonly cantrip: unknown;
  /** What is seen with the profile of current seL4. */
  readonly upstream: unknown;
}

/** One test for each difference and profile; a row whose profiles agree would show nothing. */
export function testDeltas(title: string, deltas: readonly Delta[]): void {
  const profiles: readonly [KernelConfig, "cantrip" | "upstream"][] = [
    [cantrip, "cantrip"],
    [upstream, "upstream"],
  ];
  describe.each(profiles)(`${title}: $name`, (config, name) => {
    it.each(deltas)("$what ($source)", (delta) => {
      expect(delta.see(new KernelWorld(config))).toEqual(delta[name]);
    });
  });
  it.each(deltas)(`${title}: $what: the profiles differ`, (delta) => {
    expect(delta.cantrip).not.toEqual(delta.upstream);
  });
}
