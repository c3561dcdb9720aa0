import type { Task } from "@cantrip/hosted";
import type { Invoker } from "./invoker.ts";

/** Names of the registers in the order of `seL4_UserContext` (riscv). */
export const USER_CONTEXT_REGISTERS = [
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
/** A register of `seL4_UserContext`. */
export type UserContextRegister = (typeof USER_CONTEXT_REGISTERS)[number];
/** Register values; absent ones are 0. */
export type UserRegisters = Partial<Readonly<Record<UserContextRegister, number>>>;

/** Arguments of `seL4_TCB_Configure`. */
export interface TcbConfiguration {
  readonly cspaceRoot: number;
  /** Guard word of the CSpace root; 0 leaves it as it is. */
  readonly cspaceData: number;
  readonly vspaceRoot: number;
  readonly vspaceData?: number;
  readonly bufferAddress: number;
  readonly bufferFrame: number;
}

/** Threads. */
export class TcbInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Sets spaces and IPC buffer. Corresponds to `seL4_TCB_Configure`. */
  configure(tcb: number, args: TcbConfiguration): Task<void> {
    const words = [args.cspaceData, args.vspaceData ?? 0, args.bufferAddress];
    const caps = [args.cspaceRoot, args.vspaceRoot, args.bufferFrame];
    return this.#sel4.invoke(
      "seL4_TCB_Configure",
      tcb,
      this.#sel4.config.label.tcbConfigure,
      words,
      caps,
    );
  }

  /** Corresponds to `seL4_TCB_SetPriority`. */
  setPriority(tcb: number, authority: number, priority: number): Task<void> {
    const label = this.#sel4.config.label.tcbSetPriority;
    return this.#sel4.invoke("seL4_TCB_SetPriority", tcb, label, [priority], [authority]);
  }

  /** Corresponds to `seL4_TCB_SetMCPriority`. */
  setMcPriority(tcb: number, authority: number, mcp: number): Task<void> {
    const label = this.#sel4.config.label.tcbSetMCPriority;
    return this.#sel4.invoke("seL4_TCB_SetMCPriority", tcb, label, [mcp], [authority]);
  }

  /** Corresponds to `seL4_TCB_SetSchedParams`. */
  setSchedParams(
    tcb: number,
    args: {
      readonly authority: number;
      readonly mcp: number;
      readonly priority: number;
      readonly schedContext: number;
      readonly faultEndpoint: number;
    },
  ): Task<void> {
    const label = this.#sel4.config.label.tcbSetSchedParams;
    const caps = [args.authority, args.schedContext, args.faultEndpoint];
    return this.#sel4.invoke(
      "seL4_TCB_SetSchedParams",
      tcb,
      label,
      [args.mcp, args.priority],
      caps,
    );
  }

  /** Corresponds to `seL4_TCB_SetTimeoutEndpoint`. */
  setTimeoutEndpoint(tcb: number, endpoint: number): Task<void> {
    const label = this.#sel4.config.label.tcbSetTimeoutEndpoint;
    return this.#sel4.invoke("seL4_TCB_SetTimeoutEndpoint", tcb, label, [], [endpoint]);
  }

  /** Corresponds to `seL4_TCB_SetIPCBuffer`. */
  setIpcBuffer(tcb: number, address: number, frame: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_TCB_SetIPCBuffer",
      tcb,
      this.#sel4.config.label.tcbSetIPCBuffer,
      [address],
      [frame],
    );
  }

  /** Corresponds to `seL4_TCB_SetSpace`. */
  setSpace(
    tcb: number,
    args: {
      readonly faultEndpoint: number;
      readonly cspaceRoot: number;
      readonly cspaceData: number;
      readonly vspaceRoot: number;
      readonly vspaceData?: number;
    },
  ): Task<void> {
    const caps = [args.faultEndpoint, args.cspaceRoot, args.vspaceRoot];
    const words = [args.cspaceData, args.vspaceData ?? 0];
    return this.#sel4.invoke(
      "seL4_TCB_SetSpace",
      tcb,
      this.#sel4.config.label.tcbSetSpace,
      words,
      caps,
    );
  }

  /** Corresponds to `seL4_TCB_Suspend`. */
  suspend(tcb: number): Task<void> {
    return this.#sel4.invoke("seL4_TCB_Suspend", tcb, this.#sel4.config.label.tcbSuspend, [], []);
  }

  /** Corresponds to `seL4_TCB_Resume`. */
  resume(tcb: number): Task<void> {
    return this.#sel4.invoke("seL4_TCB_Resume", tcb, this.#sel4.config.label.tcbResume, [], []);
  }

  /** Reads all registers. Corresponds to `seL4_TCB_ReadRegisters`. */
  *readRegisters(
    tcb: number,
    options: { readonly suspend?: boolean } = {},
  ): Task<Required<UserRegisters>> {
    const words = [options.suspend === true ? 1 : 0, USER_CONTEXT_REGISTERS.length];
    yield* this.#sel4.invoke(
      "seL4_TCB_ReadRegisters",
      tcb,
      this.#sel4.config.label.tcbReadRegisters,
      words,
      [],
    );
    const entries = USER_CONTEXT_REGISTERS.map((name, index) => [
      name,
      this.#sel4.messageRegister(index),
    ]);
    return Object.fromEntries(entries) as Required<UserRegisters>;
  }

  /** Writes all registers. Corresponds to `seL4_TCB_WriteRegisters`. */
  writeRegisters(
    tcb: number,
    registers: UserRegisters,
    options: { readonly resume?: boolean } = {},
  ): Task<void> {
    const values = USER_CONTEXT_REGISTERS.map((name) => registers[name] ?? 0);
    const words = [options.resume === true ? 1 : 0, values.length, ...values];
    return this.#sel4.invoke(
      "seL4_TCB_WriteRegisters",
      tcb,
      this.#sel4.config.label.tcbWriteRegisters,
      words,
      [],
    );
  }

  /** Copies registers of one thread to another. Flags as in the manual. Corresponds to `seL4_TCB_CopyRegisters`. */
  copyRegisters(tcb: number, source: number, flags: number): Task<void> {
    const label = this.#sel4.config.label.tcbCopyRegisters;
    return this.#sel4.invoke("seL4_TCB_CopyRegisters", tcb, label, [flags], [source]);
  }

  /** Corresponds to `seL4_TCB_BindNotification`. */
  bindNotification(tcb: number, notification: number): Task<void> {
    const label = this.#sel4.config.label.tcbBindNotification;
    return this.#sel4.invoke("seL4_TCB_BindNotification", tcb, label, [], [notification]);
  }

  /** Corresponds to `seL4_TCB_UnbindNotification`. */
  unbindNotification(tcb: number): Task<void> {
    const label = this.#sel4.config.label.tcbUnbindNotification;
    return this.#sel4.invoke("seL4_TCB_UnbindNotification", tcb, label, [], []);
  }

  /** Writes `tp`. Corresponds to `seL4_TCB_SetTLSBase`. */
  setTlsBase(tcb: number, address: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_TCB_SetTLSBase",
      tcb,
      this.#sel4.config.label.tcbSetTLSBase,
      [address],
      [],
    );
  }

  /**
   * Clears feature flags, then sets some. Corresponds to `seL4_TCB_SetFlags`.
   *
   * @returns the flags that the thread has now; `undefined` on kernels that do not have them
   */
  *setFlags(tcb: number, clear: number, set: number): Task<number | undefined> {
    const label = this.#sel4.config.label.tcbSetFlags;
    if (label === undefined) return undefined;
    yield* this.#sel4.invoke("seL4_TCB_SetFlags", tcb, label, [clear, set], []);
    return this.#sel4.messageRegister(0);
  }
}
