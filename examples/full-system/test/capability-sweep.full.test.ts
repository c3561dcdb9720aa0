import { describe, expect, it } from "vitest";
import { expectNoticed, sampledCaps } from "./capability-sweep.ts";
import { unusedCapabilities } from "./unused-capabilities.ts";

describe("the capability sweep", { timeout: 10 * 60_000 }, () => {
  it("notices the removal of every capability that is not documented as unused", () => {
    const caps = sampledCaps();
    const { noticed, unnoticed } = expectNoticed(caps);
    console.log(`${caps.length} capabilities, ${noticed} removals noticed; not noticed:`);
    for (const { which } of unusedCapabilities)
      console.log(`${String(unnoticed.get(which) ?? 0).padStart(4)} ${which}`);
    // What is documented as unused is.
    expect([...unnoticed.keys()].sort()).toEqual(
      unusedCapabilities.map(({ which }) => which).sort(),
    );
  });
});
