import { type CapdlDialect } from "../dialect.ts";
import { type Diagnostics, SyntaxFailure } from "./diagnostics.ts";
import { ObjectMaker } from "./make-object.ts";
import { MAX_ELEMENTS, type NameRef, parseNameRef, parseRanges, refText } from "./name-ref.ts";
import { type ObjectStore } from "./object-store.ts";
import { ObjectParameters } from "./parameters.ts";
import { type PositionRecorder } from "./positions.ts";
import { QuickObjects } from "./quick-objects.ts";
import { recoverInObjects } from "./recover.ts";
import { type Scanner } from "./scanner.ts";
import { Char, wordNumber, WORDS } from "./words.ts";

const FIRST_TYPE = wordNumber("ep");
const LAST_TYPE = wordNumber("arm_sgi_signal");
const UPSTREAM_ONLY: readonly string[] = ["smc", "arm_sgi_signal"];

/** `parent` contains `child`, of which it is not known yet what it names. */
interface Cover {
  readonly parent: NameRef;
  readonly child: NameRef | readonly number[];
}

/** Notes what capDL-tool refuses and this package takes. */
export type Extension = (offset: number, message: string) => void;

/** Reads sections `objects { … }`. */
export class ObjectSection {
  readonly #scanner: Scanner;
  readonly #store: ObjectStore;
  readonly #diagnostics: Diagnostics;
  readonly #parameters: ObjectParameters;
  readonly #maker: ObjectMaker;
  readonly #quick: QuickObjects | undefined;
  readonly #isCantrip: boolean;
  readonly #positions: PositionRecorder | undefined;
  readonly #extension: Extension;
  readonly #prefixes: NameRef[] = [];
  readonly #covers: Cover[] = [];
  readonly #declaredTwice = new Set<NameRef>();

  constructor(
    store: ObjectStore,
    tools: {
      readonly scanner: Scanner;
      readonly diagnostics: Diagnostics;
      readonly dialect: CapdlDialect;
      readonly positions: PositionRecorder | undefined;
      readonly extension: Extension;
    },
  ) {
    this.#scanner = tools.scanner;
    this.#diagnostics = tools.diagnostics;
    this.#positions = tools.positions;
    this.#extension = tools.extension;
    this.#store = store;
    this.#isCantrip = tools.dialect === "cantrip";
    this.#parameters = new ObjectParameters(tools.scanner, tools.dialect);
    this.#maker = new ObjectMaker(this.#parameters, tools.diagnostics);
    // Positions are recorded by the parser of the whole language alone.
    if (tools.positions === undefined) this.#quick = new QuickObjects(tools.scanner, store);
  }

  /** Reads `{ … }`. Returns whether there were syntax errors. */
  read(): boolean {
    const scanner: Scanner = this.#scanner;
    let isBroken = false;
    scanner.expect(Char.openBrace);
    while (!scanner.accept(Char.closeBrace)) {
      if (scanner.isAtEnd()) scanner.fail('identifier or "}"');
      this.#quick?.read();
      if (scanner.peek() === Char.closeBrace) continue;
      const start = scanner.position;
      try {
        this.#declaration(undefined);
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        this.#diagnostics.add(error.offset, error.message);
        isBroken = true;
        if (!recoverInObjects(scanner, start)) return true;
      }
    }
    return isBroken;
  }

  /** Makes the untypeds that are only named as a prefix, and gives untypeds their children. */
  finish(): void {
    for (const prefix of this.#prefixes.splice(0)) this.#declarePrefix(prefix);
    const seen = new Map<number, Set<number>>();
    for (const { parent, child } of this.#covers.splice(0)) {
      const ids = "base" in child ? this.#store.resolve(child, "child") : child;
      const [owner] = this.#store.resolve(parent, "untyped");
      if (owner === undefined) continue;
      const children = this.#store.children[owner];
      if (children === undefined) {
        if (ids.length > 0) this.#noUntyped(parent);
        continue;
      }
      let known = seen.get(owner);
      if (known === undefined) {
        known = new Set();
        seen.set(owner, known);
      }
      for (const id of ids) {
        if (known.has(id)) continue;
        known.add(id);
        children.push(this.#store.objects[id]?.name ?? "");
      }
    }
  }

  #declaration(outer: NameRef | undefined): void {
    const scanner: Scanner = this.#scanner;
    const offset = scanner.here();
    let base = scanner.identifier('identifier or "}"');
    if (base < 2) {
      scanner.position = offset;
      scanner.fail('identifier or "}"');
    }
    let ranges = parseRanges(scanner);
    if (outer === undefined && ranges === undefined && scanner.peek() !== Char.slash) {
      scanner.expect(Char.equals);
      this.#object({ base, ranges, offset }, []);
      return;
    }
    const path: NameRef[] = outer === undefined ? [] : [outer];
    let at = offset;
    while (scanner.accept(Char.slash)) {
      const step = { base, ranges, offset: at };
      path.push(step);
      this.#prefixes.push(step);
      ({ base, ranges, offset: at } = parseNameRef(scanner));
    }
    scanner.expect(Char.equals);
    this.#object({ base, ranges, offset: at }, path);
  }

  /** Reads what follows `=`. */
  #object(name: NameRef, path: readonly NameRef[]): void {
    const scanner: Scanner = this.#scanner;
    const typeAt = scanner.here();
    const type = scanner.acceptIdentifier();
    const typeName = type < FIRST_TYPE || type > LAST_TYPE ? undefined : WORDS[type];
    if (typeName === undefined || (this.#isCantrip && UPSTREAM_ONLY.includes(typeName))) {
      scanner.position = typeAt;
      scanner.fail("a type of object");
    }
    this.#parameters.read();
    const ids = this.#declare(name, typeName, typeAt);
    for (let step = path.length - 1; step >= 0; step--) {
      const parent = path[step];
      if (parent === undefined) continue;
      const child = step === path.length - 1 ? (ids.length > 0 ? ids : name) : path[step + 1];
      if (child !== undefined) this.#covers.push({ parent, child });
    }
    if (scanner.peek() === Char.openBrace) this.#children(name, typeName, typeAt);
  }

  #children(owner: NameRef, type: string, offset: number): void {
    const scanner: Scanner = this.#scanner;
    scanner.expect(Char.openBrace);
    if (type !== "ut" && scanner.peek() !== Char.closeBrace) {
      this.#diagnostics.add(offset, `${type} cannot have children`, "CAPDL0014");
    }
    const mark = this.#covers.length;
    const named: Cover[] = [];
    while (!scanner.accept(Char.closeBrace)) {
      const start = scanner.here();
      const child = parseNameRef(scanner);
      if (scanner.peek() === Char.equals || scanner.peek() === Char.slash) {
        scanner.position = start;
        // capDL-tool does not see declarations inside a second declaration.
        if (this.#declaredTwice.has(owner)) {
          this.#extension(start, "declares an object inside an untyped that is declared already");
        }
        this.#declaration(owner);
      } else if (type === "ut") named.push({ parent: owner, child });
      scanner.accept(Char.comma);
    }
    // In capDL-tool's order: references first, then declarations.
    this.#covers.splice(mark, 0, ...named);
  }

  /** Declares an object or an array. Returns the numbers of the objects. */
  #declare(ref: NameRef, type: string, typeAt: number): readonly number[] {
    const { base, ranges, offset } = ref;
    const store = this.#store;
    const baseName = this.#scanner.names[base] ?? "";
    this.#maker.check(type, refText(this.#scanner, ref), typeAt);
    if (type === "ut" && this.#isKnown(ref)) {
      if (this.#scanner.peek() === Char.openBrace) this.#declaredTwice.add(ref);
      return [];
    }
    if (store.isDeclared(base)) {
      this.#diagnostics.add(offset, `a second object "${baseName}"`, "CAPDL0002");
      return [];
    }
    if (ranges === undefined) {
      this.#positions?.recordObject(baseName, offset);
      return [store.add(base, this.#maker.make(type, baseName))];
    }
    const count = this.#length(ref);
    const ids: number[] = [];
    for (let index = 0; index < count; index++) {
      const name = `${baseName}[${index}]`;
      this.#positions?.recordObject(name, offset);
      ids.push(store.addElement(base, index, this.#maker.make(type, name)));
    }
    return ids;
  }

  /** Whether an untyped, or what its name names, is declared already. */
  #isKnown({ base, ranges }: NameRef): boolean {
    if (this.#store.isDeclared(base)) return true;
    const index = ranges?.[0]?.from;
    return index !== undefined && this.#store.findElement(base, index) >= 0;
  }

  /** Length of an array that is declared, or 0 and a diagnostic. */
  #length(ref: NameRef): number {
    const [range, ...more] = ref.ranges ?? [];
    const name = this.#scanner.names[ref.base] ?? "";
    const count = range?.to;
    let message: string | undefined;
    if (count === undefined || range?.from !== count || more.length > 0) {
      message = "an array is declared with its length";
    } else if (count === 0 || count > MAX_ELEMENTS) message = `an array of ${count} elements`;
    if (message === undefined) return count ?? 0;
    this.#diagnostics.add(ref.offset, `${name}: ${message}`, "CAPDL0009");
    return 0;
  }

  #declarePrefix(prefix: NameRef): void {
    const { base, ranges, offset } = prefix;
    const name = this.#scanner.names[base] ?? "";
    const index = ranges?.[0]?.from;
    const isElement = ranges?.length === 1 && index !== undefined && ranges[0]?.to === index;
    if (ranges !== undefined && !isElement) {
      this.#diagnostics.add(offset, `${name}: one object is expected here`, "CAPDL0009");
      return;
    }
    const id = index === undefined ? this.#store.find(base) : this.#store.findElement(base, index);
    if (id >= 0) {
      if (this.#store.children[id] === undefined) this.#noUntyped(prefix);
      return;
    }
    const full = index === undefined ? name : `${name}[${index}]`;
    this.#positions?.recordObject(full, offset);
    const object = { kind: "ut", name: full, sizeBits: 0, children: [] } as const;
    if (index === undefined) this.#store.add(base, object);
    else this.#store.addElement(base, index, object);
  }

  #noUntyped(ref: NameRef): void {
    const name = refText(this.#scanner, ref);
    this.#diagnostics.add(ref.offset, `${name} is no untyped`, "CAPDL0014");
  }
}
