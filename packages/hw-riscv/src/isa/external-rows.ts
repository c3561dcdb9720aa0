import type { IsaExtension } from "../isa-extension.ts";
import { externalRow, type Instruction } from "./instruction.ts";

/** The rows of extensions, in their order. */
export function externalRows(extensions: readonly IsaExtension[]): readonly Instruction[] {
  return extensions.flatMap(({ name: extension, instructions = [] }) =>
    instructions.map(({ name, syntax, match, ignored }) =>
      externalRow(extension, name, syntax, match, ignored),
    ),
  );
}
