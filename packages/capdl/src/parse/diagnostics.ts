/** A mistake in a specification's text. */
export interface CapdlDiagnostic {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** Collects mistakes by their offset in the text. */
export class Diagnostics {
  readonly #text: string;
  readonly #found: { readonly message: string; readonly offset: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get count(): number {
    return this.#found.length;
  }

  add(offset: number, message: string): void {
    this.#found.push({ offset, message });
  }

  /** All of them, in the order of the text. */
  list(): readonly CapdlDiagnostic[] {
    const starts = [0];
    for (let at = this.#text.indexOf("\n"); at >= 0; at = this.#text.indexOf("\n", at + 1)) {
      starts.push(at + 1);
    }
    return [...this.#found]
      .sort((a, b) => a.offset - b.offset)
      .map(({ message, offset }) => {
        let low = 0;
        let high = starts.length;
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          if ((starts[middle] ?? 0) <= offset) low = middle;
          else high = middle;
        }
        return { message, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
      });
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
