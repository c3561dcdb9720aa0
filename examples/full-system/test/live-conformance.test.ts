import { buildBootImage } from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { describe, expect, it } from "vitest";
import {
  conformance,
  conformanceSystem,
  driftOf,
  handOverOf,
  heldKinds,
  liveSpec,
  round,
  snapshotConformance,
  specOf,
} from "./live-conformance.ts";
import { boot } from "./sparrow-session.ts";

const ROUNDS = 30;
const nothing = { unexplained: [], unmet: [] };

describe("the running system beside its specification", () => {
  it("is the same after the hand-over, but for a declared delta", () => {
    const session = boot({ system: conformanceSystem() });
    expect(conformance(specOf(session), liveSpec(session))).toEqual(nothing);
  });

  it("has what was handed over where it belongs, and nothing else in it", () => {
    const session = boot();
    const spec = specOf(session);
    const live = liveSpec(session);
    const { holding, untypedSlots } = handOverOf(spec, live);
    expect(Math.min(...untypedSlots)).toBe(16);
    const held = heldKinds(holding, live);
    const own = (kind: string): number =>
      spec.objects.filter((object) => object.kind === kind).length +
      // The one with its badge that each interrupt was given.
      (kind === "notification" ? spec.irqs.length : 0);
    // An original of every object of the specification, and copies of those that are mapped or minted more than once.
    for (const kind of ["ep", "notification", "tcb", "cnode", "sc", "rtreply", "irq"])
      expect([kind, held[kind]]).toEqual([kind, own(kind)]);
    expect(held["asid_control"]).toBe(1);
    expect(held["irq_control"]).toBe(1);
  });

  it("is the same again after rounds of an application, and as it was before them", () => {
    const session = boot({ system: conformanceSystem() });
    const before = liveSpec(session);
    for (let count = 0; count < ROUNDS; count++) round(session);
    const after = liveSpec(session);
    expect(conformance(specOf(session), after)).toEqual(nothing);
    expect(driftOf(before, after)).toEqual([]);
  });

  it("is another while an application runs", () => {
    const session = boot();
    const before = liveSpec(session);
    session.command("start hello");
    const { unexplained } = conformance(specOf(session), liveSpec(session));
    expect(
      unexplained.filter(({ kind, right }) => kind === "object-added" && right === "tcb"),
    ).toHaveLength(1);
    expect(driftOf(before, liveSpec(session)).length).toBeGreaterThan(10);
  });

  it("shows a capability that a planted defect leaks, each time", () => {
    const session = boot({ system: conformanceSystem() });
    const before = liveSpec(session);
    for (let count = 1; count <= 3; count++) {
      round(session);
      session.command("leak");
      const { unexplained, unmet } = conformance(specOf(session), liveSpec(session));
      expect(unmet).toEqual([]);
      expect(unexplained).toEqual(
        Array.from({ length: count }, (_, index): unknown =>
          expect.objectContaining({
            ...{ kind: "cap-added", object: "debug_console_cnode", slot: 25 + index },
            right: expect.stringMatching(/^ep@.* \(WGP, badge: 1\)$/) as string,
          }),
        ),
      );
      expect(driftOf(before, liveSpec(session))).toHaveLength(count);
    }
  });

  it("is not that of another specification", () => {
    const session = boot();
    const spec = specOf(session);
    const other = {
      ...spec,
      objects: spec.objects.map((object) =>
        object.name === "uart_driver_cnode" && object.kind === "cnode"
          ? { ...object, slots: object.slots.filter(({ slot }) => slot !== 18) }
          : object,
      ),
    };
    expect(conformance(other, liveSpec(session)).unexplained).toEqual([
      expect.objectContaining({ kind: "cap-added", object: "uart_driver_cnode", slot: 18 }),
    ]);
  });
});

describe("seL4_DebugSnapshot of the running system", () => {
  const system = conformanceSystem();
  const { spec } = buildBootImage(system);
  const options = { system, flash: makeFlash(builtinApplications()) };

  /** What the kernel prints after some rounds. */
  function snapshotAfter(
    console: Pick<ConsoleSession, "waitForPrompt" | "advance" | "command">,
    rounds: number,
  ): string {
    console.waitForPrompt();
    console.advance(0.05);
    for (let count = 0; count < rounds; count++) {
      console.command("start hello");
      console.command("stop hello");
    }
    return console.command("snapshot");
  }

  it.each([0, ROUNDS])(
    "is the specification on the model, but for a declared delta, after %i rounds",
    (rounds) => {
      const printed = snapshotAfter(new ConsoleSession(options), rounds);
      expect(snapshotConformance(spec, printed).result).toEqual(nothing);
    },
  );

  // The real kernel prints no snapshot once memory has been handed over: obj_ut_print_attrs never ends for an untyped
  // that has a child (docs/oracles.md). Its memory is compared with the model's in tools/shadow/test.
});
