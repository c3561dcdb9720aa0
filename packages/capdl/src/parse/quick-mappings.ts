import { type CapdlCap, type CapdlKind, type CapdlSlot } from "../model.ts";
import { rightsOf } from "./cap-parameters.ts";
import { MAX_SLOTS, type ObjectStore } from "./object-store.ts";
import { type Scanner } from "./scanner.ts";
import { TcbSlots } from "./tcb-slots.ts";
import { wordNumber } from "./words.ts";

const FIRST_SPECIAL = wordNumber("io_space_master");
const LAST_SPECIAL = wordNumber("sched_control");
/** Longer than the name of any special capability. */
const LONG = 16;

const NUMBER = "(0x[\\da-f]{1,12}|0|[1-9]\\d{0,14})";
const SLOT = "(0x[\\da-f]{1,8}|0|[1-9]\\d{0,8}|[a-z][a-z_]*)";
const RIGHTS = "([RWXGP]{1,4})";
const RIGHTS_AND_BADGE = ` \\((?:badge: ${NUMBER}, ?)?${RIGHTS}(?:, ?badge: ${NUMBER})?\\)`;
const GUARD = ` \\(guard: ${NUMBER}, guard_size: ${NUMBER}\\)`;
// What goes on with a mapping begins otherwise than the next one.
/** Most of what there is: a frame in a table. */
const SHORT = `\\n?(0x[\\da-f]{1,8}): ([A-Za-z][\\w@.-]*) \\(${RIGHTS}\\)\\n(?=[A-Za-z0-9}])`;
const MAPPING = `\\n?${SLOT}: ([A-Za-z][\\w@.-]*)(?:${RIGHTS_AND_BADGE}|${GUARD})?\\n(?=[A-Za-z0-9}])`;

/**
 * Reads mappings as CAmkES's generator lays them out (`0x1f: name (RW)`, one on a line), by a regular expression. At
 * everything else it stops, and the parser of the whole language goes on; the two must agree.
 */
export class QuickMappings {
  readonly #scanner: Scanner;
  readonly #store: ObjectStore;
  readonly #short = new RegExp(SHORT, "y");
  readonly #mapping = new RegExp(MAPPING, "y");
  /** Bits by letters. */
  readonly #rights = new Map<string, number>();
  /** Number of the object behind the last that was named: tables hold neighbours. */
  #guess = 0;

  constructor(scanner: Scanner, store: ObjectStore) {
    this.#scanner = scanner;
    this.#store = store;
  }

  /**
   * Reads as many mappings as it can from the scanner's position, which it leaves behind them.
   *
   * @returns the number behind the last slot, or -1 if there was none
   */
  read(container: number): number {
    const scanner: Scanner = this.#scanner;
    const store: ObjectStore = this.#store;
    const slots = store.slots[container];
    if (slots === undefined) return -1;
    let next = -1;
    if (store.kinds[container] === "pt" && slots.length === 0) next = this.#frames(slots);
    const mapping = this.#mapping;
    const { text } = scanner;
    let last = slots.at(-1)?.slot ?? -1;
    for (;;) {
      mapping.lastIndex = scanner.position;
      const found = mapping.exec(text);
      if (found === null) return next;
      const slot = this.#slot(found[1] ?? "");
      // Slots that do not ascend may be filled twice.
      if (slot <= last) return next;
      const id = this.#target(found[2] ?? "");
      if (id < 0) return next;
      const object = store.names[id] ?? "";
      const kind = store.kinds[id] ?? "ut";
      const cap = this.#cap(object, kind, found);
      if (cap === undefined || !store.append(container, { slot, cap })) return next;
      scanner.position = mapping.lastIndex;
      this.#guess = id + 1;
      last = slot;
      next = slot + 1;
    }
  }

  #slot(place: string): number {
    const slot = Number(place);
    return slot >= 0 ? slot : TcbSlots.numberOf(this.#scanner.table.find(place));
  }

  /** Number of the object of a name, or -1. */
  #target(name: string): number {
    const store: ObjectStore = this.#store;
    const guess = this.#guess;
    if (name.length >= LONG && guess < store.names.length && store.names[guess] === name)
      return guess;
    const base = this.#scanner.table.find(name);
    return base >= FIRST_SPECIAL && base <= LAST_SPECIAL ? -1 : store.find(base);
  }

  /** Reads frames of a page table, most of what there is, whose slots ascend. Returns as {@link read} does. */
  #frames(slots: CapdlSlot[]): number {
    const scanner: Scanner = this.#scanner;
    const store: ObjectStore = this.#store;
    const short = this.#short;
    const { text } = scanner;
    let last = -1;
    for (;;) {
      short.lastIndex = scanner.position;
      const found = short.exec(text);
      if (found === null) break;
      const slot = Number(found[1]);
      const id = this.#target(found[2] ?? "");
      if (slot <= last || id < 0 || store.kinds[id] !== "frame") break;
      if (store.slotCount >= MAX_SLOTS) break;
      const rights = this.#rightsOf(found[3] ?? "");
      slots.push({ slot, cap: { kind: "object", object: store.names[id] ?? "", rights } });
      store.slotCount += 1;
      store.used[id] = 1;
      scanner.position = short.lastIndex;
      this.#guess = id + 1;
      last = slot;
    }
    store.plainSlots.set(slots, slots.length);
    return last < 0 ? -1 : last + 1;
  }

  #rightsOf(letters: string): number {
    const known = this.#rights.get(letters);
    if (known !== undefined) return known;
    const rights = rightsOf(letters);
    this.#rights.set(letters, rights);
    return rights;
  }

  /** The capability that was found, unless it has parameters that its object does not take. */
  #cap(object: string, kind: CapdlKind, found: RegExpExecArray): CapdlCap | undefined {
    const letters = found[4];
    if (letters !== undefined) {
      const badge = found[3] ?? found[5];
      const rights = this.#rightsOf(letters);
      if (kind !== "ep" && kind !== "notification") {
        if (kind !== "frame" || badge !== undefined) return undefined;
      }
      if (badge === undefined) return { kind: "object", object, rights };
      if (found[3] !== undefined && found[5] !== undefined) return undefined;
      return { kind: "object", object, rights, badge: Number(badge) };
    }
    const guard = found[6];
    if (guard === undefined) return { kind: "object", object };
    if (kind !== "cnode") return undefined;
    return { kind: "object", object, guard: Number(guard), guardSize: Number(found[7]) };
  }
}
