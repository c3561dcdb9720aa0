import type { Condition, Value } from "../src/isa/semantics.ts";

const OPERATORS = {
  add: "+",
  sub: "-",
  and: "&",
  or: "|",
  xor: "^",
  sll: "<<",
  srl: ">>>",
  sra: ">>",
};
const COMPARISONS = { eq: "===", ne: "!==", lt: "<", ge: ">=", ltu: "<", geu: ">=" };
/** Operators whose result is a signed 32-bit number already. */
const EXACT = new Set(["and", "or", "xor", "sll", "sra"]);

/** Intrinsics as expressions; a result that is not a signed 32-bit number is marked with an exclamation mark. */
const INTRINSICS: Readonly<Record<string, (a: string, b: string) => string>> = {
  multiply: (a, b) => `Math.imul(${a}, ${b})`,
  divide: (a, b) => `!(${b} === 0 ? -1 : ${a} / ${b})`,
  divideUnsigned: (a, b) => `!(${b} === 0 ? -1 : (${a} >>> 0) / (${b} >>> 0))`,
  remainder: (a, b) => `!(${b} === 0 ? ${a} : ${a} % ${b})`,
  remainderUnsigned: (a, b) => `!(${b} === 0 ? ${a} : (${a} >>> 0) % (${b} >>> 0))`,
  countLeadingZeros: (a) => `Math.clz32(${a})`,
};

/** An expression of signed 32-bit numbers, or of numbers that a store into an `Int32Array` makes one of. */
export interface Lowered {
  readonly text: string;
  readonly isExact: boolean;
}

/** Lowers values of 32 bits to expressions. `leaf` names the operands. */
export class Lowering32 {
  readonly #leaf: (value: Value) => string;
  /** Intrinsics that are functions of `arithmetic/word.ts`. */
  readonly used: Set<string>;

  constructor(leaf: (value: Value) => string, used: Set<string>) {
    this.#leaf = leaf;
    this.used = used;
  }

  /** A signed 32-bit number. */
  exact(value: Value): string {
    const { text, isExact } = this.lower(value);
    return isExact ? text : `(${text} | 0)`;
  }

  lower(value: Value): Lowered {
    switch (value.kind) {
      case "constant":
        return { text: String(value.value), isExact: true };
      case "binary": {
        const text = `(${this.exact(value.a)} ${OPERATORS[value.operator]} ${this.exact(value.b)})`;
        return { text, isExact: EXACT.has(value.operator) };
      }
      case "signed":
      case "unsigned":
        return this.lower(value.a);
      case "flag":
        return { text: `(${this.condition(value.condition)} ? 1 : 0)`, isExact: true };
      case "select": {
        const [a, b] = [this.exact(value.a), this.exact(value.b)];
        return { text: `(${this.condition(value.condition)} ? ${a} : ${b})`, isExact: true };
      }
      case "intrinsic":
        return this.#intrinsic(value.name, value.operands);
      case "low":
        if (value.a.kind === "binary") return this.lower(value.a);
        return { text: this.#leaf(value), isExact: true };
      default:
        return { text: this.#leaf(value), isExact: true };
    }
  }

  #intrinsic(name: string, operands: readonly Value[]): Lowered {
    const [a = "", b = ""] = operands.map((operand) => this.exact(operand));
    const inline = INTRINSICS[name]?.(a, b);
    if (inline !== undefined) {
      return inline.startsWith("!")
        ? { text: inline.slice(1), isExact: false }
        : { text: inline, isExact: true };
    }
    this.used.add(name);
    return { text: `word.${name}(${operands.length === 1 ? a : `${a}, ${b}`})`, isExact: true };
  }

  condition({ comparison, a, b }: Condition): string {
    const unsigned = comparison.endsWith("u") ? " >>> 0" : "";
    return `${this.exact(a)}${unsigned} ${COMPARISONS[comparison]} ${this.exact(b)}${unsigned}`;
  }
}
