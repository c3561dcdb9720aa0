import type { Condition, Value } from "../src/isa/semantics.ts";
import { Lowering32 } from "./lower-32.ts";

/** A 64-bit value: expressions of its halves, which are signed 32-bit numbers and cheap to repeat. */
interface Pair {
  readonly low: string;
  readonly high: string;
}

const SWAPPED_COMPARISONS = { lt: "<", ltu: "<", ge: ">=", geu: ">=" };

/** Lowers values of 64 bits to statements that compute pairs of 32-bit numbers. */
export class Lowering64 {
  readonly statements: string[] = [];
  readonly #words: Lowering32;
  #count = 0;

  constructor(used: Set<string>) {
    this.#words = new Lowering32((value) => this.#wordLeaf(value), used);
  }

  #name(prefix: string, expression: string): string {
    // Names and numbers need no variable.
    if (/^-?\w+$/.test(expression)) return expression;
    const name = `${prefix}${++this.#count}`;
    this.statements.push(`const ${name} = ${expression};`);
    return name;
  }

  #wordLeaf(value: Value): string {
    if (value.kind === "low") {
      // Saves the load of a half that is not used.
      const { kind } = value.a;
      if (kind === "rs1") return "a";
      if (kind === "rs2") return "b";
      return this.pair(value.a).low;
    }
    if (value.kind === "memory") return "old";
    throw new Error(`${value.kind} is not 32 bits wide`);
  }

  /** A 32-bit value. */
  word(value: Value): string {
    return this.#words.exact(value);
  }

  pair(value: Value): Pair {
    switch (value.kind) {
      case "rs1":
        return { low: "a", high: this.#operand("aHigh", "15") };
      case "rs2":
        return { low: "b", high: this.#operand("bHigh", "20") };
      case "immediate":
        return { low: "immediate", high: "(immediate >> 31)" };
      case "pc":
        return { low: "pc", high: "pcHigh" };
      case "memory":
        return { low: "old", high: "oldHigh" };
      case "constant":
        return { low: String(value.value), high: value.value < 0 ? "-1" : "0" };
      case "binary":
        return this.#binary(value.operator, value.a, value.b);
      case "signed": {
        const low = this.#name("low", this.word(value.a));
        return { low, high: `(${low} >> 31)` };
      }
      case "unsigned":
        return { low: this.#name("low", this.word(value.a)), high: "0" };
      case "flag":
        return { low: `(${this.condition(value.condition)} ? 1 : 0)`, high: "0" };
      case "select": {
        const condition = this.#name("holds", `(${this.condition(value.condition)})`);
        const [a, b] = [this.pair(value.a), this.pair(value.b)];
        return {
          low: `(${condition} ? ${a.low} : ${b.low})`,
          high: `(${condition} ? ${a.high} : ${b.high})`,
        };
      }
      case "intrinsic": {
        const operands = value.operands.map((operand, index) => {
          const { low, high } = this.pair(operand);
          // Amounts of rotations are small.
          return index === 1 && value.name.startsWith("rotate") ? low : `${low}, ${high}`;
        });
        const low = this.#name("low", `pair.${value.name}(out, ${operands.join(", ")})`);
        return { low, high: "out.high" };
      }
      case "low":
        throw new Error("low is not 64 bits wide");
    }
  }

  #operand(name: string, shift: string): string {
    const statement = `const ${name} = words[((operation >>> ${shift}) & 31) + HIGH]!;`;
    if (!this.statements.includes(statement)) this.statements.push(statement);
    return name;
  }

  #binary(operator: string, left: Value, right: Value): Pair {
    const a = this.pair(left);
    const b = this.pair(right);
    switch (operator) {
      case "add": {
        const low = this.#name("low", `(${a.low} + ${b.low}) | 0`);
        const carry = `(${low} >>> 0 < ${a.low} >>> 0 ? 1 : 0)`;
        return { low, high: this.#name("high", `(${a.high} + ${b.high} + ${carry}) | 0`) };
      }
      case "sub": {
        const borrow = `(${a.low} >>> 0 < ${b.low} >>> 0 ? 1 : 0)`;
        return {
          low: this.#name("low", `(${a.low} - ${b.low}) | 0`),
          high: this.#name("high", `(${a.high} - ${b.high} - ${borrow}) | 0`),
        };
      }
      case "and":
      case "or":
      case "xor": {
        const sign = { and: "&", or: "|", xor: "^" }[operator];
        return {
          low: this.#name("low", `(${a.low} ${sign} ${b.low})`),
          high: this.#name("high", `(${a.high} ${sign} ${b.high})`),
        };
      }
      default:
        return right.kind === "constant"
          ? this.#shiftByConstant(operator, a, right.value)
          : this.#shift(operator, a, b.low);
    }
  }

  #shift(operator: string, a: Pair, amount: string): Pair {
    const isLong = this.#name("isLong", `(${amount} & 32) !== 0`);
    if (operator === "sll") {
      const shifted = this.#name("low", `${a.low} << ${amount}`);
      const both = `(${a.high} << ${amount}) | (${a.low} >>> 1 >>> ~${amount})`;
      return {
        low: this.#name("low", `${isLong} ? 0 : ${shifted}`),
        high: this.#name("high", `${isLong} ? ${shifted} : ${both}`),
      };
    }
    const sign = operator === "sra" ? ">>" : ">>>";
    const shifted = this.#name("high", `(${a.high} ${sign} ${amount}) | 0`);
    const both = `(${a.low} >>> ${amount}) | (${a.high} << 1 << ~${amount})`;
    return {
      low: this.#name("low", `${isLong} ? ${shifted} : ${both}`),
      high: this.#name(
        "high",
        `${isLong} ? ${operator === "sra" ? `${a.high} >> 31` : "0"} : ${shifted}`,
      ),
    };
  }

  /** By 1 to 31. */
  #shiftByConstant(operator: string, a: Pair, amount: number): Pair {
    const rest = 32 - amount;
    if (operator !== "sll") throw new Error("only shifts to the left are by constants");
    return {
      low: this.#name("low", `${a.low} << ${amount}`),
      high: this.#name("high", `(${a.high} << ${amount}) | (${a.low} >>> ${rest})`),
    };
  }

  condition({ comparison, a, b }: Condition): string {
    if (a.width === "w") return this.#words.condition({ comparison, a, b });
    const [left, right] = [this.pair(a), this.pair(b)];
    switch (comparison) {
      case "eq":
        return `${left.low} === ${right.low} && ${left.high} === ${right.high}`;
      case "ne":
        return `${left.low} !== ${right.low} || ${left.high} !== ${right.high}`;
      default: {
        const sign = SWAPPED_COMPARISONS[comparison];
        const unsigned = comparison.endsWith("u") ? " >>> 0" : "";
        const low = `${left.low} >>> 0 ${sign} ${right.low} >>> 0`;
        const high = `${left.high}${unsigned} ${sign.startsWith(">") ? ">" : "<"} ${right.high}${unsigned}`;
        return `(${left.high} === ${right.high} ? ${low} : ${high})`;
      }
    }
  }
}
