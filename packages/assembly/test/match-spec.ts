import {
  type SlotRef,
  type Spec,
  type SpecCap,
  type SpecObject,
  SpecRight,
  TcbSlotNumber,
} from "@cantrip/capdl";

type ObjectCap = SpecCap & { readonly kind: "object" };

/** What a comparison found. */
export interface Match {
  /** What is different, one line each. */
  readonly differences: readonly string[];
  /** Names in the specification, by name in the snapshot. */
  readonly names: ReadonlyMap<string, string>;
  /** Objects of the specification that no thread reaches in the snapshot. */
  readonly unseen: readonly string[];
  /** Objects of the snapshot that the specification does not have. */
  readonly foreign: readonly string[];
}

/** Attributes that the kernel shows; those of a thread that runs are not compared where it changes them. */
function attributes(object: SpecObject): Readonly<Record<string, unknown>> {
  switch (object.kind) {
    case "tcb": {
      const { addr, sp, prio, maxPrio, domain = 0 } = object;
      return { addr, sp, prio, maxPrio, domain };
    }
    case "cnode":
    case "ut":
      return { sizeBits: object.sizeBits };
    case "frame":
      return { sizeBits: object.sizeBits };
    case "sc":
      return {
        sizeBits: object.sizeBits,
        periodUs: object.periodUs,
        budgetUs: object.budgetUs,
      };
    default:
      return {};
  }
}

/** What the loader gives and the kernel shows of a capability. */
function shown(
  cap: ObjectCap,
  target: SpecObject,
  container: SpecObject,
  slot: number,
): Readonly<Record<string, unknown>> {
  const { badge = 0, guard = 0, guardSize = 0 } = cap;
  const both = SpecRight.read | SpecRight.write;
  const all = both | SpecRight.grant | SpecRight.grantReply;
  const isHandler =
    container.kind === "tcb" &&
    (slot === TcbSlotNumber.faultEp || slot === TcbSlotNumber.tempFaultEp);
  switch (target.kind) {
    case "ep":
      // The loader gives handlers of faults all rights.
      return { badge, rights: isHandler ? all : (cap.rights ?? 0) };
    case "notification":
      // And interrupts, too; a notification has two.
      return { badge, rights: container.kind === "irq" ? both : (cap.rights ?? 0) & both };
    case "cnode":
      return { guard, guardSize };
    case "frame":
      return { rights: cap.rights ?? 0 };
    default:
      return {};
  }
}

/**
 * Matches a snapshot with the specification that was loaded. Names differ: threads are found by the address of their IPC
 * buffer, and whatever they reach is the same when its kind, its attributes, the capabilities to it and its own slots are.
 *
 * @param undeclared - objects of the snapshot whose attributes the kernel did not print
 */
export function matchSpec(spec: Spec, snapshot: Spec, undeclared: readonly string[]): Match {
  const matcher = new Matcher(spec, snapshot, undeclared);
  matcher.matchThreads();
  return matcher.result();
}

/** The mapping whose capability is in a slot. */
interface Mapping {
  readonly place: string;
  readonly ours: SlotRef | undefined;
  readonly theirs: SlotRef | undefined;
}

class Matcher {
  readonly #wanted: ReadonlyMap<string, SpecObject>;
  readonly #found: ReadonlyMap<string, SpecObject>;
  readonly #irqs: readonly [Spec["irqs"], Spec["irqs"]];
  readonly #undeclared: ReadonlySet<string>;
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #differences: string[] = [];
  /** Mappings that capabilities stand for, to be compared when all tables have names. */
  readonly #mappings: Mapping[] = [];

  constructor(spec: Spec, snapshot: Spec, undeclared: readonly string[]) {
    this.#wanted = new Map(spec.objects.map((object) => [object.name, object]));
    this.#found = new Map(snapshot.objects.map((object) => [object.name, object]));
    this.#irqs = [spec.irqs, snapshot.irqs];
    this.#undeclared = new Set(undeclared);
  }

  matchThreads(): void {
    for (const thread of this.#wanted.values()) {
      if (thread.kind !== "tcb") continue;
      const same = [...this.#found.values()].filter(
        (object) => object.kind === "tcb" && object.addr === thread.addr,
      );
      const [object, ...more] = same;
      if (object === undefined || more.length > 0)
        this.#differences.push(`${thread.name}: ${same.length} such threads`);
      else this.#match(thread.name, object.name, thread.name);
    }
  }

  result(): Match {
    for (const { place, ours, theirs } of this.#mappings) {
      const container = this.#names.get(theirs?.container ?? "");
      this.#compare(place, { mapping: ours }, { mapping: theirs && { ...theirs, container } });
    }
    return {
      differences: this.#differences,
      names: this.#names,
      unseen: [...this.#wanted.keys()].filter((name) => !this.#taken.has(name)).sort(),
      foreign: [...this.#found.keys()].filter((name) => !this.#names.has(name)).sort(),
    };
  }

  #match(name: string, foundName: string, path: string): void {
    const before = this.#names.get(foundName);
    if (before === name) return;
    if (before !== undefined || this.#taken.has(name)) {
      this.#differences.push(`${path}: ${foundName} is ${before ?? "another than before"}`);
      return;
    }
    const wanted = this.#wanted.get(name);
    const found = this.#found.get(foundName);
    if (wanted === undefined || found?.kind !== wanted.kind) {
      this.#differences.push(`${path}: a ${found?.kind ?? "nothing"}, not ${name}`);
      return;
    }
    this.#names.set(foundName, name);
    this.#taken.add(name);
    if (!this.#undeclared.has(foundName))
      this.#compare(path, attributes(wanted), attributes(found));
    if (wanted.kind === "frame" && found.kind === "frame" && wanted.paddr !== undefined)
      this.#compare(path, { paddr: wanted.paddr }, { paddr: found.paddr });
    if (wanted.kind === "tcb" && found.kind === "tcb" && wanted.resume === false)
      this.#compare(path, { ip: wanted.ip }, { ip: found.ip });
    if (wanted.kind === "irq") {
      const [ours, theirs] = this.#irqs.map(
        (irqs, index) => irqs.find(({ object }) => object === [name, foundName][index])?.irq,
      );
      this.#compare(path, { irq: ours }, { irq: theirs });
    }
    if ("slots" in wanted && "slots" in found) this.#matchSlots(wanted, found, path);
  }

  #matchSlots(wanted: SpecObject, found: SpecObject, path: string): void {
    if (!("slots" in wanted) || !("slots" in found)) return;
    const numbers = [...wanted.slots, ...found.slots].map(({ slot }) => slot);
    for (const slot of [...new Set(numbers)].sort((a, b) => a - b)) {
      const place = `${path}/${slot}`;
      const ours = wanted.slots.find((item) => item.slot === slot)?.cap;
      const theirs = found.slots.find((item) => item.slot === slot)?.cap;
      if (ours?.kind !== "object" || theirs?.kind !== "object") {
        this.#compare(place, { cap: ours }, { cap: theirs });
        continue;
      }
      const target = this.#wanted.get(ours.object);
      if (target === undefined) continue;
      this.#match(ours.object, theirs.object, place);
      this.#compare(place, shown(ours, target, wanted, slot), shown(theirs, target, wanted, slot));
      if (wanted.kind !== "cnode" || target.kind !== "frame") continue;
      this.#mappings.push({ place, ours: ours.mapping, theirs: theirs.mapping });
    }
  }

  #compare(
    path: string,
    wanted: Readonly<Record<string, unknown>>,
    found: Readonly<Record<string, unknown>>,
  ): void {
    for (const key of Object.keys(wanted)) {
      const [ours, theirs] = [wanted, found].map((record) => text(record[key]));
      if (ours !== theirs) this.#differences.push(`${path}: ${key} ${theirs}, not ${ours}`);
    }
  }
}

function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}
