import {
  type CapdlCap,
  type CapdlContainer,
  type CapdlObject,
  type CapdlSpec,
  type CapdlTcb,
  hasSlots,
} from "./model.ts";
import { TcbSlotNumber } from "./spec.ts";

const TABLES: readonly string[] = ["pt", "pd", "pdpt", "pml4", "pud", "pgd", "io_pt"];

/** Threads that share a CSpace: in CAmkES, an instance of a component. */
export interface SpecComponent {
  /** In CAmkES's specifications the instance's name. */
  readonly name: string;
  /** The root CNode, if the threads have one. */
  readonly cnode: string | undefined;
  readonly threads: readonly CapdlTcb[];
  /** Root tables of the threads' address spaces. */
  readonly vspaces: readonly string[];
}

/** A frame that a component can read or write through its address space. */
export interface MappedFrame {
  readonly name: string;
  /** Bits of `SpecRight`. */
  readonly rights: number;
}

/** A specification's components, and whose its objects are. */
export class SpecComponents {
  readonly components: readonly SpecComponent[];
  readonly #spec: CapdlSpec;
  readonly #objects: ReadonlyMap<string, CapdlObject>;
  /** Threads, their root CNodes and root tables belong to their component, whoever else has capabilities to them. */
  readonly #fixed = new Map<string, string>();
  readonly #users = new Map<string, Set<string>>();

  constructor(spec: CapdlSpec) {
    this.#spec = spec;
    this.#objects = new Map(spec.objects.map((object) => [object.name, object]));
    this.components = this.#group();
    for (const component of this.components) {
      const { name, cnode, threads, vspaces } = component;
      for (const own of [cnode, ...vspaces, ...threads.map((thread) => thread.name)])
        if (own !== undefined && !this.#fixed.has(own)) this.#fixed.set(own, name);
    }
    for (const component of this.components) this.#walk(component);
  }

  get(name: string): SpecComponent | undefined {
    return this.components.find((component) => component.name === name);
  }

  object(name: string): CapdlObject | undefined {
    return this.#objects.get(name);
  }

  /** The component that alone can reach an object; `undefined` for what is shared, or out of everyone's reach. */
  ownerOf(object: string): string | undefined {
    const fixed = this.#fixed.get(object);
    if (fixed !== undefined) return fixed;
    const users = this.#users.get(object);
    const [only] = users ?? [];
    return users?.size === 1 ? only : undefined;
  }

  /** Names of the components that can reach an object. */
  usersOf(object: string): readonly string[] {
    return [...(this.#users.get(object) ?? [])];
  }

  /** The frames of a component's address spaces. */
  memoryOf({ vspaces }: SpecComponent): readonly MappedFrame[] {
    const frames: MappedFrame[] = [];
    const seen = new Set<string>();
    const walk = (table: string): void => {
      const object = this.#objects.get(table);
      if (object === undefined || !hasSlots(object) || seen.has(table)) return;
      seen.add(table);
      for (const { cap } of object.slots) {
        if (cap.kind !== "object") continue;
        const target = this.#objects.get(cap.object);
        if (target?.kind === "frame") frames.push({ name: cap.object, rights: cap.rights ?? 0 });
        else if (target !== undefined && TABLES.includes(target.kind)) walk(cap.object);
      }
    };
    vspaces.forEach(walk);
    return frames;
  }

  /** The CNodes that a component can reach from its root. */
  cnodesOf({ name, cnode }: SpecComponent): readonly CapdlContainer[] {
    const root = cnode === undefined ? undefined : this.#objects.get(cnode);
    if (root?.kind !== "cnode") return [];
    const found: CapdlContainer[] = [root];
    const seen = new Set([root.name]);
    for (const { slots } of found) {
      for (const { cap } of slots) {
        const target = cap.kind === "object" ? this.#objects.get(cap.object) : undefined;
        if (target?.kind !== "cnode" || seen.has(target.name)) continue;
        seen.add(target.name);
        if ((this.#fixed.get(target.name) ?? name) === name) found.push(target);
      }
    }
    return found;
  }

  #group(): readonly SpecComponent[] {
    const groups = new Map<string, CapdlTcb[]>();
    for (const object of this.#spec.objects) {
      if (object.kind !== "tcb") continue;
      const root = targetOf(object, TcbSlotNumber.cspace) ?? object.name;
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [object]);
      else group.push(object);
    }
    const shortOf = (root: string): string => root.replace(/_cnode$|_tcb$/, "");
    const shorts = [...groups.keys()].map(shortOf);
    return [...groups]
      .map(([root, threads]) => {
        const short = shortOf(root);
        const isUnique = shorts.indexOf(short) === shorts.lastIndexOf(short);
        const vspaces = threads.flatMap((thread) => {
          const space = targetOf(thread, TcbSlotNumber.vspace);
          return space !== undefined && this.#isTable(space) ? [space] : [];
        });
        return {
          name: isUnique ? short : root,
          cnode: this.#objects.get(root)?.kind === "cnode" ? root : undefined,
          threads,
          vspaces: [...new Set(vspaces)],
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #isTable(name: string): boolean {
    return TABLES.includes(this.#objects.get(name)?.kind ?? "");
  }

  /** Notes what a component can reach: its CSpace, its address spaces and what its threads are bound to. */
  #walk({ name, threads }: SpecComponent): void {
    const seen = new Set<string>();
    const open: CapdlContainer[] = [...threads];
    const use = (cap: CapdlCap): void => {
      if (cap.kind !== "object") return;
      const users = this.#users.get(cap.object);
      if (users === undefined) this.#users.set(cap.object, new Set([name]));
      else users.add(name);
      const target = this.#objects.get(cap.object);
      if (target === undefined || seen.has(target.name) || !hasSlots(target)) return;
      seen.add(target.name);
      // Another component's own things can be used, but what is in them is its.
      if ((this.#fixed.get(target.name) ?? name) === name && target.kind !== "tcb")
        open.push(target);
    };
    for (const { slots } of open) for (const { cap } of slots) use(cap);
  }
}

/** Name of the object in a slot of a thread. */
export function targetOf(thread: CapdlTcb, slot: number): string | undefined {
  const cap = thread.slots.find((item) => item.slot === slot)?.cap;
  return cap?.kind === "object" ? cap.object : undefined;
}
