/**
 * A capability distribution that CantripOS's loaders take: objects of RISC-V, their contents, and interrupt numbers, with
 * every field given.
 *
 * Objects are found by name; capabilities name their targets. This is the model behind the binary image; `CapdlSpec` is
 * the whole language.
 */
export interface Spec {
  /** Architecture of the specification. */
  readonly arch: "riscv" | "arm11" | "aarch64" | "ia32" | "x86_64";
  /** Objects in allocation order: see {@link allocationOrder}. */
  readonly objects: readonly SpecObject[];
  /** Interrupt number to the name of its `irq` object. */
  readonly irqs: readonly IrqBinding[];
  /** Derivations of capabilities. Loaders ignore them, as capDL's do. */
  readonly cdt?: readonly CdtLink[];
  /** Domain schedule, in upstream's dialect. */
  readonly domains?: DomainSchedule;
}

/** A slot of a container. */
export interface SlotRef {
  readonly container: string;
  readonly slot: number;
}

/** One edge of the capability derivation tree. */
export interface CdtLink {
  readonly parent: SlotRef;
  readonly child: SlotRef;
}

/** `domains` */
export interface DomainSchedule<Value extends number | bigint = number> {
  /** Domain and duration of each entry; (0, 0) ends the schedule. */
  readonly schedule: readonly (readonly [domain: Value, duration: Value])[];
  /** `domain_set_start`: index of the first entry to run. */
  readonly start: Value | "no_start";
  /** `index_shift` */
  readonly indexShift: Value;
}

/** One line of `irq maps`. */
export interface IrqBinding {
  readonly irq: number;
  readonly object: string;
}

/** An object of a specification. */
export type SpecObject =
  | EndpointObject
  | NotificationObject
  | TcbObject
  | CNodeObject
  | UntypedObject
  | FrameObject
  | PageTableObject
  | SchedContextObject
  | ReplyObject
  | IrqObject
  | AsidPoolObject;

/** `ep` */
export interface EndpointObject {
  readonly kind: "ep";
  readonly name: string;
}
/** `notification` */
export interface NotificationObject {
  readonly kind: "notification";
  readonly name: string;
}
/** `tcb` */
export interface TcbObject {
  readonly kind: "tcb";
  readonly name: string;
  /** Capabilities by TCB slot: {@link TcbSlotNumber}. */
  readonly slots: readonly SpecSlot[];
  /** Virtual address of the IPC buffer. */
  readonly addr: number;
  /** Initial pc. */
  readonly ip: number;
  /** Initial sp, 16-aligned. */
  readonly sp: number;
  readonly prio: number;
  readonly maxPrio: number;
  readonly affinity: number;
  readonly domain?: number;
  /** `fault_ep`: CPtr of the fault handler on kernels without MCS. */
  readonly faultEp?: number;
  /** `fpu_disabled`, in upstream's dialect. */
  readonly fpuDisabled?: boolean;
  /** Whether the thread is to run; absent: it is, and the text does not say so. */
  readonly resume?: boolean;
  /** Start arguments, into `a0`.. . */
  readonly init: readonly number[];
}
/** `cnode (N bits)` */
export interface CNodeObject {
  readonly kind: "cnode";
  readonly name: string;
  readonly sizeBits: number;
  /** CantripOS: this CNode receives the untyped memory at hand-over. */
  readonly hasUntypedMemory: boolean;
  readonly slots: readonly SpecSlot[];
}
/** `ut (N bits)`; a size of 0 bits: none was given. */
export interface UntypedObject {
  readonly kind: "ut";
  readonly name: string;
  readonly sizeBits: number;
  readonly paddr?: number;
  readonly children: readonly string[];
}
/** `frame (4k)` */
export interface FrameObject {
  readonly kind: "frame";
  readonly name: string;
  /** log2 of the size in bytes: 12 or 22 on riscv32. */
  readonly sizeBits: number;
  readonly paddr?: number;
  readonly fill: readonly FrameFill[];
}
/** What a frame contains at start; zero elsewhere. */
export type FrameFill =
  | {
      readonly kind: "file";
      /** Byte offset in the frame, and bytes. */
      readonly destOffset: number;
      readonly destLength: number;
      readonly file: string;
      readonly fileOffset: number;
    }
  | {
      readonly kind: "bootinfo";
      readonly destOffset: number;
      readonly destLength: number;
      /** Suffix of `CDL_FrameFill_BootInfo_`: `BootInfo`, `FDT`, … */
      readonly id: string;
      readonly sourceOffset: number;
    };
/** `pt` */
export interface PageTableObject {
  readonly kind: "pt";
  readonly name: string;
  readonly slots: readonly SpecSlot[];
}
/** `sc (period, budget, data, N bits)`; microseconds. A size of 0 bits: none was given, the kernel's smallest. */
export interface SchedContextObject {
  readonly kind: "sc";
  readonly name: string;
  readonly sizeBits: number;
  readonly periodUs: number;
  readonly budgetUs: number;
  readonly data: number;
}
/** `rtreply` */
export interface ReplyObject {
  readonly kind: "rtreply";
  readonly name: string;
}
/** `irq`: slot 0 may hold a notification capability. */
export interface IrqObject {
  readonly kind: "irq";
  readonly name: string;
  readonly slots: readonly SpecSlot[];
}
/** `asid_pool` */
export interface AsidPoolObject {
  readonly kind: "asid_pool";
  readonly name: string;
  readonly asidHigh?: number;
  readonly slots: readonly SpecSlot[];
}

/** A filled slot of a container. */
export interface SpecSlot {
  readonly slot: number;
  readonly cap: SpecCap;
}

/** A capability of a specification. */
export type SpecCap =
  | {
      readonly kind: "object";
      /** Name of the target object. */
      readonly object: string;
      /** Bits: write 1, read 2, grant 4, grantReply 8. Absent: none were written. */
      readonly rights?: number;
      readonly badge?: number;
      readonly guard?: number;
      readonly guardSize?: number;
      /** Frames: whether the mapping is cached (default true). */
      readonly cached?: boolean;
      /** Frames in a CNode: the mapping whose capability this is. */
      readonly mapping?: SlotRef;
      /** Frames and tables: address space id, high and low part. */
      readonly asid?: { readonly high: number; readonly low: number };
      /** TCBs: a reply capability instead of one to the thread. */
      readonly reply?: "reply" | "master_reply";
    }
  | { readonly kind: "irq_control" | "asid_control" | "domain" }
  | { readonly kind: "sched_control"; readonly core: number };

/** Slots of a TCB in a specification. */
export const TcbSlotNumber = {
  cspace: 0,
  vspace: 1,
  reply: 2,
  caller: 3,
  ipcBuffer: 4,
  faultEp: 5,
  sc: 6,
  tempFaultEp: 7,
  boundNotification: 8,
  boundVcpu: 9,
} as const;

/** Rights bits of {@link SpecCap}, as in `seL4_CapRights`. */
export const SpecRight = { write: 1, read: 2, grant: 4, grantReply: 8 } as const;
