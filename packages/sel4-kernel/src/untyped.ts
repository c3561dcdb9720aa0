import { powerOfTwo } from "@cantrip/sel4-config";
import { ErrorCode } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { ensureEmptySlot, ensureNoChildren, lookupSlotForCNodeOp, slotAt } from "./lookup.ts";
import { MessageWords } from "./message-words.ts";
import { writeWords } from "./message.ts";
import {
  type Cap,
  type KernelObject,
  CapType,
  CNode,
  type CNodeCap,
  Endpoint,
  Notification,
  Reply,
  Right,
  SchedContext,
  type Slot,
  Tcb,
  type UntypedCap,
  VmRights,
} from "./objects.ts";
import { preemptionPoint } from "./preemption.ts";
import { insertNewCap } from "./slots.ts";
import { Exception, type KernelState } from "./state.ts";
import {
  refuse,
  refuseArgument,
  refuseLookup,
  refuseMemory,
  refuseRange,
} from "./syscall-error.ts";
import { registerThread } from "./thread.ts";

/** log2 of the bytes of an object, or `undefined` for an unknown type (`getObjectSize`). */
function objectSizeBits(
  kernel: KernelState,
  type: number,
  userSizeBits: number,
): number | undefined {
  const { objectType, sizeBits } = kernel.config;
  switch (type) {
    case objectType.untyped:
    case objectType.schedContext:
      return userSizeBits;
    case objectType.tcb:
      return sizeBits.tcb;
    case objectType.endpoint:
      return sizeBits.endpoint;
    case objectType.notification:
      return sizeBits.notification;
    case objectType.capTable:
      return sizeBits.slot + userSizeBits;
    case objectType.reply:
      return sizeBits.reply;
    case objectType.page4K:
      return sizeBits.page4K;
    case objectType.megaPage:
      return sizeBits.megaPage;
    case objectType.gigaPage:
      return sizeBits.gigaPage;
    case objectType.pageTable:
      return sizeBits.pageTable;
    default:
      return undefined;
  }
}

function remember<T extends CNode | Endpoint | Notification | Reply | SchedContext | Tcb>(
  kernel: KernelState,
  object: T,
): T {
  kernel.objectsByPaddr.set(object.paddr, object);
  return object;
}

/** Makes an object and its capability (`createNewObjects` for one). */
export function createObject(
  kernel: KernelState,
  type: number,
  paddr: number,
  userSizeBits: number,
  isDevice: boolean,
): Cap {
  const { objectType } = kernel.config;
  switch (type) {
    case objectType.untyped:
      return { type: CapType.Untyped, paddr, sizeBits: userSizeBits, isDevice, freeBytes: 0 };
    case objectType.tcb: {
      const tcb = remember(kernel, new Tcb(paddr, kernel.contexts.take()));
      tcb.domain = kernel.scheduler.currentDomain;
      registerThread(kernel, tcb);
      return { type: CapType.Thread, object: tcb };
    }
    case objectType.endpoint:
      return {
        type: CapType.Endpoint,
        object: remember(kernel, new Endpoint(paddr)),
        badge: 0,
        badgeHigh: 0,
        rights: Right.All,
      };
    case objectType.notification:
      return {
        type: CapType.Notification,
        object: remember(kernel, new Notification(paddr)),
        badge: 0,
        badgeHigh: 0,
        rights: Right.Read | Right.Write,
      };
    case objectType.capTable:
      return {
        type: CapType.CNode,
        object: remember(kernel, new CNode(paddr, userSizeBits)),
        guard: 0,
        guardHigh: 0,
        guardSize: 0,
      };
    case objectType.schedContext:
      return {
        type: CapType.SchedContext,
        object: remember(kernel, new SchedContext(paddr, userSizeBits)),
      };
    case objectType.reply:
      return { type: CapType.Reply, object: remember(kernel, new Reply(paddr)), canGrant: true };
    case objectType.page4K:
    case objectType.megaPage:
    case objectType.gigaPage:
      return {
        type: CapType.Frame,
        paddr,
        sizeBits: objectSizeBits(kernel, type, userSizeBits) ?? 0,
        rights: VmRights.ReadWrite,
        isDevice,
        asid: 0,
        vaddr: 0,
      };
    default:
      return { type: CapType.PageTable, paddr, isMapped: false, asid: 0, vaddr: 0 };
  }
}

/** `seL4_Untyped_Retype` and, on the CantripOS fork, `seL4_Untyped_Describe`. */
export function invokeUntyped(
  kernel: KernelState,
  label: number,
  slot: Slot,
  cap: UntypedCap,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  if (labels.untypedDescribe !== undefined && label === labels.untypedDescribe) {
    const free = ensureNoChildren(kernel, slot) ? 0 : cap.freeBytes;
    // Written whether or not anybody waits for an answer.
    const words = new MessageWords(powerOfTwo(cap.sizeBits) - free, cap.sizeBits);
    writeWords(kernel, kernel.current, 0, words);
    args.isAnswered = true;
    return Exception.None;
  }
  if (label !== labels.untypedRetype) return refuse(kernel, ErrorCode.IllegalOperation);
  return decodeRetype(kernel, slot, cap, args);
}

function decodeRetype(
  kernel: KernelState,
  slot: Slot,
  cap: UntypedCap,
  args: InvocationArgs,
): Exception {
  const { objectType, sizeBits, settings, wordBits } = kernel.config;
  const rootSlot = args.extra(0);
  if (args.length < 6 || rootSlot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const type = args.arg(0);
  const userSizeBits = args.arg(1);
  const objectBits = objectSizeBits(kernel, type, userSizeBits);
  if (objectBits === undefined) return refuseArgument(kernel, 0);
  if (userSizeBits >= wordBits || objectBits > sizeBits.maxUntyped)
    return refuseRange(kernel, 0, sizeBits.maxUntyped);
  if (type === objectType.capTable && userSizeBits === 0) return refuseArgument(kernel, 1);
  if (type === objectType.untyped && userSizeBits < sizeBits.minUntyped)
    return refuseArgument(kernel, 1);
  if (type === objectType.schedContext && userSizeBits < sizeBits.minSchedContext)
    return refuseArgument(kernel, 1);

  const node = destinationNode(kernel, rootSlot.cap, args);
  if (node === null) return Exception.SyscallError;
  const { slots } = node.object;
  const offset = args.arg(4);
  const count = args.arg(5);
  if (offset > slots.length - 1) return refuseRange(kernel, 0, slots.length - 1);
  if (count < 1 || count > settings.retypeFanOutLimit)
    return refuseRange(kernel, 1, settings.retypeFanOutLimit);
  if (count > slots.length - offset) return refuseRange(kernel, 1, slots.length - offset);
  for (let index = 0; index < count; index++) {
    if (!ensureEmptySlot(kernel, slotAt(slots, offset + index))) return Exception.SyscallError;
  }
  const isFresh = ensureNoChildren(kernel, slot);
  const used = isFresh ? 0 : cap.freeBytes;
  const free = powerOfTwo(cap.sizeBits) - used;
  if (Math.floor(free / powerOfTwo(objectBits)) < count) return refuseMemory(kernel, free);
  const { page4K, megaPage, gigaPage } = objectType;
  const isFrame = type === page4K || type === megaPage || type === gigaPage;
  if (cap.isDevice && !isFrame && type !== objectType.untyped) return refuseArgument(kernel, 1);
  if (isFresh && cap.freeBytes !== 0) {
    const reset = resetUntyped(kernel, cap);
    if (reset !== Exception.None) return reset;
  }
  carve(kernel, slot, cap, { type, userSizeBits, objectBits, node, offset, count });
  return Exception.None;
}

function destinationNode(kernel: KernelState, root: Cap, args: InvocationArgs): CNodeCap | null {
  const depth = args.arg(3);
  let cap: Cap = root;
  if (depth !== 0) {
    const found = lookupSlotForCNodeOp(kernel, false, root, args, 2);
    if (found === null) return null;
    ({ cap } = found);
  }
  if (cap.type !== CapType.CNode) {
    kernel.lookupFailure = { kind: "missingCapability", bitsLeft: depth };
    refuseLookup(kernel, false);
    return null;
  }
  return cap;
}

/**
 * Bytes that are cleared at once when an untyped is reset, ahead of the pre-emption points: whoever could look at what is
 * not counted as cleared yet would need something that was made of it, and nothing is.
 */
const CLEARED_BYTES = 16_384;

/** Clears an untyped whose children are all gone, from the top down, so that it can be pre-empted (`resetUntypedCap`). */
function resetUntyped(kernel: KernelState, cap: UntypedCap): Exception {
  if (cap.isDevice) {
    cap.freeBytes = 0;
    return Exception.None;
  }
  const chunk = powerOfTwo(kernel.config.settings.resetChunkBits);
  if (powerOfTwo(cap.sizeBits) < chunk) {
    kernel.port.clearMemory(cap.paddr, powerOfTwo(cap.sizeBits));
    cap.freeBytes = 0;
    return Exception.None;
  }
  let offset = Math.floor((cap.freeBytes - 1) / chunk) * chunk;
  let cleared = offset + chunk;
  while (offset >= 0) {
    if (offset < cleared) {
      const start = Math.max(0, cleared - CLEARED_BYTES);
      kernel.port.clearMemory(cap.paddr + start, cleared - start);
      cleared = start;
    }
    kernel.port.charge(kernel.config.costs.resetChunk);
    cap.freeBytes = offset;
    offset -= chunk;
    const preempted = preemptionPoint(kernel);
    if (preempted !== Exception.None) return preempted;
  }
  return Exception.None;
}

function carve(
  kernel: KernelState,
  slot: Slot,
  cap: UntypedCap,
  what: {
    readonly type: number;
    readonly userSizeBits: number;
    readonly objectBits: number;
    readonly node: CNodeCap;
    readonly offset: number;
    readonly count: number;
  },
): void {
  const bytes = powerOfTwo(what.objectBits);
  const start = Math.ceil((cap.paddr + cap.freeBytes) / bytes) * bytes;
  for (let index = 0; index < what.count; index++) {
    const destination = slotAt(what.node.object.slots, what.offset + index);
    const object = createObject(
      kernel,
      what.type,
      start + index * bytes,
      what.userSizeBits,
      cap.isDevice,
    );
    insertNewCap(slot, destination, object);
  }
  cap.freeBytes = start + what.count * bytes - cap.paddr;
}

/** Bytes that a live object occupies. */
export function objectBytes(kernel: KernelState, object: KernelObject): number {
  const { sizeBits } = kernel.config;
  switch (object.kind) {
    case "cnode":
      return powerOfTwo(sizeBits.slot) * object.slots.length;
    case "tcb":
      return powerOfTwo(sizeBits.tcb);
    case "schedContext":
      return powerOfTwo(object.sizeBits);
    case "notification":
      return powerOfTwo(sizeBits.notification);
    case "endpoint":
      return powerOfTwo(sizeBits.endpoint);
    case "reply":
      return powerOfTwo(sizeBits.reply);
    case "asidPool":
      return powerOfTwo(sizeBits.asidPool);
  }
}
