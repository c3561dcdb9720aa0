import type { Task } from "@cantrip/hosted";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Loader, UntypedState } from "./loader.ts";

/** What `seL4_Untyped_Retype` makes for an object. */
export interface KernelObject {
  readonly type: number;
  /** As the kernel takes it: log2 of slots or bytes for sized types, else 0. */
  readonly sizeBits: number;
  /** log2 of the bytes that it takes. */
  readonly bits: number;
}

/** Makes one object in a slot and keeps account of the untyped. */
export function* retypeAt(
  loader: Loader,
  untyped: UntypedState,
  { type, sizeBits, bits }: KernelObject,
  slot: number,
): Task<void> {
  yield* loader.sel4.untyped.retype(untyped.slot, {
    type,
    sizeBits,
    root: InitialCap.InitThreadCNode,
    nodeIndex: 0,
    nodeDepth: 0,
    nodeOffset: slot,
    count: 1,
  });
  const bytes = 2 ** bits;
  untyped.used = Math.ceil(untyped.used / bytes) * bytes + bytes;
}
