import { type SpecCap, SpecRight, TcbSlotNumber } from "../spec.ts";
import { hex, irqName } from "./read-objects.ts";
import { nameOf, type SnapshotObjects } from "./snapshot-objects.ts";

type ObjectCap = SpecCap & { readonly kind: "object" };

/** Of 0 the kernel prints no prefix. */
const POINTER = "(?:0x)?([0-9a-f]+)";
const NAMED = new RegExp(`^${POINTER}_(\\w+?)(?: ?\\((.*)\\))?$`);
const MAPPED = new RegExp(`^(pt|frame)_${POINTER}_\\d+(?: ?\\((.*)\\))?$`);
const SLOT = /^(?:0x([0-9a-f]+)|([a-z_]+)): (.*)$/;
const CONTAINER = new RegExp(`^(?:(pt)_${POINTER}_\\d+|${POINTER}_(\\w+)) \\{$`);
const UNKNOWN = /^\[unknown cap (\d+)\]$/;
/** `cap_domain_cap`, which the kernel has no text for. */
const DOMAIN_CAP = 62;
const ASID_LOW_BITS = 10;

const TCB_SLOTS: Readonly<Record<string, number>> = {
  cspace: TcbSlotNumber.cspace,
  vspace: TcbSlotNumber.vspace,
  ipc_buffer_slot: TcbSlotNumber.ipcBuffer,
  fault_ep_slot: TcbSlotNumber.faultEp,
  sc_slot: TcbSlotNumber.sc,
  temp_fault_ep_slot: TcbSlotNumber.tempFaultEp,
};

const LETTERS: Readonly<Record<string, number>> = {
  R: SpecRight.read,
  W: SpecRight.write,
  G: SpecRight.grant,
  X: SpecRight.grant,
  P: SpecRight.grantReply,
};

/** What a line with a slot is: taken, not understood, or understood but naming nothing that there is. */
export type SlotOutcome = "read" | "unreadable" | { readonly leftOut: string };

/** The object whose slots a line begins; `undefined` when it begins none. */
export function containerOf(line: string, objects: SnapshotObjects): string | undefined {
  const found = CONTAINER.exec(line);
  if (found === null) return undefined;
  const [, table, entry, pointer, suffix = ""] = found;
  const name =
    table !== undefined
      ? objects.tableAt(hex(entry))
      : suffix === "0_irq"
        ? irqName(hex(pointer))
        : nameOf(suffix, hex(pointer));
  return name === undefined || objects.get(name) === undefined ? undefined : name;
}

/** Reads a slot of a container. */
export function readSlot(line: string, container: string, objects: SnapshotObjects): SlotOutcome {
  const [, number, word = "", text = ""] = SLOT.exec(line) ?? [];
  const slot = number === undefined ? TCB_SLOTS[word] : hex(number);
  if (slot === undefined) return "unreadable";
  const cap = readCap(text, container, objects);
  if (cap === undefined) return "unreadable";
  if ("leftOut" in cap) return cap;
  const [, kind, entry] = MAPPED.exec(text) ?? [];
  const isTable = objects.get(container)?.kind === "pt";
  if (isTable && kind !== undefined) objects.place(hex(entry), { container, slot });
  objects.put(container, { slot, cap: isTable && cap.kind === "object" ? unplaced(cap) : cap });
  return "read";
}

/** A mapping, as which a capability in a page table stands for itself. */
function unplaced({ object, rights }: ObjectCap): ObjectCap {
  return { kind: "object", object, ...(rights === undefined ? {} : { rights }) };
}

function readCap(
  text: string,
  container: string,
  objects: SnapshotObjects,
): SpecCap | { readonly leftOut: string } | undefined {
  if (text === "irq_control" || text === "asid_control") return { kind: text };
  const [, core] = /^(\d+)_sched_control$/.exec(text) ?? [];
  if (core !== undefined) return { kind: "sched_control", core: Number(core) };
  const [, type] = UNKNOWN.exec(text) ?? [];
  if (type !== undefined) {
    if (Number(type) === DOMAIN_CAP) return { kind: "domain" };
    return { leftOut: `the kernel does not name a capability of type ${type}` };
  }
  const mapped = MAPPED.exec(text);
  if (mapped !== null) {
    const [, kind, entry, attributes = ""] = mapped;
    return kind === "pt"
      ? tableCap(hex(entry), attributes, objects.get(container)?.kind === "pt", objects)
      : frameCap(hex(entry), attributes, container, objects);
  }
  const [, pointer, suffix = "", attributes = ""] = NAMED.exec(text) ?? [];
  if (pointer === undefined) return undefined;
  return namedCap(hex(pointer), { suffix, attributes, container, objects });
}

function frameCap(
  entry: number,
  attributes: string,
  container: string,
  objects: SnapshotObjects,
): ReturnType<typeof readCap> {
  const rights = rightsOf(attributes);
  if (rights === undefined) return undefined;
  const frame = objects.frameAt(entry);
  if (frame === undefined) return { leftOut: "a capability of a frame that is mapped nowhere" };
  const { object, place } = frame;
  // The rights are those of the mapping, which this very capability was used for.
  const isOwn = objects.get(container)?.kind === "cnode" && place !== undefined;
  return {
    ...{ kind: "object", object },
    ...(rights === 0 ? {} : { rights }),
    ...(isOwn ? { mapping: place } : {}),
  };
}

function tableCap(
  entry: number,
  attributes: string,
  isMapping: boolean,
  objects: SnapshotObjects,
): ReturnType<typeof readCap> {
  if (isMapping) {
    const object = objects.tableAt(entry);
    return object === undefined ? undefined : { kind: "object", object };
  }
  const object = objects.tableWithFirstEntry(entry);
  if (object === undefined)
    return { leftOut: "a capability of a page table that cannot be told from another" };
  const [, digits] = /^asid: (\d+)$/.exec(attributes) ?? [];
  const asid = Number(digits ?? 0);
  return {
    ...{ kind: "object", object },
    asid: { high: asid >>> ASID_LOW_BITS, low: asid % 2 ** ASID_LOW_BITS },
  };
}

function namedCap(
  pointer: number,
  {
    suffix,
    attributes,
    container,
    objects,
  }: {
    readonly suffix: string;
    readonly attributes: string;
    readonly container: string;
    readonly objects: SnapshotObjects;
  },
): ReturnType<typeof readCap> {
  switch (suffix) {
    case "ep":
    case "notification": {
      const parts = ipcParts(attributes);
      const object = objects.named(suffix, nameOf(suffix, pointer));
      return parts === undefined ? undefined : { kind: "object", object, ...parts };
    }
    case "reply":
      return { kind: "object", object: objects.named("rtreply", nameOf("rtreply", pointer)) };
    case "tcb":
    case "sc":
    case "asid_pool":
      return { kind: "object", object: objects.named(suffix, nameOf(suffix, pointer)) };
    case "pd":
      return { kind: "object", object: objects.named("pt", nameOf("pd", pointer)) };
    case "untyped": {
      const object = objects.nextUntyped(container);
      return object?.startsWith(`${nameOf("ut", pointer)}@`) === true
        ? { kind: "object", object }
        : undefined;
    }
    case "0_irq":
      return { kind: "object", object: objects.named("irq", irqName(pointer)) };
    case "cnode":
      return cnodeCap(nameOf("cnode", pointer), attributes, objects);
    default:
      return undefined;
  }
}

function cnodeCap(
  object: string,
  attributes: string,
  objects: SnapshotObjects,
): ReturnType<typeof readCap> {
  const [, guard, size] = /^guard: (\d+), guard_size: (\d+)$/.exec(attributes) ?? [];
  if (guard === undefined) return undefined;
  if (objects.get(object) === undefined)
    return { leftOut: "a CNode that is no thread's root: its size is not printed" };
  return {
    ...{ kind: "object", object },
    ...(Number(guard) === 0 ? {} : { guard: Number(guard) }),
    ...(Number(size) === 0 ? {} : { guardSize: Number(size) }),
  };
}

function ipcParts(attributes: string): Pick<ObjectCap, "rights" | "badge"> | undefined {
  const [, letters = "", badge] = /^([A-Z]*)(?:, badge: (\d+))?$/.exec(attributes) ?? [];
  const rights = rightsOf(letters);
  if (rights === undefined) return undefined;
  return {
    ...(rights === 0 ? {} : { rights }),
    ...(badge === undefined ? {} : { badge: Number(badge) }),
  };
}

function rightsOf(letters: string): number | undefined {
  let rights = 0;
  for (const letter of letters) {
    const bit = LETTERS[letter];
    if (bit === undefined) return undefined;
    rights |= bit;
  }
  return rights;
}
