import { type CapdlDialect } from "../dialect.ts";
import { type CapdlCap, type CapdlKind, type Word } from "../model.ts";
import { type SlotRef, SpecRight } from "../spec.ts";

/** A capability's parameters, with a space in front; nothing if there are none. */
export function capText(
  cap: CapdlCap,
  kind: CapdlKind | undefined,
  dialect: CapdlDialect,
  slotRef: (ref: SlotRef) => string,
): string {
  if (cap.kind === "sched_control") return ` (core: ${cap.core})`;
  if (cap.kind !== "object") return "";
  const rights = kind === "rtreply" && dialect !== "cantrip" ? 0 : (cap.rights ?? 0);
  const items: string[] = [];
  const number = (name: string, value: Word | undefined): void => {
    if (value !== undefined && value !== 0) items.push(`${name}: ${value}`);
  };
  number("badge", cap.badge);
  if (rights !== 0) items.push(rightsText(rights, kind === "frame"));
  number("guard", cap.guard);
  number("guard_size", cap.guardSize);
  if (cap.reply !== undefined) items.push(cap.reply);
  if (cap.asid !== undefined) {
    items.push(`asid: (0x${cap.asid.high.toString(16)}, 0x${cap.asid.low.toString(16)})`);
  }
  if (cap.cached === false) items.push("uncached");
  if (cap.mapping !== undefined) items.push(`mapping: ${slotRef(cap.mapping)}`);
  return items.length === 0 ? "" : ` (${items.join(", ")})`;
}

const LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [SpecRight.read, "R"],
  [SpecRight.write, "W"],
  [SpecRight.grant, "G"],
  [SpecRight.grantReply, "P"],
];

/** Letters of rights; a frame's grant is the right to execute. */
function rightsText(rights: number, isFrame: boolean): string {
  let text = "";
  for (const [bit, letter] of LETTERS) {
    if ((rights & bit) !== 0) text += isFrame && letter === "G" ? "X" : letter;
  }
  return text;
}
