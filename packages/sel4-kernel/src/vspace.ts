import { powerOfTwo } from "@cantrip/sel4-config";
import { ErrorCode, messageInfo } from "@cantrip/sel4-sys";
import type { InvocationArgs } from "./args.ts";
import { frameAt, tableAt } from "./changed-cap.ts";
import { maskVmRights } from "./derive.ts";
import { hasChildren, isFinalCapability, cteInsert } from "./slots.ts";
import { ensureEmptySlot, lookupSlotForCNodeOp, capOf } from "./lookup.ts";
import {
  AsidPool,
  type AsidPoolCap,
  CapType,
  type FrameCap,
  type PageTableCap,
  setWord,
  type Slot,
  type Tcb,
  TcbSlot,
  VmRights,
} from "./objects.ts";
import {
  entryOfTable,
  leafPte,
  PAGE_BITS,
  PTE_LEAF,
  PTE_VALID,
  paddrOf,
  readEntry,
  tablePte,
  walk,
  writeEntry,
} from "./page-tables.ts";
import { Exception, type KernelState } from "./state.ts";
import { refuse, refuseArgument, refuseCap, refuseLookup } from "./syscall-error.ts";

/** `a1`, `a2`: message info and first word of an answer. */
const INFO_REGISTER = 11;
const MESSAGE_REGISTER = 12;
/** Root table of an ASID; 0 when there is none. A pool has a power of two entries. */
export function findRoot(kernel: KernelState, asid: number): number {
  const { asidPoolEntries } = kernel.config.settings;
  const pool = kernel.asidPools[asid >>> (31 - Math.clz32(asidPoolEntries))];
  return pool?.roots[asid & (asidPoolEntries - 1)] ?? 0;
}

/** Removes the mapping of a frame capability, if its entry is still there. */
export function unmapPage(kernel: KernelState, cap: FrameCap): void {
  const root = findRoot(kernel, cap.asid);
  if (root === 0) return;
  const { entry, bitsLeft } = walk(kernel, root, cap.vaddr);
  const pte = readEntry(kernel, entry);
  if (bitsLeft !== cap.sizeBits || (pte & PTE_LEAF) === 0 || paddrOf(pte) !== cap.paddr) return;
  writeEntry(kernel, entry, 0);
  kernel.port.fence();
}

/** Removes a table from the one above it. */
function unmapPageTable(kernel: KernelState, cap: PageTableCap): void {
  const root = findRoot(kernel, cap.asid);
  if (root === 0) return;
  const entry = entryOfTable(kernel, root, cap.vaddr, cap.paddr);
  if (entry === undefined) return;
  writeEntry(kernel, entry, 0);
  kernel.port.fence();
}

/** The last capability of a page table is gone: nothing is mapped through it any more. */
export function deletePageTable(kernel: KernelState, cap: PageTableCap): void {
  const { asidPoolEntries } = kernel.config.settings;
  const pool = kernel.asidPools[Math.floor(cap.asid / asidPoolEntries)];
  if (pool?.roots[cap.asid % asidPoolEntries] !== cap.paddr) {
    unmapPageTable(kernel, cap);
    return;
  }
  pool.roots[cap.asid % asidPoolEntries] = 0;
  kernel.port.fence();
  setVmRoot(kernel, kernel.current);
}

/** A pool is gone, and every address space in it. */
export function deleteAsidPool(kernel: KernelState, pool: AsidPool): void {
  kernel.asidPools[pool.index] = null;
  kernel.port.fence();
  setVmRoot(kernel, kernel.current);
}

/** Switches to a thread's address space; one without any can only fault (`setVMRoot`). */
export function setVmRoot(kernel: KernelState, tcb: Tcb): void {
  const cap = capOf(tcb, TcbSlot.VTable);
  if (cap.type === CapType.PageTable && cap.isMapped && findRoot(kernel, cap.asid) === cap.paddr) {
    kernel.port.setRootTable(cap.paddr, cap.asid);
  } else {
    kernel.port.setRootTable(kernel.globalRoot, 0);
  }
}

/** Physical address of a thread's IPC buffer; 0 when it has none with the right access (`lookupIPCBuffer`). */
export function lookupIpcBuffer(tcb: Tcb, isReceiver: boolean): number {
  const cap = capOf(tcb, TcbSlot.Buffer);
  if (cap.type !== CapType.Frame || cap.isDevice) return 0;
  const isUsable =
    cap.rights === VmRights.ReadWrite || (!isReceiver && cap.rights === VmRights.ReadOnly);
  if (!isUsable) return 0;
  return cap.paddr + (tcb.ipcBuffer & ~(-1 << cap.sizeBits));
}

/** `seL4_RISCV_PageTable_Map` and `Unmap`. */
export function invokePageTable(
  kernel: KernelState,
  label: number,
  slot: Slot,
  cap: PageTableCap,
  args: InvocationArgs,
): Exception {
  const { label: labels, settings } = kernel.config;
  if (label === labels.riscvPageTableUnmap) {
    if (!isFinalCapability(slot)) return refuse(kernel, ErrorCode.RevokeFirst);
    if (cap.isMapped && findRoot(kernel, cap.asid) === cap.paddr)
      return refuse(kernel, ErrorCode.RevokeFirst);
    if (cap.isMapped) {
      unmapPageTable(kernel, cap);
      kernel.port.clearMemory(cap.paddr, 4096);
    }
    slot.cap = tableAt(cap, false, 0, 0);
    return Exception.None;
  }
  if (label !== labels.riscvPageTableMap) return refuse(kernel, ErrorCode.IllegalOperation);
  const rootSlot = args.extra(0);
  if (args.length < 2 || rootSlot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  if (cap.isMapped) return refuseCap(kernel, 0);
  const root = rootSlot.cap;
  if (root.type !== CapType.PageTable || !root.isMapped) return refuseCap(kernel, 1);
  const vaddr = args.arg(0);
  if (vaddr >= settings.userTop) return refuseArgument(kernel, 0);
  const rootPaddr = findRoot(kernel, root.asid);
  if (rootPaddr === 0) {
    kernel.lookupFailure = { kind: "invalidRoot" };
    return refuseLookup(kernel, false);
  }
  if (rootPaddr !== root.paddr) return refuseCap(kernel, 1);
  const { entry, bitsLeft } = walk(kernel, rootPaddr, vaddr);
  if (bitsLeft === PAGE_BITS || (readEntry(kernel, entry) & PTE_VALID) !== 0)
    return refuse(kernel, ErrorCode.DeleteFirst);
  slot.cap = tableAt(cap, true, root.asid, vaddr - (vaddr % powerOfTwo(bitsLeft)));
  writeEntry(kernel, entry, tablePte(kernel, cap.paddr));
  kernel.port.fence();
  return Exception.None;
}

/** `seL4_RISCV_Page_Map`, `Unmap` and `GetAddress`. */
export function invokePage(
  kernel: KernelState,
  label: number,
  slot: Slot,
  cap: FrameCap,
  args: InvocationArgs,
): Exception {
  const { label: labels } = kernel.config;
  switch (label) {
    case labels.riscvPageMap:
      return mapPage(kernel, slot, cap, args);
    case labels.riscvPageUnmap:
      if (cap.asid !== 0) unmapPage(kernel, cap);
      slot.cap = frameAt(cap, 0, 0);
      return Exception.None;
    case labels.riscvPageGetAddress:
      answerAddress(kernel, cap.paddr, args);
      return Exception.None;
    default:
      return refuse(kernel, ErrorCode.IllegalOperation);
  }
}

function answerAddress(kernel: KernelState, paddr: number, args: InvocationArgs): void {
  if (kernel.config.checks.answersCallsWithLength) {
    args.reply.push(paddr);
    return;
  }
  const { context } = kernel.current;
  setWord(context, MESSAGE_REGISTER, paddr);
  setWord(context, INFO_REGISTER, messageInfo(0, 1));
}

function mapPage(kernel: KernelState, slot: Slot, cap: FrameCap, args: InvocationArgs): Exception {
  const rootSlot = args.extra(0);
  if (args.length < 3 || rootSlot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const vaddr = args.arg(0);
  const rights = args.low(1);
  const executeNever = (args.low(2) & 1) !== 0;
  const root = rootSlot.cap;
  if (root.type !== CapType.PageTable || !root.isMapped) return refuseCap(kernel, 1);
  const rootPaddr = findRoot(kernel, root.asid);
  if (rootPaddr === 0) {
    kernel.lookupFailure = { kind: "invalidRoot" };
    return refuseLookup(kernel, false);
  }
  if (rootPaddr !== root.paddr) return refuseCap(kernel, 1);
  if (lastAddress(kernel, args, cap.sizeBits) >= kernel.config.settings.userTop)
    return refuseArgument(kernel, 0);
  if ((args.low(0) & (powerOfTwo(cap.sizeBits) - 1)) !== 0)
    return refuse(kernel, ErrorCode.AlignmentError);
  const { entry, bitsLeft } = walk(kernel, rootPaddr, vaddr);
  if (bitsLeft !== cap.sizeBits) {
    kernel.lookupFailure = { kind: "missingCapability", bitsLeft };
    return refuseLookup(kernel, false);
  }
  const pte = readEntry(kernel, entry);
  if (cap.asid !== 0) {
    if (cap.asid !== root.asid) return refuseCap(kernel, 1);
    // The walk does not end at an entry that names a table.
    if (cap.vaddr !== vaddr) return refuseArgument(kernel, 0);
  } else if ((pte & PTE_VALID) !== 0) {
    return refuse(kernel, ErrorCode.DeleteFirst);
  }
  slot.cap = frameAt(cap, root.asid, vaddr);
  writeEntry(kernel, entry, leafPte(cap.paddr, maskVmRights(cap.rights, rights), executeNever));
  kernel.port.fence();
  return Exception.None;
}

/** Last address of a page that begins at the first argument. It wraps around, as in the C kernel: what does is not aligned. */
function lastAddress({ is64 }: KernelState, args: InvocationArgs, sizeBits: number): number {
  const last = args.low(0) + powerOfTwo(sizeBits) - 1;
  if (!is64) return last >>> 0;
  const high = (args.high(0) + Math.floor(last / 2 ** 32)) >>> 0;
  return high * 2 ** 32 + (last >>> 0);
}

/** Maps a page of the initial task at boot: readable, writable and executable, as the kernel does. */
export function mapBootPage(kernel: KernelState, root: number, paddr: number, vaddr: number): void {
  const { entry } = walk(kernel, root, vaddr);
  writeEntry(kernel, entry, leafPte(paddr, VmRights.ReadWrite, false));
}

/** Puts a table of the initial task in its place at boot: those above it are there. */
export function mapBootTable(
  kernel: KernelState,
  root: number,
  table: number,
  vaddr: number,
): void {
  writeEntry(kernel, walk(kernel, root, vaddr).entry, tablePte(kernel, table));
}

/** `seL4_RISCV_ASIDControl_MakePool` */
export function invokeAsidControl(
  kernel: KernelState,
  label: number,
  args: InvocationArgs,
): Exception {
  if (label !== kernel.config.label.riscvASIDControlMakePool)
    return refuse(kernel, ErrorCode.IllegalOperation);
  const untypedSlot = args.extra(0);
  const rootSlot = args.extra(1);
  if (args.length < 2 || untypedSlot === undefined || rootSlot === undefined)
    return refuse(kernel, ErrorCode.TruncatedMessage);
  const index = kernel.asidPools.indexOf(null);
  if (index < 0) return refuse(kernel, ErrorCode.DeleteFirst);
  const untyped = untypedSlot.cap;
  if (
    untyped.type !== CapType.Untyped ||
    untyped.sizeBits !== kernel.config.sizeBits.asidPool ||
    untyped.isDevice
  ) {
    return refuseCap(kernel, 1);
  }
  if (hasChildren(untypedSlot)) return refuse(kernel, ErrorCode.RevokeFirst);
  const destination = lookupSlotForCNodeOp(kernel, false, rootSlot.cap, args, 0);
  if (destination === null || !ensureEmptySlot(kernel, destination)) return Exception.SyscallError;
  kernel.port.clearMemory(untyped.paddr, 4096);
  untyped.freeBytes = powerOfTwo(untyped.sizeBits);
  const pool = new AsidPool(untyped.paddr, index, kernel.config.settings.asidPoolEntries);
  kernel.asidPools[index] = pool;
  kernel.objectsByPaddr.set(pool.paddr, pool);
  cteInsert({ type: CapType.AsidPool, object: pool }, untypedSlot, destination);
  return Exception.None;
}

/** `seL4_RISCV_ASIDPool_Assign` */
export function invokeAsidPool(
  kernel: KernelState,
  label: number,
  cap: AsidPoolCap,
  args: InvocationArgs,
): Exception {
  if (label !== kernel.config.label.riscvASIDPoolAssign)
    return refuse(kernel, ErrorCode.IllegalOperation);
  const slot = args.extra(0);
  if (slot === undefined) return refuse(kernel, ErrorCode.TruncatedMessage);
  const table = slot.cap;
  if (table.type !== CapType.PageTable || table.isMapped) return refuseCap(kernel, 1);
  // A pool that has a capability is registered.
  const pool = cap.object;
  // ASID 0 means: not mapped.
  const low = pool.roots.findIndex((root, index) => root === 0 && pool.index + index !== 0);
  if (low < 0) return refuse(kernel, ErrorCode.DeleteFirst);
  assignAsid(kernel, slot, table, pool, low);
  return Exception.None;
}

/** Makes a table the root of an address space. */
export function assignAsid(
  kernel: KernelState,
  slot: Slot,
  table: PageTableCap,
  pool: AsidPool,
  low: number,
): void {
  pool.roots[low] = table.paddr;
  const asid = pool.index * kernel.config.settings.asidPoolEntries + low;
  slot.cap = tableAt(table, true, asid, 0);
}
