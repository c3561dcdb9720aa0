import { hex, kernelPointer, pointer, threadPointer } from "./kernel-pointer.ts";
import { type Cap, type CapOf, CapType, Right } from "./objects.ts";
import type { KernelState } from "./state.ts";
import { entryIndex, readEntry, walk } from "./page-tables.ts";
import { findRoot } from "./vspace.ts";

const PTE_READ = 2;
const PTE_WRITE = 4;
const PTE_EXECUTE = 8;

/** An entry of a page table as an object: the address of the entry and its index. */
export function entryName(kernel: KernelState, entry: number, index: number): string {
  return `${kernelPointer(kernel, entry)}_${String(index).padStart(4, "0")}`;
}

/** `cap_frame_print_attrs_pt` */
export function entryRights(pte: number): string {
  const read = (pte & PTE_READ) === 0 ? "" : "R";
  const write = (pte & PTE_WRITE) === 0 ? "" : "W";
  const execute = (pte & PTE_EXECUTE) === 0 ? "" : "X";
  return `(${read}${write}${execute})\n`;
}

/** The frame at an address, by the entry that maps it (`cap_frame_print_attrs_vptr`). */
export function frameAt(kernel: KernelState, root: number, vaddr: number): string {
  const { entry, bitsLeft } = walk(kernel, root, vaddr);
  const index = entryIndex(kernel.config, vaddr, bitsLeft);
  return `frame_${entryName(kernel, entry, index)} ${entryRights(readEntry(kernel, entry))}`;
}

/** `cap_cnode_print_attrs` */
export function cnodeAttributes({
  guard,
  guardHigh,
  guardSize,
}: CapOf<typeof CapType.CNode>): string {
  return `(guard: ${decimal(guard, guardHigh)}, guard_size: ${guardSize})\n`;
}

/** `cap_ep_print_attrs` */
export function endpointAttributes({
  rights,
  badge,
  badgeHigh,
}: CapOf<typeof CapType.Endpoint>): string {
  const grant = (rights & Right.Grant) === 0 ? "" : "G";
  const grantReply = (rights & Right.GrantReply) === 0 ? "" : "P";
  return `(${readWrite(rights)}${grant}${grantReply}${badgeOf(badge, badgeHigh)})\n`;
}

function readWrite(rights: number): string {
  return `${(rights & Right.Read) === 0 ? "" : "R"}${(rights & Right.Write) === 0 ? "" : "W"}`;
}

function badgeOf(badge: number, badgeHigh: number): string {
  return badge === 0 && badgeHigh === 0 ? "" : `, badge: ${decimal(badge, badgeHigh)}`;
}

/** `%lu` */
function decimal(low: number, high: number): string {
  return high === 0 ? String(low >>> 0) : String((BigInt(high) << 32n) | BigInt(low));
}

/** A capability in a slot (`print_cap`). */
export function capText(kernel: KernelState, cap: Cap): string {
  const named = (paddr: number, kind: string): string => `${kernelPointer(kernel, paddr)}_${kind}`;
  switch (cap.type) {
    case CapType.Endpoint:
      return `${named(cap.object.paddr, "ep")} ${endpointAttributes(cap)}`;
    case CapType.Notification:
      return `${named(cap.object.paddr, "notification")} (${readWrite(cap.rights)}${badgeOf(cap.badge, cap.badgeHigh)})\n`;
    case CapType.Untyped:
      return `${named(cap.paddr, "untyped")}\n`;
    case CapType.Thread:
      return `${threadPointer(kernel, cap.object)}_tcb\n`;
    case CapType.CNode:
      return `${named(cap.object.paddr, "cnode")} ${cnodeAttributes(cap)}`;
    case CapType.Reply:
      return `${named(cap.object.paddr, "reply")}\n`;
    case CapType.SchedContext:
      return `${named(cap.object.paddr, "sc")}\n`;
    case CapType.SchedControl:
      return `${cap.core}_sched_control\n`;
    case CapType.IrqControl:
      return "irq_control\n";
    case CapType.IrqHandler:
      return `${pointer(kernel, cap.irq)}_0_irq\n`;
    case CapType.AsidControl:
      return "asid_control\n";
    case CapType.AsidPool:
      return `${named(cap.object.paddr, "asid_pool")}\n`;
    case CapType.Frame: {
      const root = findRoot(kernel, cap.asid);
      return root === 0 ? unknownCap(cap) : frameAt(kernel, root, cap.vaddr);
    }
    case CapType.PageTable: {
      const root = findRoot(kernel, cap.asid);
      if (root === 0) return unknownCap(cap);
      // The index is that of a level above the root, where everything is entry 0.
      const { entry } = walk(kernel, root, cap.vaddr);
      return `pt_${entryName(kernel, entry, 0)} (asid: ${cap.asid})\n`;
    }
    default:
      return unknownCap(cap);
  }
}

function unknownCap({ type }: Cap): string {
  return `[unknown cap ${type}]\n`;
}

/** An object that a slot of a CNode names (`print_object`). Threads, frames and page tables come elsewhere. */
export function objectText(kernel: KernelState, cap: Cap): string {
  const named = (paddr: number, kind: string): string => `${kernelPointer(kernel, paddr)}_${kind}`;
  switch (cap.type) {
    case CapType.Endpoint:
      return `${named(cap.object.paddr, "ep")} = ep\n`;
    case CapType.Notification:
      return `${named(cap.object.paddr, "notification")} = notification\n`;
    case CapType.Reply:
      return `${named(cap.object.paddr, "reply")} = rtreply\n`;
    case CapType.SchedContext:
      return `${named(cap.object.paddr, "sc")} = sc ${schedContextAttributes(kernel, cap)}`;
    case CapType.IrqHandler:
      return `${pointer(kernel, cap.irq)}_0_irq = irq\n`;
    case CapType.AsidPool:
      return `${named(cap.object.paddr, "asid_pool")} = asid_pool (asid_high: 0x${hex(cap.object.index)})\n`;
    case CapType.Untyped: {
      const where = kernelPointer(kernel, cap.paddr);
      return `${where}_${cap.sizeBits}_untyped = ut (${cap.sizeBits} bits, paddr: ${where}) {}\n`;
    }
    case CapType.Thread:
    case CapType.CNode:
    case CapType.Frame:
    case CapType.PageTable:
    case CapType.Null:
      return "";
    default:
      return `[unknown object ${cap.type}]\n`;
  }
}

/** `obj_sc_print_attrs`, which current seL4 prints with ticks. */
function schedContextAttributes(
  kernel: KernelState,
  { object }: CapOf<typeof CapType.SchedContext>,
): string {
  const budget = object.refills.reduce((sum, { amount }) => sum + amount, 0);
  const us = (ticks: number): number => Math.floor(ticks / kernel.platform.ticksPerUs);
  const time = (ticks: number): string =>
    kernel.config.cantripFork ? `${us(ticks)}` : `${us(ticks)} us (${ticks} ticks)`;
  return `(period: ${time(object.period)}, budget: ${time(budget)}, ${object.sizeBits} bits)\n`;
}
