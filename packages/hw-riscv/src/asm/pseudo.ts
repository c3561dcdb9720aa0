/** An instruction: mnemonic and operands. */
export type Instruction = readonly [string, readonly string[]];

/** The instructions that a mnemonic stands for; itself where it is a real one. Lengths do not depend on values. */
export function expandPseudo(mnemonic: string, o: readonly string[]): readonly Instruction[] {
  const [a = "", b = "", c = ""] = o;
  switch (mnemonic) {
    case "nop":
      return [["addi", ["x0", "x0", "0"]]];
    case "mv":
      return [["addi", [a, b, "0"]]];
    case "not":
      return [["xori", [a, b, "-1"]]];
    case "neg":
      return [["sub", [a, "x0", b]]];
    case "seqz":
      return [["sltiu", [a, b, "1"]]];
    case "snez":
      return [["sltu", [a, "x0", b]]];
    case "li":
    case "la":
      return [
        ["lui", [a, `%hi(${b})`]],
        ["addi", [a, a, `%lo(${b})`]],
      ];
    case "j":
      return [["jal", ["x0", a]]];
    case "jal":
      return o.length === 1 ? [["jal", ["ra", a]]] : [["jal", o]];
    case "jr":
      return [["jalr", ["x0", `0(${a})`]]];
    case "call":
      return [["jal", ["ra", a]]];
    case "ret":
      return [["jalr", ["x0", "0(ra)"]]];
    case "beqz":
      return [["beq", [a, "x0", b]]];
    case "bnez":
      return [["bne", [a, "x0", b]]];
    case "bltz":
      return [["blt", [a, "x0", b]]];
    case "bgt":
      return [["blt", [b, a, c]]];
    case "ble":
      return [["bge", [b, a, c]]];
    case "csrr":
      return [["csrrs", [a, b, "x0"]]];
    case "csrw":
      return [["csrrw", ["x0", a, b]]];
    case "csrs":
      return [["csrrs", ["x0", a, b]]];
    case "csrc":
      return [["csrrc", ["x0", a, b]]];
    case "csrwi":
      return [["csrrwi", ["x0", a, b]]];
    case "rdcycle":
      return [["csrrs", [a, "cycle", "x0"]]];
    case "rdtime":
      return [["csrrs", [a, "time", "x0"]]];
    case "rdinstret":
      return [["csrrs", [a, "instret", "x0"]]];
    default:
      return [[mnemonic, o]];
  }
}
