import { type Word } from "../model.ts";
import { SyntaxFailure } from "./diagnostics.ts";
import { NameTable } from "./name-table.ts";
import { isLetter, isLetterOrNumber, isSpace } from "./unicode.ts";

const QUOTE_LIMIT = 24;
const MASK_64 = (1n << 64n) - 1n;

/** Classes of ASCII characters, by bit. */
const LETTER = 1;
const PART = 2;
const SPACE = 4;
const DIGIT = 8;
const CLASSES: Uint8Array = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code++) {
    const char = String.fromCharCode(code);
    if (/[A-Za-z]/.test(char)) table[code] = LETTER | PART;
    else if (/[0-9]/.test(char)) table[code] = DIGIT | PART;
    else if ("-_@.".includes(char)) table[code] = PART;
    else if (/\s/.test(char)) table[code] = SPACE;
  }
  return table;
}

/**
 * Reads tokens at its position; spaces and comments in front of a token are passed over.
 *
 * An identifier is a number: its number in the {@link NameTable}.
 */
export class Scanner {
  readonly text: string;
  /** Offset of the next character. */
  position = 0;
  /** Offset behind what a method read at an offset it was given. */
  end = 0;
  /** Identifiers by number. */
  readonly names: readonly string[];
  readonly table: NameTable;
  readonly #plain = /[A-Za-z][\w@.-]*/y;
  /** What was quoted last: neighbours are mostly of one file. */
  #lastQuoted = "";

  /** @param words - identifiers that get the first numbers */
  constructor(text: string, words: readonly string[]) {
    this.text = text;
    this.table = new NameTable(words);
    this.names = this.table.names;
  }

  /** Passes white space, `--` comments and nested block comments. */
  skipSpace(): void {
    const { text } = this;
    let at = this.position;
    for (;;) {
      const char = text.charCodeAt(at);
      if (char < 128) {
        if ((CLASSES[char] ?? 0) === SPACE) {
          at += 1;
          continue;
        }
        if (char === 0x2d && text.charCodeAt(at + 1) === 0x2d) {
          const end = text.indexOf("\n", at);
          at = end < 0 ? text.length : end;
          continue;
        }
        if (char === 0x2f && text.charCodeAt(at + 1) === 0x2a) {
          this.position = at;
          this.#skipBlockComment();
          at = this.position;
          continue;
        }
      } else if (isSpace(char)) {
        at += 1;
        continue;
      }
      this.position = at;
      return;
    }
  }

  /** The next character as a code unit, after space; `NaN` at the end. */
  peek(): number {
    this.skipSpace();
    return this.text.charCodeAt(this.position);
  }

  /** Offset of the next token. */
  here(): number {
    this.skipSpace();
    return this.position;
  }

  isAtEnd(): boolean {
    return this.here() >= this.text.length;
  }

  /** Takes a character if it is next. */
  accept(char: number): boolean {
    if (this.peek() !== char) return false;
    this.position += 1;
    return true;
  }

  expect(char: number): void {
    if (this.peek() !== char) this.fail(`"${String.fromCharCode(char)}"`);
    this.position += 1;
  }

  /** Takes a text of several characters if it is next. */
  acceptText(symbol: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(symbol, this.position)) return false;
    this.position += symbol.length;
    return true;
  }

  /** Takes a keyword with a space in it, if it is next and does not go on as an identifier. */
  acceptPhrase(phrase: string): boolean {
    const start = this.here();
    if (!this.acceptText(phrase)) return false;
    if (!this.#isPart(this.position)) return true;
    this.position = start;
    return false;
  }

  /** Throws a {@link SyntaxFailure} at the next token. */
  fail(expected: string): never {
    this.skipSpace();
    throw new SyntaxFailure(`unexpected ${this.#found()}, expected ${expected}`, this.position);
  }

  /** Number of the identifier that is next, or -1; it is taken. */
  acceptIdentifier(): number {
    this.skipSpace();
    const { text } = this;
    const start = this.position;
    const plain = this.#plain;
    plain.lastIndex = start;
    let at = plain.test(text) ? plain.lastIndex : start;
    const char = text.charCodeAt(at);
    if (char >= 128) at = this.#anyIdentifier(start);
    if (at === start) return -1;
    this.position = at;
    return this.table.number(text.slice(start, at));
  }

  /** Offset behind an identifier with other than ASCII characters. */
  #anyIdentifier(start: number): number {
    const { text } = this;
    if (!isLetter(text.codePointAt(start))) return start;
    let at = start;
    for (;;) {
      const char = text.charCodeAt(at);
      // The second half of a pair belongs to the first.
      const isHalf = char >= 0xdc00 && char <= 0xdfff && at > start;
      if (!isHalf && !this.#isPart(at)) return at;
      at += 1;
    }
  }

  identifier(what = "identifier"): number {
    const id = this.acceptIdentifier();
    return id < 0 ? this.fail(what) : id;
  }

  /** The identifier that is next, which stays; or -1. */
  peekIdentifier(): number {
    const start = this.here();
    const id = this.acceptIdentifier();
    this.position = start;
    return id;
  }

  /** Takes a keyword, by its number, if it is next. */
  acceptWord(word: number): boolean {
    const start = this.here();
    if (this.acceptIdentifier() === word) return true;
    this.position = start;
    return false;
  }

  isNumberNext(): boolean {
    const char = this.peek();
    return char >= 0x30 && char <= 0x39;
  }

  /** A number, modulo 2^64. */
  word(): Word {
    const value = this.integer();
    if (typeof value === "number") return value;
    return narrow(value & MASK_64);
  }

  /** A number of any size. */
  integer(): Word {
    if (!this.isNumberNext()) this.fail("number");
    const { text } = this;
    const start = this.position;
    let at = start;
    let value = 0;
    const second = text.charCodeAt(start + 1) | 0x20;
    if (text.charCodeAt(start) === 0x30 && (second === 0x78 || second === 0x6f)) {
      const radix = second === 0x78 ? 16 : 8;
      at += 2;
      for (;;) {
        const digit = digitOf(text.charCodeAt(at));
        if (digit >= radix) break;
        value = value * radix + digit;
        at += 1;
      }
      if (at === start + 2) {
        this.position = at;
        this.fail(radix === 16 ? "hexadecimal digit" : "octal digit");
      }
    } else {
      for (;;) {
        const digit = text.charCodeAt(at) - 0x30;
        if (!(digit >= 0 && digit <= 9)) break;
        value = value * 10 + digit;
        at += 1;
      }
    }
    this.position = at;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    return narrow(BigInt(text.slice(start, at).toLowerCase()));
  }

  /** A decimal number as it is printed, at an offset; -1 if there is none. {@link end} is behind it. */
  plainNumberAt(start: number): number {
    const { text } = this;
    let at = start;
    let value = 0;
    for (;;) {
      const digit = text.charCodeAt(at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      at += 1;
    }
    this.end = at;
    const isPlain = at > start && (at === start + 1 || text.charCodeAt(start) !== 0x30);
    return isPlain && value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }

  /** What stands before the next quotation mark, without white space or braces; {@link end} is behind the mark. */
  quotedAt(start: number): string | undefined {
    const { text } = this;
    const last = this.#lastQuoted;
    const behind = start + last.length;
    if (text.charCodeAt(behind) === 0x22 && text.startsWith(last, start)) {
      this.end = behind + 1;
      return last;
    }
    let end = start;
    for (;;) {
      const char = text.charCodeAt(end);
      if (char === 0x22) break;
      if (!(char > 0x20 && char < 0x7f) || char === 0x7d) return undefined;
      end += 1;
    }
    this.#lastQuoted = text.slice(start, end);
    this.end = end + 1;
    return this.#lastQuoted;
  }

  /** A number that must be small: an index, a size in bits. */
  small(what: string): number {
    const at = this.here();
    const value = this.word();
    if (typeof value === "bigint") {
      throw new SyntaxFailure(`${what} ${value} is too large`, at);
    }
    return value;
  }

  #isPart(at: number): boolean {
    const point = this.text.codePointAt(at);
    if (point === undefined) return false;
    if (point < 128) return ((CLASSES[point] ?? 0) & PART) !== 0;
    return isLetterOrNumber(point);
  }

  #found(): string {
    const { text, position } = this;
    if (position >= text.length) return "end of input";
    let end = position;
    while (end < text.length && end - position < QUOTE_LIMIT && this.#isPart(end)) end += 1;
    if (end === position) end += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
    return `"${text.slice(position, end)}"`;
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

function digitOf(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const letter = char | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 99;
}

function narrow(value: bigint): Word {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
