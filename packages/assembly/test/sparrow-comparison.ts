import {
  type CapdlCap,
  type CapdlObject,
  type CapdlSlot,
  type CapdlSpec,
  hasSlots,
} from "@cantrip/capdl";
import { applyDelta, diffSpecs, type SpecDifference } from "@cantrip/capdl/diff";
import { isFurtherPage, sparrowDifferences } from "./sparrow-differences.ts";

const FAULT_EP_SLOT = 5;
const LEAF_PAGES = 1024;

/** What the comparison left: differences that no entry explains, and entries that explain none. */
export function compareSparrow(
  specimen: CapdlSpec,
  ours: CapdlSpec,
): { readonly unexplained: readonly SpecDifference[]; readonly unmet: readonly string[] } {
  const { differences } = diffSpecs(
    withoutAddresses(withoutFaultHandlers(specimen)),
    withoutAddresses(ours),
    // Mappings are compared as addresses are: what they name holds the frame.
    { match: "names", ignore: ["addr", "ip", "sp", "mapping"] },
  );
  const delta = sparrowDifferences.flatMap(({ reason, expected }) =>
    expected === undefined ? [] : [{ reason, ...expected }],
  );
  const { unexplained, unmet } = applyDelta(differences, delta);
  return { unexplained, unmet: unmet.map(({ expected }) => expected.reason) };
}

/** Takes the threads of `--debug-fault-handlers` and all that is theirs away. */
export function withoutFaultHandlers(spec: CapdlSpec): CapdlSpec {
  const isTheirs = (cap: CapdlCap): boolean => cap.kind === "object" && isFaultHandler(cap.object);
  const objects = spec.objects.flatMap((object): CapdlObject[] => {
    if (isFaultHandler(object.name)) return [];
    if (!hasSlots(object)) return [object];
    const gone = object.slots.filter(({ cap }) => isTheirs(cap)).map(({ slot }) => slot);
    const slots = object.slots.filter(({ slot }) => !gone.includes(slot));
    if (object.kind === "tcb")
      return [{ ...object, slots: slots.filter(({ slot }) => slot !== FAULT_EP_SLOT) }];
    if (object.kind !== "cnode") return [{ ...object, slots }];
    const moved = slots.map(({ slot, cap }) => ({
      slot: slot - gone.filter((other) => other < slot).length,
      cap,
    }));
    return [{ ...object, slots: moved }];
  });
  return { ...spec, objects };
}

function isFaultHandler(name: string): boolean {
  return /_0_fault_handler(_|$)|_fault_ep$/.test(name);
}

function isImageFrame(name: string): boolean {
  return /^frame_.*_group_bin_\d+$/.test(name);
}

/** Image frames go; an address space is what it maps, by name, in one container: the root table. */
export function withoutAddresses(spec: CapdlSpec): CapdlSpec {
  const leaves = new Set(
    addressSpaces(spec).flatMap(({ pages }) => pages.flatMap(({ table }) => table ?? [])),
  );
  const spaces = new Map(addressSpaces(spec).map((space) => [space.root, space]));
  const objects = spec.objects.flatMap((object): CapdlObject[] => {
    if (isImageFrame(object.name) || leaves.has(object.name)) return [];
    const space = spaces.get(object.name);
    if (space === undefined || object.kind !== "pt") return [object];
    const caps = space.pages
      .map(({ cap }) => cap)
      .filter((cap) => cap.kind === "object" && !isImageFrame(cap.object))
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    return [{ ...object, slots: caps.map((cap, slot): CapdlSlot => ({ slot, cap })) }];
  });
  return { ...spec, objects };
}

interface Page {
  /** Virtual page number. */
  readonly page: number;
  /** Leaf table; none for mega pages. */
  readonly table?: string;
  readonly cap: CapdlCap;
}

/** What is mapped where, by root table. */
function addressSpaces(
  spec: CapdlSpec,
): { readonly root: string; readonly pages: readonly Page[] }[] {
  const byName = new Map(spec.objects.map((object) => [object.name, object]));
  const roots = spec.objects.filter(({ kind, name }) => kind === "pt" && name.endsWith("_pd"));
  return roots.map((root) => {
    const pages = (hasSlots(root) ? root.slots : []).flatMap(({ slot, cap }): Page[] => {
      const target = byName.get(nameOf(cap));
      if (target?.kind !== "pt") return [{ page: slot * LEAF_PAGES, cap }];
      return target.slots.map((leaf) => ({
        ...{ page: slot * LEAF_PAGES + leaf.slot, table: target.name, cap: leaf.cap },
      }));
    });
    return { root: root.name, pages };
  });
}

/** Stacks and IPC buffers that have a mapped neighbour, which is not a page of their own. */
export function unguardedPages(spec: CapdlSpec): string[] {
  return addressSpaces(spec).flatMap(({ root, pages }) => {
    const byPage = new Map(pages.map(({ page, cap }) => [page, nameOf(cap)]));
    return pages.flatMap(({ page, cap }) => {
      const owner = guardedThing(nameOf(cap));
      if (owner === undefined) return [];
      const neighbours = [page - 1, page + 1].map((each) => byPage.get(each));
      const isGuarded = neighbours.every(
        (name) => name === undefined || guardedThing(name) === owner,
      );
      return isGuarded ? [] : [`${root}: ${nameOf(cap)}`];
    });
  });
}

/** Name of the stack, or of the IPC buffer, that a frame is part of. */
function guardedThing(name: string): string | undefined {
  if (name.includes("_frame__camkes_ipc_buffer_")) return name;
  return /^stack__camkes_stack_(.*)_\d+_[a-z_]+_obj$/.exec(name)?.[1];
}

/** Capabilities of mapped frames in CNodes whose mapping holds something else. */
export function wrongMappings(spec: CapdlSpec): string[] {
  const byName = new Map(spec.objects.map((object) => [object.name, object]));
  return spec.objects.flatMap((object) =>
    (hasSlots(object) ? object.slots : []).flatMap(({ slot, cap }) => {
      if (cap.kind !== "object" || cap.mapping === undefined) return [];
      const { container, slot: place } = cap.mapping;
      const table = byName.get(container);
      const held =
        table !== undefined && hasSlots(table)
          ? table.slots.find((each) => each.slot === place)?.cap
          : undefined;
      return held !== undefined && nameOf(held) === cap.object ? [] : [`${object.name} ${slot}`];
    }),
  );
}

function nameOf(cap: CapdlCap): string {
  return cap.kind === "object" ? cap.object : cap.kind;
}

/** What the original lacks comes last, so that it moves nothing else. */
function sortKey(cap: CapdlCap): string {
  return `${isFurtherPage(nameOf(cap)) ? 1 : 0} ${nameOf(cap)}`;
}
