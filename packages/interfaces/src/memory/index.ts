import { enumIndex, type Schema, seq, struct, u8, unitEnum, usize } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `MemoryManagerError` */
export const MemoryManagerError = {
  Success: 0,
  SerializeFailed: 1,
  DeserializeFailed: 2,
  ObjCountInvalid: 3,
  ObjTypeInvalid: 4,
  ObjCapInvalid: 5,
  CapAllocFailed: 6,
  UnknownError: 7,
  AllocFailed: 8,
  FreeFailed: 9,
  /** The system's description does not allow it this client. Not CantripOS's, and no answer to a request of CantripOS's. */
  NotPermitted: 10,
} as const;
export type MemoryManagerError = (typeof MemoryManagerError)[keyof typeof MemoryManagerError];

/** What clients may be allowed beyond the usual. */
export const MemoryPrivilege = {
  /** To have device memory. */
  DeviceMemory: "device-memory",
} as const;

/** Largest number of an object type of riscv32 MCS, `seL4_RISCV_PageTableObject`. */
const RISCV32_OBJECT_TYPES: readonly number[] = [9];

/** A run of objects of one type, with their capabilities in consecutive slots. */
export interface ObjDesc {
  /** `seL4_ObjectType` */
  readonly type: number;
  /** Number of objects; log2 of the size for CNodes (slots), untypeds and scheduling contexts (bytes), which come singly. */
  readonly count: number;
  /** First slot. */
  readonly cptr: number;
}

/** Objects whose capabilities are in one CNode. */
export interface ObjDescBundle {
  readonly cnode: number;
  /** Depth at which the slots resolve. */
  readonly depth: number;
  readonly objs: readonly ObjDesc[];
}

/**
 * `ObjDescBundle` on the wire, of a kernel whose object types have these numbers (the values of a profile's `objectType`
 * in `@cantrip/sel4-config`). They are the types of `seL4_Untyped_Retype` and the variants of `seL4_ObjectType`, which
 * depend on the kernel's configuration; others are refused.
 */
export function objDescBundleFor(objectTypes: readonly number[]): Schema<ObjDescBundle> {
  const type = enumIndex(Math.max(...objectTypes) + 1);
  return struct({
    cnode: usize,
    depth: u8,
    objs: seq(struct({ type, count: usize, cptr: usize })),
  });
}

/** `ObjDescBundle` on the wire of CantripOS's kernel. */
export const objDescBundle: Schema<ObjDescBundle> = objDescBundleFor(RISCV32_OBJECT_TYPES);

/** `MemoryLifetime` */
export type MemoryLifetime = "Short" | "Medium" | "Static";

/** Figures of the memory manager, in the order of the wire; bytes and counts. */
export interface MemoryManagerStats {
  readonly allocatedBytes: number;
  readonly freeBytes: number;
  readonly totalRequestedBytes: number;
  readonly overheadBytes: number;
  readonly allocatedObjs: number;
  readonly totalRequestedObjs: number;
  readonly untypedSlabTooSmall: number;
  readonly outOfMemory: number;
}

const stats: Schema<MemoryManagerStats> = struct({
  allocatedBytes: usize,
  freeBytes: usize,
  totalRequestedBytes: usize,
  overheadBytes: usize,
  allocatedObjs: usize,
  totalRequestedObjs: usize,
  untypedSlabTooSmall: usize,
  outOfMemory: usize,
});

/** An allocation. */
export interface AllocRequest {
  readonly bundle: ObjDescBundle;
  readonly lifetime: MemoryLifetime;
}

/** Device memory. An addition to CantripOS's requests. */
export interface AllocDeviceRequest {
  /** Frames of one type, or untypeds of one size: their memory is consecutive. */
  readonly bundle: ObjDescBundle;
  /** Physical address of the first object's first byte; a multiple of the object's size. */
  readonly paddr: number;
}

/** What a client of the memory manager has; bytes and counts. */
export interface ClientUsage {
  /** Badge of its endpoint capability. */
  readonly client: number;
  readonly bytes: number;
  readonly objects: number;
  /** CNodes, as the client names them, in which it has objects. */
  readonly containers: number;
}

/** How the memory is used. An addition to CantripOS's requests. */
export interface MemoryUsage {
  /** Pieces that the free memory is in. */
  readonly freeBlocks: number;
  readonly largestFreeBytes: number;
  /** Bytes of blocks in use that hold no object: lost until the block's last object goes. */
  readonly strandedBytes: number;
  /** Bytes of the blocks in use, by the lifetime that was asked for. */
  readonly shortBytes: number;
  readonly mediumBytes: number;
  readonly staticBytes: number;
  /** Device memory that was handed out; it is in no other figure. */
  readonly deviceBytes: number;
  /** Clients that have objects, by badge. */
  readonly clients: readonly ClientUsage[];
}

const usage: Schema<MemoryUsage> = struct({
  freeBlocks: usize,
  largestFreeBytes: usize,
  strandedBytes: usize,
  shortBytes: usize,
  mediumBytes: usize,
  staticBytes: usize,
  deviceBytes: usize,
  clients: seq(struct({ client: usize, bytes: usize, objects: usize, containers: usize })),
});

/**
 * `MemoryManagerRequest` over a shared page, for a kernel whose object types have these numbers: see
 * {@link objDescBundleFor}. What follows `Capscan` is not CantripOS's.
 */
export function memoryInterfaceFor(objectTypes: readonly number[]) {
  const bundle = objDescBundleFor(objectTypes);
  const allocRequest: Schema<AllocRequest> = struct({
    bundle,
    lifetime: unitEnum("Short", "Medium", "Static"),
  });
  const allocDeviceRequest: Schema<AllocDeviceRequest> = struct({ bundle, paddr: usize });
  return defineInterface({
    name: "memory",
    transport: "shared",
    requestSize: 2048,
    requests: {
      Alloc: { payload: allocRequest, requestCap: true },
      Free: { payload: bundle, requestCap: true },
      Stats: { reply: struct({ value: stats }) },
      Debug: {},
      Capscan: {},
      AllocDevice: { payload: allocDeviceRequest, requestCap: true },
      Usage: { reply: struct({ value: usage }) },
    },
    errors: MemoryManagerError,
    serializeFailed: MemoryManagerError.SerializeFailed,
    deserializeFailed: MemoryManagerError.DeserializeFailed,
    unknownError: MemoryManagerError.UnknownError,
  });
}

/** `MemoryManagerRequest` of CantripOS's kernel. */
export const memoryInterface = memoryInterfaceFor(RISCV32_OBJECT_TYPES);
