/** A line that the assembler does not understand. */
export class AssemblyError extends Error {
  override readonly name = "AssemblyError";
  /** Line in the source, from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}
