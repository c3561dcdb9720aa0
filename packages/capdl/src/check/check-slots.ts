import { type SpecCap, type SpecObject, type SpecSlot, TcbSlotNumber } from "../spec.ts";
import { type Findings } from "./findings.ts";

type Container = SpecObject & { readonly slots: readonly SpecSlot[] };
type ObjectCap = SpecCap & { readonly kind: "object" };

const WORD_BITS = 32;
/** Bits of a badge on 32-bit kernels. */
const BADGE_BITS = 28;
const PAGE_TABLE_SLOTS = 1024;
/** Slots of a riscv32 ASID pool. */
const ASID_POOL_SLOTS = 1024;

/** What each slot of a TCB takes. */
const TCB_TARGETS: ReadonlyMap<number, SpecObject["kind"]> = new Map<number, SpecObject["kind"]>([
  [TcbSlotNumber.cspace, "cnode"],
  [TcbSlotNumber.vspace, "pt"],
  [TcbSlotNumber.reply, "tcb"],
  [TcbSlotNumber.caller, "tcb"],
  [TcbSlotNumber.ipcBuffer, "frame"],
  [TcbSlotNumber.faultEp, "ep"],
  [TcbSlotNumber.sc, "sc"],
  [TcbSlotNumber.tempFaultEp, "ep"],
  [TcbSlotNumber.boundNotification, "notification"],
]);

/** Checks the slots of a container: their numbers, what they hold, and the parameters of that. */
export function checkSlots(
  container: Container,
  objects: ReadonlyMap<string, SpecObject>,
  findings: Findings,
): void {
  const { name } = container;
  const filled = new Set<number>();
  const limit = slotLimit(container);
  for (const { slot, cap } of container.slots) {
    if (filled.has(slot)) findings.error("slot-filled-twice", name, "filled twice", slot);
    filled.add(slot);
    if (slot >= limit) {
      findings.error("slot-out-of-range", name, `only ${limit} slots`, slot);
      continue;
    }
    if (cap.kind !== "object") {
      if (container.kind !== "cnode") findings.error("bad-target", name, `holds ${cap.kind}`, slot);
      continue;
    }
    const target = objects.get(cap.object);
    if (target === undefined) {
      findings.error("unknown-object", name, `unknown object "${cap.object}"`, slot);
      continue;
    }
    checkTarget(container, slot, target, findings);
    checkParameters(container, slot, { cap, target }, findings);
  }
}

function slotLimit(container: Container): number {
  switch (container.kind) {
    case "cnode":
      return 2 ** container.sizeBits;
    case "pt":
      return PAGE_TABLE_SLOTS;
    case "asid_pool":
      return ASID_POOL_SLOTS;
    case "irq":
      return 1;
    default:
      return TcbSlotNumber.boundNotification + 1;
  }
}

function checkTarget(
  container: Container,
  slot: number,
  target: SpecObject,
  findings: Findings,
): void {
  const allowed = allowedTargets(container, slot);
  if (allowed !== undefined && !allowed.includes(target.kind)) {
    findings.error(
      "bad-target",
      container.name,
      `"${target.name}" is a ${target.kind}, ${allowed.join(" or ")} expected`,
      slot,
    );
  }
  if (container.kind === "pt" && target.kind === "pt") {
    // Two levels: a table in a table must itself hold frames only.
    const isDeeper = target.slots.some(
      ({ cap }) => cap.kind === "object" && cap.object === container.name,
    );
    if (isDeeper || target.name === container.name) {
      findings.error("bad-target", container.name, `"${target.name}" contains itself`, slot);
    }
  }
}

function allowedTargets(
  container: Container,
  slot: number,
): readonly SpecObject["kind"][] | undefined {
  switch (container.kind) {
    case "cnode":
      return undefined;
    case "pt":
      return ["frame", "pt"];
    case "irq":
      return ["notification"];
    case "asid_pool":
      return ["pt"];
    default: {
      const kind = TCB_TARGETS.get(slot);
      return kind === undefined ? [] : [kind];
    }
  }
}

function checkParameters(
  container: Container,
  slot: number,
  { cap, target }: { readonly cap: ObjectCap; readonly target: SpecObject },
  findings: Findings,
): void {
  const complain = (text: string): void => {
    findings.error("bad-parameter", container.name, text, slot);
  };
  const { kind, name } = target;
  const isIpc = kind === "ep" || kind === "notification";
  const { badge, guard, guardSize, rights } = cap;
  if (badge !== undefined && !isIpc) complain(`a badge on ${kind} "${name}"`);
  if (badge !== undefined && badge >= 2 ** BADGE_BITS)
    complain(`badge ${badge} has more than ${BADGE_BITS} bits`);
  if ((guard !== undefined || guardSize !== undefined) && kind !== "cnode")
    complain(`a guard on ${kind} "${name}"`);
  if (kind === "cnode" && (guardSize ?? 0) + target.sizeBits > WORD_BITS) {
    complain(`guard of ${guardSize ?? 0} bits and CNode of ${target.sizeBits} exceed a word`);
  }
  if (guard !== undefined && guard >= 2 ** (guardSize ?? 0))
    complain(`guard ${guard} does not fit its size`);
  if (rights !== undefined && !isIpc && kind !== "frame" && kind !== "rtreply") {
    complain(`rights on ${kind} "${name}"`);
  }
  if (rights !== undefined && (rights < 0 || rights > 15)) complain(`rights ${rights}`);
  if ((cap.cached !== undefined || cap.mapping !== undefined) && kind !== "frame") {
    complain(`memory attributes on ${kind} "${name}"`);
  }
  if (cap.reply !== undefined && kind !== "tcb")
    complain(`a reply capability to ${kind} "${name}"`);
  const isFaultEp = slot === TcbSlotNumber.faultEp || slot === TcbSlotNumber.tempFaultEp;
  if (container.kind === "tcb" && isFaultEp && (rights ?? 0) === 0) {
    findings.warning(
      "bad-parameter",
      container.name,
      "a fault endpoint without rights: CantripOS gives it all, upstream none",
      slot,
    );
  }
}
