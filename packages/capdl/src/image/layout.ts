import { type Spec, type SpecObject } from "../spec.ts";

// All fields are little-endian words of 32 bits unless said otherwise; offsets count from the start of the image.
//
// header       magic, version, total length, CRC-32 of everything after it, architecture, number of objects, number of
//              irqs, offset of objects, offset of irqs
// object       kind u8, sizeBits u8, flags u16, name, slots, 9 words that depend on the kind
// name, list   offset and count: of bytes (Latin-1), or of records
// slot         slot, kind u8, rights u8, flags u16, object, data (badge, guard or core), guardSize, mapping container,
//              mapping slot
// fill         kind, destOffset, destLength, name, source offset
// irq          irq, object
// Objects are named by their index.

/** "CDLI" */
export const MAGIC = 0x494c_4443;
export const VERSION = 1;
export const HEADER_BYTES = 36;
/** The CRC covers everything from here on. */
export const CRC_START = 16;
export const OBJECT_BYTES = 56;
export const SLOT_BYTES = 28;
export const FILL_BYTES = 24;
export const IRQ_BYTES = 8;
export const WORD_BYTES = 4;

export const ARCHITECTURES: readonly Spec["arch"][] = [
  "riscv",
  "arm11",
  "aarch64",
  "ia32",
  "x86_64",
];

export const OBJECT_KINDS: readonly SpecObject["kind"][] = [
  "ep",
  "notification",
  "tcb",
  "cnode",
  "ut",
  "frame",
  "pt",
  "sc",
  "rtreply",
  "irq",
  "asid_pool",
];

/** Capabilities by their number in a slot record. */
export const CAP_KINDS = [
  "object",
  "irq_control",
  "asid_control",
  "domain",
  "sched_control",
] as const;

/** Bits of an object's flags. */
export const ObjectFlag = {
  /** cnode */
  HasUntypedMemory: 1,
  /** tcb */
  Resume: 1,
  HasDomain: 2,
  HasFaultEp: 4,
  HasFpuDisabled: 8,
  FpuDisabled: 16,
  HasResume: 32,
  /** frame, ut */
  HasPaddr: 1,
  /** asid_pool */
  HasAsidHigh: 1,
} as const;

/** Bits of a slot's flags: which optional fields are there. */
export const SlotFlag = {
  Rights: 1,
  Badge: 2,
  Guard: 4,
  GuardSize: 8,
  Cached: 16,
  Uncached: 32,
  Mapping: 64,
  Reply: 128,
  MasterReply: 256,
} as const;

/** Kinds of frame fills. */
export const FillKind = { BootInfo: 1, File: 2 } as const;
