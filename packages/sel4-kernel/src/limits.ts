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

const ALL = ["cantrip", "upstream", "upstream64"];

/** Everything that is known to be missing; the README's table is made from it. */
export const kernelLimits: readonly KernelLimit[] = [
  {
    what: "several cores",
    instead: "one hart, as in CantripOS",
    profiles: ALL,
  },
  {
    what: "`seL4_DebugSnapshot` where the C kernel's dump stops or leaves things out",
    instead:
      "page tables and mega pages are shown whole, what is not mapped as `[unknown cap]`, and every dump is complete",
    profiles: ALL,
  },
  {
    what: "untypeds of the kernel's boot code, but the first",
    instead:
      "none, where the fork writes them over the slots that follow: the initial task's first page tables",
    profiles: ["cantrip"],
  },
  {
    what: "address of the idle thread in `seL4_DebugDumpScheduler`",
    instead: "0, where the kernel prints a place in its own code",
    profiles: ALL,
  },
  {
    what: "messages of a debug kernel about calls that fail (`userError`)",
    instead: "nothing is printed; the caller's error is the same",
    profiles: ALL,
  },
  {
    what: "instructions that the 64-bit kernel takes",
    instead: "those of the 32-bit one, which were counted",
    profiles: ["upstream64"],
  },
  {
    what: "times of more than 2^53 ticks, twelve years of sparrow's timer",
    instead: "checked exactly, then kept as near as a double comes",
    profiles: ALL,
  },
];
