/** A mistake in a specification's text. */
export interface CapdlDiagnostic {
  /** `CAPDL0001` …: `explainCapdl` has a page for each. */
  readonly code: string;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** Finds lines and columns of offsets in a text. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  /** Both from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

/** Collects mistakes by their offset in the text. */
export class Diagnostics {
  readonly #text: string;
  readonly #found: { readonly code: string; readonly message: string; readonly offset: number }[] =
    [];

  constructor(text: string) {
    this.#text = text;
  }

  get count(): number {
    return this.#found.length;
  }

  add(offset: number, message: string, code = "CAPDL0001"): void {
    this.#found.push({ offset, message, code });
  }

  /** All of them, in the order of the text. */
  list(): readonly CapdlDiagnostic[] {
    if (this.#found.length === 0) return [];
    const lines = new LineIndex(this.#text);
    return [...this.#found]
      .sort((a, b) => a.offset - b.offset)
      .map(({ code, message, offset }) => ({ code, message, ...lines.place(offset) }));
  }
}

/** A syntax error on its way to the place that can go on after it. */
export class SyntaxFailure extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
