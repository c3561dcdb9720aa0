import type { Task } from "@cantrip/hosted";
import { type CPath, type Invoker, timeWords } from "./invoker.ts";

/** CNodes. */
export class CNodeInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Copies a capability with at most these rights. Corresponds to `seL4_CNode_Copy`. */
  copy(destination: CPath, source: CPath, rights: number): Task<void> {
    const words = [destination.index, destination.depth, source.index, source.depth, rights];
    const label = this.#sel4.config.label.cnodeCopy;
    return this.#sel4.invoke("seL4_CNode_Copy", destination.root, label, words, [source.root]);
  }

  /** Copies with a badge or guard word. Corresponds to `seL4_CNode_Mint`. */
  mint(destination: CPath, source: CPath, rights: number, badge: number): Task<void> {
    const words = [destination.index, destination.depth, source.index, source.depth, rights, badge];
    const label = this.#sel4.config.label.cnodeMint;
    return this.#sel4.invoke("seL4_CNode_Mint", destination.root, label, words, [source.root]);
  }

  /** Corresponds to `seL4_CNode_Move`. */
  move(destination: CPath, source: CPath): Task<void> {
    const words = [destination.index, destination.depth, source.index, source.depth];
    const label = this.#sel4.config.label.cnodeMove;
    return this.#sel4.invoke("seL4_CNode_Move", destination.root, label, words, [source.root]);
  }

  /** Moves with a badge or guard word. Corresponds to `seL4_CNode_Mutate`. */
  mutate(destination: CPath, source: CPath, badge: number): Task<void> {
    const words = [destination.index, destination.depth, source.index, source.depth, badge];
    const label = this.#sel4.config.label.cnodeMutate;
    return this.#sel4.invoke("seL4_CNode_Mutate", destination.root, label, words, [source.root]);
  }

  /** Moves `pivot` to `destination` and `source` to `pivot`. Corresponds to `seL4_CNode_Rotate`. */
  rotate(
    destination: CPath,
    destinationBadge: number,
    pivot: CPath,
    pivotBadge: number,
    source: CPath,
  ): Task<void> {
    const words = [
      destination.index,
      destination.depth,
      destinationBadge,
      pivot.index,
      pivot.depth,
      pivotBadge,
      source.index,
      source.depth,
    ];
    const label = this.#sel4.config.label.cnodeRotate;
    return this.#sel4.invoke("seL4_CNode_Rotate", destination.root, label, words, [
      pivot.root,
      source.root,
    ]);
  }

  /** Corresponds to `seL4_CNode_Delete`. */
  delete(path: CPath): Task<void> {
    const label = this.#sel4.config.label.cnodeDelete;
    return this.#sel4.invoke("seL4_CNode_Delete", path.root, label, [path.index, path.depth], []);
  }

  /** Deletes everything derived from a capability. Corresponds to `seL4_CNode_Revoke`. */
  revoke(path: CPath): Task<void> {
    const label = this.#sel4.config.label.cnodeRevoke;
    return this.#sel4.invoke("seL4_CNode_Revoke", path.root, label, [path.index, path.depth], []);
  }

  /** Corresponds to `seL4_CNode_CancelBadgedSends`. */
  cancelBadgedSends(path: CPath): Task<void> {
    const label = this.#sel4.config.label.cnodeCancelBadgedSends;
    return this.#sel4.invoke(
      "seL4_CNode_CancelBadgedSends",
      path.root,
      label,
      [path.index, path.depth],
      [],
    );
  }
}

/** Frames. */
export class PageInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Maps a frame. Corresponds to `seL4_RISCV_Page_Map`; attribute bit 0 is ExecuteNever. */
  map(
    frame: number,
    args: {
      readonly vspace: number;
      readonly address: number;
      readonly rights: number;
      readonly executeNever?: boolean;
    },
  ): Task<void> {
    const words = [args.address, args.rights, args.executeNever === true ? 1 : 0];
    return this.#sel4.invoke(
      "seL4_RISCV_Page_Map",
      frame,
      this.#sel4.config.label.riscvPageMap,
      words,
      [args.vspace],
    );
  }

  /** Corresponds to `seL4_RISCV_Page_Unmap`. */
  unmap(frame: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_RISCV_Page_Unmap",
      frame,
      this.#sel4.config.label.riscvPageUnmap,
      [],
      [],
    );
  }

  /** Physical address of a frame. Corresponds to `seL4_RISCV_Page_GetAddress`. */
  *getAddress(frame: number): Task<number> {
    yield* this.#sel4.invoke(
      "seL4_RISCV_Page_GetAddress",
      frame,
      this.#sel4.config.label.riscvPageGetAddress,
      [],
      [],
    );
    return this.#sel4.messageRegister(0);
  }
}

/** Page tables. */
export class PageTableInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Corresponds to `seL4_RISCV_PageTable_Map`. */
  map(table: number, vspace: number, address: number): Task<void> {
    const label = this.#sel4.config.label.riscvPageTableMap;
    return this.#sel4.invoke("seL4_RISCV_PageTable_Map", table, label, [address, 0], [vspace]);
  }

  /** Corresponds to `seL4_RISCV_PageTable_Unmap`. */
  unmap(table: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_RISCV_PageTable_Unmap",
      table,
      this.#sel4.config.label.riscvPageTableUnmap,
      [],
      [],
    );
  }
}

/** ASID control. */
export class AsidControlInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Makes a pool of an untyped of 4 KiB. Corresponds to `seL4_RISCV_ASIDControl_MakePool`. */
  makePool(control: number, untyped: number, destination: CPath): Task<void> {
    const label = this.#sel4.config.label.riscvASIDControlMakePool;
    const words = [destination.index, destination.depth];
    return this.#sel4.invoke("seL4_RISCV_ASIDControl_MakePool", control, label, words, [
      untyped,
      destination.root,
    ]);
  }
}

/** ASID pools. */
export class AsidPoolInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Gives a root page table an ASID. Corresponds to `seL4_RISCV_ASIDPool_Assign`. */
  assign(pool: number, vspace: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_RISCV_ASIDPool_Assign",
      pool,
      this.#sel4.config.label.riscvASIDPoolAssign,
      [],
      [vspace],
    );
  }
}

/** Interrupt control. */
export class IrqControlInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Makes a handler capability. Corresponds to `seL4_IRQControl_Get`. */
  get(control: number, irq: number, destination: CPath): Task<void> {
    const label = this.#sel4.config.label.irqIssueIRQHandler;
    const words = [irq, destination.index, destination.depth];
    return this.#sel4.invoke("seL4_IRQControl_Get", control, label, words, [destination.root]);
  }

  /** The same with a trigger: 0 level, 1 edge. Corresponds to `seL4_IRQControl_GetTrigger`. */
  getTrigger(control: number, irq: number, trigger: 0 | 1, destination: CPath): Task<void> {
    const label = this.#sel4.config.label.riscvIRQIssueIRQHandlerTrigger;
    const words = [irq, trigger, destination.index, destination.depth];
    return this.#sel4.invoke("seL4_IRQControl_GetTrigger", control, label, words, [
      destination.root,
    ]);
  }
}

/** Interrupt handlers. */
export class IrqHandlerInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Corresponds to `seL4_IRQHandler_Ack`. */
  ack(handler: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_IRQHandler_Ack",
      handler,
      this.#sel4.config.label.irqAckIRQ,
      [],
      [],
    );
  }

  /** Corresponds to `seL4_IRQHandler_SetNotification`. */
  setNotification(handler: number, notification: number): Task<void> {
    const label = this.#sel4.config.label.irqSetIRQHandler;
    return this.#sel4.invoke("seL4_IRQHandler_SetNotification", handler, label, [], [notification]);
  }

  /** Corresponds to `seL4_IRQHandler_Clear`. */
  clear(handler: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_IRQHandler_Clear",
      handler,
      this.#sel4.config.label.irqClearIRQHandler,
      [],
      [],
    );
  }
}

/** Scheduling control. */
export class SchedControlInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Sets budget and period. Corresponds to `seL4_SchedControl_ConfigureFlags`; flag bit 0 is sporadic. */
  configureFlags(
    control: number,
    schedContext: number,
    args: {
      readonly budgetUs: number;
      readonly periodUs: number;
      readonly extraRefills?: number;
      readonly badge?: number;
      readonly flags?: number;
    },
  ): Task<void> {
    const label = this.#sel4.config.label.schedControlConfigureFlags;
    const { budgetUs, periodUs, extraRefills = 0, badge = 0, flags = 0 } = args;
    const words = [...timeWords(budgetUs), ...timeWords(periodUs), extraRefills, badge, flags];
    return this.#sel4.invoke("seL4_SchedControl_ConfigureFlags", control, label, words, [
      schedContext,
    ]);
  }
}

/** Scheduling contexts. */
export class SchedContextInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Corresponds to `seL4_SchedContext_Bind`. */
  bind(schedContext: number, object: number): Task<void> {
    const label = this.#sel4.config.label.schedContextBind;
    return this.#sel4.invoke("seL4_SchedContext_Bind", schedContext, label, [], [object]);
  }

  /** Corresponds to `seL4_SchedContext_Unbind`. */
  unbind(schedContext: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_SchedContext_Unbind",
      schedContext,
      this.#sel4.config.label.schedContextUnbind,
      [],
      [],
    );
  }

  /** Corresponds to `seL4_SchedContext_UnbindObject`. */
  unbindObject(schedContext: number, object: number): Task<void> {
    const label = this.#sel4.config.label.schedContextUnbindObject;
    return this.#sel4.invoke("seL4_SchedContext_UnbindObject", schedContext, label, [], [object]);
  }

  /** Microseconds consumed since the last call. Corresponds to `seL4_SchedContext_Consumed`. */
  *consumed(schedContext: number): Task<number> {
    const label = this.#sel4.config.label.schedContextConsumed;
    yield* this.#sel4.invoke("seL4_SchedContext_Consumed", schedContext, label, [], []);
    return this.#sel4.messageRegister(0) + this.#sel4.messageRegister(1) * 2 ** 32;
  }

  /** Corresponds to `seL4_SchedContext_YieldTo`. */
  *yieldTo(schedContext: number): Task<number> {
    const label = this.#sel4.config.label.schedContextYieldTo;
    yield* this.#sel4.invoke("seL4_SchedContext_YieldTo", schedContext, label, [], []);
    return this.#sel4.messageRegister(0) + this.#sel4.messageRegister(1) * 2 ** 32;
  }
}

/** Domains. */
export class DomainSetInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Corresponds to `seL4_DomainSet_Set`. */
  set(control: number, domain: number, tcb: number): Task<void> {
    return this.#sel4.invoke(
      "seL4_DomainSet_Set",
      control,
      this.#sel4.config.label.domainSetSet,
      [domain],
      [tcb],
    );
  }

  /**
   * Sets an entry of the schedule; domain and duration 0 end it. Corresponds to `seL4_DomainSet_ScheduleConfigure`.
   *
   * @param duration - ticks of the kernel's timer, less than 2^56
   * @returns `false` on kernels whose schedule is compiled in
   */
  *scheduleConfigure(
    control: number,
    index: number,
    domain: number,
    duration: number,
  ): Task<boolean> {
    const label = this.#sel4.config.label.domainScheduleConfigure;
    if (label === undefined) return false;
    const words = [index, domain, ...timeWords(duration)];
    yield* this.#sel4.invoke("seL4_DomainSet_ScheduleConfigure", control, label, words, []);
    return true;
  }

  /**
   * Starts the schedule anew at an entry, at once. Corresponds to `seL4_DomainSet_ScheduleSetStart`.
   *
   * @returns `false` on kernels whose schedule is compiled in
   */
  *scheduleSetStart(control: number, index: number): Task<boolean> {
    const label = this.#sel4.config.label.domainScheduleSetStart;
    if (label === undefined) return false;
    yield* this.#sel4.invoke("seL4_DomainSet_ScheduleSetStart", control, label, [index], []);
    return true;
  }
}
