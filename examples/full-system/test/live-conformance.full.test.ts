import { checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import {
  conformance,
  conformanceSystem,
  driftOf,
  liveSpec,
  round,
  specOf,
} from "./live-conformance.ts";
import { boot } from "./sparrow-session.ts";

const ROUNDS = 1000;

describe("the running system beside its specification", { timeout: 10 * 60_000 }, () => {
  it(`is the same after ${ROUNDS} rounds of an application`, () => {
    const session = boot({ system: conformanceSystem() });
    const before = liveSpec(session);
    for (let count = 0; count < ROUNDS; count++) round(session);
    checkInvariants(session.system.kernel.state);
    const after = liveSpec(session);
    expect(conformance(specOf(session), after)).toEqual({ unexplained: [], unmet: [] });
    expect(driftOf(before, after)).toEqual([]);
  });
});
