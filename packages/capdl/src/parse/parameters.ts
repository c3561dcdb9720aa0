import { type CapdlFill, type Word } from "../model.ts";
import { type CapdlDialect } from "../dialect.ts";
import { parseFills } from "./fills.ts";
import { type Scanner } from "./scanner.ts";
import { Char, wordNumber, type WordName } from "./words.ts";

/** Parameters of objects. `bits`, `size` and `pci` have no keyword of their own. */
export const ParameterKey = {
  bits: 0,
  size: 1,
  pci: 2,
  level: 3,
  addr: 4,
  ip: 5,
  sp: 6,
  prio: 7,
  max_prio: 8,
  affinity: 9,
  resume: 10,
  fpu_disabled: 11,
  fill: 12,
  dom: 13,
  fault_ep: 14,
  init: 15,
  paddr: 16,
  domainID: 17,
  iospace: 18,
  period: 19,
  budget: 20,
  data: 21,
  ioapic_num: 22,
  ioapic_pin: 23,
  ioapic_level: 24,
  ioapic_polarity: 25,
  msi_handle: 26,
  msi_pci_bus: 27,
  msi_pci_dev: 28,
  msi_pci_fun: 29,
  trigger: 30,
  target: 31,
  ports: 32,
  asid_high: 33,
  bank: 34,
  irq: 35,
  untyped: 36,
} as const;
export type ParameterName = keyof typeof ParameterKey;
export const PARAMETER_NAMES: readonly ParameterName[] = Object.keys(
  ParameterKey,
) as ParameterName[];

const BITS = wordNumber("bits");
const KILO = wordNumber("k");
const MEGA = wordNumber("M");
const TRUE = wordNumber("True");
const FALSE = wordNumber("False");
const LEVEL = wordNumber("level");
const EDGE = wordNumber("edge");

const NOT_WORDS: readonly ParameterName[] = ["bits", "size", "pci"];
/** Parameter by the number of its keyword. */
const BY_WORD: ReadonlyMap<number, number> = new Map(
  PARAMETER_NAMES.filter((name) => !NOT_WORDS.includes(name)).map((name) => [
    wordNumber(name as WordName),
    ParameterKey[name],
  ]),
);

/** The parameters of one object, read again and again into the same place. */
export class ObjectParameters {
  /** How often each was given. */
  readonly given: Uint8Array = new Uint8Array(PARAMETER_NAMES.length);
  /** How many were given. */
  count = 0;
  /** Offset of each one's first occurrence. */
  readonly offsets: Float64Array = new Float64Array(PARAMETER_NAMES.length);
  fills: readonly CapdlFill[] = [];
  init: readonly Word[] = [];
  /** Bus, device and function, or both ends of a range of ports. */
  pci: readonly [Word, Word, Word] = [0, 0, 0];
  ports: readonly [Word, Word] = [0, 0];
  /** Number of bytes of a frame. */
  size: Word = 0;
  readonly #values: Word[] = new Array<Word>(PARAMETER_NAMES.length).fill(0);
  readonly #scanner: Scanner;
  readonly #isCantrip: boolean;

  constructor(scanner: Scanner, dialect: CapdlDialect) {
    this.#scanner = scanner;
    this.#isCantrip = dialect === "cantrip";
  }

  has(key: number): boolean {
    return this.given[key] !== 0;
  }

  /** A value that was given, or `undefined`. */
  get(key: number): Word | undefined {
    return this.given[key] === 0 ? undefined : this.#values[key];
  }

  /** A flag that was given, or `undefined`. */
  flag(key: number): boolean | undefined {
    return this.given[key] === 0 ? undefined : this.#values[key] === 1;
  }

  /** Reads `(…)`, if it is next. */
  read(): void {
    const scanner: Scanner = this.#scanner;
    if (this.count > 0) {
      this.given.fill(0);
      this.count = 0;
    }
    if (!scanner.accept(Char.openParen)) return;
    if (scanner.accept(Char.closeParen)) return;
    do this.#one();
    while (scanner.accept(Char.comma));
    scanner.expect(Char.closeParen);
  }

  #one(): void {
    const scanner: Scanner = this.#scanner;
    const at = scanner.here();
    if (scanner.isNumberNext()) {
      this.#numbered(at);
      return;
    }
    const key = BY_WORD.get(scanner.peekIdentifier());
    if (key === undefined || this.#isForeign(key)) scanner.fail("a parameter");
    scanner.acceptIdentifier();
    scanner.expect(Char.colon);
    let value: Word = 0;
    switch (key) {
      case ParameterKey.resume:
      case ParameterKey.fpu_disabled:
      case ParameterKey.untyped:
        value = this.#choice(TRUE, FALSE, '"True" or "False"');
        break;
      case ParameterKey.trigger:
        value = this.#choice(EDGE, LEVEL, '"level" or "edge"');
        break;
      case ParameterKey.fill: {
        const fills = parseFills(scanner);
        if (!this.has(key)) this.fills = fills;
        break;
      }
      case ParameterKey.init: {
        const init = this.#list();
        if (!this.has(key)) this.init = init;
        break;
      }
      case ParameterKey.ports: {
        scanner.expect(Char.openBracket);
        const start = scanner.word();
        if (!scanner.acceptText("..")) scanner.fail('".."');
        const end = scanner.word();
        scanner.expect(Char.closeBracket);
        this.ports = [start, end];
        break;
      }
      case ParameterKey.prio:
      case ParameterKey.max_prio:
      case ParameterKey.affinity:
      case ParameterKey.dom:
        value = scanner.integer();
        break;
      default:
        value = scanner.word();
    }
    this.#give(key, value, at);
  }

  /** What begins with a number: `4 bits`, `4k`, `0:3.1`. */
  #numbered(at: number): void {
    const scanner: Scanner = this.#scanner;
    const value = scanner.word();
    if (scanner.acceptWord(BITS)) this.#give(ParameterKey.bits, value, at);
    else if (scanner.acceptWord(KILO)) this.#giveSize(value, 10n, at);
    else if (scanner.acceptWord(MEGA)) this.#giveSize(value, 20n, at);
    else if (scanner.accept(Char.colon)) {
      const device = scanner.word();
      if (!scanner.accept(Char.dot)) scanner.fail('"."');
      const pci: readonly [Word, Word, Word] = [value, device, scanner.word()];
      if (!this.has(ParameterKey.pci)) this.pci = pci;
      this.#give(ParameterKey.pci, 0, at);
    } else scanner.fail('"bits", "k", "M" or ":"');
  }

  #giveSize(value: Word, shift: bigint, at: number): void {
    const bytes =
      typeof value === "number" && value < 2 ** 30
        ? value * Number(1n << shift)
        : BigInt.asUintN(64, BigInt(value) << shift);
    if (!this.has(ParameterKey.size)) this.size = bytes;
    this.#give(ParameterKey.size, 0, at);
  }

  #give(key: number, value: Word, at: number): void {
    if (this.given[key] === 0) {
      this.#values[key] = value;
      this.offsets[key] = at;
    }
    this.given[key] = (this.given[key] ?? 0) + 1;
    this.count += 1;
  }

  #choice(yes: number, no: number, expected: string): number {
    const scanner: Scanner = this.#scanner;
    if (scanner.acceptWord(yes)) return 1;
    if (scanner.acceptWord(no)) return 0;
    scanner.fail(expected);
  }

  #list(): readonly Word[] {
    const scanner: Scanner = this.#scanner;
    const words: Word[] = [];
    scanner.expect(Char.openBracket);
    if (scanner.accept(Char.closeBracket)) return words;
    do words.push(scanner.word());
    while (scanner.accept(Char.comma));
    scanner.expect(Char.closeBracket);
    return words;
  }

  #isForeign(key: number): boolean {
    if (key === ParameterKey.untyped) return !this.#isCantrip;
    if (key === ParameterKey.fpu_disabled || key === ParameterKey.irq) return this.#isCantrip;
    return false;
  }
}
