import { type CapdlArch, type CapdlSpec } from "../model.ts";
import { type KnownNames } from "../check/object-index.ts";
import { CapNames } from "./cap-names.ts";
import { CapSection } from "./cap-section.ts";
import { SyntaxFailure } from "./diagnostics.ts";
import { readDumpedObjects } from "./dump.ts";
import { ObjectSection } from "./object-section.ts";
import { ObjectStore } from "./object-store.ts";
import { DomainSection, irqBindings, readCdt, readIrqs } from "./other-sections.ts";
import { type ParserTools } from "./parser-tools.ts";
import { isSectionNext } from "./recover.ts";
import { Scanner } from "./scanner.ts";
import { Char, wordNumber, WORDS } from "./words.ts";

const OBJECTS = wordNumber("objects");
const CAPS = wordNumber("caps");
const CDT = wordNumber("cdt");
const DOMAINS = wordNumber("domains");
const FIRST_ARCH = wordNumber("ia32");
const LAST_ARCH = wordNumber("riscv");
const SECTIONS = '"objects", "caps", "irq maps", "cdt" or "domains"';
/** Most syntax errors that are worth going on after. */
const MAX_ERRORS = 1000;

type LateSection = "caps" | "cdt" | "irqs";

/** A section that waits until all objects are known. */
interface Waiting {
  readonly kind: LateSection;
  /** Offsets of its opening brace and behind its closing one. */
  readonly start: number;
  readonly end: number;
}

/** Reads a whole specification. Sections may be in any order; those that name objects wait for the last `objects`. */
export class ModuleParser {
  readonly #scanner: Scanner;
  readonly #tools: ParserTools;
  readonly #store: ObjectStore;
  readonly #objects: ObjectSection;
  readonly #capNames: CapNames;
  readonly #caps: CapSection;
  readonly #domains: DomainSection;
  readonly #irqs = new Map<number, string>();
  readonly #waiting: Waiting[] = [];

  constructor(text: string, tools: Omit<ParserTools, "scanner">) {
    this.#scanner = new Scanner(text, WORDS);
    this.#tools = { ...tools, scanner: this.#scanner };
    this.#store = new ObjectStore(this.#scanner, tools.diagnostics);
    this.#objects = new ObjectSection(this.#store, this.#tools);
    this.#capNames = new CapNames(this.#scanner, this.#store, tools.diagnostics);
    this.#caps = new CapSection(this.#store, this.#capNames, this.#tools);
    this.#domains = new DomainSection(this.#tools);
  }

  get names(): KnownNames {
    return this.#store;
  }

  /** The specification, or `undefined` when there is no way to go on; with mistakes reported in either case. */
  parse(): CapdlSpec | undefined {
    const scanner: Scanner = this.#scanner;
    let arch: CapdlArch;
    try {
      arch = this.#arch();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
    if (/^[^\S\n]*-- Dump[^\S\n]*(?:\n|$)/.test(scanner.text)) this.#dump(arch);
    else this.#sections();
    this.#finishObjects();
    const cdt = this.#capNames.finish();
    this.#store.sortSlots();
    const domains = this.#domains.finish();
    return {
      arch,
      objects: this.#store.objects,
      irqs: irqBindings(this.#irqs),
      ...(cdt.length === 0 ? {} : { cdt }),
      ...(domains === undefined ? {} : { domains }),
    };
  }

  #sections(): void {
    const scanner: Scanner = this.#scanner;
    let count = 0;
    for (;;) {
      try {
        if (scanner.isAtEnd() && count > 0) return;
        this.#section(count === 0);
        count += 1;
      } catch (error) {
        this.#report(error);
        if (this.#tools.diagnostics.count > MAX_ERRORS || !this.#toNextSection()) return;
      }
    }
  }

  /** Sections of a dump are in a fixed order. */
  #dump(arch: CapdlArch): void {
    const scanner: Scanner = this.#scanner;
    try {
      if (!scanner.acceptWord(OBJECTS)) scanner.fail('"objects"');
      readDumpedObjects(arch, this.#tools, this.#store, this.#irqs);
      if (!scanner.acceptWord(CAPS)) scanner.fail('"caps"');
      this.#caps.read();
      if (!scanner.acceptWord(CDT)) scanner.fail('"cdt"');
      readCdt(this.#tools, this.#capNames);
      if (!scanner.isAtEnd()) scanner.fail("the end");
    } catch (error) {
      this.#report(error);
    }
  }

  #arch(): CapdlArch {
    const scanner: Scanner = this.#scanner;
    if (!scanner.acceptWord(wordNumber("arch"))) scanner.fail('"arch"');
    const at = scanner.here();
    const arch = scanner.acceptIdentifier();
    if (arch < FIRST_ARCH || arch > LAST_ARCH) {
      scanner.position = at;
      scanner.fail('"ia32", "arm11", "x86_64", "aarch64" or "riscv"');
    }
    return WORDS[arch] as CapdlArch;
  }

  #section(isFirst: boolean): void {
    const scanner: Scanner = this.#scanner;
    if (scanner.acceptPhrase("irq maps")) {
      this.#late("irqs");
      return;
    }
    const at = scanner.here();
    switch (scanner.acceptIdentifier()) {
      case OBJECTS:
        this.#objects.read();
        break;
      case CAPS:
        this.#late("caps");
        break;
      case CDT:
        this.#late("cdt");
        break;
      case DOMAINS:
        if (this.#tools.dialect === "cantrip") this.#unexpected(at, isFirst);
        this.#domains.read();
        break;
      default:
        this.#unexpected(at, isFirst);
    }
  }

  #unexpected(at: number, isFirst: boolean): never {
    this.#scanner.position = at;
    this.#scanner.fail(isFirst ? SECTIONS : `${SECTIONS}, or the end`);
  }

  /** Reads a section that names objects, or lets it wait. */
  #late(kind: LateSection): void {
    const scanner: Scanner = this.#scanner;
    const start = scanner.here();
    if (scanner.peek() === Char.openBrace && scanner.text.includes("objects", start)) {
      const end = this.#behindBraces(start);
      if (end !== undefined) {
        this.#waiting.push({ kind, start, end });
        scanner.position = end;
        return;
      }
    }
    this.#finishObjects();
    this.#readLate(kind);
  }

  #readLate(kind: LateSection): void {
    if (kind === "caps") this.#caps.read();
    else if (kind === "cdt") readCdt(this.#tools, this.#capNames);
    else readIrqs(this.#tools, this.#store, this.#irqs);
  }

  /** All objects are known, or as many as there are: reads what waited for them. */
  #finishObjects(): void {
    const scanner: Scanner = this.#scanner;
    const { position } = scanner;
    this.#objects.finish();
    for (const { kind, start } of this.#waiting.splice(0)) {
      scanner.position = start;
      try {
        this.#readLate(kind);
      } catch (error) {
        this.#report(error);
      }
    }
    scanner.position = position;
  }

  /** Offset behind the brace that closes the one at `start`. */
  #behindBraces(start: number): number | undefined {
    const scanner: Scanner = this.#scanner;
    const { text } = scanner;
    let depth = 0;
    scanner.position = start;
    try {
      for (;;) {
        scanner.skipSpace();
        const char = text.charCodeAt(scanner.position);
        if (Number.isNaN(char)) return undefined;
        scanner.position += 1;
        if (char === Char.openBrace) depth += 1;
        else if (char === Char.closeBrace) {
          depth -= 1;
          if (depth === 0) return scanner.position;
        }
      }
    } catch (error) {
      if (error instanceof SyntaxFailure) return undefined;
      throw error;
    } finally {
      if (depth !== 0) scanner.position = start;
    }
  }

  #toNextSection(): boolean {
    const scanner: Scanner = this.#scanner;
    const { text } = scanner;
    for (let at = scanner.position; at < text.length; at++) {
      scanner.position = at;
      if (isSectionNext(scanner) && !/[\p{L}\p{N}\-_@.]/u.test(text.charAt(at - 1))) return true;
    }
    return false;
  }

  #report(error: unknown): void {
    if (!(error instanceof SyntaxFailure)) throw error;
    this.#tools.diagnostics.add(error.offset, error.message);
  }
}
