import { powerOfTwo } from "@cantrip/sel4-config";
import { InitialCap } from "@cantrip/sel4-sys";
import {
  type BootSlots,
  type BootUntyped,
  extraPages,
  type SlotRange,
  writeBootInfo,
  writeExtraBootInfo,
} from "./boot-info.ts";
import { type BootLayout, layOutBoot, PAGE_BYTES, tableWindows } from "./boot-layout.ts";
import { align, cutRegion, type Piece, type Region } from "./boot-regions.ts";
import { KernelInvariantError } from "./errors.ts";
import type { InitialTask } from "./initial-task.ts";
import {
  AsidPool,
  type Cap,
  CapType,
  CNode,
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  type PageTableCap,
  SchedContext,
  setWord,
  type Slot,
  type Tcb,
  TcbSlot,
  ThreadState,
  VmRights,
} from "./objects.ts";
import { newRefills } from "./refills.ts";
import { cteInsert, hasChildren, insertNewCap, insertRootCap } from "./slots.ts";
import type { KernelState } from "./state.ts";
import { createObject } from "./untyped.ts";
import { assignAsid, mapBootPage, mapBootTable, setVmRoot } from "./vspace.ts";

const PAGE_BITS = 12;
const A0 = 10;
const IT_ASID_LOW = 1;
const PRIORITY = 255;
/** Entries that CantripOS's kernel adds to the list of untypeds without counting: the root CNode's and its boot code's. */
const UNCOUNTED_UNTYPEDS = 2;

/** Makes the initial task: the rest of the kernel's boot after the image was loaded (`init_kernel`). */
export function bootInitialTask(kernel: KernelState, task: InitialTask): void {
  new InitialTaskBuilder(kernel, task).build();
}

/** Builds the initial task step by step; kept together because slots are handed out in order. */
class InitialTaskBuilder {
  readonly #kernel: KernelState;
  readonly #task: InitialTask;
  readonly #layout: BootLayout;
  readonly #cnode: CNode;
  readonly #untypeds: BootUntyped[] = [];
  #nextSlot: number;
  /** Index of the untyped that CantripOS's kernel takes the initial task's objects from; it never goes back. */
  #source = 0;

  constructor(kernel: KernelState, task: InitialTask) {
    this.#kernel = kernel;
    this.#task = task;
    kernel.imageMemory = { base: task.image.paddr, size: task.image.size };
    const { config, platform } = kernel;
    this.#layout = layOutBoot(config, platform, task);
    this.#cnode = new CNode(this.#layout.rootserver.cnode, config.settings.rootCNodeSizeBits);
    this.#nextSlot = config.numInitialCaps;
  }

  build(): void {
    const { config, port, platform } = this.#kernel;
    const { block } = this.#layout.rootserver;
    port.clearMemory(block.start, block.end - block.start);
    // The kernel's own root table is part of its image.
    const globalRoot = platform.kernelImage.base + platform.kernelImage.size - PAGE_BYTES;
    port.clearMemory(globalRoot, PAGE_BYTES);
    this.#kernel.globalRoot = globalRoot;
    const cnodeSlot = this.#root(InitialCap.InitThreadCNode, {
      type: CapType.CNode,
      object: this.#cnode,
      guard: 0,
      guardHigh: 0,
      guardSize: config.wordBits - config.settings.rootCNodeSizeBits,
    });
    this.#kernel.objectsByPaddr.set(this.#cnode.paddr, this.#cnode);
    this.#root(InitialCap.IrqControl, { type: CapType.IrqControl });
    this.#root(InitialCap.AsidControl, { type: CapType.AsidControl });
    this.#root(InitialCap.Domain, { type: CapType.Domain });
    writeExtraBootInfo(this.#kernel, this.#layout, this.#task);
    let slots: BootSlots;
    if (config.cantripFork) {
      const untyped = this.#range(() => {
        this.#createForkUntypeds(cnodeSlot);
      });
      slots = { ...this.#createTask(), untyped, empty: this.#empty() };
      this.#createBootCodeUntyped(untyped[1] - 1);
    } else {
      const made = this.#createTask();
      const untyped = this.#range(() => {
        this.#createUntypeds();
      });
      slots = { ...made, untyped, empty: this.#empty() };
    }
    writeBootInfo(this.#kernel, this.#layout, slots, this.#untypeds);
  }

  #slot(index: number): Slot {
    const slot = this.#cnode.slots[index];
    if (slot === undefined)
      throw new KernelInvariantError(`the root CNode has no slot ${index}: it is too small`);
    return slot;
  }

  #root(index: number, cap: Cap): Slot {
    const slot = this.#slot(index);
    insertRootCap(slot, cap);
    return slot;
  }

  #provide(cap: Cap): Slot {
    return this.#root(this.#nextSlot++, cap);
  }

  /** The slots that an action takes. */
  #range(action: () => void): SlotRange {
    const start = this.#nextSlot;
    action();
    return [start, this.#nextSlot];
  }

  #empty(): SlotRange {
    return [this.#nextSlot, this.#cnode.slots.length];
  }

  /** Upstream's untypeds come last, and the initial task's objects are in none of them. */
  #createUntypeds(): void {
    const { devices, bootCode, free } = this.#layout;
    for (const region of devices) this.#addRegion(region, true, false);
    for (const region of [bootCode, ...free]) this.#addRegion(region, false, false);
  }

  /** CantripOS's untypeds come first, so that the initial task can be made of them and be given back later. */
  #createForkUntypeds(cnodeSlot: Slot): void {
    const { devices, image, free, rootserver } = this.#layout;
    for (const region of devices) this.#addRegion(region, true, false);
    this.#addRegion(image, false, true);
    this.#source = this.#untypeds.length;
    for (const region of free) this.#addRegion(region, false, false);
    // The root CNode is a child of an untyped of its own.
    const { config } = this.#kernel;
    const sizeBits = config.settings.rootCNodeSizeBits + config.sizeBits.slot;
    const parent = this.#addUntyped({ paddr: rootserver.cnode, sizeBits }, false, true);
    insertNewCap(parent, cnodeSlot, cnodeSlot.cap);
    // Where the untyped of the boot code will be.
    this.#slot(this.#nextSlot++);
  }

  /** What of the boot code is one untyped; the C kernel writes those of the rest over the slots that follow. */
  #createBootCodeUntyped(index: number): void {
    const [piece] = this.#cut(this.#layout.bootCode);
    if (piece === undefined) return;
    const slot = this.#slot(index);
    insertRootCap(slot, unusedUntyped(piece, false));
    this.#untypeds.push({ ...piece, isDevice: false, isTainted: false, slot });
  }

  #cut(region: Region): Piece[] {
    return cutRegion(region, this.#layout.window, this.#kernel.config.sizeBits);
  }

  #addRegion(region: Region, isDevice: boolean, isTainted: boolean): void {
    const { settings, cantripFork } = this.#kernel.config;
    const most = settings.maxNumBootInfoUntypedCaps - (cantripFork ? UNCOUNTED_UNTYPEDS : 0);
    for (const piece of this.#cut(region)) {
      if (this.#untypeds.length >= most) return;
      this.#addUntyped(piece, isDevice, isTainted);
    }
  }

  #addUntyped(piece: Piece, isDevice: boolean, isTainted: boolean): Slot {
    const slot = this.#provide(unusedUntyped(piece, isDevice));
    this.#untypeds.push({ ...piece, isDevice, isTainted, slot });
    return slot;
  }

  /**
   * Makes an object of the initial task.
   *
   * @param paddr - where upstream has it; CantripOS's kernel takes it out of an ordinary untyped
   */
  #make(
    type: number,
    { userSizeBits = 0, sizeBits }: { readonly userSizeBits?: number; readonly sizeBits: number },
    slot: Slot,
    paddr: number | undefined,
  ): Cap {
    const kernel = this.#kernel;
    if (paddr === undefined) return this.#makeFromUntyped(type, { userSizeBits, sizeBits }, slot);
    const cap = createObject(kernel, type, paddr, userSizeBits, false);
    insertRootCap(slot, cap);
    return cap;
  }

  #makeFromUntyped(
    type: number,
    { userSizeBits, sizeBits }: { readonly userSizeBits: number; readonly sizeBits: number },
    slot: Slot,
  ): Cap {
    const bytes = powerOfTwo(sizeBits);
    while (freeBytes(this.#untypeds[this.#source]) < bytes) this.#source++;
    const source = this.#untypeds[this.#source];
    const untyped = source?.slot.cap;
    if (source === undefined || untyped?.type !== CapType.Untyped)
      throw new KernelInvariantError("no memory for the initial task's objects");
    source.isTainted = true;
    const isFirst = !hasChildren(source.slot);
    if (isFirst) this.#kernel.port.clearMemory(untyped.paddr, powerOfTwo(untyped.sizeBits));
    const paddr = align(untyped.paddr + (isFirst ? 0 : untyped.freeBytes), bytes);
    untyped.freeBytes = paddr + bytes - untyped.paddr;
    const cap = createObject(this.#kernel, type, paddr, userSizeBits, false);
    insertNewCap(source.slot, slot, cap);
    return cap;
  }

  #createTask(): Omit<BootSlots, "untyped" | "empty"> {
    const { image, vaddr } = this.#task;
    const { config } = this.#kernel;
    const { rootserver, virtual } = this.#layout;
    const vspaceSlot = this.#slot(InitialCap.InitThreadVSpace);
    const paging = this.#range(() => {
      this.#createAddressSpace(vspaceSlot);
    });
    this.#mapFrame(this.#slot(InitialCap.BootInfoFrame), {
      paddr: rootserver.bootInfo,
      vaddr: virtual.bootInfo,
    });
    const extra = this.#range(() => {
      this.#provideFrames(
        { paddr: rootserver.extra?.paddr ?? 0, vaddr: virtual.extra },
        extraPages(config, rootserver.extra),
      );
    });
    const control = this.#range(() => {
      this.#provide({ type: CapType.SchedControl, core: 0 });
    });
    const bufferSlot = this.#createIpcBuffer();
    const frames = this.#range(() => {
      const pages = Math.ceil(image.size / PAGE_BYTES);
      this.#provideFrames({ paddr: image.paddr, vaddr }, pages);
    });
    this.#createThread(bufferSlot, vspaceSlot);
    return { paging, extra, control, frames };
  }

  /** The root table, the page tables below it, and the ASID pool, which the kernel fills in later. */
  #createAddressSpace(vspaceSlot: Slot): void {
    const kernel = this.#kernel;
    const { objectType, sizeBits, settings } = kernel.config;
    const { rootserver, virtual } = this.#layout;
    const { inBlock } = rootserver;
    const ofTable = { sizeBits: sizeBits.pageTable };
    this.#make(objectType.pageTable, ofTable, vspaceSlot, inBlock?.vspace);
    const root = vspaceSlot.cap as PageTableCap;
    for (const [index, window] of tableWindows(kernel.config, virtual.mapped).entries()) {
      const slot = this.#slot(this.#nextSlot++);
      const paddr = inBlock === undefined ? undefined : inBlock.paging + index * PAGE_BYTES;
      const table = this.#make(objectType.pageTable, ofTable, slot, paddr) as PageTableCap;
      slot.cap = { ...table, isMapped: true, asid: IT_ASID_LOW, vaddr: window };
      mapBootTable(kernel, root.paddr, table.paddr, window);
    }
    const pool = new AsidPool(rootserver.asidPool, 0, settings.asidPoolEntries);
    kernel.asidPools[0] = pool;
    kernel.objectsByPaddr.set(pool.paddr, pool);
    this.#root(InitialCap.InitThreadAsidPool, { type: CapType.AsidPool, object: pool });
    assignAsid(kernel, vspaceSlot, root, pool, IT_ASID_LOW);
  }

  #vspace(): PageTableCap {
    return this.#slot(InitialCap.InitThreadVSpace).cap as PageTableCap;
  }

  /** On CantripOS's kernel the buffer has an untyped of its own in a slot that the boot info does not mention. */
  #createIpcBuffer(): Slot {
    const { config } = this.#kernel;
    const { rootserver, virtual } = this.#layout;
    const slot = this.#slot(InitialCap.InitThreadIpcBuffer);
    const { inBlock } = rootserver;
    if (inBlock !== undefined) {
      this.#mapFrame(slot, { paddr: inBlock.ipcBuffer, vaddr: virtual.ipcBuffer });
      return slot;
    }
    const parent = this.#slot(this.#nextSlot++);
    const ofPage = { userSizeBits: PAGE_BITS, sizeBits: PAGE_BITS };
    const untyped = this.#make(config.objectType.untyped, ofPage, parent, undefined);
    if (untyped.type !== CapType.Untyped) throw new KernelInvariantError("an untyped is none");
    untyped.freeBytes = PAGE_BYTES;
    const { asid } = this.#vspace();
    insertNewCap(parent, slot, frame(untyped.paddr, virtual.ipcBuffer, asid));
    mapBootPage(this.#kernel, this.#vspace().paddr, untyped.paddr, virtual.ipcBuffer);
    return slot;
  }

  #provideFrames(
    { paddr, vaddr }: { readonly paddr: number; readonly vaddr: number },
    pages: number,
  ): void {
    for (let offset = 0; offset < pages * PAGE_BYTES; offset += PAGE_BYTES) {
      const slot = this.#slot(this.#nextSlot++);
      this.#mapFrame(slot, { paddr: paddr + offset, vaddr: vaddr + offset });
    }
  }

  #mapFrame(
    slot: Slot,
    { paddr, vaddr }: { readonly paddr: number; readonly vaddr: number },
  ): void {
    const vspace = this.#vspace();
    insertRootCap(slot, frame(paddr, vaddr, vspace.asid));
    mapBootPage(this.#kernel, vspace.paddr, paddr, vaddr);
  }

  #createThread(bufferSlot: Slot, vspaceSlot: Slot): void {
    const kernel = this.#kernel;
    const { objectType, sizeBits, settings } = kernel.config;
    const { rootserver } = this.#layout;
    const schedContext = new SchedContext(rootserver.schedContext, sizeBits.minSchedContext);
    kernel.objectsByPaddr.set(schedContext.paddr, schedContext);
    const sliceTicks = settings.bootThreadTimeSliceMs * 1000 * kernel.platform.ticksPerUs;
    newRefills(kernel, schedContext, 2, sliceTicks, 0);
    this.#root(InitialCap.InitThreadSchedContext, {
      type: CapType.SchedContext,
      object: schedContext,
    });
    const tcbSlot = this.#slot(InitialCap.InitThreadTcb);
    const ofTcb = { sizeBits: sizeBits.tcb };
    const thread = this.#make(objectType.tcb, ofTcb, tcbSlot, rootserver.inBlock?.tcb);
    if (thread.type !== CapType.Thread)
      throw new KernelInvariantError("the initial thread is none");
    this.#startThread(thread.object, schedContext, bufferSlot, vspaceSlot);
  }

  #startThread(tcb: Tcb, schedContext: SchedContext, bufferSlot: Slot, vspaceSlot: Slot): void {
    const kernel = this.#kernel;
    const { ipcBuffer, bootInfo } = this.#layout.virtual;
    const put = (index: number, source: Slot): void => {
      const slot = tcb.slots[index];
      if (slot !== undefined) cteInsert(source.cap, source, slot);
    };
    put(TcbSlot.CTable, this.#slot(InitialCap.InitThreadCNode));
    put(TcbSlot.VTable, vspaceSlot);
    // A derived capability: deleting it, as another buffer's address does, leaves the page mapped.
    const buffer = tcb.slots[TcbSlot.Buffer];
    if (bufferSlot.cap.type === CapType.Frame && buffer !== undefined)
      cteInsert({ ...bufferSlot.cap, asid: 0, vaddr: 0 }, bufferSlot, buffer);
    tcb.name = "rootserver";
    tcb.ipcBuffer = ipcBuffer;
    tcb.priority = PRIORITY;
    tcb.maxControlledPriority = PRIORITY;
    setWord(tcb.context, A0, bootInfo);
    setWord(tcb.context, CONTEXT_PC, this.#task.entry);
    setWord(tcb.context, CONTEXT_FAULT_PC, this.#task.entry);
    tcb.state = ThreadState.Running;
    tcb.schedContext = schedContext;
    schedContext.tcb = tcb;
    kernel.current = tcb;
    kernel.currentSchedContext = schedContext;
    setVmRoot(kernel, tcb);
  }
}

/** As the kernel does: the first retype finds it used up and clears it. */
function unusedUntyped({ paddr, sizeBits }: Piece, isDevice: boolean): Cap {
  return { type: CapType.Untyped, paddr, sizeBits, isDevice, freeBytes: powerOfTwo(sizeBits) };
}

/** What an untyped has left; one without objects counts as empty. More than anything behind the last one. */
function freeBytes(untyped: BootUntyped | undefined): number {
  if (untyped?.slot.cap.type !== CapType.Untyped) return Infinity;
  const { cap } = untyped.slot;
  return powerOfTwo(cap.sizeBits) - (hasChildren(untyped.slot) ? cap.freeBytes : 0);
}

function frame(paddr: number, vaddr: number, asid: number): Cap {
  return {
    type: CapType.Frame,
    paddr,
    sizeBits: PAGE_BITS,
    rights: VmRights.ReadWrite,
    isDevice: false,
    asid,
    vaddr,
  };
}
