import type { ComponentType, Connection, SystemDescription } from "./description.ts";
import { splitEnd } from "./split-end.ts";

const PAGE_BYTES = 4096;
/** What one leaf page table maps. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Bytes of a dataport of `cantripSharedData`. */
export function dataportBytes(type: ComponentType, name: string): number {
  return type.dataportBytes?.[name] ?? PAGE_BYTES;
}

/** Finds mistakes in sizes and rights of a type's dataports. */
export function checkDataports(type: ComponentType, add: (message: string) => void): void {
  const ports = type.dataports ?? [];
  const known = ports.length === 0 ? "none" : ports.join(", ");
  for (const [name, bytes] of Object.entries(type.dataportBytes ?? {})) {
    if (!ports.includes(name))
      add(`size of dataport "${name}", which ${type.name} does not have; known: ${known}`);
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > MAX_BYTES)
      add(`dataport "${name}" has ${bytes} bytes; 1 to ${MAX_BYTES} are possible`);
  }
  for (const name of type.readOnly ?? []) {
    if (!ports.includes(name))
      add(`read-only dataport "${name}", which ${type.name} does not have; known: ${known}`);
  }
}

/** Finds ends of shared memory that do not fit together. */
export function checkSharedData(
  system: SystemDescription,
  { connector, from, to }: Connection,
  add: (message: string) => void,
): void {
  const types = [...from, to].map((end) => {
    const [instance, name] = splitEnd(end);
    return { end, name, type: system.components[instance]?.type };
  });
  for (const { end, name, type } of types) {
    if (connector === "cantripMMIO" && type?.dataportBytes?.[name] !== undefined)
      add(`end "${end}": device memory has the size of the hardware's range`);
  }
  if (connector !== "cantripSharedData") return;
  const sizes = types.flatMap(({ end, name, type }) =>
    type === undefined ? [] : [{ end, bytes: dataportBytes(type, name) }],
  );
  if (new Set(sizes.map(({ bytes }) => bytes)).size > 1)
    add(
      `its ends have different sizes: ${sizes.map(({ end, bytes }) => `"${end}" ${bytes}`).join(", ")}`,
    );
  if (types.every(({ name, type }) => type?.readOnly?.includes(name) === true))
    add("all its ends are read-only: nobody writes");
}
