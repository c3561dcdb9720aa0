import type { ComponentInstance, Connection, SystemDescription } from "./description.ts";
import { withComponent } from "./with-component.ts";

/** An end of a connection: `instance.interface`. */
export type ConnectionEnd = `${string}.${string}`;

/** What a system gets in addition. */
export interface SystemExtension {
  /** New instances, by name. */
  readonly components?: Readonly<Record<string, ComponentInstance>>;
  /** Changes to instances that the system has, as by {@link withComponent}: another type, for example. */
  readonly replace?: Readonly<Record<string, Partial<ComponentInstance>>>;
  /** New connections. */
  readonly connections?: readonly Connection[];
  /** Further `from` ends, by the name of the connection: behind those that it has, whose badges stay. */
  readonly join?: Readonly<Record<string, ConnectionEnd | readonly ConnectionEnd[]>>;
}

/**
 * A system with more in it. The result is a description like any other, for `checkSystem` to judge.
 *
 * @throws RangeError for a new instance with the name of another one, and for an instance to replace or a connection to
 * join that the system does not have
 */
export function extendSystem(
  system: SystemDescription,
  extension: SystemExtension,
): SystemDescription {
  const { components = {}, replace = {}, connections = [], join = {} } = extension;
  for (const name of Object.keys(components)) {
    if (Object.hasOwn(system.components, name))
      throw new RangeError(`${system.name} has a component "${name}" already`);
  }
  const known = new Set(system.connections.map(({ name }) => name));
  for (const name of Object.keys(join)) {
    if (!known.has(name)) {
      const list = [...known].join(", ");
      throw new RangeError(`${system.name} has no connection "${name}"; known: ${list}`);
    }
  }
  let extended = system;
  for (const [name, changes] of Object.entries(replace))
    extended = withComponent(extended, name, changes);
  const ends = new Map(Object.entries(join));
  const joined = extended.connections.map((connection): Connection => {
    const more = ends.get(connection.name);
    return more === undefined ? connection : { ...connection, from: connection.from.concat(more) };
  });
  return {
    ...extended,
    components: { ...extended.components, ...components },
    connections: [...joined, ...connections],
  };
}
