import {
  type Cap,
  CapType,
  type CNode,
  type KernelState,
  objectBytes,
  type Slot,
  type Tcb,
} from "@cantrip/sel4-kernel";
import { camkesThreadName, PAGE_BYTES } from "../component-plan.ts";
import type { MeasurableSystem } from "./measure-system.ts";

/** What an owner of memory is. `nobody` has objects that no thread's CSpace leads to. */
export type OwnerKind = "application" | "component" | "kernel" | "nobody" | "rootserver" | "shared";

/** Memory of a component, of an application, or of several of them together. */
export interface OwnerMemory {
  readonly name: string;
  readonly kind: OwnerKind;
  /** Bytes that are nobody else's: all owners' together are `usedBytes` of `measureSystem`. */
  readonly bytes: number;
  /** Bytes that others share. */
  readonly sharedBytes: number;
}

const ROOT_SERVER = "rootserver";
/** Name of a thread that was not given one. */
const UNNAMED = /^(child of: .*)?$/;

/** Threads with one CSpace. */
interface Group {
  readonly name: string;
  readonly kind: OwnerKind;
  readonly threads: Tcb[];
  readonly cnodes: Set<CNode>;
  readonly asids: Set<number>;
}

/**
 * Adds up who has which memory: components by the names that their threads have, applications by theirs.
 *
 * Theirs are, before all, their threads with CSpace, address space and what is mapped in it; then what components have capabilities
 * of in their CSpaces, then in the CNodes there, then what only applications have, and last what only the root server has. What
 * several have at once, in the first of these ways in which anybody has it, they share.
 */
export function measureOwners(system: MeasurableSystem): OwnerMemory[] {
  return new Owners(system).list();
}

class Owners {
  readonly #state: KernelState;
  readonly #groups: readonly Group[];
  readonly #bytes: ReadonlyMap<number, number>;
  readonly #owners = new Map<number, ReadonlySet<Group>>();

  constructor(system: MeasurableSystem) {
    this.#state = system.kernel.state;
    this.#bytes = memoryOf(this.#state);
    this.#groups = groupsOf(system);
    const of = (kind: OwnerKind): readonly Group[] =>
      this.#groups.filter((group) => group.kind === kind);
    const others = this.#groups.filter(({ kind }) => kind !== "rootserver");
    this.#claim(others, (group) => [...this.#ownOf(group), ...this.#mappedIn(group)]);
    this.#claim(of("component"), (group) => capsIn(group.cnodes));
    this.#claim(of("component"), (group) => this.#nested(group));
    this.#claim(of("application"), (group) => capsIn(group.cnodes));
    this.#claim(of("rootserver"), (group) => [
      ...this.#ownOf(group),
      ...capsIn(group.cnodes),
      ...this.#nested(group),
    ]);
  }

  list(): OwnerMemory[] {
    const figures = new Map(this.#groups.map((group) => [group, { bytes: 0, sharedBytes: 0 }]));
    let shared = 0;
    let nobody = 0;
    for (const [paddr, bytes] of this.#bytes) {
      const owners = [...(this.#owners.get(paddr) ?? [])];
      if (owners.length === 0) nobody += bytes;
      if (owners.length > 1) shared += bytes;
      for (const owner of owners) {
        const figure = figures.get(owner);
        if (figure === undefined) continue;
        if (owners.length === 1) figure.bytes += bytes;
        else figure.sharedBytes += bytes;
      }
    }
    const total = (name: string, kind: OwnerKind, bytes: number): OwnerMemory[] =>
      bytes === 0 ? [] : [{ name, kind, bytes, sharedBytes: 0 }];
    return [
      ...[...figures].map(([{ name, kind }, figure]) => ({ name, kind, ...figure })),
      ...total("shared by several", "shared", shared),
      ...total("kernel", "kernel", this.#state.platform.kernelImage.size),
      ...total("nobody", "nobody", nobody),
    ];
  }

  /** Gives what has no owner yet to those who claim it. */
  #claim(groups: readonly Group[], claimed: (group: Group) => Iterable<number>): void {
    const claims = new Map<number, Set<Group>>();
    for (const group of groups) {
      for (const paddr of claimed(group)) {
        if (this.#owners.has(paddr)) continue;
        const owners = claims.get(paddr) ?? new Set();
        claims.set(paddr, owners.add(group));
      }
    }
    for (const [paddr, owners] of claims) this.#owners.set(paddr, owners);
  }

  /** The threads, and what they are made of. */
  *#ownOf({ threads, cnodes }: Group): Iterable<number> {
    for (const tcb of threads) {
      yield tcb.paddr;
      if (tcb.schedContext !== null) yield tcb.schedContext.paddr;
      for (const { cap } of tcb.slots)
        if (cap.type === CapType.PageTable || cap.type === CapType.Frame) yield cap.paddr;
    }
    for (const cnode of cnodes) yield cnode.paddr;
  }

  /** Frames and page tables that are mapped in the address space, wherever their capabilities are. */
  *#mappedIn({ asids }: Group): Iterable<number> {
    for (const object of this.#state.objectsByPaddr.values()) {
      if (object.kind !== "cnode") continue;
      for (const { cap } of object.slots) {
        const isMemory = cap.type === CapType.Frame || cap.type === CapType.PageTable;
        if (isMemory && asids.has(cap.asid)) yield cap.paddr;
      }
    }
  }

  /** What is in the CNodes that are no thread's CSpace. */
  *#nested({ cnodes }: Group): Iterable<number> {
    const roots = new Set(this.#groups.flatMap((group) => [...group.cnodes]));
    const seen = new Set<CNode>();
    const inside = (slots: readonly Slot[]): CNode[] =>
      slots.flatMap(({ cap }) =>
        cap.type === CapType.CNode && !roots.has(cap.object) ? [cap.object] : [],
      );
    const queue = [...cnodes].flatMap(({ slots }) => inside(slots));
    for (let cnode = queue.pop(); cnode !== undefined; cnode = queue.pop()) {
      if (seen.has(cnode)) continue;
      seen.add(cnode);
      queue.push(...inside(cnode.slots));
    }
    yield* capsIn(seen);
  }
}

/** Bytes of everything that takes memory, by physical address. */
function memoryOf(state: KernelState): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>();
  for (const object of state.objectsByPaddr.values()) {
    bytes.set(object.paddr, objectBytes(state, object));
    if (object.kind !== "cnode") continue;
    for (const { cap } of object.slots) {
      if (cap.type === CapType.Frame && !cap.isDevice) bytes.set(cap.paddr, PAGE_BYTES);
      if (cap.type === CapType.PageTable) bytes.set(cap.paddr, PAGE_BYTES);
    }
  }
  return bytes;
}

function groupsOf({ image, kernel }: MeasurableSystem): Group[] {
  const births = image?.births;
  const components = new Map(
    [...(births ?? [])].flatMap(([name, { threads }]) =>
      Object.keys(threads).map((thread) => [`${name}_${camkesThreadName(name, thread)}_tcb`, name]),
    ),
  );
  const groups = new Map<string, Group>();
  for (const tcb of kernel.state.objectsByPaddr.values()) {
    if (tcb.kind !== "tcb" || UNNAMED.test(tcb.name)) continue;
    const [cspace, vspace] = tcb.slots;
    if (cspace?.cap.type !== CapType.CNode) continue;
    const component = components.get(tcb.name);
    const name = component ?? tcb.name;
    const isComponent = component !== undefined || births === undefined;
    const other = name === ROOT_SERVER ? "rootserver" : "application";
    const kind = isComponent && name !== ROOT_SERVER ? "component" : other;
    const group = groups.get(name) ?? {
      ...{ name, kind, threads: [], cnodes: new Set<CNode>(), asids: new Set<number>() },
    };
    groups.set(name, group);
    group.threads.push(tcb);
    group.cnodes.add(cspace.cap.object);
    if (vspace?.cap.type === CapType.PageTable && vspace.cap.asid !== 0)
      group.asids.add(vspace.cap.asid);
  }
  return [...groups.values()];
}

/** Addresses of what the capabilities in CNodes are to. */
function* capsIn(cnodes: Iterable<CNode>): Iterable<number> {
  for (const { slots } of cnodes) {
    for (const { cap } of slots) {
      const paddr = addressOf(cap);
      if (paddr !== undefined) yield paddr;
    }
  }
}

function addressOf(cap: Cap): number | undefined {
  switch (cap.type) {
    case CapType.Endpoint:
    case CapType.Notification:
    case CapType.Reply:
    case CapType.CNode:
    case CapType.Thread:
    case CapType.SchedContext:
    case CapType.AsidPool:
      return cap.object.paddr;
    case CapType.Frame:
    case CapType.PageTable:
      return cap.paddr;
    default:
      return undefined;
  }
}
