import { type SpecObject, SpecRight } from "@cantrip/capdl";
import type { BirthDraft, SharedNotification } from "./birth-draft.ts";
import { objectCap } from "./connection-end.ts";
import { sharedThreadOf } from "./thread-names.ts";

/** The notification that an interface shares with others, and the thread that waits for it; made for the first of them. */
export function sharedNotificationOf(
  { plan, shared }: BirthDraft,
  name: string,
  objects: SpecObject[],
): { readonly thread: string; readonly notification: SharedNotification } | undefined {
  const thread = sharedThreadOf(plan.type, name);
  if (thread === undefined) return undefined;
  let notification = shared.get(thread);
  if (notification === undefined) {
    const object = `${plan.name}_${thread}_shared_ntfn`;
    objects.push({ kind: "notification", name: object });
    notification = { object, slot: plan.addCap(objectCap(object, SpecRight.read)), bits: 0 };
    shared.set(thread, notification);
  }
  return { thread, notification };
}
