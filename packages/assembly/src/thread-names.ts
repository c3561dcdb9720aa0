import type { Connection, SystemDescription } from "./description.ts";
import { splitEnd } from "./split-end.ts";

/** The threads of an instance: `control`, then one for each interface that has one, in connection order. */
export function threadNames(instance: string, description: SystemDescription): string[] {
  const type = description.components[instance]?.type;
  const names = ["control"];
  const add = (end: string): void => {
    const [owner, name] = splitEnd(end);
    if (owner === instance && !names.includes(name) && type?.threadless?.includes(name) !== true)
      names.push(name);
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
