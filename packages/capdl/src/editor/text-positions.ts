/** A place in a text, as the Language Server Protocol has it: both from 0, characters in UTF-16 code units. */
export interface EditorPosition {
  readonly line: number;
  readonly character: number;
}

/** A part of a text; the end is behind its last character. */
export interface EditorRange {
  readonly start: EditorPosition;
  readonly end: EditorPosition;
}

/** Offsets and places of one text. */
export class TextPositions {
  readonly #length: number;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1))
      this.#starts.push(at + 1);
  }

  position(offset: number): EditorPosition {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, character: offset - (this.#starts[low] ?? 0) };
  }

  range(start: number, end: number): EditorRange {
    return { start: this.position(start), end: this.position(end) };
  }

  /** Offset of a place; of one outside the text, the nearest inside. */
  offset({ line, character }: EditorPosition): number {
    if (line < 0) return 0;
    const start = this.#starts[line];
    if (start === undefined) return this.#length;
    const end = this.#starts[line + 1];
    return Math.min(start + Math.max(character, 0), end === undefined ? this.#length : end - 1);
  }
}
