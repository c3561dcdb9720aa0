import { type CapdlFill, type CapdlObject } from "../model.ts";
import { noSlots } from "./no-slots.ts";
import { type ObjectStore } from "./object-store.ts";
import { type Scanner } from "./scanner.ts";

/** Source of a regular expression for a number that a `number` holds exactly. */
const NUMBER = "(0x[\\da-f]{1,12}|0|[1-9]\\d{0,14})";
const SMALL = "(0|[1-9]\\d{0,8})";
/** A declaration's name; spaces and line ends in front are passed. */
const NAME = "[\\n ]*([A-Za-z][\\w@.-]*) = ";
/** The next line begins another declaration or ends the section: neither parameters nor children follow. */
const NEXT = "(?=\\n[A-Za-z}])";
const FILL = `\\{${SMALL} ${SMALL} CDL_FrameFill_FileData "([^\\x00-\\x20"}\\x7f-\\uffff]*)" ${SMALL}\\}`;
const TCB_FIELDS = ["addr", "ip", "sp", "prio", "max_prio", "affinity"];

const FRAME = `${NAME}frame \\(4k, fill: \\[(?:${FILL})?\\]\\)${NEXT}`;
const SIMPLE = `${NAME}(ep|notification|rtreply|pt|pd|pdpt|pml4|pud|pgd)${NEXT}`;
const TCB = `${NAME}tcb \\(${TCB_FIELDS.map((field) => `${field}: ${NUMBER}, ?`).join("")}init: \\[${NUMBER}\\]\\)${NEXT}`;
const SCHED_CONTEXT = `${NAME}sc \\(period: ${NUMBER}, budget: ${NUMBER}, data: ${NUMBER}, ${SMALL} bits\\)${NEXT}`;

const PAGE_BITS = 12;
const PAGE_BYTES = 4096;

/**
 * Reads declarations as CAmkES's generator lays them out, which are nearly all of what it writes, by regular expressions:
 * they are fast from the first line on, when nothing is compiled yet. At everything else it stops, and the parser of the
 * whole language goes on; the two must agree.
 */
export class QuickObjects {
  readonly #scanner: Scanner;
  readonly #store: ObjectStore;
  readonly #frame = new RegExp(FRAME, "y");
  readonly #simple = new RegExp(SIMPLE, "y");
  readonly #tcb = new RegExp(TCB, "y");
  readonly #schedContext = new RegExp(SCHED_CONTEXT, "y");
  readonly #noFill: readonly CapdlFill[] = [];
  /** File of the last fill: neighbours are of one. */
  #file = "";

  constructor(scanner: Scanner, store: ObjectStore) {
    this.#scanner = scanner;
    this.#store = store;
  }

  /** Reads as many declarations as it can from the scanner's position, which it leaves behind them. */
  read(): void {
    while (this.#frames() || this.#one());
  }

  /** Reads frames. Returns whether there was one. */
  #frames(): boolean {
    const frame = this.#frame;
    const store: ObjectStore = this.#store;
    const { text } = this.#scanner;
    const start = this.#scanner.position;
    for (;;) {
      frame.lastIndex = this.#scanner.position;
      const found = frame.exec(text);
      if (found === null) break;
      // By index: taking an array apart in a pattern goes through its iterator.
      const name = found[1] ?? "";
      const fill: readonly CapdlFill[] | undefined =
        found[4] === undefined ? this.#noFill : this.#fill(found);
      const base = this.#scanner.table.number(name);
      if (base < 2 || store.isDeclared(base)) break;
      if (fill === undefined) break;
      store.addPlainFrame(base, { kind: "frame", name, sizeBits: PAGE_BITS, fill });
      this.#scanner.position = frame.lastIndex;
    }
    return this.#scanner.position > start;
  }

  /** A fill inside its page; others are read by the parser of the whole language. */
  #fill(found: readonly string[]): readonly CapdlFill[] | undefined {
    const file = found[4] ?? "";
    if (this.#file !== file) this.#file = file;
    const destOffset = Number(found[2]);
    const destLength = Number(found[3]);
    const fileOffset = Number(found[5]);
    if (destOffset + destLength > PAGE_BYTES) return undefined;
    return [{ kind: "file", destOffset, destLength, file: this.#file, fileOffset }];
  }

  /** Reads what is no frame. Returns whether there was something. */
  #one(): boolean {
    const { text, position } = this.#scanner;
    for (const shape of [this.#simple, this.#tcb, this.#schedContext]) {
      shape.lastIndex = position;
      const found = shape.exec(text);
      if (found !== null) {
        const name = found[1] ?? "";
        return this.#add(name, this.#object(shape, name, found), shape);
      }
    }
    return false;
  }

  #object(shape: RegExp, name: string, found: readonly string[]): CapdlObject {
    if (shape === this.#simple) {
      const kind = found[2];
      switch (kind) {
        case "pt":
        case "pd":
        case "pdpt":
        case "pml4":
        case "pud":
        case "pgd":
          return { kind, name, slots: noSlots() };
        case "notification":
        case "rtreply":
          return { kind, name };
        default:
          return { kind: "ep", name };
      }
    }
    const number = (index: number): number => Number(found[index]);
    if (shape === this.#schedContext) {
      const [periodUs, budgetUs, data] = [number(2), number(3), number(4)];
      return { kind: "sc", name, sizeBits: number(5), periodUs, budgetUs, data };
    }
    return {
      kind: "tcb",
      name,
      slots: noSlots(),
      init: [number(8)],
      addr: number(2),
      ip: number(3),
      sp: number(4),
      prio: number(5),
      maxPrio: number(6),
      affinity: number(7),
    };
  }

  /** Adds an object that `shape` has found; `false` if its name is taken or reserved. */
  #add(name: string, object: CapdlObject, shape: RegExp): boolean {
    const base = this.#scanner.table.number(name);
    if (base < 2 || this.#store.isDeclared(base)) return false;
    this.#store.add(base, object);
    this.#scanner.position = shape.lastIndex;
    return true;
  }
}
