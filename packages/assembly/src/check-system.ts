import type { Mistake } from "./assembly-error.ts";
import {
  type ComponentInstance,
  type ComponentType,
  type Connection,
  connectorKinds,
  type SystemDescription,
} from "./description.ts";
import { checkBuffers, checkCallers } from "./check-callers.ts";
import { checkDataports, checkSharedData } from "./check-dataports.ts";
import { checkBirths, checkImage } from "./check-images.ts";
import { checkSharedThreads } from "./check-shared-threads.ts";
import { splitEnd } from "./split-end.ts";

const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const PAGE_BYTES = 4096;

/** What kind of end a connector wants: a list name of {@link ComponentType}. */
type EndKind = "provides" | "uses" | "dataports" | "consumes" | "emits";

const endKinds: Readonly<
  Record<Connection["connector"], { readonly from: EndKind; readonly to: EndKind }>
> = {
  cantripRPCCall: { from: "uses", to: "provides" },
  cantripRPCCallSignal: { from: "uses", to: "provides" },
  cantripRPCOverMultiSharedData: { from: "uses", to: "provides" },
  cantripSharedData: { from: "dataports", to: "dataports" },
  cantripMMIO: { from: "dataports", to: "dataports" },
  cantripIRQ: { from: "emits", to: "consumes" },
};

/** Finds every mistake in a description. An empty result means that it can be realised. */
export function checkSystem(system: SystemDescription): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [name, instance] of Object.entries(system.components))
    checkInstance(name, instance, system, mistakes);
  const used = new Map<string, string>();
  const names = new Set<string>();
  for (const connection of system.connections) {
    if (names.has(connection.name)) {
      mistakes.push({ where: connection.name, message: "two connections have this name" });
    }
    names.add(connection.name);
    checkConnection(system, connection, used, mistakes);
  }
  checkUnconnected(system, used, mistakes);
  checkInterruptNumbers(system, mistakes);
  // Only a description without mistakes can be laid out.
  if (mistakes.length === 0) checkBirths(system, mistakes);
  return mistakes;
}

function checkInstance(
  name: string,
  instance: ComponentInstance,
  system: SystemDescription,
  mistakes: Mistake[],
): void {
  const { type } = instance;
  const add = (message: string): void => void mistakes.push({ where: name, message });
  if (!IDENTIFIER.test(name))
    add(`"${name}" is not an identifier (letters, digits and _, a letter first)`);
  const hasCode = type.program !== undefined || type.image !== undefined;
  if (type.hardware === true && hasCode) add(`hardware component type ${type.name} has a program`);
  if (type.hardware !== true && !hasCode) {
    add(`component type ${type.name} has no program, no image, and is not marked as hardware`);
  }
  if (type.program !== undefined && type.image !== undefined)
    add(`component type ${type.name} has both a program and an image`);
  if (type.image !== undefined) checkImage(type, type.image, system.kernel, add);
  checkSizes(type, add);
  checkNames(type, add);
  checkPassive(type, add);
  checkCallers(name, system, add);
  checkDataports(type, add);
  checkSharedThreads(name, system, add);
  checkGrants(type, add);
  for (const name of Object.keys(instance.privileges ?? {})) {
    if (!(type.uses ?? []).includes(name))
      add(`privileges for "${name}", which ${type.name} does not use`);
  }
  for (const [port, range] of Object.entries(instance.memory ?? {})) {
    if (!(type.dataports ?? []).includes(port))
      add(`memory for "${port}", which ${type.name} has no dataport for`);
    if (range.paddr % PAGE_BYTES !== 0)
      add(`address 0x${range.paddr.toString(16)} of "${port}" is not page-aligned`);
    if (range.size <= 0) add(`size ${range.size} of "${port}" is not positive`);
  }
  for (const interrupt of Object.keys(instance.interrupts ?? {})) {
    if (!(type.emits ?? []).includes(interrupt))
      add(`number for interrupt "${interrupt}", which ${type.name} does not emit`);
  }
  if (type.hardware !== true) return;
  for (const port of type.dataports ?? []) {
    if (instance.memory?.[port] === undefined)
      add(`hardware dataport "${port}" has no memory range`);
  }
  for (const interrupt of type.emits ?? []) {
    if (instance.interrupts?.[interrupt] === undefined)
      add(`interrupt "${interrupt}" has no number`);
  }
}

function checkSizes(type: ComponentType, add: (message: string) => void): void {
  for (const [thread, bytes] of Object.entries(type.stackBytes ?? {})) {
    if (!Number.isInteger(bytes) || bytes < 256)
      add(`stack of "${thread}" has ${bytes} bytes; at least 256 are needed`);
    const known = [
      "control",
      ...(type.provides ?? []),
      ...(type.consumes ?? []),
      ...(type.uses ?? []),
    ];
    if (!known.includes(thread))
      add(`stack for thread "${thread}", which does not exist; known: ${known.join(", ")}`);
  }
  if (type.heapBytes !== undefined && !(type.heapBytes >= 0))
    add(`heap of ${type.heapBytes} bytes`);
  for (const [name, value] of Object.entries(type.semaphores ?? {})) {
    if (!Number.isInteger(value) || value < 0)
      add(`semaphore "${name}" starts at ${value}; a count from 0 up is needed`);
  }
  if (type.cnodeSizeBits !== undefined && (type.cnodeSizeBits < 2 || type.cnodeSizeBits > 16)) {
    add(`CSpace of 2^${type.cnodeSizeBits} slots; 2 to 16 bits are possible`);
  }
}

function checkPassive(type: ComponentType, add: (message: string) => void): void {
  for (const name of type.passive ?? []) {
    if (type.provides?.includes(name) !== true)
      add(`passive interface "${name}", which ${type.name} does not provide`);
    if (type.threadless?.includes(name) === true)
      add(`passive interface "${name}" of ${type.name} has no thread`);
    if (type.program === undefined) add(`passive interface "${name}": ${type.name} has no program`);
  }
}

function checkGrants(type: ComponentType, add: (message: string) => void): void {
  for (const name of Object.keys(type.grants ?? {})) {
    if (type.provides?.includes(name) !== true)
      add(`privileges of clients of "${name}", which ${type.name} does not provide`);
    if (type.program === undefined)
      add(`privileges of clients of "${name}": ${type.name} has no program that could know them`);
  }
}

function checkNames(type: ComponentType, add: (message: string) => void): void {
  const seen = new Set<string>();
  const lists = [
    type.provides,
    type.uses,
    type.dataports,
    type.consumes,
    type.emits,
    type.copyRegions,
  ];
  for (const name of [
    ...lists.flatMap((list) => list ?? []),
    ...Object.keys(type.semaphores ?? {}),
    ...(type.mutexes ?? []),
  ]) {
    if (seen.has(name)) add(`${type.name} declares "${name}" twice`);
    seen.add(name);
    if (!IDENTIFIER.test(name)) add(`"${name}" of ${type.name} is not an identifier`);
  }
}

function checkConnection(
  system: SystemDescription,
  connection: Connection,
  used: Map<string, string>,
  mistakes: Mistake[],
): void {
  const add = (message: string): void => void mistakes.push({ where: connection.name, message });
  if (!IDENTIFIER.test(connection.name)) add(`"${connection.name}" is not an identifier`);
  if (!connectorKinds.includes(connection.connector)) {
    add(`unknown connector "${connection.connector}"; known: ${connectorKinds.join(", ")}`);
    return;
  }
  if (connection.from.length === 0) add("has no from end");
  checkBuffers(connection, add);
  checkSharedData(system, connection, add);
  const kinds = endKinds[connection.connector];
  for (const end of connection.from) checkEnd(system, connection, end, kinds.from, used, add);
  checkEnd(system, connection, connection.to, kinds.to, used, add);
  if (connection.connector === "cantripMMIO" || connection.connector === "cantripSharedData") {
    if (connection.from.length > 1)
      add(`${connection.connector} connects two dataports, not ${connection.from.length + 1}`);
  }
  checkPrivileges(system, connection, add);
  if (new Set(connection.from).size !== connection.from.length) add("names one from end twice");
}

/** Whether the server knows what its clients are allowed. */
function checkPrivileges(
  { components }: SystemDescription,
  { from, to }: Connection,
  add: (message: string) => void,
): void {
  const [server, provided] = splitEnd(to);
  const type = components[server]?.type;
  if (type === undefined) return;
  const known = type.grants?.[provided] ?? [];
  for (const end of from) {
    const [client, name] = splitEnd(end);
    for (const privilege of components[client]?.privileges?.[name] ?? []) {
      if (known.includes(privilege)) continue;
      const list = known.length === 0 ? "none" : known.join(", ");
      add(`end "${end}": ${type.name} has no privilege "${privilege}"; known: ${list}`);
    }
  }
}

function checkEnd(
  system: SystemDescription,
  connection: Connection,
  end: string,
  kind: EndKind,
  used: Map<string, string>,
  add: (message: string) => void,
): void {
  const [instanceName, name] = splitEnd(end);
  const instance = system.components[instanceName];
  if (instance === undefined) {
    add(
      `end "${end}": no component "${instanceName}"; known: ${Object.keys(system.components).join(", ")}`,
    );
    return;
  }
  const names = instance.type[kind] ?? [];
  if (!names.includes(name)) {
    const list = names.length === 0 ? "none" : names.join(", ");
    add(`end "${end}": ${instance.type.name} has no "${name}" among its ${kind}; known: ${list}`);
    return;
  }
  const wantsHardware =
    (connection.connector === "cantripIRQ" && kind === "emits") ||
    (connection.connector === "cantripMMIO" && end === connection.to);
  if (wantsHardware !== (instance.type.hardware === true)) {
    add(
      `end "${end}": ${instance.type.name} is ${wantsHardware ? "not " : ""}a hardware component`,
    );
  }
  const other = used.get(end);
  if (other !== undefined && other !== connection.name)
    add(`end "${end}" is connected already by "${other}"`);
  used.set(end, connection.name);
}

function checkUnconnected(
  system: SystemDescription,
  used: ReadonlyMap<string, string>,
  mistakes: Mistake[],
): void {
  for (const [name, { type }] of Object.entries(system.components)) {
    if (type.hardware === true) continue;
    for (const kind of ["uses", "dataports", "consumes"] as const) {
      for (const end of type[kind] ?? []) {
        if (!used.has(`${name}.${end}`)) {
          mistakes.push({
            where: `${name}.${end}`,
            message: `${type.name} needs this interface, and nothing is connected to it`,
          });
        }
      }
    }
  }
}

function checkInterruptNumbers(system: SystemDescription, mistakes: Mistake[]): void {
  const owners = new Map<number, string>();
  for (const [name, instance] of Object.entries(system.components)) {
    for (const [interrupt, irq] of Object.entries(instance.interrupts ?? {})) {
      const where = `${name}.${interrupt}`;
      if (!Number.isInteger(irq) || irq < 1)
        mistakes.push({ where, message: `interrupt number ${irq} is not positive` });
      const other = owners.get(irq);
      if (other !== undefined)
        mistakes.push({ where, message: `interrupt ${irq} is also ${other}` });
      owners.set(irq, where);
    }
  }
}
