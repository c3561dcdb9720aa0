import { type CapdlKind, type Word } from "../model.ts";
import { type CapdlDialect } from "../dialect.ts";
import { SpecRight } from "../spec.ts";
import { SyntaxFailure } from "./diagnostics.ts";
import { type NameRef, parseNameRef } from "./name-ref.ts";
import { type Scanner } from "./scanner.ts";
import { TcbSlots } from "./tcb-slots.ts";
import { Char, wordNumber, type WordName } from "./words.ts";

/** Parameters of capabilities, by bit. */
export const CapParameter = {
  rights: 1,
  badge: 2,
  guard: 4,
  guard_size: 8,
  reply: 16,
  master_reply: 32,
  asid: 64,
  cached: 128,
  uncached: 256,
  mapping: 512,
  core: 1024,
  masked: 2048,
} as const;
type CapParameterName = keyof typeof CapParameter;

const P = CapParameter;
const NAMES = Object.keys(CapParameter) as CapParameterName[];
const BY_WORD: ReadonlyMap<number, number> = new Map(
  NAMES.filter((name) => name !== "rights").map((name) => [
    wordNumber(name as WordName),
    CapParameter[name],
  ]),
);

/** What capabilities to a kind of object may be given. */
export function allowedCapParameters(kind: CapdlKind, dialect: CapdlDialect): number {
  switch (kind) {
    case "ep":
    case "notification":
      return P.rights | P.badge;
    case "smc":
      return P.badge;
    case "tcb":
      return P.reply | P.master_reply;
    case "cnode":
    case "irq":
      return P.guard | P.guard_size;
    case "frame":
      return P.rights | P.asid | P.cached | P.uncached | P.mapping;
    case "pt":
    case "pd":
    case "pdpt":
    case "pml4":
    case "pud":
    case "pgd":
      return P.asid;
    case "rtreply":
      return dialect === "cantrip" ? P.rights : 0;
    default:
      return 0;
  }
}

/** The parameters of one capability, read again and again into the same place. */
export class CapParameters {
  /** Bits of {@link CapParameter} that were given. */
  given = 0;
  /** Bits of those that were given twice. */
  repeated = 0;
  rights = 0;
  masked = 15;
  badge: Word = 0;
  guard: Word = 0;
  guardSize: Word = 0;
  core: Word = 0;
  asidHigh: Word = 0;
  asidLow: Word = 0;
  mapping: { readonly container: NameRef; readonly slot: number } | undefined;
  /** Offset of the opening parenthesis. */
  offset = 0;
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Reads `(…)`, if it is next. */
  read(): void {
    this.given = 0;
    this.repeated = 0;
    const scanner: Scanner = this.#scanner;
    if (scanner.peek() !== Char.openParen) return;
    this.offset = scanner.position;
    scanner.position += 1;
    this.rights = 0;
    this.masked = 15;
    do this.#one();
    while (scanner.accept(Char.comma));
    scanner.expect(Char.closeParen);
  }

  /** Names of the parameters in a set of bits. */
  static names(bits: number): string {
    return NAMES.filter((name) => (bits & CapParameter[name]) !== 0).join(", ");
  }

  #one(): void {
    const scanner: Scanner = this.#scanner;
    const rights = this.#letters();
    if (rights > 0) {
      this.given |= P.rights;
      this.rights |= rights;
      return;
    }
    const start = scanner.here();
    const key = BY_WORD.get(scanner.acceptIdentifier());
    if (key === undefined) {
      scanner.position = start;
      scanner.fail("rights or a parameter");
    }
    const isFirst = (this.given & key) === 0;
    if (!isFirst) this.repeated |= key;
    this.given |= key;
    if ((key & (P.reply | P.master_reply | P.cached | P.uncached)) !== 0) return;
    scanner.expect(Char.colon);
    switch (key) {
      case P.masked: {
        const masked = this.#letters();
        if (masked === 0) scanner.fail("rights");
        this.masked &= masked;
        break;
      }
      case P.asid: {
        scanner.expect(Char.openParen);
        const high = scanner.word();
        scanner.expect(Char.comma);
        const low = scanner.word();
        scanner.expect(Char.closeParen);
        if (isFirst) [this.asidHigh, this.asidLow] = [high, low];
        break;
      }
      case P.mapping: {
        const mapping = parseCapRef(scanner);
        if (isFirst) this.mapping = mapping;
        break;
      }
      default: {
        const value = scanner.word();
        if (!isFirst) break;
        if (key === P.badge) this.badge = value;
        else if (key === P.guard) this.guard = value;
        else if (key === P.guard_size) this.guardSize = value;
        else this.core = value;
      }
    }
  }

  /** Rights that are next, as bits; 0 if none are. */
  #letters(): number {
    const scanner: Scanner = this.#scanner;
    const { text } = scanner;
    let rights = 0;
    for (;;) {
      const char = text.charCodeAt(scanner.position);
      const right = rightOf(char);
      if (right !== 0) {
        rights |= right;
        scanner.position += 1;
      } else if (char === Char.closeParen || char === Char.comma) {
        return rights;
      } else if (rightOf(scanner.peek()) === 0) return rights;
    }
  }
}

/** Bits of letters of rights. */
export function rightsOf(letters: string): number {
  let rights = 0;
  for (let at = 0; at < letters.length; at++) rights |= rightOf(letters.charCodeAt(at));
  return rights;
}

function rightOf(char: number): number {
  switch (char) {
    case 0x52:
      return SpecRight.read;
    case 0x57:
      return SpecRight.write;
    case 0x47:
    case 0x58:
      return SpecRight.grant;
    case 0x50:
      return SpecRight.grantReply;
    default:
      return 0;
  }
}

/** Reads `(container, slot)`. */
export function parseCapRef(scanner: Scanner): {
  readonly container: NameRef;
  readonly slot: number;
} {
  scanner.expect(Char.openParen);
  const container = parseNameRef(scanner);
  scanner.expect(Char.comma);
  const slot = parseSlot(scanner);
  if (slot < 0) scanner.fail("slot");
  scanner.expect(Char.closeParen);
  return { container, slot };
}

/** Reads a slot by number or name; -1 if none is next. */
export function parseSlot(scanner: Scanner): number {
  const char = scanner.peek();
  if (char >= 0x30 && char <= 0x39) {
    const at = scanner.position;
    const slot = scanner.small("slot");
    if (slot > 0xffff_ffff) throw new SyntaxFailure(`slot ${slot} is too large`, at);
    return slot;
  }
  // Names of slots begin with a small letter.
  if (!(char >= 0x61 && char <= 0x7a)) return -1;
  const start = scanner.position;
  const slot = TcbSlots.numberOf(scanner.acceptIdentifier());
  if (slot < 0) scanner.position = start;
  return slot;
}
