import { type SpecObject } from "../spec.ts";
import { nameOf, type SnapshotObjects } from "./snapshot-objects.ts";

/** Of 0 the kernel prints no prefix. */
const POINTER = "(?:0x)?([0-9a-f]+)";
const NAMED = new RegExp(`^${POINTER}_(\\w+) = (\\w+)(?: (.*))?$`);
const TABLE = new RegExp(`^pt_${POINTER}_\\d+ = pt$`);
/** The address is a page number, with `0x` twice. */
const FRAME = new RegExp(`^frame_${POINTER}_\\d+ = frame \\(4k, paddr: 0x${POINTER}\\)$`);
const UNKNOWN = /^\[unknown object \d+\]$/;
const THREAD = new RegExp(
  `^\\(addr: ${POINTER}, ip: ${POINTER}, sp: ${POINTER}, prio: (\\d+), max_prio: (\\d+)` +
    `(?:, affinity: (\\d+))?(?:, fault_ep: ${POINTER})?, dom: (\\d+)\\)$`,
);
/** Current seL4 prints ticks, too. */
const CONTEXT =
  /^\(period: (\d+)(?: us \(\d+ ticks\))?, budget: (\d+)(?: us \(\d+ ticks\))?, (\d+) bits\)$/;
const UNTYPED = new RegExp(`^\\((\\d+) bits, paddr: ${POINTER}\\) \\{\\}$`);

/** Reads the lines of `objects`. */
export class ObjectLines {
  readonly #objects: SnapshotObjects;
  #cnode = "";

  constructor(objects: SnapshotObjects) {
    this.#objects = objects;
  }

  /** @returns whether the line is understood */
  read(line: string): boolean {
    const objects = this.#objects;
    // A capability that is none to an object, such as that of interrupt control.
    if (UNKNOWN.test(line)) return true;
    const table = TABLE.exec(line);
    if (table !== null) {
      objects.addTable(hex(table[1]));
      return true;
    }
    const frame = FRAME.exec(line);
    if (frame !== null) {
      objects.addFrame(hex(frame[1]), hex(frame[2]));
      return true;
    }
    const [, pointer, suffix = "", type = "", attributes = ""] = NAMED.exec(line) ?? [];
    return pointer !== undefined && this.#named(hex(pointer), suffix, type, attributes);
  }

  #named(pointer: number, suffix: string, type: string, attributes: string): boolean {
    if (type === "pt" && suffix === "pd") {
      this.#objects.addRoot(pointer);
      return true;
    }
    const object = objectOf(pointer, suffix, type, attributes);
    if (object === undefined) return false;
    if (object.kind === "cnode") this.#cnode = object.name;
    if (object.kind === "ut") this.#objects.addUntyped(this.#cnode, object.name);
    this.#objects.declare(object);
    return true;
  }
}

function objectOf(
  pointer: number,
  suffix: string,
  type: string,
  attributes: string,
): SpecObject | undefined {
  const name = nameOf(type, pointer);
  switch (type) {
    case "ep":
    case "notification":
    case "rtreply":
      return attributes === "" ? { kind: type, name } : undefined;
    case "irq":
      return suffix === "0_irq" ? { kind: type, name: irqName(pointer), slots: [] } : undefined;
    case "cnode": {
      const [, bits] = /^\((\d+) bits\)$/.exec(attributes) ?? [];
      if (bits === undefined) return undefined;
      return { kind: type, name, sizeBits: Number(bits), hasUntypedMemory: false, slots: [] };
    }
    case "asid_pool": {
      const [, high] = /^\(asid_high: 0x([0-9a-f]+)\)$/.exec(attributes) ?? [];
      return high === undefined ? undefined : { kind: type, name, asidHigh: hex(high), slots: [] };
    }
    case "ut": {
      const [, bits] = UNTYPED.exec(attributes) ?? [];
      if (bits === undefined) return undefined;
      // What is called physical address is the kernel's pointer.
      return { kind: type, name: `${name}@${bits}`, sizeBits: Number(bits), children: [] };
    }
    case "sc":
      return schedContext(name, attributes);
    case "tcb":
      return thread(name, attributes);
    default:
      return undefined;
  }
}

function schedContext(name: string, attributes: string): SpecObject | undefined {
  const [, period, budget, bits] = CONTEXT.exec(attributes) ?? [];
  if (period === undefined) return undefined;
  const budgetUs = Number(budget);
  // A period of 0 is round robin: the budget in every period of its own length.
  const periodUs = Number(period) || budgetUs;
  return { kind: "sc", name, sizeBits: Number(bits), periodUs, budgetUs, data: 0 };
}

function thread(name: string, attributes: string): SpecObject | undefined {
  const found = THREAD.exec(attributes);
  if (found === null) return undefined;
  // The fault handler is among the slots.
  const [, addr, ip, sp, prio, maxPrio, affinity, , domain] = found;
  return {
    ...{ kind: "tcb", name, slots: [], addr: hex(addr), ip: hex(ip), sp: hex(sp) },
    ...{ prio: Number(prio), maxPrio: Number(maxPrio), affinity: Number(affinity ?? 0) },
    ...{ domain: Number(domain), resume: true, init: [] },
  };
}

/** The kernel prints the number of an interrupt as a pointer, and elsewhere as a word. */
export function irqName(irq: number): string {
  return `irq@${irq}`;
}

/** The value of hexadecimal digits. */
export function hex(digits: string | undefined): number {
  return Number.parseInt(digits ?? "", 16);
}
