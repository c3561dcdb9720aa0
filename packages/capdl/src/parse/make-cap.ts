import { type CapdlCap, type CapdlObjectCap } from "../model.ts";
import { CapParameter as P, type CapParameters } from "./cap-parameters.ts";

type Draft = { -readonly [Field in keyof CapdlObjectCap]: CapdlObjectCap[Field] };

/**
 * A capability with parameters. The most frequent shapes are made in one piece.
 *
 * @param mappedIn - name of the container of its mapping, if it has one
 */
export function makeCap(object: string, parameters: CapParameters, mappedIn: string): CapdlCap {
  const { given, rights, badge } = parameters;
  switch (given) {
    case P.rights:
      return { kind: "object", object, rights };
    case P.rights | P.badge:
      return { kind: "object", object, rights, badge };
    case P.badge:
      return { kind: "object", object, badge };
    default:
  }
  const cap: Draft = { kind: "object", object };
  if ((given & P.rights) !== 0) cap.rights = rights;
  if ((given & P.badge) !== 0) cap.badge = badge;
  if ((given & P.guard) !== 0) cap.guard = parameters.guard;
  if ((given & P.guard_size) !== 0) cap.guardSize = parameters.guardSize;
  if ((given & P.asid) !== 0) cap.asid = { high: parameters.asidHigh, low: parameters.asidLow };
  if ((given & P.uncached) !== 0) cap.cached = false;
  if ((given & P.mapping) !== 0 && parameters.mapping !== undefined) {
    cap.mapping = { container: mappedIn, slot: parameters.mapping.slot };
  }
  if ((given & P.master_reply) !== 0) cap.reply = "master_reply";
  else if ((given & P.reply) !== 0) cap.reply = "reply";
  return cap;
}
