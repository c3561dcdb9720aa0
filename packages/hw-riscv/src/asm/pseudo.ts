/** An instruction: mnemonic and operands. */
export type Instruction = readonly [string, readonly string[]];

/**
 * The instructions that a mnemonic stands for, where it is neither an instruction nor another name for one; otherwise
 * itself. Lengths do not depend on values.
 */
export function expandPseudo(mnemonic: string, o: readonly string[]): readonly Instruction[] {
  const [a = "", b = "", c = ""] = o;
  switch (mnemonic) {
    case "li":
    case "la":
      return [
        ["lui", [a, `%hi(${b})`]],
        ["addi", [a, a, `%lo(${b})`]],
      ];
    case "call":
      return [["jal", ["ra", a]]];
    case "bgt":
      return [["blt", [b, a, c]]];
    case "ble":
      return [["bge", [b, a, c]]];
    case "bgtu":
      return [["bltu", [b, a, c]]];
    case "bleu":
      return [["bgeu", [b, a, c]]];
    default:
      return [[mnemonic, o]];
  }
}
