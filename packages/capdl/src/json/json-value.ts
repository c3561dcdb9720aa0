import { type Word } from "../model.ts";

/** A mistake in JSON, with the path of keys to it. */
export class JsonMistake extends Error {
  readonly path: string;

  constructor(path: string, expected: string) {
    super(`${path === "" ? "the whole" : path}: ${expected} expected`);
    this.path = path;
  }
}

/** A value and the path to it; its methods demand a type. */
export class JsonValue {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    this.#value = value;
    this.#path = path;
  }

  /** Parses a text; numbers above 2^53-1 stay whole. */
  static parse(text: string): JsonValue {
    // Outside of texts only numbers are long rows of digits.
    const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) =>
      token.startsWith('"') ? token : `{"$":"${token}"}`,
    );
    try {
      return new JsonValue(JSON.parse(marked));
    } catch (error) {
      throw new JsonMistake("", error instanceof Error ? error.message : "JSON");
    }
  }

  fail(expected: string): never {
    throw new JsonMistake(this.#path, expected);
  }

  isNull(): boolean {
    return this.#value === null || this.#value === undefined;
  }

  isText(): boolean {
    return typeof this.#value === "string";
  }

  isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** Whether there is a value behind a key. */
  has(key: string): boolean {
    return !this.get(key).isNull();
  }

  /** What is behind a key of an object; nothing, if it is none. */
  get(key: string): JsonValue {
    const path = this.#path === "" ? key : `${this.#path}.${key}`;
    const value = this.#value;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
      return new JsonValue(undefined, path);
    }
    return new JsonValue((value as Readonly<Record<string, unknown>>)[key], path);
  }

  list(): readonly JsonValue[] {
    if (!Array.isArray(this.#value)) this.fail("a list");
    return this.#value.map(
      (item: unknown, index) => new JsonValue(item, `${this.#path}[${index}]`),
    );
  }

  /** The one key of an object, or a text, and what is behind it. */
  variant(): { readonly name: string; readonly content: JsonValue } {
    if (typeof this.#value === "string")
      return { name: this.#value, content: new JsonValue(null, this.#path) };
    if (typeof this.#value !== "object" || this.#value === null) this.fail("a variant");
    const [name, ...more] = Object.keys(this.#value);
    if (name === undefined || more.length > 0) this.fail("one variant");
    return { name, content: this.get(name) };
  }

  text(): string {
    if (typeof this.#value !== "string") this.fail("a text");
    return this.#value;
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") this.fail("true or false");
    return this.#value;
  }

  /** An unsigned number of at most `bits` bits. */
  word(bits = 64): Word {
    const long = this.#value instanceof Object ? this.get("$").#value : undefined;
    const value = typeof long === "string" ? BigInt(long) : this.#value;
    const isWhole = typeof value === "bigint" || Number.isInteger(value);
    if (!isWhole) this.fail("a whole number");
    const number = BigInt(value as Word);
    if (number < 0n || number >= 1n << BigInt(bits)) this.fail(`a number of ${bits} bits`);
    return number > BigInt(Number.MAX_SAFE_INTEGER) ? number : Number(number);
  }

  /** An index, a size, and the like. */
  number(bits = 32): number {
    return Number(this.word(bits));
  }
}
