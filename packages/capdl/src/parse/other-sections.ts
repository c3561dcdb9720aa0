import { type Word } from "../model.ts";
import { type DomainSchedule, type IrqBinding } from "../spec.ts";
import { parseCapRef, parseSlot } from "./cap-parameters.ts";
import { type CapNames } from "./cap-names.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { parseNameRef, type SlotRefNode } from "./name-ref.ts";
import { type Extension } from "./object-section.ts";
import { type ObjectStore } from "./object-store.ts";
import { type Scanner } from "./scanner.ts";
import { Char, wordNumber } from "./words.ts";

interface Tools {
  readonly scanner: Scanner;
  readonly diagnostics: Diagnostics;
  readonly extension: Extension;
}

/** Reads `{ … }` of `irq maps`. */
export function readIrqs(
  { scanner, diagnostics }: Tools,
  store: ObjectStore,
  irqs: Map<number, string>,
): void {
  const start = scanner.here();
  const isSecond = irqs.size > 0;
  scanner.expect(Char.openBrace);
  if (isSecond) diagnostics.add(start, "a second section of irq maps", "CAPDL0011");
  let next = 0;
  while (!scanner.accept(Char.closeBrace)) {
    if (scanner.isAtEnd()) scanner.fail('slot, identifier or "}"');
    const offset = scanner.position;
    let irq = parseSlot(scanner);
    if (irq < 0) irq = next;
    else scanner.expect(Char.colon);
    const target = parseNameRef(scanner);
    for (const id of store.resolve(target, "object")) {
      if (irqs.has(irq)) diagnostics.add(offset, `interrupt ${irq} is mapped already`, "CAPDL0011");
      irqs.set(irq, store.objects[id]?.name ?? "");
      irq += 1;
    }
    next = irq;
    scanner.accept(Char.semicolon);
  }
}

/** Bindings in ascending order. */
export function irqBindings(irqs: ReadonlyMap<number, string>): readonly IrqBinding[] {
  return [...irqs].sort(([a], [b]) => a - b).map(([irq, object]) => ({ irq, object }));
}

type CdtNode = Parameters<CapNames["tree"]>[0];

/** Reads `{ … }` of `cdt`. */
export function readCdt(tools: Tools, names: CapNames): void {
  const scanner: Scanner = tools.scanner;
  scanner.expect(Char.openBrace);
  while (!scanner.accept(Char.closeBrace)) names.tree(readNode(tools, 0));
}

/** Deepest nesting of derivations. */
const MAX_DEPTH = 200;

function readNode(tools: Tools, depth: number): CdtNode {
  const scanner: Scanner = tools.scanner;
  const offset = scanner.here();
  const slot: SlotRefNode =
    scanner.peek() === Char.openParen ? parseCapRef(scanner) : { capName: parseNameRef(scanner) };
  const children: CdtNode[] = [];
  if (depth === 0 || scanner.peek() === Char.openBrace) {
    if (depth === 1) tools.extension(offset, "a derivation inside another");
    if (depth > MAX_DEPTH) scanner.fail("fewer derivations inside each other");
    scanner.expect(Char.openBrace);
    while (!scanner.accept(Char.closeBrace)) {
      children.push(readNode(tools, depth + 1));
      scanner.accept(Char.semicolon);
    }
  }
  return { slot, children, offset };
}

const SCHEDULE = wordNumber("schedule");
const START = wordNumber("domain_set_start");
const SHIFT = wordNumber("index_shift");
const NO_START = wordNumber("no_start");
const LONGEST = 1n << 56n;

/** The domain schedule, from all sections `domains`. */
export class DomainSection {
  readonly #scanner: Scanner;
  readonly #diagnostics: Diagnostics;
  #schedule: (readonly [Word, Word])[] | undefined;
  #start: Word | "no_start" | undefined;
  #shift: Word | undefined;
  #offset = 0;

  constructor({ scanner, diagnostics }: Tools) {
    this.#scanner = scanner;
    this.#diagnostics = diagnostics;
  }

  /** Reads `{ … }`. */
  read(): void {
    const scanner: Scanner = this.#scanner;
    scanner.expect(Char.openBrace);
    while (!scanner.accept(Char.closeBrace)) {
      const offset = scanner.here();
      this.#offset = offset;
      const word = scanner.acceptIdentifier();
      if (word !== SCHEDULE && word !== START && word !== SHIFT) {
        scanner.position = offset;
        scanner.fail('"schedule", "domain_set_start", "index_shift" or "}"');
      }
      scanner.expect(Char.colon);
      const isSecond =
        (word === SCHEDULE ? this.#schedule : word === START ? this.#start : this.#shift) !==
        undefined;
      if (isSecond) this.#wrong(`a second ${scanner.names[word] ?? ""}`, offset);
      if (word === SCHEDULE) this.#schedule = this.#readSchedule();
      else if (word === START)
        this.#start = scanner.acceptWord(NO_START) ? "no_start" : scanner.word();
      else this.#shift = scanner.word();
    }
  }

  finish(): DomainSchedule<Word> | undefined {
    const schedule = this.#schedule;
    if (schedule === undefined) return undefined;
    const start = this.#start ?? 0;
    for (const [domain, duration] of schedule) {
      const entry = `entry (${domain}, ${duration})`;
      if (domain > 255) this.#wrong(`${entry}: domains are 0 to 255`);
      if (duration >= LONGEST) this.#wrong(`${entry}: durations are below 2^56`);
      if (duration == 0 && domain != 0) this.#wrong(`${entry}: only domain 0 has none, at the end`);
    }
    if (start !== "no_start") {
      const first = schedule[Number(start)];
      if (first === undefined) {
        this.#wrong(`the start ${start} is not one of the ${schedule.length} entries`);
      } else if (first[0] == 0 && first[1] == 0) this.#wrong(`the start ${start} is an end marker`);
    }
    return { schedule, start, indexShift: this.#shift ?? 0 };
  }

  #readSchedule(): (readonly [Word, Word])[] {
    const scanner: Scanner = this.#scanner;
    const entries: (readonly [Word, Word])[] = [];
    scanner.expect(Char.openBracket);
    do {
      scanner.expect(Char.openParen);
      const domain = scanner.word();
      scanner.expect(Char.comma);
      entries.push([domain, scanner.word()]);
      scanner.expect(Char.closeParen);
    } while (scanner.accept(Char.comma) && scanner.peek() !== Char.closeBracket);
    scanner.expect(Char.closeBracket);
    return entries;
  }

  #wrong(message: string, offset = this.#offset): void {
    this.#diagnostics.add(offset, message, "CAPDL0013");
  }
}
