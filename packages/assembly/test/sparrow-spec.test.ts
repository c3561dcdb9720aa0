import { existsSync, readFileSync } from "node:fs";
import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { type CapdlObject, type CapdlSpec, hasSlots, parseCapdl } from "@cantrip/capdl";
import { describe, expect, it } from "vitest";
import {
  compareSparrow,
  unguardedPages,
  withoutAddresses,
  withoutFaultHandlers,
  wrongMappings,
} from "./sparrow-comparison.ts";
import { FURTHER_THREADS, MUTEXES } from "./sparrow-differences.ts";

/** It lies beside the repository, or beside the folder of its worktrees; it is other people's. */
const place = ["../../../../", "../../../../../"]
  .map(
    (up) =>
      new URL(`${up}shared/data/capdl/specs/cantrip-sparrow-riscv32-mcs.cdl`, import.meta.url),
  )
  .find((candidate) => existsSync(candidate));

if (place === undefined)
  console.info("the specimen of sparrow is not set up: the comparison with it is skipped");

function specimen(): CapdlSpec {
  if (place === undefined) throw new Error("the specimen is not set up");
  const parsed = parseCapdl(readFileSync(place, "utf8"), { dialect: "cantrip" });
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.spec;
}

const ours: CapdlSpec = buildBootImage(sparrow()).spec;

function changed(name: string, change: (object: CapdlObject) => CapdlObject): CapdlSpec {
  return {
    ...ours,
    objects: ours.objects.map((object) => (object.name === name ? change(object) : object)),
  };
}

function withCap(name: string, slot: number, change: object): CapdlSpec {
  return changed(name, (object) =>
    hasSlots(object)
      ? {
          ...object,
          slots: object.slots.map((each) =>
            each.slot === slot ? { ...each, cap: { ...each.cap, ...change } } : each,
          ),
        }
      : object,
  );
}

describe.skipIf(place === undefined)("sparrow beside CantripOS's own specification", () => {
  it("differs in what is explained only", () => {
    expect(compareSparrow(specimen(), ours)).toEqual({ unexplained: [], unmet: [] });
  });

  it("compares what matters: most objects and capabilities are left", () => {
    const left = withoutAddresses(withoutFaultHandlers(specimen()));
    const caps = (spec: CapdlSpec): number =>
      spec.objects.reduce((sum, each) => sum + (hasSlots(each) ? each.slots.length : 0), 0);
    // All but the image frames, fault handlers and leaf tables.
    expect(left.objects.length).toBe(
      withoutAddresses(ours).objects.length - MUTEXES - FURTHER_THREADS + 1,
    );
    expect(left.objects.length).toBeGreaterThan(230);
    expect(caps(left)).toBe(caps(withoutAddresses(ours)) - MUTEXES - 3 * FURTHER_THREADS);
    expect(caps(left)).toBeGreaterThan(400);
  });

  it.each([
    ["a badge", () => withCap("debug_console_cnode", 12, { badge: 9 })],
    ["a right", () => withCap("timer_service_cnode", 17, { rights: 3 })],
    ["a slot", () => withCap("timer_service_cnode", 17, { object: "timer_rpc_reply_cap_slot" })],
    ["a name", () => changed("multi_logger_ep", (object) => ({ ...object, name: "logger_ep" }))],
    [
      "a priority",
      () =>
        changed(
          "uart_driver_uart_driver_0_control_tcb",
          (object) => ({ ...object, prio: 1 }) as CapdlObject,
        ),
    ],
    [
      "a CSpace's size",
      () =>
        changed("memory_manager_cnode", (object) => ({ ...object, sizeBits: 8 }) as CapdlObject),
    ],
    [
      "an interrupt",
      () => ({ ...ours, irqs: ours.irqs.map((irq) => ({ ...irq, irq: irq.irq + 1 })) }),
    ],
    [
      "a shared page's rights",
      () => {
        const table = ours.objects.find(
          (object) =>
            object.kind === "pt" &&
            object.slots.some(
              ({ cap }) => cap.kind === "object" && cap.object === "tx_channel_0_obj",
            ),
        );
        const slot =
          table?.kind === "pt"
            ? table.slots.find(
                ({ cap }) => cap.kind === "object" && cap.object === "tx_channel_0_obj",
              )?.slot
            : undefined;
        return withCap(table?.name ?? "", slot ?? -1, { rights: 2 });
      },
    ],
  ])("would notice %s", (what, change) => {
    const { unexplained } = compareSparrow(specimen(), change());
    expect([what, unexplained.length > 0]).toEqual([what, true]);
  });

  it("guards stacks and IPC buffers, and names the mappings of devices, on both sides", () => {
    for (const spec of [specimen(), ours]) {
      expect(unguardedPages(spec)).toEqual([]);
      expect(wrongMappings(spec)).toEqual([]);
    }
  });

  it("would notice an unguarded stack and a mapping elsewhere", () => {
    const stack = "stack__camkes_stack_timer_service_0_control_0_timer_service_obj";
    const tables = ours.objects.map((object) => {
      if (object.kind !== "pt") return object;
      const found = object.slots.find(({ cap }) => cap.kind === "object" && cap.object === stack);
      if (found === undefined) return object;
      const cap = { kind: "object", object: "tx_channel_0_obj" } as const;
      return { ...object, slots: [...object.slots, { slot: found.slot + 1, cap }] };
    });
    expect(unguardedPages({ ...ours, objects: tables })).toEqual([
      `timer_service_group_bin_pd: ${stack}`,
    ]);
    const mapping = { container: "timer_service_group_bin_pd", slot: 3 };
    expect(wrongMappings(withCap("timer_service_cnode", 11, { mapping }))).toEqual([
      "timer_service_cnode 11",
    ]);
  });
});
