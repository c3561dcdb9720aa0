import { type CapdlFill } from "../model.ts";
import { SyntaxFailure } from "./diagnostics.ts";
import { type Scanner } from "./scanner.ts";
import { isSpace } from "./unicode.ts";
import { Char } from "./words.ts";

const FILE = "CDL_FrameFill_FileData";
const FILE_AND_QUOTE = ` ${FILE} "`;
const SPACE = 0x20;
const BOOT_INFO = "CDL_FrameFill_BootInfo";
const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/** Reads `[{…}, …]`. The words inside are anything without white space and `}`. */
export function parseFills(scanner: Scanner): readonly CapdlFill[] {
  const fills: CapdlFill[] = [];
  scanner.expect(Char.openBracket);
  if (scanner.accept(Char.closeBracket)) return fills;
  do fills.push(parseFill(scanner));
  while (scanner.accept(Char.comma));
  scanner.expect(Char.closeBracket);
  return fills;
}

function parseFill(scanner: Scanner): CapdlFill {
  scanner.expect(Char.openBrace);
  const start = scanner.here();
  const file = parseFile(scanner);
  if (file !== undefined) return file;
  scanner.position = start;
  const words: string[] = [];
  const { text } = scanner;
  do {
    const at = scanner.here();
    let end = at;
    while (isInside(text.charCodeAt(end))) end += 1;
    if (end === at) throw new SyntaxFailure("a fill ends without space before its brace", at);
    words.push(text.slice(at, end));
    scanner.position = end;
  } while (text.charCodeAt(scanner.position) !== Char.closeBrace);
  scanner.position += 1;
  return understand(words);
}

/** The frequent case, without intermediate words: `0 4096 CDL_FrameFill_FileData "name" 0}`. */
function parseFile(scanner: Scanner): CapdlFill | undefined {
  const { text } = scanner;
  const destOffset = scanner.plainNumberAt(scanner.position);
  if (destOffset < 0 || text.charCodeAt(scanner.end) !== SPACE) return undefined;
  const destLength = scanner.plainNumberAt(scanner.end + 1);
  if (destLength < 0 || !text.startsWith(FILE_AND_QUOTE, scanner.end)) return undefined;
  const file = scanner.quotedAt(scanner.end + FILE_AND_QUOTE.length);
  if (file === undefined || text.charCodeAt(scanner.end) !== SPACE) return undefined;
  const fileOffset = scanner.plainNumberAt(scanner.end + 1);
  if (fileOffset < 0 || text.charCodeAt(scanner.end) !== Char.closeBrace) return undefined;
  scanner.position = scanner.end + 1;
  return { kind: "file", destOffset, destLength, file, fileOffset };
}

/** Neither white space nor the closing brace nor the end of the text. */
function isInside(char: number): boolean {
  if (char === Char.closeBrace) return false;
  return char < 0x80 ? char > 0x20 : char >= 0x80 && !isSpace(char);
}

/** A fill as loaders know it, or its words. */
function understand(words: readonly string[]): CapdlFill {
  const [dest = "", length = "", kind, source = "", offset = ""] = words;
  if (words.length !== 5 || ![dest, length, offset].every(isSmallNumber))
    return { kind: "raw", words };
  const place = { destOffset: Number(dest), destLength: Number(length) };
  if (kind === FILE && /^"[^"]*"$/.test(source)) {
    return { kind: "file", ...place, file: source.slice(1, -1), fileOffset: Number(offset) };
  }
  if (kind === BOOT_INFO && source.startsWith(`${BOOT_INFO}_`)) {
    const id = source.slice(BOOT_INFO.length + 1);
    return { kind: "bootinfo", ...place, id, sourceOffset: Number(offset) };
  }
  return { kind: "raw", words };
}

/** A number that is printed as it was written. */
function isSmallNumber(text: string): boolean {
  return DECIMAL.test(text) && Number.isSafeInteger(Number(text));
}

/** A fill in the language. */
export function fillText(fill: CapdlFill): string {
  if (fill.kind === "raw") return `{${fill.words.join(" ")}}`;
  const place = `${fill.destOffset} ${fill.destLength}`;
  return fill.kind === "file"
    ? `{${place} ${FILE} "${fill.file}" ${fill.fileOffset}}`
    : `{${place} ${BOOT_INFO} ${BOOT_INFO}_${fill.id} ${fill.sourceOffset}}`;
}
