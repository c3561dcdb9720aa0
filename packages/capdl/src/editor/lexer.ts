/** What a token looks like, before it is known what it stands for. */
type LexemeKind = "word" | "number" | "string" | "comment" | "sign";

/** A token by its offsets. */
export interface Lexeme {
  readonly kind: LexemeKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const LEXEME =
  /(\s+)|(--[^\n]*)|(\p{L}[\p{L}\p{N}\-_@.]*)|(0[xX][0-9a-fA-F]+|0[oO][0-7]+|[0-9]+)|("[^"\n]*"?)|(\.\.|[^])/uy;

/** Tokens of any text, right or wrong, in its order; white space is left out. */
export function lexemes(text: string): readonly Lexeme[] {
  const found: Lexeme[] = [];
  const pattern = new RegExp(LEXEME);
  let at = 0;
  const add = (kind: LexemeKind, end: number): void => {
    found.push({ kind, start: at, end, text: text.slice(at, end) });
    at = end;
  };
  while (at < text.length) {
    if (text.startsWith("/*", at)) {
      add("comment", commentEnd(text, at));
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) break;
    const [, space, comment, word, number, string] = match;
    const end = pattern.lastIndex;
    if (space !== undefined) at = end;
    else if (comment !== undefined) add("comment", end);
    else if (word !== undefined) add("word", end);
    else if (number !== undefined) add("number", end);
    else if (string !== undefined) add("string", end);
    else add("sign", end);
  }
  return found;
}

/** Offset behind a block comment, whose inner ones count; the end of the text if it is not closed. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const open = text.indexOf("/*", at);
    const close = text.indexOf("*/", at);
    if (close < 0) return text.length;
    const isOpening = open >= 0 && open < close;
    depth += isOpening ? 1 : -1;
    at = (isOpening ? open : close) + 2;
  } while (depth > 0);
  return at;
}
