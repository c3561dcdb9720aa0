/** RISC-V exception codes (privileged specification, table of `mcause` values). */
export const Cause = {
  fetchMisaligned: 0,
  fetchAccessFault: 1,
  illegalInstruction: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  loadAccessFault: 5,
  storeMisaligned: 6,
  storeAccessFault: 7,
  ecallFromUser: 8,
  ecallFromSupervisor: 9,
  ecallFromMachine: 11,
  fetchPageFault: 12,
  loadPageFault: 13,
  storePageFault: 15,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];

/** RISC-V interrupt numbers: bits of `mip` and `mie`, and codes of interrupts. */
export const Interrupt = {
  supervisorSoftware: 1,
  machineSoftware: 3,
  supervisorTimer: 5,
  machineTimer: 7,
  supervisorExternal: 9,
  machineExternal: 11,
} as const;
export type Interrupt = (typeof Interrupt)[keyof typeof Interrupt];

/** Bit of a trap cause that marks an interrupt, unsigned. */
export const INTERRUPT_BIT = 0x80000000;

/** Privilege modes by their encoding. */
export const Privilege = { user: 0, supervisor: 1, machine: 3 } as const;
export type Privilege = (typeof Privilege)[keyof typeof Privilege];
