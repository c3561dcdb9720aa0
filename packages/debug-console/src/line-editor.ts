/** Longest line, bytes. */
export const MAX_LINE_BYTES = 128;

const Key = {
  Home: 0x01,
  Left: 0x02,
  Delete: 0x04,
  End: 0x05,
  Right: 0x06,
  Bell: 0x07,
  Backspace: 0x08,
  LineFeed: 0x0a,
  KillToEnd: 0x0b,
  CarriageReturn: 0x0d,
  KillLine: 0x15,
  KillWord: 0x17,
  Rubout: 0x7f,
} as const;
const SAVE = "\x1b[s";
const RESTORE = "\x1b[u";
const ERASE_TO_END = "\x1b[K";
const LEFT = "\x1b[1D";
const RIGHT = "\x1b[1C";
const BELL = "\x07";

/** What a key did. */
export interface KeyResult {
  /** What to send to the terminal. */
  readonly echo: string;
  /** The finished line, when the key ended it. */
  readonly line?: string;
}

/** The line editor of `cantrip-line-reader`: VT100, no history. One instance edits one line after another. */
export class LineEditor {
  #line = "";
  #cursor = 0;

  /** Handles one byte from the terminal. */
  key(byte: number): KeyResult {
    switch (byte) {
      case Key.CarriageReturn:
      case Key.LineFeed:
        return this.#finish();
      case Key.Home:
        return this.#move(-this.#cursor);
      case Key.Left:
        return this.#move(this.#cursor > 0 ? -1 : 0);
      case Key.Right:
        return this.#move(this.#cursor < this.#line.length ? 1 : 0);
      case Key.End:
        return this.#move(this.#line.length - this.#cursor);
      case Key.Delete:
        return this.#remove(this.#cursor, this.#cursor + 1);
      case Key.Backspace:
      case Key.Rubout:
        return this.#removeBefore(1);
      case Key.KillToEnd:
        return this.#remove(this.#cursor, this.#line.length);
      case Key.KillLine:
        return this.#removeBefore(this.#cursor);
      case Key.KillWord:
        return this.#removeBefore(this.#wordLength());
      default:
        return byte >= 0x20 && byte < 0x7f ? this.#insert(String.fromCharCode(byte)) : { echo: "" };
    }
  }

  #finish(): KeyResult {
    const line = this.#line;
    this.#line = "";
    this.#cursor = 0;
    return { echo: line === "" ? "" : "\n", line };
  }

  #move(by: number): KeyResult {
    if (by === 0) return { echo: BELL };
    this.#cursor += by;
    return { echo: (by < 0 ? LEFT : RIGHT).repeat(Math.abs(by)) };
  }

  #insert(character: string): KeyResult {
    if (this.#line.length >= MAX_LINE_BYTES) return { echo: BELL };
    const rest = this.#line.slice(this.#cursor);
    this.#line = this.#line.slice(0, this.#cursor) + character + rest;
    this.#cursor++;
    return { echo: rest === "" ? character : `${character}${SAVE}${rest}${RESTORE}` };
  }

  #remove(from: number, to: number): KeyResult {
    if (from >= this.#line.length || from === to) return { echo: BELL };
    const rest = this.#line.slice(to);
    this.#line = this.#line.slice(0, from) + rest;
    return { echo: rest === "" ? ERASE_TO_END : `${ERASE_TO_END}${SAVE}${rest}${RESTORE}` };
  }

  #removeBefore(count: number): KeyResult {
    if (count === 0 || this.#cursor === 0) return { echo: BELL };
    const from = this.#cursor - count;
    const rest = this.#line.slice(this.#cursor);
    this.#line = this.#line.slice(0, from) + rest;
    this.#cursor = from;
    const tail = rest === "" ? ERASE_TO_END : `${ERASE_TO_END}${SAVE}${rest}${RESTORE}`;
    return { echo: LEFT.repeat(count) + tail };
  }

  /** Characters from the cursor back to the start of the word. */
  #wordLength(): number {
    const before = this.#line.slice(0, this.#cursor);
    return before.length - before.replace(/\S*\s*$/, "").length;
  }
}
