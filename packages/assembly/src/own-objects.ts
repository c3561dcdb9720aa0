import { SpecRight } from "@cantrip/capdl";
import type { ComponentPlan } from "./component-plan.ts";

/** Rights of a capability to what only the threads of one instance use. */
export const SEND_RECEIVE: number = SpecRight.read | SpecRight.write;

/** An endpoint between threads of one instance. */
export function addOwnEndpoint(
  plan: ComponentPlan,
  name: string,
  rights: number = SEND_RECEIVE,
): number {
  plan.addObject({ kind: "ep", name });
  return plan.addCap({ kind: "object", object: name, rights });
}

/** A notification between threads of one instance. */
export function addOwnNotification(plan: ComponentPlan, name: string): number {
  plan.addObject({ kind: "notification", name });
  return plan.addCap({ kind: "object", object: name, rights: SEND_RECEIVE });
}
