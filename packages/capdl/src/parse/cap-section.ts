import { type CapdlCap, type CapdlSlot } from "../model.ts";
import { type CapdlDialect } from "../dialect.ts";
import { type SlotRef } from "../spec.ts";
import {
  allowedCapParameters,
  CapParameter,
  CapParameters,
  parseCapRef,
  parseSlot,
} from "./cap-parameters.ts";
import { makeCap } from "./make-cap.ts";
import { type Diagnostics, SyntaxFailure } from "./diagnostics.ts";
import { type NameRef, parseNameRef, parseRanges, refText, type SlotRefNode } from "./name-ref.ts";
import { type CapNames, NO_CAP } from "./cap-names.ts";
import { MAX_SLOTS, type ObjectStore } from "./object-store.ts";
import { type PositionRecorder } from "./positions.ts";
import { QuickMappings } from "./quick-mappings.ts";
import { recoverInContainer } from "./recover.ts";
import { type Scanner } from "./scanner.ts";
import { Char, wordNumber } from "./words.ts";

const FIRST_SPECIAL = wordNumber("io_space_master");
const LAST_SPECIAL = wordNumber("sched_control");
const SCHED_CONTROL = LAST_SPECIAL;
const SPECIAL = ["io_space_master", "asid_control", "irq_control", "domain"] as const;
const P = CapParameter;
const REPLIES = P.reply | P.master_reply;
const CACHING = P.cached | P.uncached;

/** Reads sections `caps { … }`. */
export class CapSection {
  readonly #scanner: Scanner;
  readonly #store: ObjectStore;
  readonly #names: CapNames;
  readonly #diagnostics: Diagnostics;
  readonly #dialect: CapdlDialect;
  readonly #positions: PositionRecorder | undefined;
  readonly #parameters: CapParameters;
  readonly #quick: QuickMappings | undefined;
  /** Capabilities without parameters, by number of their object. */
  readonly #plain: (CapdlCap | undefined)[] = [];
  /** Whether the current container's mappings were read before, for another element of its array. */
  #isAgain = false;
  /** Where the name is that a mapping begins with. */
  #targetOffset = 0;

  constructor(
    store: ObjectStore,
    names: CapNames,
    tools: {
      readonly scanner: Scanner;
      readonly diagnostics: Diagnostics;
      readonly dialect: CapdlDialect;
      readonly positions: PositionRecorder | undefined;
    },
  ) {
    this.#store = store;
    this.#names = names;
    this.#scanner = tools.scanner;
    this.#diagnostics = tools.diagnostics;
    this.#dialect = tools.dialect;
    this.#positions = tools.positions;
    this.#parameters = new CapParameters(tools.scanner);
    // Positions are recorded by the parser of the whole language alone.
    if (tools.positions === undefined) this.#quick = new QuickMappings(tools.scanner, store);
  }

  /** Reads `{ … }`. */
  read(): void {
    const scanner: Scanner = this.#scanner;
    scanner.expect(Char.openBrace);
    while (!scanner.accept(Char.closeBrace)) {
      if (scanner.isAtEnd()) scanner.fail('identifier or "}"');
      const start = scanner.position;
      try {
        this.#item();
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        this.#diagnostics.add(error.offset, error.message);
        if (!recoverInContainer(scanner, start)) return;
      }
    }
  }

  #item(): void {
    const scanner: Scanner = this.#scanner;
    const offset = scanner.here();
    const base = scanner.identifier('identifier or "}"');
    if (base < 2) {
      scanner.position = offset;
      scanner.fail('identifier or "}"');
    }
    if (scanner.accept(Char.equals)) {
      const { container, slot } = parseCapRef(scanner);
      this.#names.declare(base, container, slot);
      return;
    }
    this.#container({ base, ranges: parseRanges(scanner), offset });
  }

  #container(ref: NameRef): void {
    const scanner: Scanner = this.#scanner;
    if (scanner.peek() !== Char.openBrace)
      scanner.fail(ref.ranges === undefined ? '"=" or "{"' : '"{"');
    const ids = ref.ranges === undefined ? undefined : this.#store.resolve(ref, "container");
    const start = scanner.position;
    if (ids === undefined) {
      const id = this.#store.find(ref.base);
      if (id < 0) this.#store.resolve(ref, "container");
      this.#mappings(id, ref);
      return;
    }
    if (ids.length === 0) this.#mappings(-1, ref);
    ids.forEach((id, index) => {
      scanner.position = start;
      this.#isAgain = index > 0;
      this.#mappings(id, ref);
    });
    this.#isAgain = false;
  }

  /** Reads `{ … }` of a container; of an unknown one, -1, for its syntax. */
  #mappings(container: number, ref: NameRef): void {
    const scanner: Scanner = this.#scanner;
    const object = this.#store.objects[container];
    scanner.expect(Char.openBrace);
    let next = 0;
    let hasCopy = false;
    let hasUnnumbered = false;
    let isRefused = object !== undefined && !("slots" in object);
    while (!scanner.accept(Char.closeBrace)) {
      const quick = this.#quick?.read(container) ?? -1;
      if (quick >= 0) {
        next = quick;
        continue;
      }
      if (isRefused && !this.#isAgain) {
        this.#diagnostics.add(ref.offset, `${object?.name} has no slots`, "CAPDL0007");
        isRefused = false;
      }
      const offset = scanner.here();
      try {
        let slot = parseSlot(scanner);
        if (slot < 0) {
          slot = next;
          hasUnnumbered = true;
        } else scanner.expect(Char.colon);
        const before = this.#names.copies;
        next = slot + this.#mapping(container, slot, offset);
        if (this.#names.copies > before) hasCopy = true;
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        if (!this.#isAgain) this.#diagnostics.add(error.offset, error.message);
        if (!recoverInContainer(scanner, offset)) return;
        continue;
      }
      scanner.accept(Char.semicolon);
    }
    if (hasCopy && hasUnnumbered && !this.#isAgain) {
      const name = refText(scanner, ref);
      this.#diagnostics.add(
        ref.offset,
        `${name} uses both copies of caps and unnumbered slots`,
        "CAPDL0010",
      );
    }
  }

  /** Reads what fills a slot. Returns how many slots it fills. */
  #mapping(container: number, slot: number, offset: number): number {
    const scanner: Scanner = this.#scanner;
    let name: NameRef | undefined;
    let target: NameRef | undefined;
    if (scanner.peek() !== Char.less) {
      const at = scanner.position;
      const base = scanner.acceptIdentifier();
      if (base < 2) {
        scanner.position = at;
        scanner.fail(base < 0 ? 'slot, identifier, "<" or "}"' : 'identifier or "}"');
      }
      this.#targetOffset = at;
      const char = scanner.peek();
      if (char !== Char.openBracket && char !== Char.equals)
        return this.#single(container, slot, base, offset);
      target = { base, ranges: parseRanges(scanner), offset: at };
      if (scanner.accept(Char.equals)) {
        name = target;
        target = undefined;
      }
    }
    if (target === undefined && scanner.accept(Char.less)) {
      target = parseNameRef(scanner);
      scanner.expect(Char.greater);
      return this.#copy(container, slot, { name, target, offset });
    }
    target ??= parseNameRef(scanner);
    this.#targetOffset = target.offset;
    return this.#array(container, slot, { name, target, offset });
  }

  /** The common case: a name without indices. */
  #single(container: number, slot: number, base: number, offset: number): number {
    this.#parameters.read();
    const cap = this.#capTo(base, offset);
    if (cap !== undefined) this.#put(container, slot, cap, offset);
    if (this.#scanner.peek() === 0x2d) this.#parent(container, slot, 1);
    return 1;
  }

  #array(
    container: number,
    slot: number,
    mapping: {
      readonly name: NameRef | undefined;
      readonly target: NameRef;
      readonly offset: number;
    },
  ): number {
    const { name, target, offset } = mapping;
    this.#parameters.read();
    let count = 1;
    if (target.ranges === undefined) {
      const cap = this.#capTo(target.base, offset);
      if (cap !== undefined) this.#put(container, slot, cap, offset);
    } else {
      const ids = this.#isAgain ? this.#quietly(target) : this.#store.resolve(target, "object");
      ids.forEach((id, index) => {
        const cap = this.#capOf(id);
        if (cap !== undefined) this.#put(container, slot + index, cap, offset);
      });
      count = ids.length;
    }
    if (name !== undefined) this.#name(name, container, slot, count);
    this.#parent(container, slot, count);
    return count;
  }

  #copy(
    container: number,
    slot: number,
    mapping: {
      readonly name: NameRef | undefined;
      readonly target: NameRef;
      readonly offset: number;
    },
  ): number {
    const { name, target, offset } = mapping;
    this.#parameters.read();
    const mask = (this.#parameters.given & P.masked) === 0 ? 15 : this.#parameters.masked;
    const holder: CapdlSlot = { slot, cap: NO_CAP };
    this.#add(container, holder, offset);
    this.#names.copy({ container, slot, holder, source: target, mask, offset });
    if (name !== undefined) this.#name(name, container, slot, 1);
    this.#parent(container, slot, 1);
    return 1;
  }

  #name(name: NameRef, container: number, slot: number, count: number): void {
    if (this.#isAgain) return;
    if (name.ranges === undefined && count > 1) {
      const text = this.#scanner.names[name.base] ?? "";
      this.#diagnostics.add(name.offset, `name "${text}" needs [] here`, "CAPDL0009");
      return;
    }
    this.#names.give(name, container, slot, count);
  }

  /** Reads `- child_of …`, if it is next. */
  #parent(container: number, slot: number, count: number): void {
    const scanner: Scanner = this.#scanner;
    if (scanner.peek() !== 0x2d || !scanner.acceptPhrase("- child_of")) return;
    const offset = scanner.here();
    const parent: SlotRefNode =
      scanner.peek() === Char.openParen ? parseCapRef(scanner) : { capName: parseNameRef(scanner) };
    for (let index = 0; index < count; index++) {
      const child: SlotRef = {
        container: this.#store.objects[container]?.name ?? "",
        slot: slot + index,
      };
      if (container >= 0) this.#names.derive(parent, child, offset);
    }
  }

  /** The capability that a name without indices stands for. */
  #capTo(base: number, offset: number): CapdlCap | undefined {
    if (base >= FIRST_SPECIAL && base <= LAST_SPECIAL) return this.#special(base, offset);
    const id = this.#store.find(base);
    if (id >= 0) return this.#capOf(id);
    if (!this.#isAgain) {
      this.#diagnostics.add(
        this.#targetOffset,
        `unknown object "${this.#scanner.names[base] ?? ""}"`,
        "CAPDL0003",
      );
    }
    return undefined;
  }

  #special(base: number, offset: number): CapdlCap | undefined {
    const what = this.#scanner.names[base] ?? "";
    const parameters = this.#parameters;
    this.#allow(base === SCHED_CONTROL ? P.core : 0, what);
    if (base !== SCHED_CONTROL) return { kind: SPECIAL[base - FIRST_SPECIAL] ?? "domain" };
    if ((parameters.given & P.core) !== 0) return { kind: "sched_control", core: parameters.core };
    this.#diagnostics.add(offset, "sched_control needs its core", "CAPDL0005");
    return undefined;
  }

  #capOf(id: number): CapdlCap | undefined {
    const object = this.#store.objects[id];
    if (object === undefined) return undefined;
    const parameters = this.#parameters;
    if (parameters.given === 0)
      return (this.#plain[id] ??= { kind: "object", object: object.name });
    this.#allow(allowedCapParameters(object.kind, this.#dialect), object.kind);
    const { mapping } = parameters;
    const isMapped = (parameters.given & P.mapping) !== 0 && mapping !== undefined;
    return makeCap(object.name, parameters, isMapped ? this.#containerName(mapping.container) : "");
  }

  #containerName(ref: NameRef): string {
    const [id] = this.#isAgain ? this.#quietly(ref) : this.#store.resolve(ref, "container");
    return id === undefined ? "" : (this.#store.objects[id]?.name ?? "");
  }

  #allow(allowed: number, what: string): void {
    const { given, repeated, offset } = this.#parameters;
    const wrong = given & ~allowed;
    const isExclusive = (given & REPLIES) !== REPLIES && (given & CACHING) !== CACHING;
    if (this.#isAgain || (wrong === 0 && repeated === 0 && isExclusive)) return;
    this.#complain({ given, wrong, repeated, offset }, what);
  }

  #complain(
    mistakes: {
      readonly given: number;
      readonly wrong: number;
      readonly repeated: number;
      readonly offset: number;
    },
    what: string,
  ): void {
    const { given, wrong, repeated, offset } = mistakes;
    const complain = (text: string): void => {
      this.#diagnostics.add(offset, text, "CAPDL0005");
    };
    if (wrong !== 0) complain(`a capability to ${what} has no ${CapParameters.names(wrong)}`);
    if (repeated !== 0) complain(`a second ${CapParameters.names(repeated)}`);
    for (const both of [REPLIES, CACHING]) {
      if ((given & both) === both) complain(`${CapParameters.names(both)} exclude each other`);
    }
  }

  #put(container: number, slot: number, cap: CapdlCap, offset: number): void {
    this.#add(container, { slot, cap }, offset);
  }

  #add(container: number, slot: CapdlSlot, offset: number): void {
    if (container < 0) return;
    const count = (this.#store.slotCount += 1);
    if (count > MAX_SLOTS) {
      if (count === MAX_SLOTS + 1) {
        this.#diagnostics.add(offset, `more than ${MAX_SLOTS} slots`, "CAPDL0009");
      }
      return;
    }
    const name = this.#store.objects[container]?.name ?? "";
    this.#positions?.recordSlot(name, slot.slot, offset);
    if (!this.#store.fill(container, slot)) {
      this.#diagnostics.add(offset, `${name}: slot ${slot.slot} is filled already`, "CAPDL0006");
    }
  }

  /** Objects of a reference that was complained of before, if there was anything to complain of. */
  #quietly(ref: NameRef): readonly number[] {
    return this.#store.lookUp(ref) ?? [];
  }
}
