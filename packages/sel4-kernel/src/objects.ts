import { powerOfTwo } from "@cantrip/sel4-config";
/** Capability type tags, as `seL4_DebugCapIdentify` of riscv32 returns them. */
export const CapType = {
  Null: 0,
  Frame: 1,
  Untyped: 2,
  PageTable: 3,
  Endpoint: 4,
  Notification: 6,
  Reply: 8,
  CNode: 10,
  AsidControl: 11,
  Thread: 12,
  AsidPool: 13,
  IrqControl: 0x0e,
  IrqHandler: 0x1e,
  Zombie: 0x2e,
  Domain: 0x3e,
  SchedContext: 0x4e,
  SchedControl: 0x5e,
} as const;
export type CapType = (typeof CapType)[keyof typeof CapType];

/** Rights bits of endpoint, notification and reply capabilities, as in `seL4_CapRights`. */
export const Right = { Write: 1, Read: 2, Grant: 4, GrantReply: 8, All: 15 } as const;

/** Rights of a frame capability: the kernel's `vm_rights_t`. */
export const VmRights = { KernelOnly: 1, ReadOnly: 2, ReadWrite: 3 } as const;
export type VmRights = (typeof VmRights)[keyof typeof VmRights];

/**
 * A capability. Values are immutable except for the fields that the kernel itself updates in place
 * (`freeIndex` of untypeds, mapping fields of frames and page tables, a zombie's count); copy before changing.
 */
export type Cap =
  | NullCap
  | UntypedCap
  | EndpointCap
  | NotificationCap
  | ReplyCap
  | CNodeCap
  | ThreadCap
  | IrqControlCap
  | IrqHandlerCap
  | ZombieCap
  | DomainCap
  | SchedContextCap
  | SchedControlCap
  | FrameCap
  | PageTableCap
  | AsidControlCap
  | AsidPoolCap;

/** The capability with that tag. */
export type CapOf<T extends CapType> = Extract<Cap, { readonly type: T }>;

export interface NullCap {
  readonly type: typeof CapType.Null;
}
export interface UntypedCap {
  readonly type: typeof CapType.Untyped;
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
  /** Bytes handed out so far (the kernel stores them in units of 16 bytes). */
  freeBytes: number;
}
export interface EndpointCap {
  readonly type: typeof CapType.Endpoint;
  readonly object: Endpoint;
  /** The lower half, unsigned. */
  readonly badge: number;
  /** The upper half, unsigned; 0 on a 32-bit kernel. */
  readonly badgeHigh: number;
  /** {@link Right} bits. */
  readonly rights: number;
}
export interface NotificationCap {
  readonly type: typeof CapType.Notification;
  readonly object: Notification;
  /** The lower half, unsigned. */
  readonly badge: number;
  /** The upper half, unsigned; 0 on a 32-bit kernel. */
  readonly badgeHigh: number;
  readonly rights: number;
}
export interface ReplyCap {
  readonly type: typeof CapType.Reply;
  readonly object: Reply;
  readonly canGrant: boolean;
}
export interface CNodeCap {
  readonly type: typeof CapType.CNode;
  readonly object: CNode;
  /** The lower half, unsigned. */
  readonly guard: number;
  /** The upper half, unsigned; 0 on a 32-bit kernel. */
  readonly guardHigh: number;
  readonly guardSize: number;
}
export interface ThreadCap {
  readonly type: typeof CapType.Thread;
  readonly object: Tcb;
}
export interface IrqControlCap {
  readonly type: typeof CapType.IrqControl;
}
export interface IrqHandlerCap {
  readonly type: typeof CapType.IrqHandler;
  readonly irq: number;
}
/** What is left of a CNode or TCB while it is being destroyed. */
export interface ZombieCap {
  readonly type: typeof CapType.Zombie;
  readonly object: CNode | Tcb;
  /** Slots that may still hold capabilities: 0..count-1. */
  count: number;
}
export interface DomainCap {
  readonly type: typeof CapType.Domain;
}
export interface SchedContextCap {
  readonly type: typeof CapType.SchedContext;
  readonly object: SchedContext;
}
export interface SchedControlCap {
  readonly type: typeof CapType.SchedControl;
  readonly core: number;
}
export interface FrameCap {
  readonly type: typeof CapType.Frame;
  readonly paddr: number;
  /** 12 or 22, on a 64-bit kernel 12, 21 or 30. */
  readonly sizeBits: number;
  readonly rights: VmRights;
  readonly isDevice: boolean;
  /** 0: not mapped. */
  asid: number;
  vaddr: number;
}
export interface PageTableCap {
  readonly type: typeof CapType.PageTable;
  readonly paddr: number;
  isMapped: boolean;
  asid: number;
  vaddr: number;
}
export interface AsidControlCap {
  readonly type: typeof CapType.AsidControl;
}
export interface AsidPoolCap {
  readonly type: typeof CapType.AsidPool;
  readonly object: AsidPool;
}

/** The null capability. */
export const nullCap: NullCap = Object.freeze({ type: CapType.Null });

/** A capability slot with its place in the derivation list (`cte_t`). */
export class Slot {
  cap: Cap = nullCap;
  mdbPrev: Slot | null = null;
  mdbNext: Slot | null = null;
  isRevocable = false;
  isFirstBadged = false;
  /** The CNode or TCB that contains the slot; `null` for the kernel's own (interrupt handler) slots. */
  readonly owner: CNode | Tcb | null;
  readonly index: number;
  constructor(owner: CNode | Tcb | null, index: number) {
    this.owner = owner;
    this.index = index;
  }
}

/** Empty slots. A loop: `Array.from` takes ten times as long. */
function newSlots(owner: CNode | Tcb, count: number): Slot[] {
  const slots: Slot[] = [];
  for (let index = 0; index < count; index++) slots.push(new Slot(owner, index));
  return slots;
}

/** A CNode: `2 ** radix` slots. */
export class CNode {
  readonly kind = "cnode";
  readonly paddr: number;
  readonly radix: number;
  readonly slots: Slot[];
  constructor(paddr: number, radix: number) {
    this.paddr = paddr;
    this.radix = radix;
    this.slots = newSlots(this, powerOfTwo(radix));
  }
}

export const EndpointState = { Idle: 0, Send: 1, Receive: 2 } as const;
export type EndpointState = (typeof EndpointState)[keyof typeof EndpointState];

export class Endpoint {
  readonly kind = "endpoint";
  readonly paddr: number;
  state: EndpointState = EndpointState.Idle;
  /** Queue of blocked threads (linked through `queueNext`/`queuePrev`), highest priority first, FIFO inside a priority. */
  head: Tcb | null = null;
  tail: Tcb | null = null;
  constructor(paddr: number) {
    this.paddr = paddr;
  }
}

export const NotificationState = { Idle: 0, Waiting: 1, Active: 2 } as const;
export type NotificationState = (typeof NotificationState)[keyof typeof NotificationState];

export class Notification {
  readonly kind = "notification";
  readonly paddr: number;
  state: NotificationState = NotificationState.Idle;
  /** The lower half of the signalled badges, unsigned. */
  word = 0;
  wordHigh = 0;
  head: Tcb | null = null;
  tail: Tcb | null = null;
  boundTcb: Tcb | null = null;
  schedContext: SchedContext | null = null;
  constructor(paddr: number) {
    this.paddr = paddr;
  }
}

export class Reply {
  readonly kind = "reply";
  readonly paddr: number;
  tcb: Tcb | null = null;
  /** Towards the older call of the chain. */
  prev: Reply | null = null;
  /** Towards the newer call; the scheduling context for the head of the chain. */
  next: Reply | SchedContext | null = null;
  constructor(paddr: number) {
    this.paddr = paddr;
  }
}

/** One refill: `amount` ticks that may be used from `time` on. */
export interface Refill {
  time: number;
  amount: number;
}

export class SchedContext {
  readonly kind = "schedContext";
  readonly paddr: number;
  readonly sizeBits: number;
  /** Ticks; 0 for round robin. */
  period = 0;
  /** Ticks that the refills grant together (`sc_budget` of the specification); 0: not configured. */
  budget = 0;
  consumed = 0;
  badge = 0;
  badgeHigh = 0;
  isSporadic = false;
  tcb: Tcb | null = null;
  notification: Notification | null = null;
  /** Head of the chain of replies through which this context was donated. */
  reply: Reply | null = null;
  yieldFrom: Tcb | null = null;
  /** Most refills; 0: not configured (inactive). */
  refillMax = 0;
  readonly refills: Refill[] = [];
  constructor(paddr: number, sizeBits: number) {
    this.paddr = paddr;
    this.sizeBits = sizeBits;
  }
}

export const ThreadState = {
  Inactive: 0,
  Running: 1,
  Restart: 2,
  BlockedOnReceive: 3,
  BlockedOnSend: 4,
  BlockedOnReply: 5,
  BlockedOnNotification: 6,
  Idle: 7,
} as const;
export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];

/** Slots of a TCB. */
export const TcbSlot = {
  CTable: 0,
  VTable: 1,
  Buffer: 2,
  FaultHandler: 3,
  TimeoutHandler: 4,
  Count: 5,
} as const;

/** Index of the pc in a saved context (`SEPC` as the next instruction to run). */
export const CONTEXT_PC = 32;
/** Index of the pc of the instruction that entered the kernel (`FaultIP`). */
export const CONTEXT_FAULT_PC = 33;

/**
 * Words of a saved context: the lower halves of `x0`..`x31`, {@link CONTEXT_PC} and {@link CONTEXT_FAULT_PC}, and from here
 * on, in the same order, the upper halves, which stay 0 on a 32-bit kernel.
 */
export const CONTEXT_HIGH = 34;
/** The first pair of words in a context that holds upper halves. There are {@link CONTEXT_HIGH} pairs. */
export const CONTEXT_HIGH_PAIRS: number = CONTEXT_HIGH / 2;

/** The lower half of a word of a saved context, signed. */
export function wordOf(context: Int32Array, index: number): number {
  return context[index] ?? 0;
}

/** The upper half of a word of a saved context, signed; 0 on a 32-bit kernel. */
export function highOf(context: Int32Array, index: number): number {
  return context[index + CONTEXT_HIGH] ?? 0;
}

/** Copies a word from one saved context to another, or within one. */
export function copyWord(to: Int32Array, index: number, from: Int32Array, source: number): void {
  to[index] = wordOf(from, source);
  to[index + CONTEXT_HIGH] = highOf(from, source);
}

/** A word of a saved context as a number: unsigned on a 32-bit kernel, signed on a 64-bit one; exact up to 2^53. */
export function numberOf(context: Int32Array, index: number): number {
  return highOf(context, index) * 2 ** 32 + (wordOf(context, index) >>> 0);
}

/** Puts a word into a saved context: a number from 0 to 2^53, or a word of two halves. */
export function setWord(
  context: Int32Array,
  index: number,
  value: number,
  high: number = Math.floor(value / 2 ** 32),
): void {
  context[index] = value;
  context[index + CONTEXT_HIGH] = high;
}

/** A saved context: the same memory twice, by words and by pairs of words. */
export interface SavedContext {
  readonly words: Int32Array;
  readonly pairs: BigInt64Array;
}

export class Tcb {
  readonly kind = "tcb";
  readonly paddr: number;
  readonly slots: Slot[];
  /** `x1`..`x31` at their indices, {@link CONTEXT_PC}, {@link CONTEXT_FAULT_PC}; see {@link CONTEXT_HIGH}. */
  readonly context: Int32Array;
  /** The words of {@link context} by two, for who copies them all. */
  readonly contextPairs: BigInt64Array;
  name = "";
  state: ThreadState = ThreadState.Inactive;
  priority = 0;
  maxControlledPriority = 0;
  domain = 0;
  /** `seL4_TCBFlag` bits. */
  flags = 0;
  schedContext: SchedContext | null = null;
  yieldTo: SchedContext | null = null;
  boundNotification: Notification | null = null;
  /** Virtual address of the IPC buffer; 0: none. */
  ipcBuffer = 0;
  /** Pending fault while its message is being sent or answered. */
  fault: Fault | null = null;
  /** Pending lookup failure of a capability fault. */
  inReadyQueue = false;
  inReleaseQueue = false;
  /** Links of the ready or release queue. */
  schedNext: Tcb | null = null;
  schedPrev: Tcb | null = null;
  /** Links of the endpoint or notification queue. */
  queueNext: Tcb | null = null;
  queuePrev: Tcb | null = null;
  /** What the thread is blocked on. */
  blockedOn: Endpoint | Notification | null = null;
  /** Reply object of a blocked receive, or through which it waits for a reply. */
  reply: Reply | null = null;
  blockingBadge = 0;
  blockingBadgeHigh = 0;
  blockingCanGrant = false;
  blockingCanGrantReply = false;
  blockingIsCall = false;
  /** Links of the kernel's list of all threads (`DebugDumpScheduler`). */
  debugNext: Tcb | null = null;
  debugPrev: Tcb | null = null;
  constructor(paddr: number, { words, pairs }: SavedContext) {
    this.paddr = paddr;
    this.context = words;
    this.contextPairs = pairs;
    this.slots = newSlots(this, TcbSlot.Count);
  }
}

/** Lookup failures, numbered as in messages (`seL4_LookupFailureType`). */
export type LookupFailure =
  | { readonly kind: "invalidRoot" }
  | { readonly kind: "missingCapability"; readonly bitsLeft: number }
  | { readonly kind: "depthMismatch"; readonly bitsLeft: number; readonly bitsFound: number }
  | {
      readonly kind: "guardMismatch";
      readonly bitsLeft: number;
      readonly guardFound: number;
      readonly guardFoundHigh: number;
      readonly bitsFound: number;
    };

/** A fault of a thread (`seL4_Fault_t`). */
export type Fault =
  | {
      readonly kind: "capFault";
      /** Halves, unsigned, as all that has an upper half here. */
      readonly address: number;
      readonly addressHigh: number;
      readonly inReceivePhase: boolean;
      readonly lookupFailure: LookupFailure;
    }
  | {
      readonly kind: "unknownSyscall";
      readonly syscallNumber: number;
      readonly syscallNumberHigh: number;
    }
  | { readonly kind: "userException"; readonly number: number; readonly code: number }
  | { readonly kind: "timeout"; readonly badge: number; readonly badgeHigh: number }
  | {
      readonly kind: "vmFault";
      readonly address: number;
      readonly addressHigh: number;
      readonly fsr: number;
      readonly isInstructionFault: boolean;
    };

/** An ASID pool: root page tables by low ASID bits. */
export class AsidPool {
  readonly kind = "asidPool";
  readonly paddr: number;
  /** Index among the pools: the high ASID bits. */
  readonly index: number;
  /** Physical address of the root table; 0: free. */
  readonly roots: number[];
  constructor(paddr: number, index: number, entries: number) {
    this.paddr = paddr;
    this.index = index;
    this.roots = new Array<number>(entries).fill(0);
  }
}

/** Anything with a physical address carved from untyped memory, apart from frames and page tables. */
export type KernelObject = CNode | Endpoint | Notification | Reply | SchedContext | Tcb | AsidPool;
