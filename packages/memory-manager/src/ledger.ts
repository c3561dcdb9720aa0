import { powerOfTwo } from "@cantrip/sel4-config";
import type { MemoryLifetime } from "@cantrip/interfaces/memory";
import type { Block } from "./buddy-memory.ts";
import { type CheckedObject, partOf } from "./object-size.ts";
import { notOwned, wrongSize, wrongType } from "./memory-failure.ts";

/** What a client has, of RAM and of device memory. */
export interface ClientBook {
  /** Badge. */
  readonly client: number;
  bytes: number;
  objects: number;
  /** By the name that the client gives a CNode: the slot of its capability. */
  readonly containers: Map<number, Container>;
}

/** A client's CNode, and which runs of objects were made in it, by their first slot. */
interface Container {
  readonly name: number;
  readonly runs: Map<number, Run>;
}

/** Objects of one kind that one client has in a block. */
interface Tally {
  readonly book: ClientBook;
  readonly kind: number;
  readonly objectBits: number;
  count: number;
}

/** Like objects that were made of one block with one system call; their capabilities were in consecutive slots. */
interface Run {
  readonly use: Use;
  readonly tally: Tally;
  readonly container: Container;
  readonly object: CheckedObject;
  readonly cptr: number;
  readonly count: number;
}

/** A block in use. */
export interface Use {
  readonly block: Block;
  /** `device`: of device memory, which is not in the figures of RAM. */
  readonly purpose: MemoryLifetime | "device";
  bytes: number;
  objects: number;
  /** Objects that the request which is being served claims, while they are counted. */
  claimed: number;
  readonly tallies: Tally[];
  readonly runs: Set<Run>;
  /** Uses in the order in which they began. */
  older: Use | undefined;
  newer: Use | undefined;
}

/** Part of a run that a client names. */
export interface Claim {
  readonly run: Run;
  readonly cptr: number;
  readonly count: number;
}

/** Who may have made a capability that the ledger does not know at its place. */
export interface Claims {
  /** Objects at the places where they were made. */
  readonly known: readonly Claim[];
  /** Objects that were moved, or whose CNode was handed over by another client. */
  readonly strangers: readonly CheckedObject[];
}

/**
 * What exists, and whose it is: by client, CNode and slot, as of when it was made.
 *
 * Capabilities move without the manager, so the ledger does not say where they are now; it says how many objects of which
 * kind live in which block, and that is exact as long as the kernel is asked before a block leaves it.
 */
export class Ledger {
  readonly #books = new Map<number, ClientBook>();
  readonly #uses = new Map<Block, Use>();
  readonly #live = new Map<number, number>();
  #newest: Use | undefined;
  #bytes = 0;
  #objects = 0;
  #deviceBytes = 0;

  /** Bytes of all objects in RAM. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Objects in RAM. */
  get objects(): number {
    return this.#objects;
  }
  get deviceBytes(): number {
    return this.#deviceBytes;
  }
  /** The blocks in use, the oldest first. */
  get uses(): readonly Use[] {
    return [...this.#uses.values()];
  }
  /** The block that was last taken into use; the others follow as {@link Use}`.older`. */
  get newest(): Use | undefined {
    return this.#newest;
  }
  /** Those who have objects, by badge. */
  get clients(): readonly ClientBook[] {
    return [...this.#books.values()]
      .filter(({ objects }) => objects > 0)
      .sort((a, b) => a.client - b.client);
  }

  /** Live objects of the type and size. */
  live(object: CheckedObject): number {
    return this.#live.get(kindOf(object)) ?? 0;
  }

  /** A block goes into use. */
  begin(block: Block, purpose: MemoryLifetime | "device"): Use {
    const use: Use = {
      block,
      purpose,
      bytes: 0,
      objects: 0,
      claimed: 0,
      tallies: [],
      runs: new Set(),
      older: this.#newest,
      newer: undefined,
    };
    if (this.#newest !== undefined) this.#newest.newer = use;
    this.#newest = use;
    this.#uses.set(block, use);
    return use;
  }

  /** Nothing is left of what was made of a block. */
  end(use: Use): void {
    this.#uses.delete(use.block);
    if (use.older !== undefined) use.older.newer = use.newer;
    if (use.newer !== undefined) use.newer.older = use.older;
    else this.#newest = use.older;
    for (const tally of use.tallies) this.#count(use, tally, -tally.count);
    for (const run of use.runs) unplace(run);
    use.runs.clear();
  }

  /** Objects were made of a block, in a client's CNode. @param name - the client's name for the CNode */
  record(use: Use, client: number, name: number, object: CheckedObject): void {
    const book = this.#bookOf(client);
    const container = book.containers.get(name) ?? { name, runs: new Map<number, Run>() };
    const kind = kindOf(object);
    let tally = use.tallies.find((known) => known.book === book && known.kind === kind);
    if (tally === undefined) {
      tally = { book, kind, objectBits: object.objectBits, count: 0 };
      use.tallies.push(tally);
    }
    this.#count(use, tally, object.count);
    place({ use, tally, container, object, cptr: object.cptr, count: object.count });
  }

  /** Objects of a run are gone, `existed` of those that were claimed; the others were not where they were made. */
  strike({ run, cptr, count }: Claim, existed: number): void {
    this.#count(run.use, run.tally, -existed);
    const after = cptr + count;
    const end = run.cptr + run.count;
    unplace(run);
    if (cptr > run.cptr) place({ ...run, count: cptr - run.cptr });
    if (after < end) place({ ...run, cptr: after, count: end - after });
  }

  /**
   * What a client means by objects in a CNode.
   *
   * @throws MemoryFailure when objects of another type or size were made there, and when there are not so many
   */
  claim(client: number, name: number, objects: readonly CheckedObject[]): Claims {
    const known: Claim[] = [];
    const strangers: CheckedObject[] = [];
    const container = this.#books.get(client)?.containers.get(name);
    for (const object of objects) claimOne(container, object, known, strangers);
    for (const object of strangers) {
      if (object.count > this.live(object)) throw notOwned(object.type, object.count, object.cptr);
    }
    return { known, strangers };
  }

  #bookOf(client: number): ClientBook {
    let book = this.#books.get(client);
    if (book === undefined) {
      this.#books.set(client, (book = { client, bytes: 0, objects: 0, containers: new Map() }));
    }
    return book;
  }

  #count(use: Use, tally: Tally, objects: number): void {
    const bytes = objects * powerOfTwo(tally.objectBits);
    tally.count += objects;
    use.objects += objects;
    use.bytes += bytes;
    tally.book.objects += objects;
    tally.book.bytes += bytes;
    if (use.purpose === "device") this.#deviceBytes += bytes;
    else {
      this.#objects += objects;
      this.#bytes += bytes;
    }
    this.#live.set(tally.kind, (this.#live.get(tally.kind) ?? 0) + objects);
  }
}

/** Whether a block has objects of these kinds, of the client or (`isOwn` false) of another one only. */
export function mayHold(
  use: Use,
  objects: readonly CheckedObject[],
  client: number,
  isOwn: boolean,
): boolean {
  return use.tallies.some(
    ({ book, kind }) =>
      (book.client === client) === isOwn && objects.some((object) => kindOf(object) === kind),
  );
}

/** Finds the runs that an object descriptor covers. */
function claimOne(
  container: Container | undefined,
  object: CheckedObject,
  known: Claim[],
  strangers: CheckedObject[],
): void {
  const end = object.cptr + object.count;
  let slot = object.cptr;
  while (slot < end) {
    const run = container === undefined ? undefined : runAt(container, slot, end);
    const start = run === undefined ? end : Math.max(slot, run.cptr);
    if (slot < start) strangers.push(partOf(object, slot, start - slot));
    if (run === undefined) return;
    if (run.object.type !== object.type) throw wrongType(object.type, run.object.type, start);
    if (run.object.objectBits !== object.objectBits) throw wrongSize(object.type, start);
    slot = Math.min(end, run.cptr + run.count);
    known.push({ run, cptr: start, count: slot - start });
  }
}

/** The run that holds a slot, the youngest if there are several, or else the next one that begins before `end`. */
function runAt({ runs }: Container, slot: number, end: number): Run | undefined {
  let found = runs.get(slot);
  if (found !== undefined) return found;
  for (const run of runs.values()) {
    if (run.cptr >= end || run.cptr + run.count <= slot) continue;
    if (found === undefined || run.cptr <= Math.max(slot, found.cptr)) found = run;
  }
  return found;
}

function place(run: Run): void {
  const { container, tally } = run;
  const { runs } = container;
  // A container without runs is not in the book.
  tally.book.containers.set(container.name, container);
  // What was made there before has been moved away: the kernel makes nothing in a full slot.
  for (let slot = run.cptr; slot < run.cptr + run.count; slot++) {
    const before = runs.get(slot);
    if (before === undefined) continue;
    before.use.runs.delete(before);
    runs.delete(slot);
  }
  runs.set(run.cptr, run);
  run.use.runs.add(run);
}

function unplace(run: Run): void {
  run.use.runs.delete(run);
  const { container, tally } = run;
  if (container.runs.get(run.cptr) === run) container.runs.delete(run.cptr);
  if (container.runs.size === 0) tally.book.containers.delete(container.name);
}

function kindOf({ type, objectBits }: CheckedObject): number {
  return type * 64 + objectBits;
}
