import type { KernelCosts, ObjectSizeBits, ObjectTypes } from "./kernel-config.ts";

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
  pageTableEntry: 2,
  asidPool: 12,
  minUntyped: 4,
  maxUntyped: 29,
  ipcBuffer: 9,
};

/**
 * Instructions counted on the real kernel, AmbiML/sparrow-kernel af78898a (riscv32, MCS, debug build), run on
 * `@cantrip/hw-riscv`: from `ecall` until user code goes on, with the kernel's machine mode where it sets the timer.
 *
 * - `call` 397 and `replyRecv` 464: the fast path, with a passive server. (A release build for RV64 takes 277 and 359 by seL4's
 *   own benchmark; a Call of ten words, which cannot take the fast path, 1587 here.)
 * - `send` 777: Signal without a waiter.
 * - `invocation`, with the call before it: PageTable_Map 981, Page_Map 1036, Page_Unmap 969, CNode_Revoke 1043, CNode_Delete
 *   1189, CNode_Copy 1311, Untyped_Retype 1339 (page) and 1373 (endpoint): their mean is 1155.
 * - `receive`: Wait that finds a signal 592, NBWait that finds none 583.
 * - `yield`: 1153, of which 91 in machine mode. `debug`: DebugPutChar 385, DebugCapIdentify 377.
 * - `fault`: 1231, a page fault whose handler waits. `interrupt`: 782 or 802 where a driver waits for its notification, 761 where
 *   it does not, 323 where there is none to claim. `timerInterrupt`: 525, nobody wakes up.
 * - `resetChunk`: 214, from one preemption point of a reset to the next, 256 bytes.
 */
export const riscv32KernelCosts: KernelCosts = {
  call: 397,
  replyRecv: 464,
  send: 777,
  receive: 590,
  invocation: 758,
  yield: 1153,
  debug: 385,
  fault: 1231,
  interrupt: 782,
  timerInterrupt: 525,
  resetChunk: 214,
};
