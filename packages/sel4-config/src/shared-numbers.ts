import type { ObjectSizeBits, ObjectTypes } from "./kernel-config.ts";

/** Object types that both profiles share. Source: `libsel4` `objecttype.h`, riscv32 with `CONFIG_KERNEL_MCS`. */
export const riscv32ObjectTypes: ObjectTypes = {
  untyped: 0,
  tcb: 1,
  endpoint: 2,
  notification: 3,
  capTable: 4,
  schedContext: 5,
  reply: 6,
  page4K: 7,
  megaPage: 8,
  pageTable: 9,
};

/** Object sizes that both profiles share, except the smallest scheduling context. */
export const riscv32SizeBits: Omit<ObjectSizeBits, "minSchedContext"> = {
  slot: 4,
  tcb: 9,
  endpoint: 4,
  notification: 5,
  reply: 4,
  page4K: 12,
  megaPage: 22,
  pageTable: 12,
  asidPool: 12,
  minUntyped: 4,
  maxUntyped: 29,
  ipcBuffer: 9,
};
