import { KernelInvariantError } from "../errors.ts";
import type { KernelState } from "../state.ts";
import { accountingInvariants } from "./accounting.ts";
import { derivationInvariants } from "./derivation.ts";
import { memoryInvariants } from "./memory.ts";
import { objectInvariants } from "./objects.ts";
import { pageTableInvariants } from "./page-tables.ts";
import { queueInvariants } from "./queues.ts";
import { schedulingInvariants } from "./scheduling.ts";
import { type KernelInvariant, viewOf } from "./view.ts";

export type { InvariantView, KernelInvariant } from "./view.ts";

/** What {@link checkInvariants} checks, with the names of seL4's proofs; the README's table is made from it. */
export const kernelInvariants: readonly KernelInvariant[] = [
  ...objectInvariants,
  ...derivationInvariants,
  ...memoryInvariants,
  ...queueInvariants,
  ...schedulingInvariants,
  ...accountingInvariants,
  ...pageTableInvariants,
];

/** An invariant that does not hold, and where. */
export interface BrokenInvariant {
  readonly invariant: KernelInvariant;
  readonly problems: readonly string[];
}

/** Invariants that do not hold in a kernel that is not being run; none in a kernel that is right. */
export function brokenInvariants(kernel: KernelState): BrokenInvariant[] {
  const view = viewOf(kernel);
  const broken: BrokenInvariant[] = [];
  for (const invariant of kernelInvariants) {
    const problems: string[] = [];
    invariant.check(view, (problem) => problems.push(problem));
    if (problems.length > 0) broken.push({ invariant, problems });
  }
  return broken;
}

/**
 * Checks the whole state of a kernel that is not being run against {@link kernelInvariants}.
 *
 * @throws KernelInvariantError that lists every violation with the name of its invariant
 */
export function checkInvariants(kernel: KernelState): void {
  const broken = brokenInvariants(kernel);
  if (broken.length === 0) return;
  const lines = broken.flatMap(({ invariant, problems }) =>
    problems.map((problem) => `${invariant.name}: ${problem}`),
  );
  throw new KernelInvariantError(`${lines.length} violations:\n${lines.join("\n")}`);
}
