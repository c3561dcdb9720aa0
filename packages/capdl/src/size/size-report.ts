import { objectBytes } from "../allocation-order.ts";
import { type KindSizes, kindSizes } from "../kind-sizes.ts";
import { type CapdlFrame, type CapdlKind, type CapdlObject, type CapdlSpec } from "../model.ts";
import { connectionOf, ownersOf } from "../owners.ts";

/** What frames are for, as CantripOS's `kmem` tells them, and all kernel objects. */
export const SIZE_USES = [
  "elf",
  "bss",
  "stack",
  "ipc_buffer",
  "bootinfo",
  "objects",
  "mmio",
] as const;

/** What memory is used for: contents of a file, zeroed pages, …; `mmio` takes no untyped memory. */
export type SizeUse = (typeof SIZE_USES)[number];

/** Objects of one kind. */
export interface KindTotal {
  readonly kind: CapdlKind;
  readonly count: number;
  /** Without what lies at fixed physical addresses. */
  readonly bytes: number;
}

/** Memory of a component, or of a connection whose ends share it. */
export interface OwnerTotal {
  readonly name: string;
  readonly isShared: boolean;
  /** Without device memory. */
  readonly bytes: number;
  readonly uses: Readonly<Record<SizeUse, number>>;
}

/** Memory that the objects of a specification take. */
export interface SizeReport {
  /** Bytes of RAM. */
  readonly bytes: number;
  /** Bytes at fixed physical addresses, which are no RAM that anybody gives. */
  readonly deviceBytes: number;
  readonly kinds: readonly KindTotal[];
  /** By name. */
  readonly owners: readonly OwnerTotal[];
}

/**
 * Adds up what the objects of a specification take, by kind and by owner.
 *
 * @param sizes - object sizes of the kernel, for example a profile's `sizeBits`; default: of the specification's architecture
 */
export function sizeReport(spec: CapdlSpec, sizes: KindSizes = kindSizes(spec.arch)): SizeReport {
  const kinds = new Map<CapdlKind, { count: number; bytes: number }>();
  const owners = new Map<string, { isShared: boolean; uses: Record<SizeUse, number> }>();
  const { ofObject, components } = ownersOf(spec);
  const isShared = (name: string): boolean => ofObject.get(name)?.length !== 1;
  // What only one end of a connection has is the connection's, too: a server's reply object, for example.
  const connections = new Set(
    spec.objects
      .map(({ name }) => name)
      .filter(isShared)
      .map((name) => connectionOf(name, components)),
  );
  let deviceBytes = 0;
  for (const object of spec.objects) {
    const use = useOf(object);
    const bytes = objectBytes(object, sizes);
    const total = kinds.get(object.kind) ?? { count: 0, bytes: 0 };
    kinds.set(object.kind, total);
    total.count++;
    const connection = connectionOf(object.name, components);
    const [component = connection] = ofObject.get(object.name) ?? [];
    const isOfConnection = connections.has(connection);
    const name = isOfConnection ? connection : component;
    const owner = owners.get(name) ?? { isShared: isOfConnection, uses: noUses() };
    owners.set(name, owner);
    owner.uses[use] += bytes;
    if (use === "mmio") deviceBytes += bytes;
    else total.bytes += bytes;
  }
  const ownerTotals = [...owners].map(([name, { isShared: ofConnection, uses }]): OwnerTotal => {
    const bytes = SIZE_USES.reduce((sum, use) => sum + (use === "mmio" ? 0 : uses[use]), 0);
    return { name, isShared: ofConnection, bytes, uses };
  });
  return {
    bytes: [...kinds.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    deviceBytes,
    kinds: [...kinds]
      .map(([kind, total]) => ({ kind, ...total }))
      .sort((a, b) => b.bytes - a.bytes),
    owners: ownerTotals.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function noUses(): Record<SizeUse, number> {
  return { elf: 0, bss: 0, stack: 0, ipc_buffer: 0, bootinfo: 0, objects: 0, mmio: 0 };
}

function useOf(object: CapdlObject): SizeUse {
  return object.kind === "frame" ? useOfFrame(object) : "objects";
}

function useOfFrame({ name, paddr = 0, fill = [] }: CapdlFrame): SizeUse {
  if (name.includes("_frame__camkes_ipc_buffer_")) return "ipc_buffer";
  if (name.startsWith("stack__camkes_stack_")) return "stack";
  if (fill.some(({ kind }) => kind === "bootinfo")) return "bootinfo";
  if (fill.some(({ kind }) => kind === "file")) return "elf";
  // As in capDL's loaders, physical address 0 means none.
  return Number(paddr) === 0 ? "bss" : "mmio";
}
