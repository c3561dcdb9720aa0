import { readFileSync } from "node:fs";
import process from "node:process";
import {
  type CapdlObject,
  type CapdlObjectCap,
  type CapdlSlot,
  type CapdlSpec,
  hasSlots,
  parseCapdl,
} from "@cantrip/capdl";
import { applyDelta, differencesText, diffSpecs, type SpecDifference } from "@cantrip/capdl/diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renameSpec } from "./rename-spec.ts";
import { smallSpec } from "./small-spec.ts";
import { specimens } from "./specimens.ts";

const renamed = renameSpec(smallSpec, (name) => `x_${name}`);

/** A specification in which one object is another. */
function withObject(
  spec: CapdlSpec,
  name: string,
  change: (object: CapdlObject) => CapdlObject,
): CapdlSpec {
  const objects = spec.objects.map((object) => (object.name === name ? change(object) : object));
  return { ...spec, objects };
}

function withSlot(
  spec: CapdlSpec,
  name: string,
  slot: number,
  change: (cap: CapdlObjectCap) => CapdlSlot[],
): CapdlSpec {
  return withObject(spec, name, (object) => {
    if (!hasSlots(object)) throw new Error(`${name} has no slots`);
    const slots = object.slots.flatMap((filled) =>
      filled.slot === slot && filled.cap.kind === "object" ? change(filled.cap) : [filled],
    );
    return { ...object, slots };
  });
}

function differencesTo(spec: CapdlSpec): readonly SpecDifference[] {
  return diffSpecs(renamed, spec).differences;
}

describe("diffSpecs", () => {
  it("finds specifications the same that differ in names and order only", () => {
    const diff = diffSpecs(renamed, smallSpec);
    expect(diff).toMatchObject({ isIsomorphic: true, differences: [] });
    expect([...diff.names].every(([left, right]) => left === `x_${right}`)).toBe(true);
    expect(diff.names.size).toBe(smallSpec.objects.length);
  });

  it("finds one change, and nothing else", () => {
    const caps = (change: (cap: CapdlObjectCap) => CapdlSlot[]): readonly SpecDifference[] =>
      differencesTo(withSlot(smallSpec, "cnode", 3, change));
    const place = { object: "x_cnode", other: "cnode", slot: 3 };
    expect(caps((cap) => [{ slot: 3, cap: { ...cap, badge: 2 } }])).toEqual([
      {
        ...{ kind: "cap-changed", ...place, field: "badge" },
        ...{ left: "x_rpc_ep (WGP, badge: 1)", right: "rpc_ep (WGP, badge: 2)" },
      },
    ]);
    expect(caps((cap) => [{ slot: 3, cap: { ...cap, rights: 3 } }])).toMatchObject([
      { kind: "cap-changed", ...place, field: "rights" },
    ]);
    expect(caps((cap) => [{ slot: 30, cap }])).toMatchObject([
      { kind: "cap-removed", ...place, left: "x_rpc_ep (WGP, badge: 1)" },
      { kind: "cap-added", ...place, slot: 30, right: "rpc_ep (WGP, badge: 1)" },
    ]);
    expect(caps(() => [])).toMatchObject([{ kind: "cap-removed", ...place }]);
    const prio = withObject(smallSpec, "tcb", (object) => ({ ...object, prio: 1 }) as CapdlObject);
    expect(differencesTo(prio)).toEqual([
      {
        ...{ kind: "parameter", object: "x_tcb", other: "tcb" },
        ...{ field: "prio", left: "254", right: "1" },
      },
    ]);
    const mapping = { container: "leaf_pt", slot: 79 };
    const elsewhere = withSlot(smallSpec, "cnode", 10, (cap) => [
      { slot: 10, cap: { ...cap, mapping } },
    ]);
    expect(differencesTo(elsewhere)).toMatchObject([
      { kind: "cap-changed", slot: 10, field: "mapping" },
    ]);
  });

  it("finds objects that are there on one side only, and interrupts", () => {
    const more: CapdlSpec = {
      ...smallSpec,
      objects: [...smallSpec.objects, { kind: "ep", name: "spare" }],
    };
    expect(differencesTo(more)).toEqual([{ kind: "object-added", object: "spare", right: "ep" }]);
    expect(diffSpecs(more, renamed).differences).toEqual([
      { kind: "object-removed", object: "spare", left: "ep" },
    ]);
    const irqs = [{ irq: 4, object: "irq" }];
    expect(differencesTo({ ...smallSpec, irqs })).toEqual([
      { kind: "irq", object: "x_irq", slot: 3, left: "x_irq" },
      { kind: "irq", object: "irq", slot: 4, right: "irq" },
    ]);
    expect(differencesText(differencesTo({ ...smallSpec, irqs }))).toBe(
      "- irq 3: x_irq\n+ irq 4: irq\n",
    );
  });

  it("passes over what it is told to", () => {
    const spec = withObject(
      smallSpec,
      "uart",
      (object) => ({ ...object, paddr: 0 }) as CapdlObject,
    );
    expect(diffSpecs(renamed, spec).isIsomorphic).toBe(false);
    expect(diffSpecs(renamed, spec, { ignore: ["paddr"] }).isIsomorphic).toBe(true);
  });

  it("takes what is not written for the default", () => {
    const spec = withObject(
      smallSpec,
      "tcb",
      (object) => ({ ...object, fpuDisabled: false }) as CapdlObject,
    );
    expect(diffSpecs(renamed, spec).isIsomorphic).toBe(true);
  });

  it("tells rings of three from a ring of six, which colours alone do not", () => {
    const six = rings([6]);
    const threes = rings([3, 3]);
    expect(
      diffSpecs(
        six,
        renameSpec(six, (name) => `y${name}`),
      ).isIsomorphic,
    ).toBe(true);
    expect(
      diffSpecs(
        threes,
        renameSpec(threes, (name) => `y${name}`),
      ).isIsomorphic,
    ).toBe(true);
    expect(diffSpecs(six, threes).isIsomorphic).toBe(false);
  });

  it("takes wrong choices back", () => {
    // Names that tempt it to take an object of a ring of three for one of a ring of six.
    const mixed = rings([3, 3, 6]);
    const names = mixed.objects.map(({ name }) => name);
    const turned = renameSpec(mixed, (name) => names[(names.indexOf(name) + 3) % 12] ?? "");
    expect(diffSpecs(mixed, turned).isIsomorphic).toBe(true);
  });

  it("passes over a declared delta, and says which entries stand for nothing", () => {
    const differences = differencesTo(withSlot(smallSpec, "cnode", 3, () => []));
    const reason = "a test";
    expect(
      applyDelta(differences, [{ reason, kind: "cap-removed", left: /rpc/, count: 1 }]),
    ).toEqual({
      unexplained: [],
      unmet: [],
    });
    const expected = { reason, kind: "irq" } as const;
    expect(applyDelta(differences, [expected])).toEqual({
      unexplained: differences,
      unmet: [{ expected, count: 0 }],
    });
  });
});

/** CNodes in rings, each with a capability to the next. */
function rings(sizes: readonly number[]): CapdlSpec {
  const objects = sizes.flatMap((size, ring) =>
    Array.from({ length: size }, (_, index): CapdlObject => ({
      ...{ kind: "cnode", name: `c${ring}_${index}`, sizeBits: 1, hasUntypedMemory: false },
      slots: [{ slot: 0, cap: { kind: "object", object: `c${ring}_${(index + 1) % size}` } }],
    })),
  );
  return { arch: "riscv", objects, irqs: [] };
}

const KINDS = ["ep", "notification", "cnode", "tcb", "frame", "pt", "sc", "irq"] as const;

/** Specifications with few different slots, rights and badges, so that much of them looks alike. */
const randomSpec: fc.Arbitrary<CapdlSpec> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      caps: fc.uniqueArray(
        fc.record({
          slot: fc.nat(4),
          target: fc.nat(),
          rights: fc.constantFrom(undefined, 1, 3),
          badge: fc.constantFrom(undefined, 1, 2),
        }),
        { selector: ({ slot }) => slot, maxLength: 4 },
      ),
    }),
    { minLength: 2, maxLength: 24 },
  )
  .map((drafts) => ({
    arch: "riscv",
    irqs: [],
    objects: drafts.map(({ kind, caps }, index): CapdlObject => {
      const slots = caps.map(({ slot, target, rights, badge }): CapdlSlot => ({
        slot,
        cap: {
          ...{ kind: "object", object: `o${target % drafts.length}` },
          ...(rights !== undefined && { rights }),
          ...(badge !== undefined && { badge }),
        },
      }));
      const name = `o${index}`;
      switch (kind) {
        case "cnode":
          return { kind, name, sizeBits: 4, hasUntypedMemory: false, slots };
        case "tcb":
          return { kind, name, init: [], slots };
        case "frame":
          return { kind, name, sizeBits: 12 };
        case "sc":
          return { kind, name, sizeBits: 8 };
        case "pt":
        case "irq":
          return { kind, name, slots };
        default:
          return { kind, name };
      }
    }),
  }));

describe("diffSpecs of random specifications", () => {
  it("finds a renamed one the same, and one with a changed badge, right, slot or target not", () => {
    let caps = 0;
    let exact = 0;
    fc.assert(
      fc.property(randomSpec, fc.nat(), fc.nat(), fc.nat(2), (spec, turn, place, how) => {
        const names = spec.objects.map(({ name }) => name);
        const other = renameSpec(
          spec,
          (name) => names[(names.indexOf(name) + turn) % names.length] ?? "",
        );
        expect(diffSpecs(spec, other)).toMatchObject({ isIsomorphic: true, differences: [] });
        const filled = other.objects.flatMap((object) =>
          hasSlots(object) ? object.slots.map(({ slot }) => [object.name, slot] as const) : [],
        );
        const [name, slot] = filled[place % Math.max(1, filled.length)] ?? [];
        if (name === undefined || slot === undefined) return;
        const changed = withSlot(
          other,
          name,
          slot,
          (cap) =>
            [
              [{ slot, cap: { ...cap, badge: 9 } }],
              [{ slot, cap: { ...cap, rights: 12 } }],
              [{ slot: 9, cap }],
            ][how] ?? [],
        );
        caps++;
        const { isIsomorphic, differences } = diffSpecs(spec, changed);
        expect(isIsomorphic).toBe(false);
        if (differences.length === (how === 2 ? 2 : 1)) exact++;
        expect(differences.length).toBeLessThan(spec.objects.length * 5);
      }),
      { numRuns: 400 },
    );
    console.info(
      `diff: ${caps} of 400 changed a capability, ${exact} were told as that change alone`,
    );
    expect(caps).toBeGreaterThan(120);
    expect(exact / caps).toBeGreaterThan(0.9);
  });
});

describe("diffSpecs of many components that look alike", () => {
  /** Components that share one endpoint. */
  function system(count: number): CapdlSpec {
    const objects = Array.from({ length: count }, (_, index) => {
      const own = (name: string): string => (name === "rpc_ep" ? name : `${name}_${index}`);
      return renameSpec({ ...smallSpec, irqs: [] }, own).objects.filter(
        ({ name }) => index === 0 || name !== "rpc_ep",
      );
    });
    return { arch: "riscv", objects: objects.flat(), irqs: [] };
  }

  function secondsOf(work: () => void): number {
    const before = process.cpuUsage().user;
    work();
    return (process.cpuUsage().user - before) / 1e6;
  }

  it("takes time that grows about as they do, and finds the one that differs", () => {
    const seconds = [600, 2400].map((count) => {
      const spec = system(count);
      const other = renameSpec(spec, (name) => `y_${name}`);
      const changed = withObject(
        other,
        `y_tcb_${count - 7}`,
        (object) => ({ ...object, prio: 7 }) as CapdlObject,
      );
      return secondsOf(() => {
        expect(diffSpecs(spec, other).isIsomorphic).toBe(true);
        expect(diffSpecs(spec, changed).differences).toMatchObject([
          { kind: "parameter", field: "prio", left: "254", right: "7" },
        ]);
      });
    });
    const [few = 0, many = 0] = seconds;
    console.info(`diff: 9,001 objects ${few.toFixed(2)} s, 36,001 objects ${many.toFixed(2)} s`);
    expect(many / few).toBeLessThan(12);
  });
});

describe.skipIf(specimens === undefined)("diffSpecs of specimens", () => {
  it.each(["cantrip-sparrow-riscv32-mcs", "cantrip-bcm2837-aarch64-mcs", "camkes-adder-riscv64"])(
    "finds %s the same as itself with other names, and finds a changed badge",
    (name) => {
      const text = readFileSync(new URL(`${name}.cdl`, specimens), "utf8");
      const parsed = parseCapdl(text, {
        dialect: name.startsWith("cantrip") ? "cantrip" : "upstream",
      });
      if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
      const { spec } = parsed;
      const turned = renameSpec(spec, (each) => `n_${each}`);
      expect(diffSpecs(spec, turned).isIsomorphic).toBe(true);
      const badged = turned.objects
        .filter(hasSlots)
        .flatMap((object) =>
          object.slots.map(({ slot, cap }) => ({ object: object.name, slot, cap })),
        )
        .find(({ cap }) => cap.kind === "object" && cap.badge === 2);
      if (badged === undefined) return;
      const changed = withSlot(turned, badged.object, badged.slot, (cap) => [
        { slot: badged.slot, cap: { ...cap, badge: 77 } },
      ]);
      const { differences } = diffSpecs(spec, changed);
      expect(differences).toMatchObject([
        { kind: "cap-changed", slot: badged.slot, field: "badge" },
      ]);
    },
  );
});
