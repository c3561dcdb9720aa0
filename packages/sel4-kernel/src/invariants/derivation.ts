import { CapType, type Slot } from "../objects.ts";
import {
  descendantsOf,
  isForkImageFrame,
  type InvariantView,
  type KernelInvariant,
  nameOfSlot,
  type Report,
} from "./view.ts";

/** The derivation tree, kept as a list in depth-first order. */
export const derivationInvariants: readonly KernelInvariant[] = [
  {
    name: "valid_mdb",
    with: ["mdb_cte_at", "no_mloop", "valid_dlist", "valid_nullcaps"],
    states:
      "only slots with capabilities are in the derivation tree, and it has no loop; as a list: neighbours name each other, empty slots have no neighbours",
    here: "",
    check: checkLinks,
  },
  {
    name: "ut_revocable",
    with: [],
    states: "capabilities to untyped memory are originals: they can be revoked",
    here: "",
    check: ({ untypeds }, report) => {
      for (const { slot } of untypeds)
        if (!slot.isRevocable) report(`${nameOfSlot(slot)} cannot be revoked`);
    },
  },
  {
    name: "irq_revocable",
    with: [],
    states: "the capability to interrupt control is an original",
    here: "",
    check: ({ slots }, report) => {
      for (const slot of slots)
        if (slot.cap.type === CapType.IrqControl && !slot.isRevocable)
          report(`${nameOfSlot(slot)} cannot be revoked`);
    },
  },
  {
    name: "irq_control",
    with: [],
    states: "interrupt control has one capability, and all handlers are derived from it",
    here: "as long as that capability exists",
    check: checkControl,
  },
  {
    name: "mdb_chunked",
    with: [],
    states: "capabilities to one object stand together in the list, so that the last one is known",
    here: "on the CantripOS fork but for the frames of the initial task's image",
    check: checkChunks,
  },
  {
    name: "valid_badges",
    with: [],
    states:
      "of neighbours to one endpoint or notification with two badges, the second is the first with its badge",
    here: "",
    check: ({ slots }, report) => {
      for (const slot of slots) {
        const { cap, mdbPrev } = slot;
        if (cap.type !== CapType.Endpoint && cap.type !== CapType.Notification) continue;
        const before = mdbPrev?.cap;
        if (before?.type !== cap.type || before.object !== cap.object) continue;
        const isSame = before.badge === cap.badge && before.badgeHigh === cap.badgeHigh;
        const isBadged = cap.badge !== 0 || cap.badgeHigh !== 0;
        if (!isSame && isBadged && !slot.isFirstBadged)
          report(`${nameOfSlot(slot)} with badge ${cap.badge} follows badge ${before.badge}`);
      }
    },
  },
];

function checkLinks({ slots, strays }: InvariantView, report: Report): void {
  const seen = new Set<Slot>();
  for (const slot of slots) {
    const { mdbPrev, mdbNext } = slot;
    if (mdbPrev !== null && mdbPrev.mdbNext !== slot)
      report(`${nameOfSlot(slot)}: its predecessor names another slot`);
    if (mdbNext !== null && mdbNext.mdbPrev !== slot)
      report(`${nameOfSlot(slot)}: its successor names another slot`);
    if (mdbPrev?.cap.type === CapType.Null || mdbNext?.cap.type === CapType.Null)
      report(`${nameOfSlot(slot)}: an empty slot is in the derivation list`);
    if (mdbPrev !== null) continue;
    for (let at: Slot | null = slot; at !== null && !seen.has(at); at = at.mdbNext) seen.add(at);
  }
  for (const slot of slots)
    if (!seen.has(slot)) report(`${nameOfSlot(slot)} is in a list without a beginning`);
  for (const slot of strays) report(`${nameOfSlot(slot)} is empty and in the derivation list`);
}

/** What a capability has in common with all others to the same object; `undefined`: there is no object. */
function identity({ cap }: Slot): unknown {
  if ("object" in cap) return cap.object;
  switch (cap.type) {
    case CapType.Frame:
    case CapType.PageTable:
      // Pages are multiples of 4096 bytes: the type fits below.
      return cap.paddr + cap.type;
    case CapType.IrqHandler:
      return -cap.irq;
    default:
      return undefined;
  }
}

function checkChunks(view: InvariantView, report: Report): void {
  const begun = new Set<unknown>();
  for (const slot of view.slots) {
    const id = identity(slot);
    if (isForkImageFrame(view, slot)) continue;
    if (id === undefined || (slot.mdbPrev !== null && identity(slot.mdbPrev) === id)) continue;
    if (begun.has(id)) report(`${nameOfSlot(slot)} stands apart from a capability to its object`);
    begun.add(id);
  }
}

function checkControl({ slots }: InvariantView, report: Report): void {
  const [control, second] = slots.filter(({ cap }) => cap.type === CapType.IrqControl);
  if (control === undefined) return;
  if (second !== undefined) report(`${nameOfSlot(second)}: a second interrupt control`);
  const derived = descendantsOf(control);
  for (const slot of slots)
    if (slot.cap.type === CapType.IrqHandler && !derived.has(slot))
      report(`${nameOfSlot(slot)} is not derived from interrupt control`);
}
