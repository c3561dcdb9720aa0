import { extendSystem, type SystemDescription } from "@cantrip/assembly";
import { type ConsoleExtension, debugConsoleWith, sparrow } from "@cantrip/assembly/cantrip";
import { kernelSpec } from "@cantrip/assembly/riscv";
import { type CapdlObject, type CapdlSpec, hasSlots, parseSnapshot } from "@cantrip/capdl";
import {
  applyDelta,
  type DeltaResult,
  type DiffParameter,
  diffSpecs,
  type ExpectedDifference,
  withoutObjects,
} from "@cantrip/capdl/diff";
import type { TestSystem } from "@cantrip/testing";

/** Commands that tests of conformance type. */
const commands: ConsoleExtension["commands"] = ({ thread }) => ({
  /** The kernel prints all that it knows. */
  *snapshot() {
    yield* thread.sel4.debugSnapshot();
  },
  /** A planted defect: a copy of a capability is made and forgotten. */
  *leak() {
    const { runtime, birth, sel4 } = thread;
    const depth = runtime.config.wordBits;
    const path = (index: number): { root: number; index: number; depth: number } => ({
      ...{ root: birth.selfCNode, index, depth },
    });
    const slot = runtime.slots.alloc(1);
    if (slot === undefined) throw new Error("no slot");
    yield* sel4.cnode.copy(path(slot), path(birth.clients["memory"]?.endpoint ?? 0), 15);
  },
});

/** Sparrow with those commands. */
export function conformanceSystem(): SystemDescription {
  return extendSystem(sparrow(), {
    replace: { debug_console: { type: debugConsoleWith({ commands }) } },
  });
}

/** What a kernel does not keep. */
const NOT_KEPT: readonly DiffParameter[] = ["fill", "cached", "init", "resume", "hasUntypedMemory"];
/** Registers of a thread that runs. */
const RUNNING: readonly DiffParameter[] = ["ip", "sp"];

/** What the running system has, and its specification has not. */
const delta: readonly ExpectedDifference[] = [
  {
    reason:
      "The root server gives interrupts their notifications with all rights, as the original's does.",
    ...{
      kind: "cap-changed",
      object: /_(irq|interrupt|rtirq|rx_watermark)_/,
      slot: 0,
      field: "rights",
    },
    count: 11,
  },
  {
    reason:
      "The SDK runtime has its endpoint for applications made by the memory manager when it starts.",
    ...{ kind: "cap-added", object: "sdk_runtime_cnode", right: /^ep@.* \(WRGP\)$/, count: 1 },
  },
  { reason: "That endpoint.", kind: "object-added", right: "ep", count: 1 },
  {
    reason: "And the reply object with which it serves it.",
    ...{ kind: "cap-added", object: "sdk_runtime_cnode", right: /^rtreply@/, count: 1 },
  },
  { reason: "That reply object.", kind: "object-added", right: "rtreply", count: 1 },
  {
    reason: "The process manager makes a notification, to be told when applications end or fault.",
    ...{ kind: "cap-added", object: "process_manager_cnode", right: /^notification@.* \(WR\)$/ },
    count: 1,
  },
  {
    reason: "The SDK runtime has a badged capability of it, which it got with the request Watch.",
    ...{ kind: "cap-added", object: "sdk_runtime_cnode", right: /^notification@.* \(W, badge:/ },
    count: 1,
  },
  { reason: "That notification.", kind: "object-added", right: "notification", count: 1 },
];

const liveDelta: readonly ExpectedDifference[] = [
  ...delta,
  {
    reason:
      "The SDK runtime binds its notification, so that signals reach it while it serves applications.",
    ...{ kind: "cap-added", object: "sdk_runtime_sdk_runtime_0_control_tcb", slot: 8, count: 1 },
  },
  {
    reason: "The process manager binds the notification that it made.",
    ...{ kind: "cap-added", object: /^process_manager_.*_proc_ctrl_0000_tcb$/, slot: 8, count: 1 },
  },
  {
    reason:
      "The kernel's own ASID pool, which root server and components share; no specification has it.",
    ...{ kind: "object-added", object: /^asid_pool@/, count: 1 },
  },
];

/** What `seL4_DebugSnapshot` hides or adds. */
const snapshotDelta: readonly ExpectedDifference[] = [
  ...delta,
  {
    reason:
      "A snapshot calls a capability of a root table by an entry that does not tell which one it is.",
    ...{ kind: "cap-removed", slot: 2, left: /_group_bin_pd$/, count: 9 },
  },
  {
    reason: "And it does not say whether a reply capability can grant.",
    ...{ kind: "cap-changed", left: /_reply_cap_slot \(WG\)$/, field: "rights", count: 11 },
  },
];

/** A system's specification, as the root server had it. */
export function specOf(session: TestSystem): CapdlSpec {
  return session.system.image.spec;
}

/** The capability distribution of the running kernel model. */
export function liveSpec(session: TestSystem): CapdlSpec {
  return kernelSpec(session.system.kernel.state);
}

/** What was handed over: untyped memory, and the CNode that holds what the root server held. */
export interface HandOver {
  readonly manager: string;
  readonly holding: CapdlObject;
  readonly untypedSlots: readonly number[];
}

/** Finds it in the memory manager's CNode. @throws Error when it is not where the root server puts it */
export function handOverOf(spec: CapdlSpec, live: CapdlSpec): HandOver {
  const own = spec.objects.find((object) => object.kind === "cnode" && object.hasUntypedMemory);
  const byName = new Map(live.objects.map((object) => [object.name, object]));
  for (const manager of live.objects) {
    if (manager.kind !== "cnode") continue;
    const targets = manager.slots.map(({ slot, cap }) => ({
      slot,
      target: cap.kind === "object" ? byName.get(cap.object) : undefined,
    }));
    const untypedSlots = targets
      .filter(({ target }) => target?.kind === "ut")
      .map(({ slot }) => slot);
    if (untypedSlots.length === 0) continue;
    const before = own?.kind === "cnode" ? Math.max(...own.slots.map(({ slot }) => slot)) : 0;
    const holding = targets.find(({ slot }) => slot === before + 1)?.target;
    if (holding?.kind === "cnode") return { manager: manager.name, holding, untypedSlots };
  }
  throw new Error("nothing was handed over");
}

/** Compares a running system with its specification; what was handed over is left out. */
export function conformance(spec: CapdlSpec, live: CapdlSpec): DeltaResult {
  const { holding } = handOverOf(spec, live);
  const rest = withoutObjects(live, ({ kind, name }) => kind === "ut" || name === holding.name);
  const { differences } = diffSpecs(spec, rest, { ignore: [...NOT_KEPT, ...RUNNING] });
  return applyDelta(differences, liveDelta);
}

/** Compares two states of a running system. */
export function driftOf(before: CapdlSpec, after: CapdlSpec): readonly string[] {
  const { differences } = diffSpecs(before, after, { ignore: RUNNING });
  return differences.map((difference) => JSON.stringify(difference));
}

/** Compares what the kernel printed with the specification. */
export function snapshotConformance(
  spec: CapdlSpec,
  printed: string,
): { readonly snapshot: CapdlSpec; readonly result: DeltaResult } {
  const read = parseSnapshot(printed);
  if (!read.ok)
    throw new Error(read.errors.map(({ line, message }) => `${line}: ${message}`).join());
  const snapshot: CapdlSpec = read.spec;
  // Neither the received CNodes' sizes nor what the holding CNode has are printed.
  const ours = withoutObjects(
    spec,
    ({ kind, name }) => name.endsWith("_recv_cnode") || kind === "asid_pool",
  );
  const theirs = withoutObjects(snapshot, ({ kind }) => kind === "ut" || kind === "asid_pool");
  const { differences } = diffSpecs(ours, withoutRamAddresses(theirs), {
    ignore: [...NOT_KEPT, ...RUNNING],
  });
  return { snapshot, result: applyDelta(differences, snapshotDelta) };
}

/** Physical addresses below the devices' mean nothing. */
function withoutRamAddresses(spec: CapdlSpec): CapdlSpec {
  const { base, size } = { base: 0x28000000, size: 0x4000000 };
  const objects = spec.objects.map((object): CapdlObject => {
    if (object.kind !== "frame" || object.paddr === undefined) return object;
    const { paddr, ...rest } = object;
    return paddr >= base && paddr < base + size ? rest : object;
  });
  return { ...spec, objects };
}

/** One application round. */
export function round(session: TestSystem): void {
  session.command("start hello");
  session.command("stop hello");
}

/** Capabilities in an object, by what they are to. */
export function heldKinds(object: CapdlObject, spec: CapdlSpec): Readonly<Record<string, number>> {
  const kinds = new Map<string, string>(spec.objects.map(({ name, kind }) => [name, kind]));
  const counts: Record<string, number> = {};
  for (const { cap } of hasSlots(object) ? object.slots : []) {
    const kind = cap.kind === "object" ? (kinds.get(cap.object) ?? "nothing") : cap.kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
