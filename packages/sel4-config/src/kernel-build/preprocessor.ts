/** Macros that are defined, with their text. */
export type Macros = ReadonlyMap<string, string>;

/** A line that the preprocessor keeps. */
export interface SourceLine {
  /** From 1. */
  readonly number: number;
  /** Without comments and space around it. */
  readonly text: string;
}

/**
 * The lines of a C header that `#if`, `#ifdef`, `#ifndef`, `#elif` and `#else` leave. Other directives are among them.
 *
 * @param onError - told of a condition or a nesting that makes no sense
 */
export function keptLines(
  text: string,
  macros: Macros,
  onError: (line: SourceLine) => void,
): SourceLine[] {
  const kept: SourceLine[] = [];
  const open: Branch[] = [];
  for (const line of linesOf(text)) {
    const directive = /^#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)$/.exec(line.text);
    const innermost = open.at(-1);
    if (directive === null) {
      if (innermost?.isKept ?? true) kept.push(line);
      continue;
    }
    const [, keyword, rest = ""] = directive;
    const holds = (condition: string): boolean => {
      const value = evaluate(condition, macros);
      if (value === undefined) onError(line);
      return value !== undefined && value !== 0;
    };
    if (keyword === "endif") {
      if (open.pop() === undefined) onError(line);
    } else if (keyword === "else" || keyword === "elif") {
      if (innermost === undefined) onError(line);
      else {
        innermost.isKept = !innermost.isDone && (keyword === "else" || holds(rest));
        innermost.isDone ||= innermost.isKept;
      }
    } else {
      const isOuterKept = innermost?.isKept ?? true;
      const isTrue =
        keyword === "if" ? holds(rest) : macros.has(rest.trim()) === (keyword === "ifdef");
      open.push({ isKept: isOuterKept && isTrue, isDone: !isOuterKept || isTrue });
    }
  }
  if (open.length > 0) onError({ number: text.split("\n").length, text: "end of file" });
  return kept;
}

/** One that is not closed goes to the end: a search for its end is made only once. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** An open `#if`. */
interface Branch {
  /** Whether lines count now. */
  isKept: boolean;
  /** Whether no further branch can count: one has, or what is around it does not. */
  isDone: boolean;
}

/** All lines that are not empty without their comments. */
export function linesOf(text: string): SourceLine[] {
  return text
    .replace(COMMENT, (comment) => comment.replace(/[^\n]/g, " "))
    .split("\n")
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "");
}

/** Value of a C integer literal, `undefined` for another text. */
export function integerOf(text: string): number | undefined {
  const digits = /^(0x[0-9a-f]+|[0-9]+)(?:u?l{0,2}|l{1,2}u)$/i.exec(text.trim())?.[1];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Value of a condition as the preprocessor sees it; `undefined` when it is none. */
function evaluate(condition: string, macros: Macros): number | undefined {
  const tokens = condition.match(/\w+|&&|\|\||[<>=!]=|[<>!()]|\S/g) ?? [];
  const parser = new ConditionParser(tokens, macros);
  const value = parser.parse();
  return parser.isWhole ? value : undefined;
}

const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
];

/** Brackets and `!` inside each other: what nobody writes must not use up the stack. */
const MAX_DEPTH = 64;

class ConditionParser {
  readonly #tokens: readonly string[];
  readonly #macros: Macros;
  #at = 0;
  #depth = 0;
  #isValid = true;

  constructor(tokens: readonly string[], macros: Macros) {
    this.#tokens = tokens;
    this.#macros = macros;
  }

  get isWhole(): boolean {
    return this.#isValid && this.#at === this.#tokens.length;
  }

  parse(level = 0): number {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.parse(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at++;
      left = apply(operator, left, this.parse(level + 1));
    }
  }

  #unary(): number {
    const value = this.#depth++ < MAX_DEPTH ? this.#operand() : this.#refuse();
    this.#depth--;
    return value;
  }

  #refuse(): number {
    this.#isValid = false;
    return 0;
  }

  #operand(): number {
    const token = this.#tokens[this.#at++];
    if (token === "!") return this.#unary() === 0 ? 1 : 0;
    if (token === "(") {
      const value = this.parse();
      this.#expect(")");
      return value;
    }
    if (token === "defined") return this.#defined();
    const literal = integerOf(token ?? "");
    if (literal !== undefined) return literal;
    if (token === undefined || !/^[A-Za-z_]/.test(token)) this.#isValid = false;
    // A name that is not defined counts as 0.
    return integerOf(this.#macros.get(token ?? "") ?? "") ?? 0;
  }

  #defined(): number {
    const isBracketed = this.#tokens[this.#at] === "(";
    if (isBracketed) this.#at++;
    const name = this.#tokens[this.#at++] ?? "";
    if (!/^[A-Za-z_]/.test(name)) this.#isValid = false;
    if (isBracketed) this.#expect(")");
    return this.#macros.has(name) ? 1 : 0;
  }

  #expect(token: string): void {
    if (this.#tokens[this.#at++] !== token) this.#isValid = false;
  }
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case "||":
      return left !== 0 || right !== 0 ? 1 : 0;
    case "&&":
      return left !== 0 && right !== 0 ? 1 : 0;
    case "==":
      return left === right ? 1 : 0;
    case "!=":
      return left === right ? 0 : 1;
    case "<":
      return left < right ? 1 : 0;
    case ">":
      return left > right ? 1 : 0;
    case "<=":
      return left <= right ? 1 : 0;
    default:
      return left >= right ? 1 : 0;
  }
}
