import type { ComponentInstance, SystemDescription } from "./description.ts";

/**
 * A system in which an instance is another one: of another type, for example. Connections stay.
 *
 * @param name - of an instance
 * @param changes - what is different
 * @throws RangeError when the system has no such instance
 */
export function withComponent(
  system: SystemDescription,
  name: string,
  changes: Partial<ComponentInstance>,
): SystemDescription {
  const instance = system.components[name];
  if (instance === undefined) {
    const known = Object.keys(system.components).join(", ");
    throw new RangeError(`${system.name} has no component "${name}"; known: ${known}`);
  }
  return { ...system, components: { ...system.components, [name]: { ...instance, ...changes } } };
}
