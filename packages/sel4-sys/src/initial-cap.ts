/** Slots of the initial task's CNode (`seL4_RootCNodeCapSlots`). */
export const InitialCap = {
  Null: 0,
  InitThreadTCB: 1,
  InitThreadCNode: 2,
  InitThreadVSpace: 3,
  IRQControl: 4,
  ASIDControl: 5,
  InitThreadASIDPool: 6,
  IOPortControl: 7,
  IOSpace: 8,
  BootInfoFrame: 9,
  InitThreadIPCBuffer: 10,
  Domain: 11,
  SMMUSIDControl: 12,
  SMMUCBControl: 13,
  InitThreadSC: 14,
} as const;
/** One of the {@link InitialCap} slots. */
export type InitialCap = (typeof InitialCap)[keyof typeof InitialCap];
