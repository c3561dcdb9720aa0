import { SpecComponents } from "./components.ts";
import { type CapdlSpec } from "./model.ts";

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
 * Finds the components of a system ({@link SpecComponents}), and whose its objects are: threads and their CNodes belong to
 * their component, everything else to each component that reaches it.
 */
export function ownersOf(spec: CapdlSpec): Owners {
  const found = new SpecComponents(spec);
  const threads = new Map<string, string[]>();
  const ofObject = new Map<string, readonly string[]>();
  for (const { name, kind } of spec.objects) {
    const owner = found.ownerOf(name);
    const users = found.usersOf(name);
    const isHome = kind === "tcb" || kind === "cnode";
    const owners = isHome && owner !== undefined ? [owner] : users;
    if (owners.length > 0) ofObject.set(name, owners);
    if (kind !== "tcb" || owner === undefined) continue;
    const list = threads.get(owner);
    if (list === undefined) threads.set(owner, [name]);
    else list.push(name);
  }
  return { components: [...threads.keys()], ofObject, threads };
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
