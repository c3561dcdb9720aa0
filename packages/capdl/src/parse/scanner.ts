import { SyntaxFailure } from "./diagnostics.ts";

/** Reads tokens at its position; spaces and comments in front of a token are passed over. */
export class Scanner {
  readonly text: string;
  /** Offset of the next character. */
  position = 0;
  readonly #identifier = /\p{L}[\p{L}\p{N}\-_@.]*/uy;
  readonly #identifierPart = /[\p{L}\p{N}\-_@.]/uy;
  readonly #number = /0[xX][0-9a-fA-F]+|0[oO][0-7]+|[0-9]+/y;

  constructor(text: string) {
    this.text = text;
  }

  /** Passes white space, `--` comments and nested block comments. */
  skipSpace(): void {
    const { text } = this;
    for (;;) {
      const char = text.charCodeAt(this.position);
      if (char === 0x20 || (char >= 0x09 && char <= 0x0d)) {
        this.position += 1;
      } else if (char === 0x2d && text.charCodeAt(this.position + 1) === 0x2d) {
        const end = text.indexOf("\n", this.position);
        this.position = end < 0 ? text.length : end;
      } else if (char === 0x2f && text.charCodeAt(this.position + 1) === 0x2a) {
        this.#skipBlockComment();
      } else return;
    }
  }

  /** Throws a {@link SyntaxFailure} at the next token. */
  fail(expected: string): never {
    this.skipSpace();
    const rest = this.text.slice(this.position, this.position + 1);
    const found = rest === "" ? "end of input" : `"${rest}"`;
    throw new SyntaxFailure(`unexpected ${found}, expected ${expected}`, this.position);
  }

  /** Offset of the next token. */
  here(): number {
    this.skipSpace();
    return this.position;
  }

  isAtEnd(): boolean {
    return this.here() >= this.text.length;
  }

  peek(symbol: string): boolean {
    this.skipSpace();
    return this.text.startsWith(symbol, this.position);
  }

  /** Takes a symbol if it is next. */
  accept(symbol: string): boolean {
    if (!this.peek(symbol)) return false;
    this.position += symbol.length;
    return true;
  }

  expect(symbol: string): void {
    if (!this.accept(symbol)) this.fail(`"${symbol}"`);
  }

  /** Takes a keyword if it is next and does not go on as an identifier. */
  acceptWord(word: string): boolean {
    if (!this.peek(word)) return false;
    this.#identifierPart.lastIndex = this.position + word.length;
    if (this.#identifierPart.test(this.text)) return false;
    this.position += word.length;
    return true;
  }

  /** The identifier that is next, without taking it. */
  peekIdentifier(): string | undefined {
    this.skipSpace();
    this.#identifier.lastIndex = this.position;
    return this.#identifier.exec(this.text)?.[0];
  }

  identifier(): string {
    const name = this.peekIdentifier();
    if (name === undefined) this.fail("identifier");
    this.position += name.length;
    return name;
  }

  /** A number if one is next. */
  acceptNumber(): number | undefined {
    this.skipSpace();
    this.#number.lastIndex = this.position;
    const digits = this.#number.exec(this.text)?.[0];
    if (digits === undefined) return undefined;
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) {
      throw new SyntaxFailure(`number ${digits} above 2^53-1`, this.position);
    }
    this.position += digits.length;
    return value;
  }

  number(): number {
    return this.acceptNumber() ?? this.fail("number");
  }

  #skipBlockComment(): void {
    const start = this.position;
    let depth = 0;
    do {
      const open = this.text.indexOf("/*", this.position);
      const close = this.text.indexOf("*/", this.position);
      if (close < 0) {
        this.position = this.text.length;
        throw new SyntaxFailure("comment without end", start);
      }
      const isOpening = open >= 0 && open < close;
      depth += isOpening ? 1 : -1;
      this.position = (isOpening ? open : close) + 2;
    } while (depth > 0);
  }
}
