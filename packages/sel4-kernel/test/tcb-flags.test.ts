import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { KernelWorld } from "./kernel-world.ts";

const FPU_DISABLED = 1;
/** A kernel with an FPU, which keeps the one flag that there is. */
const withFpu: KernelConfig = {
  ...upstream,
  settings: { ...upstream.settings, tcbFlagMask: FPU_DISABLED },
};

function setFlags(world: KernelWorld, tcb: number, words: readonly number[]) {
  return world.invoke(tcb, world.config.label.tcbSetFlags ?? 0, words);
}

describe("seL4_TCB_SetFlags", () => {
  test("answers with the flags that are set: none without FPU", () => {
    const world = new KernelWorld(upstream);
    const { slot, tcb } = world.thread();
    expect(setFlags(world, slot, [0, 0xffffffff])).toEqual({ error: 0, length: 1, words: [0] });
    expect(tcb.flags).toBe(0);
  });

  test("clears, then sets; what the kernel does not know stays clear", () => {
    const world = new KernelWorld(withFpu);
    const { slot } = world.thread();
    expect(setFlags(world, slot, [0, 0xffffffff]).words).toEqual([FPU_DISABLED]);
    expect(setFlags(world, slot, [0, 0]).words).toEqual([FPU_DISABLED]);
    expect(setFlags(world, slot, [FPU_DISABLED, FPU_DISABLED]).words).toEqual([FPU_DISABLED]);
    expect(setFlags(world, slot, [FPU_DISABLED, 0]).words).toEqual([0]);
  });

  test("needs two words", () => {
    const world = new KernelWorld(withFpu);
    expect(setFlags(world, world.thread().slot, [0]).error).toBe(ErrorCode.TruncatedMessage);
  });

  test("is not there on the CantripOS fork", () => {
    expect(cantrip.label.tcbSetFlags).toBeUndefined();
  });
});
