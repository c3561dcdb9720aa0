import { powerOfTwo } from "@cantrip/sel4-config";
import { kernelWindow } from "../boot-regions.ts";
import { CapType, type Slot } from "../objects.ts";
import { physicalRange } from "../slots.ts";
import { objectBytes } from "../untyped.ts";
import {
  hex,
  isForkImageFrame,
  type InvariantView,
  type KernelInvariant,
  nameOfObject,
  nameOfSlot,
  type Report,
} from "./view.ts";

/** Memory: who has which part of it. */
export const memoryInvariants: readonly KernelInvariant[] = [
  {
    name: "pspace_aligned",
    with: [],
    states: "objects lie at multiples of their size",
    here: "frames, page tables and untypeds too, at the addresses where the kernel's window has them",
    check: ({ kernel, objects, slots }, report) => {
      const { offset } = kernelWindow(kernel.platform.kernelImage.base, kernel.config.wordBits);
      const isAligned = (paddr: number, bytes: number): boolean => (paddr + offset) % bytes === 0;
      for (const object of objects)
        if (!isAligned(object.paddr, objectBytes(kernel, object)))
          report(`${nameOfObject(object)} is not aligned`);
      for (const slot of slots) {
        const range =
          "object" in slot.cap ? undefined : physicalRange(slot.cap, kernel.config.sizeBits);
        if (range !== undefined && !isAligned(range.base, range.size))
          report(`${nameOfSlot(slot)} is not aligned`);
      }
    },
  },
  {
    name: "pspace_distinct",
    with: [],
    states: "objects lie apart from each other",
    here: "frames and page tables are objects, too; on the CantripOS fork but for the frames of the initial task's image, whose memory the task also gets as untypeds",
    check: checkOverlaps,
  },
  {
    name: "pspace_in_kernel_window",
    with: ["cap_refs_in_kernel_window"],
    states: "the kernel can reach all objects",
    here: "objects, page tables and what is no device lie in RAM",
    check: ({ kernel, objects, slots }, report) => {
      const { base, size } = kernel.platform.ram;
      const check = (paddr: number, bytes: number, name: () => string): void => {
        if (paddr < base || paddr + bytes > base + size) report(`${name()} is not in RAM`);
      };
      for (const object of objects)
        check(object.paddr, objectBytes(kernel, object), () => nameOfObject(object));
      for (const slot of slots) {
        const { cap } = slot;
        const range = "object" in cap ? undefined : physicalRange(cap, kernel.config.sizeBits);
        if (range === undefined || ("isDevice" in cap && cap.isDevice)) continue;
        check(range.base, range.size, () => nameOfSlot(slot));
      }
    },
  },
  {
    name: "cap_refs_respects_device_region",
    with: ["pspace_respects_device_region"],
    states: "a capability to a device stands for a device's memory",
    here: "RAM that the kernel's window has is nobody's device; RAM beyond it is given as one",
    check: ({ kernel, slots }, report) => {
      const { ram, kernelImage } = kernel.platform;
      const end = Math.min(
        ram.base + ram.size,
        kernelWindow(kernelImage.base, kernel.config.wordBits).end,
      );
      for (const slot of slots) {
        const { cap } = slot;
        if (!("isDevice" in cap) || !cap.isDevice) continue;
        if (cap.paddr < end && cap.paddr + powerOfTwo(cap.sizeBits) > ram.base)
          report(`${nameOfSlot(slot)} is RAM as a device`);
      }
    },
  },
  {
    name: "valid_untyped",
    with: ["usable_untyped_range"],
    states: "no object lies in the free part of an untyped, or across its border",
    here: "an untyped without children is all free once it is used again",
    check: checkFreeParts,
  },
  {
    name: "untyped_mdb",
    with: ["untyped_children_in_mdb"],
    states: "what lies in an untyped's memory is derived from it",
    here: "on the CantripOS fork but for the frames of the initial task's image",
    check: checkDescendants,
  },
  {
    name: "untyped_inc",
    with: [],
    states:
      "two untypeds are apart, or one is derived from the other and lies in what that has handed out",
    here: "",
    check: checkNesting,
  },
];

interface Piece {
  readonly base: number;
  readonly bytes: number;
  readonly name: string;
}

function checkOverlaps(view: InvariantView, report: Report): void {
  const { kernel, objects, frames, tables } = view;
  const pieces: Piece[] = [];
  for (const object of objects) {
    const bytes = objectBytes(kernel, object);
    pieces.push({ base: object.paddr, bytes, name: nameOfObject(object) });
  }
  const seen = new Set<number>();
  for (const { slot, cap } of [...frames, ...tables]) {
    const bytes = cap.type === CapType.Frame ? powerOfTwo(cap.sizeBits) : 4096;
    // Copies stand for the same memory; two kinds or two sizes at one address do not.
    const key = cap.paddr + (cap.type === CapType.PageTable ? 1 : cap.sizeBits);
    if (seen.has(key) || isForkImageFrame(view, slot)) continue;
    seen.add(key);
    pieces.push({ base: cap.paddr, bytes, name: nameOfSlot(slot) });
  }
  pieces.sort((a, b) => a.base - b.base);
  let last: Piece | undefined;
  for (const piece of pieces) {
    if (last !== undefined && last.base + last.bytes > piece.base)
      report(`${last.name} overlaps ${piece.name} at ${hex(piece.base)}`);
    if (last === undefined || piece.base + piece.bytes > last.base + last.bytes) last = piece;
  }
}

function checkFreeParts(view: InvariantView, report: Report): void {
  for (const { slot, cap, descendants } of view.untypeds) {
    if (cap.freeBytes < 0 || cap.freeBytes > powerOfTwo(cap.sizeBits))
      report(`${nameOfSlot(slot)} has handed out ${cap.freeBytes} bytes`);
    for (const child of descendants) {
      const range =
        child.cap.type === CapType.Untyped
          ? undefined
          : physicalRange(child.cap, view.kernel.config.sizeBits);
      if (range !== undefined && range.base + range.size > cap.paddr + cap.freeBytes)
        report(`${nameOfSlot(child)} lies beyond what was carved from ${nameOfSlot(slot)}`);
    }
  }
}

function checkDescendants(view: InvariantView, report: Report): void {
  const others: { slot: Slot; base: number; end: number }[] = [];
  for (const slot of view.slots) {
    if (slot.cap.type === CapType.Untyped) continue;
    const range = physicalRange(slot.cap, view.kernel.config.sizeBits);
    if (range !== undefined) others.push({ slot, base: range.base, end: range.base + range.size });
  }
  for (const { slot, cap, descendants } of view.untypeds) {
    const from = cap.paddr;
    const to = from + powerOfTwo(cap.sizeBits);
    for (const other of others) {
      if (other.base >= to || other.end <= from || descendants.has(other.slot)) continue;
      if (isForkImageFrame(view, other.slot)) continue;
      report(
        `${nameOfSlot(other.slot)} is in the memory of ${nameOfSlot(slot)}, not derived from it`,
      );
    }
  }
}

function checkNesting({ untypeds }: InvariantView, report: Report): void {
  for (const { slot, cap, descendants } of untypeds) {
    const end = cap.paddr + powerOfTwo(cap.sizeBits);
    for (const other of untypeds) {
      if (other.slot === slot) continue;
      const otherEnd = other.cap.paddr + powerOfTwo(other.cap.sizeBits);
      if (other.cap.paddr >= end || otherEnd <= cap.paddr) continue;
      const isInside = other.cap.paddr >= cap.paddr && otherEnd <= end;
      const isAround = other.cap.paddr <= cap.paddr && otherEnd >= end;
      if (isInside && descendants.has(other.slot)) {
        if (otherEnd > cap.paddr + cap.freeBytes)
          report(`${nameOfSlot(other.slot)} lies beyond what was carved from ${nameOfSlot(slot)}`);
      } else if (!isAround || !other.descendants.has(slot)) {
        report(`${nameOfSlot(other.slot)} and ${nameOfSlot(slot)} share memory`);
      }
    }
  }
}
