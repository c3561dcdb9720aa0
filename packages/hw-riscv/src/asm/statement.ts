/** A line of assembly, after pseudo-instructions were expanded. */
export interface Statement {
  /** Line in the source, from 1. */
  readonly line: number;
  readonly address: number;
  readonly mnemonic: string;
  readonly operands: readonly string[];
}
