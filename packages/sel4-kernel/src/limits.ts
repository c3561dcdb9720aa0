import type { KernelConfig } from "@cantrip/sel4-config";

/** Something of seL4 that the model does not do. */
export interface KernelLimit {
  /** What is missing, in the manual's words. */
  readonly what: string;
  /** What happens instead. */
  readonly instead: string;
  /** Names of the profiles that have it. */
  readonly profiles: readonly KernelConfig["name"][];
  /** Invocations that are refused with `IllegalOperation`, by their names in a profile. */
  readonly invocations?: readonly (keyof KernelConfig["label"])[];
}

/** Everything that is known to be missing; the README's table is made from it. */
export const kernelLimits: readonly KernelLimit[] = [
  {
    what: "`seL4_TCB_SetFlags`",
    instead: "`IllegalOperation`",
    profiles: ["upstream"],
    invocations: ["tcbSetFlags"],
  },
  {
    what: "`seL4_DomainSet_ScheduleConfigure`, `seL4_DomainSet_ScheduleSetStart`",
    instead: "`IllegalOperation`",
    profiles: ["upstream"],
    invocations: ["domainScheduleConfigure", "domainScheduleSetStart"],
  },
  {
    what: "domains",
    instead: "one domain; `seL4_DomainSet_Set` takes domain 0 only",
    profiles: ["cantrip", "upstream"],
  },
  {
    what: "several cores",
    instead: "one hart, as in CantripOS",
    profiles: ["cantrip", "upstream"],
  },
  {
    what: "`seL4_DebugSnapshot`",
    instead: "its first line, without the capDL dump",
    profiles: ["cantrip", "upstream"],
  },
  {
    what: "order of checks where seL4 16 differs from the fork",
    instead: "the fork's order, so that a call with two mistakes may name the other one",
    profiles: ["upstream"],
  },
];
