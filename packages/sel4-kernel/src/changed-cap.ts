import type {
  CNodeCap,
  EndpointCap,
  FrameCap,
  NotificationCap,
  PageTableCap,
  VmRights,
} from "./objects.ts";

// Copies of capabilities with something changed. Member by member: a spread that overwrites members takes ten times as long.

export function frameAt(
  { type, paddr, sizeBits, rights, isDevice }: FrameCap,
  asid: number,
  vaddr: number,
): FrameCap {
  return { type, paddr, sizeBits, rights, isDevice, asid, vaddr };
}

export function frameWithRights(
  { type, paddr, sizeBits, isDevice, asid, vaddr }: FrameCap,
  rights: VmRights,
): FrameCap {
  return { type, paddr, sizeBits, rights, isDevice, asid, vaddr };
}

export function tableAt(
  { type, paddr }: PageTableCap,
  isMapped: boolean,
  asid: number,
  vaddr: number,
): PageTableCap {
  return { type, paddr, isMapped, asid, vaddr };
}

export function endpointWith(
  { type, object }: EndpointCap,
  badge: number,
  badgeHigh: number,
  rights: number,
): EndpointCap {
  return { type, object, badge, badgeHigh, rights };
}

export function notificationWith(
  { type, object }: NotificationCap,
  badge: number,
  badgeHigh: number,
  rights: number,
): NotificationCap {
  return { type, object, badge, badgeHigh, rights };
}

export function cnodeWithGuard(
  { type, object }: CNodeCap,
  guard: number,
  guardHigh: number,
  guardSize: number,
): CNodeCap {
  return { type, object, guard, guardHigh, guardSize };
}
