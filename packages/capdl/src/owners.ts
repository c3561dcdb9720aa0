import { type CapdlObject, type CapdlSpec, hasSlots } from "./model.ts";
import { TcbSlotNumber } from "./spec.ts";

/** Which component has what. */
export interface Owners {
  /** Components, in the order of their CNodes in the specification. */
  readonly components: readonly string[];
  /** Components that an object belongs to, by its name: one for its own, several for what they share, none for what no thread reaches. */
  readonly ofObject: ReadonlyMap<string, readonly string[]>;
  /** Threads of a component. */
  readonly threads: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds the components of a system: threads that have one CSpace, with everything that their CSpace and their address space lead to,
 * but not through other components' CNodes and threads. A component is called as CAmkES calls it (`name` of `name_cnode`), else
 * by its CNode, or by its thread where there is no CSpace.
 */
export function ownersOf(spec: CapdlSpec): Owners {
  const objects = new Map(spec.objects.map((object) => [object.name, object]));
  const seeds = new Map<string, string[]>();
  const threads = new Map<string, string[]>();
  const home = new Map<string, string>();
  for (const object of spec.objects) {
    if (object.kind !== "tcb") continue;
    const cspace = targetIn(object, TcbSlotNumber.cspace) ?? object.name;
    const component = componentName(cspace);
    home.set(object.name, component);
    home.set(cspace, component);
    const list = seeds.get(component);
    if (list === undefined) seeds.set(component, [cspace, object.name]);
    else list.push(object.name);
    threads.set(component, [...(threads.get(component) ?? []), object.name]);
  }
  const ofObject = new Map<string, string[]>();
  for (const [component, roots] of seeds) reach(component, roots, { objects, home, ofObject });
  return { components: [...seeds.keys()], ofObject, threads };
}

function reach(
  component: string,
  roots: readonly string[],
  {
    objects,
    home,
    ofObject,
  }: {
    readonly objects: ReadonlyMap<string, CapdlObject>;
    readonly home: ReadonlyMap<string, string>;
    readonly ofObject: Map<string, string[]>;
  },
): void {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const object = objects.get(name);
    if (object === undefined || seen.has(name)) continue;
    if ((home.get(name) ?? component) !== component) continue;
    seen.add(name);
    const owners = ofObject.get(name);
    if (owners === undefined) ofObject.set(name, [component]);
    else owners.push(component);
    if (!hasSlots(object)) continue;
    for (const { cap } of object.slots) if (cap.kind === "object") queue.push(cap.object);
  }
}

function targetIn(object: CapdlObject, slot: number): string | undefined {
  if (!hasSlots(object)) return undefined;
  const cap = object.slots.find((each) => each.slot === slot)?.cap;
  return cap?.kind === "object" ? cap.object : undefined;
}

function componentName(cspace: string): string {
  return cspace.endsWith("_cnode") ? cspace.slice(0, -"_cnode".length) : cspace;
}

/** What CAmkES appends to the name of a connection. */
const CONNECTION_SUFFIX = /_(ep|ntfn|reply_cap_slot|\d+_data_\d+_obj|DATA_\d+_obj|\d+_obj)$/;
const CLIENT_SUFFIX = "_global_endpoint";

/**
 * The connection that an object belongs to, as CAmkES names its objects; the object's own name for others.
 *
 * @param components - names of components, which some objects of connections have in theirs
 */
export function connectionOf(object: string, components: readonly string[] = []): string {
  if (!object.endsWith(CLIENT_SUFFIX)) return object.replace(CONNECTION_SUFFIX, "");
  const rest = object.slice(0, -CLIENT_SUFFIX.length);
  const client = components.find((name) => rest.endsWith(`_${name}`));
  return client === undefined ? rest : rest.slice(0, -client.length - 1);
}
