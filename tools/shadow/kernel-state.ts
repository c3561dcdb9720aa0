/**
 * What a kernel knows, in terms that are no kernel's own: objects by the physical address of their first byte, whichever
 * window a kernel sees them in and wherever in the object its pointers point. Words are unsigned, times are ticks. What
 * a kernel leaves behind and never looks at again (a badge of a thread that is not blocked) is left out.
 */
export interface KernelState {
  /** Scheduler and clocks: `ksCurThread` and its neighbours. */
  readonly globals: Fields;
  /** Threads by domain * 256 + priority, in the order of the queue; queues that are empty are left out. */
  readonly readyQueues: ReadonlyMap<number, readonly number[]>;
  /** Threads in the order of the release queue. */
  readonly releaseQueue: readonly number[];
  /** All threads, newest first, as a debug kernel lists them. */
  readonly threads: readonly number[];
  /** Root page tables by ASID pool: pool's index, and the pool's object. */
  readonly asidTable: ReadonlyMap<number, number>;
  /** Everything that can be reached from the threads' capabilities and the interrupts. */
  readonly objects: ReadonlyMap<number, ObjectState>;
}

/** Named words. */
export type Fields = Readonly<Record<string, number>>;

export type ObjectKind =
  | "thread"
  | "cnode"
  | "endpoint"
  | "notification"
  | "reply"
  | "schedContext"
  | "asidPool"
  | "pageTable"
  | "interrupt";

/** Names of {@link ObjectState.registers}. */
export const REGISTER_NAMES: readonly string[] = [
  ...Array.from({ length: 31 }, (_, index) => `x${index + 1}`),
  ...["pc", "faultPc"],
];

/** One object of a kernel. */
export interface ObjectState {
  readonly kind: ObjectKind;
  readonly fields: Fields;
  /** Slots that hold something, by index: of CNodes, threads and interrupts. */
  readonly slots?: ReadonlyMap<number, SlotState>;
  /** `x1`..`x31`, the pc where it goes on and that of its last trap: of threads, but not of the running one. */
  readonly registers?: Uint32Array;
  /** Threads that wait, in order: of endpoints and notifications. */
  readonly queue?: readonly number[];
  /** Words by index, without zeros: refills of a scheduling context, entries of a page table or ASID pool. */
  readonly words?: ReadonlyMap<number, number>;
}

/** A slot that holds a capability: what the capability says, and its place in the derivation list. */
export interface SlotState {
  /** `type` is the tag that `seL4_DebugCapIdentify` returns. */
  readonly cap: Fields;
  /** Addresses of the neighbours' slots; 0: none. */
  readonly previous: number;
  readonly next: number;
  readonly isRevocable: boolean;
  readonly isFirstBadged: boolean;
}

/** Stands for the idle thread, which is at no address of its own. */
export const IDLE_THREAD = -1;
/** Stands for the idle thread's scheduling context. */
export const IDLE_CONTEXT = -2;
/** Bytes of a capability slot. */
export const SLOT_BYTES = 16;
/** Address of an interrupt's slot: `-1000 - 16 * irq`. A real kernel has it in its image, the model nowhere. */
export const IRQ_SLOTS = -1000;
