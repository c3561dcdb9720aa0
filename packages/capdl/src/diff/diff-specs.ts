import { type CapdlSpec } from "../model.ts";
import { comparePaired, type SpecDifference } from "./compare.ts";
import { makeGraph } from "./graph.ts";
import { findIsomorphism } from "./isomorphism.ts";
import { pairAlike } from "./likeness.ts";
import { type DiffParameter } from "./parameters.ts";

/** How two specifications are compared. */
export interface DiffOptions {
  /** Parameters of objects and capabilities that are passed over: `fill` and `paddr`, for example. */
  readonly ignore?: readonly DiffParameter[];
  /** What makes two objects the same: their structure (default), or their names and nothing else. */
  readonly match?: "structure" | "names";
}

/** What a comparison found. */
export interface SpecDiff {
  /** Whether the specifications are the same but for names. */
  readonly isIsomorphic: boolean;
  readonly differences: readonly SpecDifference[];
  /** Objects that stand for each other: names on the left to names on the right. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Compares two specifications by structure: objects are the same when their kind and parameters are and when everything that they
 * hold, and that holds them, is in equal slots with equal rights and badges. Names only decide between objects that are equal
 * otherwise, and help where there are differences.
 *
 * The cost grows about linearly with the number of objects and capabilities. What it calls isomorphic is: every object and
 * capability was compared. The search for that gives up after a thousand wrong choices; then there are differences, of which
 * none may be real. Specifications of systems need no such choice.
 */
export function diffSpecs(left: CapdlSpec, right: CapdlSpec, options: DiffOptions = {}): SpecDiff {
  const ignored = new Set<string>(options.ignore ?? []);
  if (options.match === "names") return diffNamed(left, right, ignored);
  const graph = makeGraph(left, right, ignored);
  const namesOf = (pairs: Int32Array): Map<string, string> => {
    const names = new Map<string, string>();
    left.objects.forEach(({ name }, index) => {
      const other = graph.objects[pairs[index] ?? -1];
      if (other !== undefined) names.set(name, other.name);
    });
    return names;
  };
  const same = findIsomorphism(graph);
  if (same !== undefined) {
    const names = namesOf(same);
    const differences = comparePaired(left, right, names, ignored);
    // Else what is no part of the graph differs, such as a schedule, or two hashes were the same by chance.
    if (differences.every(({ kind }) => kind === "arch" || kind === "domains"))
      return { isIsomorphic: differences.length === 0, differences, names };
  }
  const names = namesOf(pairAlike(graph));
  const differences = comparePaired(left, right, names, ignored);
  return { isIsomorphic: differences.length === 0, differences, names };
}

function diffNamed(left: CapdlSpec, right: CapdlSpec, ignored: ReadonlySet<string>): SpecDiff {
  const others = new Set(right.objects.map(({ name }) => name));
  const names = new Map(
    left.objects.filter(({ name }) => others.has(name)).map(({ name }) => [name, name]),
  );
  const differences = comparePaired(left, right, names, ignored);
  return { isIsomorphic: differences.length === 0, differences, names };
}
