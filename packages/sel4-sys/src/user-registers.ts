/**
 * Register names in the order of `seL4_UserContext` (riscv32): what `seL4_TCB_ReadRegisters` and `WriteRegisters` move.
 */
export const userRegisterNames = [
  "pc",
  "ra",
  "sp",
  "gp",
  "s0",
  "s1",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
  "s7",
  "s8",
  "s9",
  "s10",
  "s11",
  "a0",
  "a1",
  "a2",
  "a3",
  "a4",
  "a5",
  "a6",
  "a7",
  "t0",
  "t1",
  "t2",
  "t3",
  "t4",
  "t5",
  "t6",
  "tp",
] as const;

/** Name of a register. */
export type UserRegisterName = (typeof userRegisterNames)[number];

/** Registers of a thread; absent ones are 0 when written. */
export type UserRegisters = Readonly<Partial<Record<UserRegisterName, number>>>;
