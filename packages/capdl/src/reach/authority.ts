import {
  type CapdlFrame,
  type CapdlObject,
  type CapdlObjectCap,
  type CapdlSpec,
  hasSlots,
} from "../model.ts";
import { SpecRight, TcbSlotNumber } from "../spec.ts";

const { read: READ, write: WRITE, grant: EXECUTE } = SpecRight;

/** How somebody gets at a frame. */
export type ReachWay =
  /** It is mapped in an address space of theirs. */
  | "mapping"
  /** They hold a capability to it, or to the CNode of somebody who does, and can map it. */
  | "capability"
  /** They hold what the root server held: its own capabilities come with the untyped memory. */
  | "hand-over"
  /** They can revoke the untyped memory that a device's registers are part of, and make a frame of them again. */
  | "untyped";

/** Access to a frame: bits of {@link SpecRight}, `grant` is execution. */
export interface FrameAccess {
  readonly frame: string;
  readonly way: ReachWay;
  readonly rights: number;
}

/** How somebody decides over an object. */
export type ControlWay =
  /** A TCB: registers, priority and address space of the thread can be set. */
  | "thread"
  /** A CNode: its capabilities can be used, moved and deleted. */
  | "cnode"
  /** A page table: pages can be taken out of it, and others put in. */
  | "table"
  /** Its memory can be taken back: the object is gone then. */
  | "untyped";

/** An object that a component decides over. */
interface ControlledObject {
  readonly object: string;
  readonly way: ControlWay;
}

/** What a component gets at by itself, with all that its capabilities let it do, and without anybody's help. */
export interface Authority {
  readonly frames: readonly FrameAccess[];
  /** Capabilities to endpoints and notifications, in every CNode that it gets at. */
  readonly channels: readonly CapdlObjectCap[];
  /** Its own objects and others'. */
  readonly controls: readonly ControlledObject[];
  /** Whether the untyped memory comes to it at the hand-over. */
  readonly receivesMemory: boolean;
}

/** Looks up objects. */
export interface ObjectsByName {
  get(name: string): CapdlObject | undefined;
}

/**
 * Closes the capabilities of threads under what can be done with them: a CNode's slots are theirs, and so are another thread's CSpace and
 * address space when they hold its TCB; frames can be mapped by whoever holds a root table.
 *
 * @param threads - names of the component's own threads
 */
export function authorityOf(
  spec: CapdlSpec,
  objects: ObjectsByName,
  threads: readonly string[],
): Authority {
  const walk = new AuthorityWalk(objects);
  for (const thread of threads) walk.control(thread);
  walk.run();
  const own = walk.result();
  return walk.receivesMemory ? { ...own, frames: [...own.frames, ...handedOver(spec)] } : own;
}

class AuthorityWalk {
  receivesMemory = false;
  readonly #objects: ObjectsByName;
  readonly #seen = new Set<string>();
  readonly #queue: string[] = [];
  readonly #mapped = new Map<string, number>();
  readonly #held = new Map<string, number>();
  readonly #children = new Set<string>();
  readonly #channels: CapdlObjectCap[] = [];
  readonly #controls: ControlledObject[] = [];
  #holdsTable = false;

  constructor(objects: ObjectsByName) {
    this.#objects = objects;
  }

  /** A thread: its registers can be set, so what it has is had. */
  control(name: string): void {
    if (!this.#seen.has(name)) this.#queue.push(name);
  }

  run(): void {
    for (let name = this.#queue.pop(); name !== undefined; name = this.#queue.pop()) {
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      const object = this.#objects.get(name);
      if (object?.kind === "tcb") this.#thread(object);
      else if (object?.kind === "cnode") {
        this.receivesMemory ||= object.hasUntypedMemory;
        for (const { cap } of object.slots) if (cap.kind === "object") this.#take(cap);
      }
    }
  }

  result(): Authority {
    const frames: FrameAccess[] = [];
    for (const [frame, rights] of this.#mapped) frames.push({ frame, way: "mapping", rights });
    if (this.#holdsTable) {
      for (const [frame, rights] of this.#held) frames.push({ frame, way: "capability", rights });
      for (const frame of this.#children)
        frames.push({ frame, way: "untyped", rights: READ | WRITE | EXECUTE });
    }
    return {
      frames,
      channels: this.#channels,
      controls: this.#controls,
      receivesMemory: this.receivesMemory,
    };
  }

  #thread(tcb: CapdlObject): void {
    if (!hasSlots(tcb)) return;
    for (const { slot, cap } of tcb.slots) {
      if (cap.kind !== "object") continue;
      if (slot === TcbSlotNumber.cspace) this.control(cap.object);
      if (slot === TcbSlotNumber.vspace) this.#space(cap.object);
    }
  }

  #take(cap: CapdlObjectCap): void {
    const target = this.#objects.get(cap.object);
    switch (target?.kind) {
      case "tcb":
        if (cap.reply !== undefined) break;
        this.#controls.push({ object: target.name, way: "thread" });
        this.control(target.name);
        break;
      case "cnode":
        this.#controls.push({ object: target.name, way: "cnode" });
        this.control(target.name);
        break;
      case "frame":
        add(this.#held, target.name, (cap.rights ?? 0) | executable(cap.rights ?? 0));
        break;
      case "pt":
      case "pd":
      case "pdpt":
      case "pml4":
      case "pud":
      case "pgd":
        this.#controls.push({ object: target.name, way: "table" });
        this.#holdsTable = true;
        break;
      case "ep":
      case "notification":
        this.#channels.push(cap);
        break;
      case "ut":
        this.#untyped(target);
        break;
      default:
    }
  }

  /** Memory that is not a device's is cleared when objects are made of it: nothing is got at but room. */
  #untyped({ children }: Extract<CapdlObject, { readonly kind: "ut" }>): void {
    for (const name of children) {
      const child = this.#objects.get(name);
      if (child === undefined) continue;
      this.#controls.push({ object: name, way: "untyped" });
      if (child.kind === "frame" && isDevice(child)) this.#children.add(name);
      if (child.kind === "ut") this.#untyped(child);
    }
  }

  #space(name: string): void {
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    const table = this.#objects.get(name);
    if (table === undefined || !hasSlots(table)) return;
    for (const { cap } of table.slots) {
      if (cap.kind !== "object") continue;
      const target = this.#objects.get(cap.object);
      if (target?.kind === "frame") add(this.#mapped, target.name, cap.rights ?? 0);
      else this.#space(cap.object);
    }
  }
}

/** Whoever may read a frame may map it executable. */
function executable(rights: number): number {
  return (rights & READ) === 0 ? 0 : EXECUTE;
}

function add(map: Map<string, number>, name: string, rights: number): void {
  map.set(name, (map.get(name) ?? 0) | rights);
}

/** As in capDL's loaders, physical address 0 means none. */
function isDevice({ paddr = 0 }: CapdlFrame): boolean {
  return Number(paddr) !== 0;
}

/**
 * What comes with the untyped memory. The root server keeps the original of each capability, and gives it away with the memory; but
 * the capability of a mapping that a CNode names (`mapping:`) is moved there, and of a frame that has no other mapping nothing is left.
 * Devices are then got at through their untyped memory.
 */
function handedOver(spec: CapdlSpec): FrameAccess[] {
  const mappings = new Map<string, number>();
  const moved = new Map<string, number>();
  for (const object of spec.objects) {
    if (!hasSlots(object)) continue;
    for (const { cap } of object.slots) {
      if (cap.kind !== "object") continue;
      if (object.kind !== "cnode" && object.kind !== "tcb") count(mappings, cap.object);
      else if (cap.mapping !== undefined) count(moved, cap.object);
    }
  }
  const rights = READ | WRITE | EXECUTE;
  return spec.objects.flatMap((object): FrameAccess[] => {
    if (object.kind !== "frame") return [];
    const { name: frame } = object;
    const gone = moved.get(frame) ?? 0;
    const isKept = gone === 0 || gone < (mappings.get(frame) ?? 0);
    return [
      ...(isKept ? [{ frame, way: "hand-over" as const, rights }] : []),
      ...(isDevice(object) ? [{ frame, way: "untyped" as const, rights }] : []),
    ];
  });
}

function count(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1);
}
