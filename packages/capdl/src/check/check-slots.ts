import { type ObjectIndex } from "./object-index.ts";
import { allowedCapParameters, CapParameter as P } from "../parse/cap-parameters.ts";
import {
  type CapdlContainer,
  type CapdlKind,
  type CapdlObject,
  type CapdlObjectCap,
} from "../model.ts";
import { type CapdlDialect } from "../dialect.ts";
import { TcbSlotNumber } from "../spec.ts";
import { type Findings } from "./findings.ts";
import { ARCH_KINDS, type Platform, ROOT_TABLES, tableSlots, tableTargets } from "./platform.ts";

/** What the checks of slots share. */
export interface SlotContext {
  readonly platform: Platform;
  readonly objects: ObjectIndex;
  readonly findings: Findings;
  /** Whether only capDL-tool's rules apply. */
  readonly isToolOnly: boolean;
  readonly dialect: CapdlDialect;
  /** The capabilities with `mapping:`, as they are found. */
  readonly mappings: MappedCap[];
}

/** A capability that names its mapping, and where it is. */
export interface MappedCap {
  readonly holder: CapdlContainer;
  readonly slot: number;
  readonly cap: CapdlObjectCap;
}

/** What each slot of a TCB takes; `vspace` depends on the architecture. */
const TCB_TARGETS: ReadonlyMap<number, CapdlKind> = new Map<number, CapdlKind>([
  [TcbSlotNumber.cspace, "cnode"],
  [TcbSlotNumber.reply, "tcb"],
  [TcbSlotNumber.caller, "tcb"],
  [TcbSlotNumber.ipcBuffer, "frame"],
  [TcbSlotNumber.faultEp, "ep"],
  [TcbSlotNumber.sc, "sc"],
  [TcbSlotNumber.tempFaultEp, "ep"],
  [TcbSlotNumber.boundNotification, "notification"],
  [TcbSlotNumber.boundVcpu, "vcpu"],
]);

const INTERRUPTS: readonly CapdlKind[] = ["irq", "ioapic_irq", "msi_irq", "arm_irq"];

/** Checks the slots of a container: their numbers, what they hold, and the parameters of that. */
export function checkSlots(container: CapdlContainer, context: SlotContext): void {
  const { objects, findings, platform, isToolOnly } = context;
  const { name, slots, kind } = container;
  const kinds = ARCH_KINDS[platform.arch];
  const isInterrupt = INTERRUPTS.includes(kind);
  const limit = isToolOnly ? Infinity : slotLimit(container, platform);
  if (kind === "pt" && objects.isPlain(container, limit)) return;
  const allowed = kind === "tcb" ? undefined : allowedTargets(kind, platform);
  let last = -1;
  let seen: Set<number> | undefined;
  for (const { slot, cap } of slots) {
    if (slot > last) {
      last = slot;
      seen?.add(slot);
    } else {
      seen ??= new Set(slots.filter((item) => item.slot <= last).map((item) => item.slot));
      findings.add("slot-filled-twice", name, "filled twice", slot);
    }
    if (slot >= limit) findings.add("slot-out-of-range", name, `only ${limit} slots`, slot);
    if (cap.kind !== "object") {
      if (
        cap.kind === "io_space_master" &&
        platform.arch !== "ia32" &&
        platform.arch !== "x86_64"
      ) {
        findings.add("cap-architecture", name, `${cap.kind} on ${platform.arch}`, slot);
      }
      if (allowed !== "all") findings.add("bad-target", name, `holds ${cap.kind}`, slot);
      continue;
    }
    if (cap.mapping !== undefined) context.mappings.push({ holder: container, slot, cap });
    const id = objects.use(cap.object);
    const targetKind = id < 0 ? undefined : objects.kinds[id];
    if (targetKind === undefined) {
      findings.add("unknown-object", name, `unknown object "${cap.object}"`, slot);
      continue;
    }
    if (!kinds.has(targetKind)) {
      findings.add("cap-architecture", name, `${targetKind} on ${platform.arch}`, slot);
    }
    const isUsual = allowed !== undefined && !isInterrupt && isAllowed(allowed, targetKind);
    const given = givenParameters(cap);
    // A frame with rights is most of what there is.
    const isPlain = given === 0 || (given === P.rights && targetKind === "frame");
    if (isUsual && isPlain && kind !== "tcb" && isRights(cap.rights ?? 0)) continue;
    const target = objects.at(id);
    if (target === undefined) continue;
    if (!isUsual) {
      const targets = allowed === "all" ? [] : (allowed ?? tcbTargets(slot, platform));
      checkTarget(container, slot, { cap, target }, { context, allowed: targets });
    }
    checkParameters(container, slot, { cap, target, given }, context);
  }
}

function isAllowed(allowed: readonly CapdlKind[] | "all", kind: CapdlKind): boolean {
  return allowed === "all" || allowed.includes(kind);
}

function isRights(rights: number): boolean {
  return rights >= 0 && rights <= 15;
}

/** Bits of the parameters that a capability has. */
function givenParameters(cap: CapdlObjectCap): number {
  const { badge, guard, guardSize, rights, asid, cached, mapping, reply } = cap;
  return (
    (rights === undefined ? 0 : P.rights) |
    (badge === undefined ? 0 : P.badge) |
    (guard === undefined ? 0 : P.guard) |
    (guardSize === undefined ? 0 : P.guard_size) |
    (asid === undefined ? 0 : P.asid) |
    (cached === undefined ? 0 : P.cached) |
    (mapping === undefined ? 0 : P.mapping) |
    (reply === undefined ? 0 : P.reply)
  );
}

function slotLimit(container: CapdlContainer, platform: Platform): number {
  switch (container.kind) {
    case "cnode":
      return 2 ** container.sizeBits;
    case "irq":
    case "ioapic_irq":
    case "msi_irq":
    case "arm_irq":
    case "io_device":
    case "arm_io_device":
      return 1;
    case "tcb":
      return TcbSlotNumber.boundVcpu + 1;
    default:
      return tableSlots(container.kind, platform);
  }
}

function allowedTargets(kind: CapdlKind, { arch }: Platform): readonly CapdlKind[] | "all" {
  switch (kind) {
    case "cnode":
    case "io_device":
    case "arm_io_device":
      return "all";
    case "asid_pool":
      return ROOT_TABLES[arch];
    default:
      if (INTERRUPTS.includes(kind)) return ["notification"];
      return tableTargets(kind, arch) ?? [];
  }
}

function tcbTargets(slot: number, { arch }: Platform): readonly CapdlKind[] {
  if (slot === TcbSlotNumber.vspace) return ROOT_TABLES[arch];
  if (slot === TcbSlotNumber.boundVcpu && arch === "riscv") return [];
  const kind = TCB_TARGETS.get(slot);
  return kind === undefined ? [] : [kind];
}

interface Held {
  readonly cap: CapdlObjectCap;
  readonly target: CapdlObject;
}

interface HeldWith extends Held {
  /** Bits of its parameters. */
  readonly given: number;
}

function checkTarget(
  container: CapdlContainer,
  slot: number,
  { cap, target }: Held,
  { context, allowed }: { readonly context: SlotContext; readonly allowed: readonly CapdlKind[] },
): void {
  const { findings } = context;
  const { name, kind } = container;
  const isInterrupt = INTERRUPTS.includes(kind);
  if (!allowed.includes(target.kind) || (isInterrupt && slot !== 0)) {
    const expected =
      allowed.length === 0 || (isInterrupt && slot !== 0) ? "nothing" : allowed.join(" or ");
    findings.add(
      "bad-target",
      name,
      `"${target.name}" is a ${target.kind}, ${expected} expected`,
      slot,
    );
    return;
  }
  if (kind !== "tcb") return;
  const wanted =
    slot === TcbSlotNumber.reply
      ? "master_reply"
      : slot === TcbSlotNumber.caller
        ? "reply"
        : undefined;
  if (cap.reply !== wanted) {
    findings.add("bad-target", name, `${wanted ?? "a capability to the thread"} expected`, slot);
  }
}

function checkParameters(
  container: CapdlContainer,
  slot: number,
  { cap, target, given }: HeldWith,
  { findings, isToolOnly, platform, dialect }: SlotContext,
): void {
  const { badge, guard, guardSize, rights } = cap;
  const isFaultEp =
    container.kind === "tcb" &&
    (slot === TcbSlotNumber.faultEp || slot === TcbSlotNumber.tempFaultEp);
  if (isFaultEp && !isToolOnly && (rights ?? 0) === 0) {
    const text = "CantripOS gives it all rights, upstream none";
    findings.add("fault-endpoint-rights", container.name, text, slot);
  }
  if (given === 0) return;
  const { kind, name } = target;
  const wrong = given & ~allowedCapParameters(kind, dialect);
  if (wrong !== 0) {
    for (const [key, bit] of Object.entries(P)) {
      if ((wrong & bit) === 0) continue;
      findings.add("bad-parameter", container.name, `${key} on ${kind} "${name}"`, slot);
    }
  }
  if (rights !== undefined && !isRights(rights)) {
    findings.add("bad-parameter", container.name, `rights ${rights}`, slot);
  }
  if (isToolOnly) return;
  const { wordBits } = platform;
  const badgeBits = wordBits === 32 ? 28 : 64;
  if (badge !== undefined && BigInt(badge) >= 1n << BigInt(badgeBits)) {
    findings.add(
      "badge-width",
      container.name,
      `badge ${badge} has more than ${badgeBits} bits`,
      slot,
    );
  }
  if (kind !== "cnode") return;
  const size = guardSize ?? 0;
  if (BigInt(size) + BigInt(target.sizeBits) > BigInt(wordBits)) {
    const text = `guard of ${size} bits and CNode of ${target.sizeBits} exceed a word of ${wordBits}`;
    findings.add("guard-size", container.name, text, slot);
  } else if (guard !== undefined && BigInt(guard) >= 1n << BigInt(size)) {
    findings.add("guard-value", container.name, `guard ${guard} does not fit ${size} bits`, slot);
  }
}
