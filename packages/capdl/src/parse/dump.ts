import { compareNames } from "../allocation-order.ts";
import { type CapdlArch, type CapdlObject } from "../model.ts";
import { type ParserTools } from "./parser-tools.ts";
import { ObjectMaker } from "./make-object.ts";
import { type ObjectStore } from "./object-store.ts";
import { ObjectParameters } from "./parameters.ts";
import { type Scanner } from "./scanner.ts";
import { Char, wordNumber, WORDS } from "./words.ts";

const FIRST_TYPE = wordNumber("ep");
const LAST_TYPE = wordNumber("arm_sgi_signal");

/** An object as a dump has it: called by its kind and address. */
interface Dumped {
  readonly base: number;
  readonly name: string;
  readonly address: number | undefined;
  readonly type: string;
  /** Type and parameters, as written. */
  readonly declaration: string;
  readonly offset: number;
  readonly object: CapdlObject;
  readonly hasOneParameter: boolean;
}

/**
 * Reads `{ … }` of a kernel's dump. Equal objects at consecutive addresses become an array; who contains whom is told by
 * the addresses; interrupts are called `irqhandler@` and their number.
 */
export function readDumpedObjects(
  arch: CapdlArch,
  tools: ParserTools,
  store: ObjectStore,
  irqs: Map<number, string>,
): void {
  const dumped = readAll(tools);
  const untypeds: Untyped[] = [];
  for (let at = 0; at < dumped.length;) {
    const first = dumped[at];
    if (first === undefined) return;
    const group = groupAt(arch, dumped, at);
    at += group.length;
    const seenAt = new Set(group.map(({ base }) => base));
    if (seenAt.size < group.length || group.some(({ base }) => store.isDeclared(base))) {
      tools.diagnostics.add(first.offset, `a second object "${first.name}"`, "CAPDL0002");
      continue;
    }
    const ids = group.map((item, index) => {
      if (group.length === 1) return store.add(item.base, item.object);
      const name = `${first.name}[${index}]`;
      const id = store.addElement(first.base, index, { ...item.object, name });
      store.alias(item.base, id);
      return id;
    });
    // capDL-tool finds the first of a group last.
    const order = [...group.keys()].slice(1).concat(0);
    for (const index of order) {
      const [item, id] = [group[index], ids[index]];
      if (item === undefined || id === undefined) continue;
      tools.positions?.recordObject(store.objects[id]?.name ?? "", item.offset);
      cover(arch, item, id, { untypeds, store });
      if (item.name.startsWith("irqhandler@") && item.address !== undefined) {
        irqs.set(item.address, store.objects[id]?.name ?? "");
      }
    }
  }
  for (const { id } of untypeds) store.children[id]?.sort(compareNames);
}

interface Untyped {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly bits: number;
}

function cover(
  arch: CapdlArch,
  item: Dumped,
  id: number,
  { untypeds, store }: { readonly untypeds: Untyped[]; readonly store: ObjectStore },
): void {
  const { address } = item;
  if (address === undefined) return;
  let owner: Untyped | undefined;
  for (const each of untypeds) {
    if (address < each.start || address >= each.end) continue;
    if (owner === undefined || each.bits < owner.bits) owner = each;
  }
  if (owner !== undefined) store.children[owner.id]?.push(store.objects[id]?.name ?? "");
  if (item.type !== "ut") return;
  const bits = Number(item.name.split("@")[2] ?? NaN);
  untypeds.push({ id, start: address, end: address + sizeOf(arch, item) - 1, bits });
}

function readAll(tools: ParserTools): readonly Dumped[] {
  const scanner: Scanner = tools.scanner;
  const parameters = new ObjectParameters(scanner, tools.dialect);
  const maker = new ObjectMaker(parameters, tools.diagnostics);
  const dumped: Dumped[] = [];
  scanner.expect(Char.openBrace);
  while (!scanner.accept(Char.closeBrace)) {
    const offset = scanner.here();
    const base = scanner.identifier('identifier or "}"');
    scanner.expect(Char.equals);
    const start = scanner.here();
    const type = scanner.acceptIdentifier();
    const typeName = type < FIRST_TYPE || type > LAST_TYPE ? undefined : WORDS[type];
    if (typeName === undefined) {
      scanner.position = start;
      scanner.fail("a type of object");
    }
    parameters.read();
    const declaration = scanner.text.slice(start, scanner.position).replace(/\s+/g, "");
    const name = scanner.names[base] ?? "";
    maker.check(typeName, name, start);
    const object = maker.make(typeName, name);
    const digits = /@0x([0-9a-fA-F]+)/.exec(name)?.[1];
    const address = digits === undefined ? undefined : parseInt(digits, 16);
    dumped.push({
      base,
      name,
      address,
      type: typeName,
      declaration,
      offset,
      object,
      hasOneParameter: parameters.count === 1,
    });
  }
  return dumped;
}

function groupAt(arch: CapdlArch, dumped: readonly Dumped[], at: number): readonly Dumped[] {
  const first = dumped[at];
  const group: Dumped[] = [];
  if (first === undefined) return group;
  const size = sizeOf(arch, first);
  for (let next = at; ; next++) {
    const item = dumped[next];
    if (item === undefined) return group;
    const isFirst = next === at;
    const isNext =
      first.address !== undefined &&
      item.declaration === first.declaration &&
      item.address === first.address + (next - at) * size;
    if (!isFirst && !isNext) return group;
    group.push(item);
  }
}

/** Bytes of an object, as capDL-tool has them for dumps: kernels of 32 bits. */
function sizeOf(arch: CapdlArch, { type, object, hasOneParameter }: Dumped): number {
  switch (type) {
    case "frame":
    case "ut":
      return hasOneParameter && "sizeBits" in object ? 2 ** object.sizeBits : 0;
    case "cnode":
      return "sizeBits" in object ? 16 * 2 ** object.sizeBits : 16;
    case "irq":
    case "io_device":
    case "arm_io_device":
      return 1;
    case "ep":
    case "notification":
      return 16;
    case "asid_pool":
    case "io_pt":
      return 4096;
    case "tcb":
      return arch === "ia32" ? 1024 : arch === "arm11" ? 512 : 0;
    case "pd":
      return arch === "ia32" ? 4096 : arch === "arm11" ? 16384 : 0;
    case "pt":
      return arch === "ia32" ? 4096 : arch === "arm11" ? 1024 : 0;
    default:
      return 0;
  }
}
