import { type Scanner } from "./scanner.ts";
import { Char } from "./words.ts";

const SECTION = /(?:objects|caps|cdt|domains|irq maps)\s*\{/y;
const DECLARATION = /\p{L}[\p{L}\p{N}\-_@.]*(?:\[[0-9]*\])?\s*=/uy;

/** Whether a section begins at the position. */
export function isSectionNext(scanner: Scanner): boolean {
  SECTION.lastIndex = scanner.position;
  return SECTION.test(scanner.text);
}

/** Goes to the next line, past `from`, that begins like a declaration, a closing brace or a section; `false` at the end. */
export function recoverInObjects(scanner: Scanner, from: number): boolean {
  return recover(scanner, from, (at) => {
    DECLARATION.lastIndex = at;
    return DECLARATION.test(scanner.text);
  });
}

/** Goes behind the next `;` or line end; `false` at the end of the text or of the section. */
export function recoverInContainer(scanner: Scanner, from: number): boolean {
  const { text } = scanner;
  let at = Math.max(scanner.position, from + 1);
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === Char.closeBrace) break;
    at += 1;
    if (char === Char.semicolon || char === 0x0a) break;
  }
  scanner.position = at;
  scanner.skipSpace();
  return scanner.position < text.length && !isSectionNext(scanner);
}

function recover(scanner: Scanner, from: number, isStart: (at: number) => boolean): boolean {
  const { text } = scanner;
  let at = Math.max(scanner.position, from + 1);
  // Not into the middle of a word.
  while (at < text.length && isPart(text, at - 1) && isPart(text, at)) at += 1;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === Char.closeBrace) break;
    if (isPart(text, at - 1) || !isPart(text, at)) continue;
    scanner.position = at;
    if (isSectionNext(scanner)) return false;
    if (isStart(at)) return true;
  }
  scanner.position = at;
  return at < text.length;
}

function isPart(text: string, at: number): boolean {
  return /[\p{L}\p{N}\-_@.]/u.test(text.charAt(at));
}
