import type { ComponentBirth } from "@cantrip/camkes-rpc";
import type { Spec } from "@cantrip/capdl";
import type { SystemDescription } from "./description.ts";

/** What a system was made from, as far as whoever boots it knows: names for its parts. */
export interface SystemPlan {
  readonly spec?: Spec;
  readonly description?: SystemDescription;
  /** What each component was given at birth, by instance. */
  readonly births?: ReadonlyMap<string, ComponentBirth>;
}
