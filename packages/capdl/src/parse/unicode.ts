/** Whether a code point starts an identifier. */
export function isLetter(point: number | undefined): boolean {
  return point !== undefined && /^\p{L}$/u.test(String.fromCodePoint(point));
}

/** Whether a code point goes on an identifier. */
export function isLetterOrNumber(point: number): boolean {
  return /^[\p{L}\p{N}]$/u.test(String.fromCodePoint(point));
}

/** White space outside ASCII. */
export function isSpace(char: number): boolean {
  return /^\p{Zs}$/u.test(String.fromCharCode(char));
}
