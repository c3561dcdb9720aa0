import type { ComponentType, Connection, SystemDescription } from "./description.ts";
import { splitEnd } from "./split-end.ts";

/** The threads of an instance: `control`, then one for each interface that has one, in connection order. */
export function threadNames(instance: string, description: SystemDescription): string[] {
  const type = description.components[instance]?.type;
  const names = ["control"];
  const add = (end: string): void => {
    const [owner, name] = splitEnd(end);
    if (owner !== instance || type === undefined || names.includes(name)) return;
    const sharing = sharedThreadOf(type, name) ?? name;
    if (type.threadless?.includes(name) !== true && sharing === name) names.push(name);
  };
  for (const connection of description.connections) {
    if (connection.connector === "cantripRPCCallSignal") connection.from.forEach(add);
    if (hasServerThread(connection)) add(connection.to);
  }
  return names;
}

function hasServerThread({ connector }: Connection): boolean {
  return connector !== "cantripMMIO" && connector !== "cantripSharedData";
}

/** The thread that waits for an interface together with others; `undefined` when the interface has its own or none. */
export function sharedThreadOf(type: ComponentType, name: string): string | undefined {
  return Object.entries(type.sharedThreads ?? {}).find(([, ends]) => ends.includes(name))?.[0];
}
