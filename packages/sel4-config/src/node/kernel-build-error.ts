import type { KernelBuildProblem } from "../kernel-build/kernel-build.ts";

/** A folder is not the build of a kernel that a profile can describe. */
export class KernelBuildError extends Error {
  override readonly name = "KernelBuildError";
  /** Everything that is wrong. */
  readonly problems: readonly KernelBuildProblem[];

  constructor(folder: string, problems: readonly KernelBuildProblem[]) {
    const lines = problems.map(
      ({ file, found, wanted }) => `\n  ${file}: found ${found}; wanted ${wanted}`,
    );
    super(`${folder} is not a kernel build that a profile can describe:${lines.join("")}`);
    this.problems = problems;
  }
}
