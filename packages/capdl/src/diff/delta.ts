import { type SpecDifference } from "./compare.ts";

/** A difference, or several of one kind, that somebody expects. */
export interface ExpectedDifference {
  /** Why it is there. */
  readonly reason: string;
  readonly kind?: SpecDifference["kind"];
  /** Exact texts, or patterns that have to match somewhere. */
  readonly object?: string | RegExp;
  readonly slot?: number;
  readonly field?: string;
  readonly left?: string | RegExp;
  readonly right?: string | RegExp;
  /** How many differences it stands for; default: at least one. */
  readonly count?: number;
}

/** Differences beside those that were expected. */
export interface DeltaResult {
  readonly unexplained: readonly SpecDifference[];
  /** Expectations that are met by another number of differences than they say: by none, for example. */
  readonly unmet: readonly { readonly expected: ExpectedDifference; readonly count: number }[];
}

/** Takes expected differences away. Each difference counts for the first expectation that fits. */
export function applyDelta(
  differences: readonly SpecDifference[],
  delta: readonly ExpectedDifference[],
): DeltaResult {
  const counts = delta.map(() => 0);
  const unexplained = differences.filter((difference) => {
    const index = delta.findIndex((expected) => fits(difference, expected));
    if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
    return index < 0;
  });
  const unmet = delta.flatMap((expected, index) => {
    const count = counts[index] ?? 0;
    const isMet = expected.count === undefined ? count > 0 : count === expected.count;
    return isMet ? [] : [{ expected, count }];
  });
  return { unexplained, unmet };
}

function fits(difference: SpecDifference, expected: ExpectedDifference): boolean {
  const { kind, slot, field } = expected;
  if (kind !== undefined && kind !== difference.kind) return false;
  if (slot !== undefined && slot !== difference.slot) return false;
  if (field !== undefined && field !== difference.field) return false;
  return (["object", "left", "right"] as const).every((key) => {
    const wanted = expected[key];
    const text = difference[key];
    if (wanted === undefined) return true;
    if (text === undefined) return false;
    return typeof wanted === "string" ? wanted === text : wanted.test(text);
  });
}
