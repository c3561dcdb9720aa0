import { type CapdlSlot } from "../model.ts";

/**
 * An empty list of slots. Node begins `[]` as a list of small numbers; it would change its kind at the first slot, and what
 * was compiled for the other kind with it.
 */
export function noSlots(): CapdlSlot[] {
  const slots: CapdlSlot[] = [{ slot: 0, cap: { kind: "domain" } }];
  slots.length = 0;
  return slots;
}
