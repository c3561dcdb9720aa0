import { cantrip, type CantripProfile, type KernelConfig, upstream } from "@cantrip/sel4-config";
import {
  type DescribableUntypedInvocations,
  ErrorCode,
  messageInfo,
  SeL4,
  type UntypedDescription,
} from "@cantrip/sel4-sys";
import { describe, expect, expectTypeOf, it } from "vitest";
import { FakeContext, runWithKernel, seenCall } from "./fake-context.ts";

const BUFFER = 0x1000;

/** What a kernel's answer is read as, and the label that the kernel was sent. */
function describeWith(
  info: number,
  config: CantripProfile = cantrip,
): { value: UntypedDescription; label: number } {
  const context = new FakeContext();
  const sel4 = new SeL4(context, config, BUFFER);
  let label = -1;
  const { value } = runWithKernel(sel4.untyped.describe(90), () => {
    label = seenCall(context).a1 >>> 12;
    context.registers[11] = info;
    context.registers.set([4096, 14], 12);
  });
  return { value, label };
}

describe("untyped.describe", () => {
  it("describes an untyped although the fork's kernel leaves the label in the reply", () => {
    const described = { value: { remainingBytes: 4096, sizeBits: 14 }, label: 2 };
    expect(describeWith(messageInfo(2, 0))).toEqual(described);
    expect(describeWith(messageInfo(0, 2))).toEqual(described);
    expect(() => describeWith(messageInfo(ErrorCode.InvalidCapability, 1))).toThrow(
      "seL4_Untyped_Describe: InvalidCapability",
    );
  });

  it("takes its label from the profile", () => {
    const moved = { ...cantrip, label: { ...cantrip.label, untypedDescribe: 99 } };
    expect(describeWith(messageInfo(0, 2), moved).label).toBe(99);
  });

  it("is not there on a kernel without it: the compiler says so, and it is so", () => {
    const sel4 = new SeL4(new FakeContext(), upstream, BUFFER);
    // @ts-expect-error -- upstream has no seL4_Untyped_Describe
    expect(sel4.untyped.describe).toBeUndefined();
    expect("describe" in sel4.untyped).toBe(false);
  });

  it("has to be looked for when the profile may be any", () => {
    const answers = [cantrip, upstream].map((config: KernelConfig) => {
      const { untyped } = new SeL4(new FakeContext(), config, BUFFER);
      // @ts-expect-error -- nothing says yet that this kernel has it
      expect(typeof untyped.describe).toBe(config.cantripFork ? "function" : "undefined");
      if (!("describe" in untyped)) return "not there";
      expectTypeOf(untyped).toEqualTypeOf<DescribableUntypedInvocations>();
      return "there";
    });
    expect(answers).toEqual(["there", "not there"]);
  });

  it("makes clients of a known profile clients of any", () => {
    const forAny = (sel4: SeL4): string => sel4.config.name;
    expect(forAny(new SeL4(new FakeContext(), cantrip, BUFFER))).toBe("cantrip");
    expect(forAny(new SeL4(new FakeContext(), upstream, BUFFER))).toBe("upstream");
  });
});
