/** A branch that random operations cannot take, and why. */
export interface Unreachable {
  /** File under test, from the root of the repository. */
  readonly file: string;
  /** Part of the line in which the branch begins, with `▸` where it begins; see {@link UncoveredBranch.source}. */
  readonly snippet: string;
  readonly reason: string;
}

/** A branch that no random test of an entry took. */
interface UncoveredBranch {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The line with `▸` where the branch begins; for an `else` that is not written, behind the line. */
  readonly source: string;
  /** Why it cannot be taken, if that is known. */
  readonly reason: string | undefined;
}

/** Branches of the files under test. */
export interface BranchCoverage {
  readonly branches: number;
  readonly covered: number;
  readonly uncovered: readonly UncoveredBranch[];
  /** Known reasons that explain nothing any more. */
  readonly stale: readonly Unreachable[];
}

interface Location {
  readonly start: { readonly line?: number; readonly column?: number };
}

/** One file in Istanbul's `coverage-final.json`. */
export interface FileCoverage {
  readonly branchMap: Readonly<
    Record<string, { readonly loc: Location; readonly locations: readonly Location[] }>
  >;
  /** For each branch point, how often each of its branches was taken. */
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/**
 * Branches taken and not taken.
 * @param coverage - By file, from the root of the repository.
 * @param sourceOf - Text of a file.
 */
export function branchCoverage(
  coverage: ReadonlyMap<string, FileCoverage>,
  unreachable: readonly Unreachable[],
  sourceOf: (file: string) => string,
): BranchCoverage {
  const uncovered: UncoveredBranch[] = [];
  const used = new Set<Unreachable>();
  let branches = 0;
  for (const [file, { branchMap, b }] of coverage) {
    const lines = sourceOf(file).split("\n");
    for (const [key, { loc, locations }] of Object.entries(branchMap)) {
      (b[key] ?? []).forEach((count, index) => {
        branches++;
        if (count > 0) return;
        // An `else` that is not written has no place of its own.
        const start = locations[index]?.start;
        const line = start?.line ?? loc.start.line ?? 0;
        const text = lines[line - 1] ?? "";
        const column = start?.line === undefined ? text.length : (start.column ?? 0);
        const source = `${text.slice(0, column)}▸${text.slice(column)}`.trim();
        const known = unreachable.find(
          (each) => each.file === file && source.includes(each.snippet),
        );
        if (known !== undefined) used.add(known);
        uncovered.push({ file, line, source, reason: known?.reason });
      });
    }
  }
  return {
    branches,
    covered: branches - uncovered.length,
    uncovered: uncovered.sort((a, b) =>
      a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
    ),
    stale: unreachable.filter((each) => !used.has(each)),
  };
}

/** Share of the branches that can be taken that were, from 0 to 1. */
export function reachedShare({ branches, covered, uncovered }: BranchCoverage): number {
  const explained = uncovered.filter(({ reason }) => reason !== undefined).length;
  return branches === explained ? 1 : covered / (branches - explained);
}
