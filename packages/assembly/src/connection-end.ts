import type { SpecCap } from "@cantrip/capdl";
import type { BirthDraft } from "./birth-draft.ts";
import { splitEnd } from "./split-end.ts";

/** An end of a connection at a software component. */
export interface ConnectionEndAt {
  readonly draft: BirthDraft;
  readonly name: string;
}

/** Finds an end of a connection of a description without mistakes. */
export function endOf(end: string, drafts: ReadonlyMap<string, BirthDraft>): ConnectionEndAt {
  const [instance, name] = splitEnd(end);
  const draft = drafts.get(instance);
  if (draft === undefined) throw new Error(`end "${end}" was not checked`);
  return { draft, name };
}

/** A capability to an object of the specification. */
export function objectCap(object: string, rights: number, badge?: number): SpecCap {
  return { kind: "object", object, rights, ...(badge === undefined ? {} : { badge }) };
}
