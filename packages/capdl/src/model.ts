/**
 * The whole capDL language: every architecture, every kind of object.
 *
 * {@link "./spec.ts"} is the part of it that CantripOS's loaders take, with every field given; each of those
 * specifications is one of these as well. `loaderSpec` goes the other way.
 */

import { type CdtLink, type DomainSchedule, type IrqBinding, type SlotRef } from "./spec.ts";

/** An unsigned number of at most 64 bits: a `bigint` only above 2^53-1. */
export type Word = number | bigint;

/** Architectures by their name in the language. */
export type CapdlArch = "riscv" | "arm11" | "aarch64" | "ia32" | "x86_64";

/** A capability distribution. */
export interface CapdlSpec {
  readonly arch: CapdlArch;
  readonly objects: readonly CapdlObject[];
  readonly irqs: readonly IrqBinding[];
  readonly cdt?: readonly CdtLink[];
  readonly domains?: DomainSchedule<Word>;
}

interface Plain<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
}

interface Container<Kind extends string> extends Plain<Kind> {
  readonly slots: readonly CapdlSlot[];
}

/** An object. */
export type CapdlObject =
  | Plain<"ep" | "notification" | "rtreply" | "vcpu" | "smc" | "streamid">
  | Container<"irq" | "pt" | "pd" | "pdpt" | "pml4" | "pud" | "pgd">
  | CapdlTcb
  | CapdlCNode
  | CapdlUntyped
  | CapdlFrame
  | CapdlSchedContext
  | CapdlAsidPool
  | CapdlIoapicIrq
  | CapdlMsiIrq
  | CapdlArmIrq
  | CapdlSgiSignal
  | CapdlIoPorts
  | CapdlIoDevice
  | CapdlArmIoDevice
  | CapdlIoPageTable
  | CapdlContextBank;

/** Name of a kind of object in the language. */
export type CapdlKind = CapdlObject["kind"];

/** An object that has slots. */
export type CapdlContainer = Extract<CapdlObject, { readonly slots: readonly CapdlSlot[] }>;

/**
 * `tcb`. Either none of `addr`, `ip`, `sp`, `prio`, `maxPrio` and `affinity` is given, or `addr` and `affinity`, or all;
 * `resume` and `fpuDisabled` only with one of the latter two.
 */
export interface CapdlTcb extends Container<"tcb"> {
  /** Virtual address of the IPC buffer. */
  readonly addr?: Word;
  readonly ip?: Word;
  readonly sp?: Word;
  readonly prio?: Word;
  readonly maxPrio?: Word;
  readonly affinity?: Word;
  readonly resume?: boolean;
  readonly fpuDisabled?: boolean;
  /** Default 0. */
  readonly domain?: Word;
  /** CPtr of the fault handler on kernels without MCS. */
  readonly faultEp?: Word;
  readonly init: readonly Word[];
}

/** `cnode (N bits)` */
export interface CapdlCNode extends Container<"cnode"> {
  readonly sizeBits: number;
  /** CantripOS: this CNode receives the untyped memory at hand-over. */
  readonly hasUntypedMemory: boolean;
}

/** `ut (N bits)`; a size of 0 bits: none was given. */
export interface CapdlUntyped extends Plain<"ut"> {
  readonly sizeBits: number;
  readonly paddr?: Word;
  readonly children: readonly string[];
}

/** `frame (4k)` */
export interface CapdlFrame extends Plain<"frame"> {
  readonly sizeBits: number;
  readonly paddr?: Word;
  /** Absent: no `fill:` was written. */
  readonly fill?: readonly CapdlFill[];
}

/** What a frame contains at start. */
export type CapdlFill =
  | {
      readonly kind: "file";
      readonly destOffset: number;
      readonly destLength: number;
      readonly file: string;
      readonly fileOffset: number;
    }
  | {
      readonly kind: "bootinfo";
      readonly destOffset: number;
      readonly destLength: number;
      readonly id: string;
      readonly sourceOffset: number;
    }
  /** Words that are neither: the language takes any. */
  | { readonly kind: "raw"; readonly words: readonly string[] };

/** `sc`; a size of 0 bits: none was given. Period and budget, in microseconds, go together. */
export interface CapdlSchedContext extends Plain<"sc"> {
  readonly sizeBits: number;
  readonly periodUs?: Word;
  readonly budgetUs?: Word;
  readonly data?: Word;
}

/** `asid_pool` */
export interface CapdlAsidPool extends Container<"asid_pool"> {
  readonly asidHigh?: Word;
}

/** `ioapic_irq` */
export interface CapdlIoapicIrq extends Container<"ioapic_irq"> {
  readonly ioapic: Word;
  readonly pin: Word;
  readonly level: Word;
  readonly polarity: Word;
}

/** `msi_irq` */
export interface CapdlMsiIrq extends Container<"msi_irq"> {
  readonly handle: Word;
  readonly pciBus: Word;
  readonly pciDevice: Word;
  readonly pciFunction: Word;
}

/** `arm_irq` */
export interface CapdlArmIrq extends Container<"arm_irq"> {
  readonly trigger: "level" | "edge";
  readonly target: Word;
}

/** `arm_sgi_signal` */
export interface CapdlSgiSignal extends Plain<"arm_sgi_signal"> {
  readonly irq: Word;
  readonly target: Word;
}

/** `io_ports`: both ends are included. */
export interface CapdlIoPorts extends Plain<"io_ports"> {
  readonly start: Word;
  readonly end: Word;
}

/** `io_device` */
export interface CapdlIoDevice extends Container<"io_device"> {
  readonly domainId: Word;
  readonly pciBus: Word;
  readonly pciDevice: Word;
  readonly pciFunction: Word;
}

/** `arm_io_device` */
export interface CapdlArmIoDevice extends Container<"arm_io_device"> {
  readonly iospace: Word;
}

/** `io_pt` */
export interface CapdlIoPageTable extends Container<"io_pt"> {
  readonly level: Word;
}

/** `contextbank` */
export interface CapdlContextBank extends Plain<"contextbank"> {
  readonly bank?: Word;
}

/** A filled slot. */
export interface CapdlSlot {
  readonly slot: number;
  readonly cap: CapdlCap;
}

/** A capability to an object. */
export interface CapdlObjectCap {
  readonly kind: "object";
  readonly object: string;
  /** Bits: write 1, read 2, grant 4, grantReply 8. Absent: none were written. */
  readonly rights?: number;
  readonly badge?: Word;
  readonly guard?: Word;
  readonly guardSize?: Word;
  readonly cached?: boolean;
  readonly mapping?: SlotRef;
  readonly asid?: { readonly high: Word; readonly low: Word };
  readonly reply?: "reply" | "master_reply";
}

/** A capability. */
export type CapdlCap =
  | CapdlObjectCap
  | { readonly kind: "irq_control" | "asid_control" | "domain" | "io_space_master" }
  | { readonly kind: "sched_control"; readonly core: Word };

/** Whether an object has slots. */
export function hasSlots(object: CapdlObject): object is CapdlContainer {
  return "slots" in object;
}
