import { describe, expect, it } from "vitest";
import { expectNoticed, sampledCaps } from "./capability-sweep.ts";

/** `capability-sweep.full.test.ts` takes all of them. */
const EVERY = 25;

describe("the capability sweep, in short", () => {
  it("notices the removal of every capability that is not documented as unused", () => {
    const caps = sampledCaps().filter((_, index) => index % EVERY === 0);
    const { noticed } = expectNoticed(caps);
    expect(noticed).toBeGreaterThan(caps.length / 2);
  });
});
