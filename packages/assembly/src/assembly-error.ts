/** One mistake in a description. */
export interface Mistake {
  /** Where: an instance, a connection, or `instance.interface`. */
  readonly where: string;
  /** What is wrong, what was there and what is possible. */
  readonly message: string;
}

/** A description that cannot be realised; all mistakes are found before anything boots. */
export class AssemblyError extends Error {
  override readonly name = "AssemblyError";
  readonly mistakes: readonly Mistake[];
  constructor(system: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ where, message }) => `  ${where}: ${message}`);
    super(
      `System "${system}" has ${mistakes.length} mistake${mistakes.length === 1 ? "" : "s"}:\n${lines.join("\n")}`,
    );
    this.mistakes = mistakes;
  }
}
