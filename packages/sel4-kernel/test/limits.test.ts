import { cantrip, type KernelConfig, upstream, upstream64 } from "@cantrip/sel4-config";
import { kernelLimits } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { KernelWorld } from "./kernel-world.ts";

/** Refused in the state that the probe makes: nothing is bound, and the capability is no badged endpoint. */
const REFUSED_FOR_STATE: readonly string[] = [
  "cnodeCancelBadgedSends",
  "schedContextYieldTo",
  "tcbBindNotification",
  "tcbUnbindNotification",
];

type Label = keyof KernelConfig["label"];

/** A capability to which an invocation belongs, by the beginning of its name. */
function targetOf(world: KernelWorld, label: Label): number {
  const { objectType } = world.config;
  const targets: readonly (readonly [prefix: string, make: () => number])[] = [
    ["untyped", () => world.untyped],
    ["tcb", () => world.thread({ isStarted: false }).slot],
    ["cnode", () => InitialCap.InitThreadCNode],
    ["irqIssue", () => InitialCap.IrqControl],
    ["riscvIRQ", () => InitialCap.IrqControl],
    ["irq", () => interruptHandler(world)],
    ["domain", () => InitialCap.Domain],
    ["schedControl", () => world.schedControl()],
    [
      "schedContext",
      () => world.create(objectType.schedContext, world.config.sizeBits.minSchedContext),
    ],
    ["riscvPageTable", () => world.create(objectType.pageTable)],
    ["riscvPage", () => world.create(objectType.page4K)],
    ["riscvASIDControl", () => InitialCap.AsidControl],
    ["riscvASIDPool", () => InitialCap.InitThreadAsidPool],
  ];
  const target = targets.find(([prefix]) => label.startsWith(prefix));
  if (target === undefined) throw new Error(`no target for ${label}`);
  return target[1]();
}

function interruptHandler(world: KernelWorld): number {
  const slot = world.freeSlot();
  const root = InitialCap.InitThreadCNode;
  world.must(
    InitialCap.IrqControl,
    world.config.label.irqIssueIRQHandler,
    [5, slot, world.depth],
    [root],
  );
  return slot;
}

/** Whether an invocation is refused although its arguments would do. */
function isRefused(config: KernelConfig, label: Label, number: number): boolean {
  const world = new KernelWorld(config);
  const words = label === "schedContextYieldTo" ? [] : [0, world.depth, 0, world.depth, 0, 0, 0, 0];
  const caps = [InitialCap.InitThreadCNode, InitialCap.InitThreadVSpace];
  const { error } = world.invoke(targetOf(world, label), number, words, caps);
  return error === ErrorCode.IllegalOperation;
}

describe.each([cantrip, upstream, upstream64])("the limits of the profile $name", (config) => {
  it("name exactly the invocations that are refused", () => {
    const known = kernelLimits
      .filter(({ profiles }) => profiles.includes(config.name))
      .flatMap(({ invocations = [] }) => invocations);
    const refused = (Object.entries(config.label) as [Label, number][])
      .filter(([label, number]) => isRefused(config, label, number))
      .map(([label]) => label);
    const refusedAlways = refused.filter((label) => !REFUSED_FOR_STATE.includes(label));
    expect(refusedAlways.sort()).toEqual([...known].sort());
  });
});
