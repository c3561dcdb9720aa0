import {
  align,
  cutRegion,
  type InitialTask,
  MEGA_BYTES,
  PAGE_BYTES,
  type Reserved,
  reserveAtEndOfRam,
  reserveBehindImage,
} from "./boot-memory.ts";
import { InitialCap } from "@cantrip/sel4-sys";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { KernelPlatform, KernelPort } from "./kernel-port.ts";
import {
  AsidPool,
  type Cap,
  CapType,
  CNode,
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  type PageTableCap,
  SchedContext,
  Slot,
  Tcb,
  TcbSlot,
  ThreadState,
  type UntypedCap,
  VmRights,
} from "./objects.ts";
import { bootSchedule } from "./domain.ts";
import { KernelInvariantError } from "./errors.ts";
import { newRefills } from "./refills.ts";
import { cteInsert, hasChildren, insertNewCap, insertRootCap } from "./slots.ts";
import type { KernelState } from "./state.ts";
import { createObject } from "./untyped.ts";
import { assignAsid, mapBootPage, mapBootTable, setVmRoot } from "./vspace.ts";

const PAGE_BITS = 12;
const A0 = 10;
const IT_ASID_LOW = 1;
const PRIORITY = 255;

/** The state of a kernel before it booted anything. */
export function createKernelState(
  config: KernelConfig,
  platform: KernelPlatform,
  port: KernelPort,
): KernelState {
  const idle = new Tcb(0);
  idle.name = "idle_thread";
  idle.state = ThreadState.Idle;
  const idleContext = new SchedContext(0, config.sizeBits.minSchedContext);
  idleContext.tcb = idle;
  idle.schedContext = idleContext;
  const domainSchedule = bootSchedule(config.settings.domainSchedule, platform.ticksPerUs);
  const priorities = config.settings.numPriorities * config.settings.numDomains;
  return {
    config,
    port,
    platform,
    syscallError: {
      code: 0,
      invalidArgumentNumber: 0,
      invalidCapNumber: 0,
      rangeMin: 0,
      rangeMax: 0,
      memoryLeft: 0,
      failedLookupWasSource: false,
    },
    lookupFailure: { kind: "invalidRoot" },
    lookupBitsRemaining: 0,
    currentFault: null,
    current: idle,
    idle,
    currentSchedContext: idleContext,
    asidPools: new Array<AsidPool | null>(config.settings.numAsidPools).fill(null),
    irqSlots: Array.from({ length: platform.maxIrq + 1 }, (_, index) => new Slot(null, index)),
    irqActive: Array.from({ length: platform.maxIrq + 1 }, (_, index) => index === platform.maxIrq),
    objectsByPaddr: new Map(),
    workUnits: 0,
    globalRoot: 0,
    scheduler: {
      readyHead: new Array<Tcb | null>(priorities).fill(null),
      readyTail: new Array<Tcb | null>(priorities).fill(null),
      readyBitmap: new Uint32Array(config.settings.numDomains * 8),
      releaseHead: null,
      action: "resume",
      candidate: null,
      currentTime: port.now(),
      consumed: 0,
      reprogram: true,
      currentDomain: domainSchedule[0]?.domain ?? 0,
      domainTime: domainSchedule[0]?.duration ?? 0,
      domainSchedule,
      domainIndex: 0,
      domainStart: 0,
    },
    debugThreads: null,
    isHalted: false,
    observer: null,
  };
}

/** An untyped in the making. */
interface BootUntyped {
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
  isTainted: boolean;
  slot: Slot;
}

/** Makes the initial task: the rest of the kernel's boot after the image was loaded (`init_kernel`). */
export function bootInitialTask(kernel: KernelState, task: InitialTask): void {
  new InitialTaskBuilder(kernel, task).build();
}

/** Builds the initial task step by step; kept together because slots are handed out in order. */
class InitialTaskBuilder {
  readonly #kernel: KernelState;
  readonly #task: InitialTask;
  readonly #cnode: CNode;
  readonly #untypeds: BootUntyped[] = [];
  #nextSlot: number;
  /** The untyped that the initial task's objects come from. */
  #source: BootUntyped | undefined;
  readonly #reserved: Reserved;
  /** Where upstream's next object of the initial task goes. */
  #nextObject: number;

  constructor(kernel: KernelState, task: InitialTask) {
    this.#kernel = kernel;
    this.#task = task;
    const { config, platform } = kernel;
    const cnodeBytes = 2 ** (config.settings.rootCNodeSizeBits + config.sizeBits.slot);
    const kernelEnd = platform.kernelImage.base + platform.kernelImage.size;
    if (task.image.paddr < kernelEnd)
      throw new KernelInvariantError("the initial task's image overlaps the kernel");
    const imageEnd = align(task.image.paddr + task.image.size, PAGE_BYTES);
    this.#reserved = config.cantripFork
      ? reserveBehindImage(imageEnd, cnodeBytes)
      : reserveAtEndOfRam(kernel, task, cnodeBytes);
    this.#nextObject = this.#reserved.objects;
    this.#cnode = new CNode(this.#reserved.cnode, config.settings.rootCNodeSizeBits);
    this.#nextSlot = config.numInitialCaps;
  }

  build(): void {
    const { config, port } = this.#kernel;
    const { start, end, globalRoot } = this.#reserved;
    if (config.cantripFork) port.clearMemory(start, 4 * PAGE_BYTES);
    else {
      port.clearMemory(start, end - start);
      port.clearMemory(globalRoot, PAGE_BYTES);
    }
    this.#kernel.globalRoot = this.#reserved.globalRoot;
    const cnodeSlot = this.#root(InitialCap.InitThreadCNode, {
      type: CapType.CNode,
      object: this.#cnode,
      guard: 0,
      guardSize: config.wordBits - config.settings.rootCNodeSizeBits,
    });
    this.#kernel.objectsByPaddr.set(this.#cnode.paddr, this.#cnode);
    this.#root(InitialCap.IrqControl, { type: CapType.IrqControl });
    this.#root(InitialCap.AsidControl, { type: CapType.AsidControl });
    this.#root(InitialCap.Domain, { type: CapType.Domain });
    const firstUntyped = this.#nextSlot;
    this.#createUntypeds(cnodeSlot);
    const lastUntyped = this.#nextSlot;
    this.#createTask(firstUntyped, lastUntyped);
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

  #createUntypeds(cnodeSlot: Slot): void {
    const { platform, config } = this.#kernel;
    for (const region of platform.deviceRegions)
      this.#addRegion(region.base, region.size, true, false);
    const { image } = this.#task;
    if (config.cantripFork)
      this.#addRegion(image.paddr, align(image.size, PAGE_BYTES), false, true);
    const ramEnd = platform.ram.base + platform.ram.size;
    const kernelEnd = platform.kernelImage.base + platform.kernelImage.size;
    this.#addRegion(kernelEnd, image.paddr - kernelEnd, false, false);
    if (config.cantripFork) {
      const gap = this.#reserved.cnode - this.#reserved.globalRoot - PAGE_BYTES;
      this.#addRegion(this.#reserved.globalRoot + PAGE_BYTES, gap, false, false);
    } else {
      const imageEnd = align(image.paddr + image.size, PAGE_BYTES);
      this.#addRegion(imageEnd, this.#reserved.start - imageEnd, false, false);
    }
    this.#addRegion(this.#reserved.end, ramEnd - this.#reserved.end, false, false);
    if (config.cantripFork) this.#addRootCNodeUntyped(cnodeSlot);
  }

  #addRegion(base: number, size: number, isDevice: boolean, isTainted: boolean): void {
    const { config } = this.#kernel;
    const pieces = cutRegion(base, size, config.sizeBits.maxUntyped, config.sizeBits.minUntyped);
    for (const { paddr, sizeBits } of pieces) {
      if (this.#untypeds.length >= config.settings.maxNumBootInfoUntypedCaps - 1) return;
      const slot = this.#provide({
        type: CapType.Untyped,
        paddr,
        sizeBits,
        isDevice,
        // As the kernel does: the first retype finds it used up and clears it.
        freeBytes: 2 ** sizeBits,
      });
      this.#untypeds.push({ paddr, sizeBits, isDevice, isTainted, slot });
    }
  }

  /** The root CNode is a child of an untyped of its own, so that it can be reclaimed. */
  #addRootCNodeUntyped(cnodeSlot: Slot): void {
    const { config } = this.#kernel;
    const sizeBits = config.settings.rootCNodeSizeBits + config.sizeBits.slot;
    const paddr = this.#reserved.cnode;
    const slot = this.#provide({
      type: CapType.Untyped,
      paddr,
      sizeBits,
      isDevice: false,
      freeBytes: 2 ** sizeBits,
    });
    this.#untypeds.push({ paddr, sizeBits, isDevice: false, isTainted: true, slot });
    const { cap } = cnodeSlot;
    insertNewCap(slot, cnodeSlot, cap);
  }

  /** Makes an object of the initial task; on the CantripOS fork out of an ordinary untyped. */
  #make(type: number, userSizeBits: number, sizeBits: number, slot: Slot): Cap {
    const bytes = 2 ** sizeBits;
    if (!this.#kernel.config.cantripFork) {
      const paddr = this.#nextObject;
      this.#nextObject += bytes;
      const cap = createObject(this.#kernel, type, paddr, userSizeBits, false);
      insertRootCap(slot, cap);
      return cap;
    }
    let source = this.#source;
    if (source === undefined || !hasRoom(source, bytes)) {
      source = this.#untypeds.find(
        (candidate) => !candidate.isDevice && !candidate.isTainted && hasRoom(candidate, bytes),
      );
      if (source === undefined)
        throw new KernelInvariantError("no memory for the initial task's objects");
      this.#source = source;
    }
    const untyped = source.slot.cap;
    if (untyped.type !== CapType.Untyped) throw new KernelInvariantError("a boot untyped is none");
    source.isTainted = true;
    if (!hasChildren(source.slot))
      this.#kernel.port.clearMemory(untyped.paddr, 2 ** untyped.sizeBits);
    const paddr = nextObject(source.slot, untyped, bytes);
    untyped.freeBytes = paddr + bytes - untyped.paddr;
    const cap = createObject(this.#kernel, type, paddr, userSizeBits, false);
    insertNewCap(source.slot, slot, cap);
    return cap;
  }

  #createTask(firstUntyped: number, lastUntyped: number): void {
    const kernel = this.#kernel;
    const { config } = kernel;
    const { objectType, sizeBits } = config;
    const { image, vaddr } = this.#task;
    const imageEnd = vaddr + align(image.size, PAGE_BYTES);
    const ipcBuffer = imageEnd;
    const bootInfo = imageEnd + PAGE_BYTES;

    const vspaceSlot = this.#slot(InitialCap.InitThreadVSpace);
    this.#make(objectType.pageTable, 0, sizeBits.pageTable, vspaceSlot);
    const root = vspaceSlot.cap as PageTableCap;
    const pagingStart = this.#nextSlot;
    const firstWindow = vaddr - (vaddr % MEGA_BYTES);
    for (let window = firstWindow; window < bootInfo + PAGE_BYTES; window += MEGA_BYTES) {
      const slot = this.#slot(this.#nextSlot++);
      const table = this.#make(objectType.pageTable, 0, sizeBits.pageTable, slot) as PageTableCap;
      slot.cap = { ...table, isMapped: true, asid: IT_ASID_LOW, vaddr: window };
      mapBootTable(kernel, root.paddr, table.paddr, window);
    }
    const pagingEnd = this.#nextSlot;

    const pool = new AsidPool(this.#reserved.asidPool, 0, config.settings.asidPoolEntries);
    kernel.asidPools[0] = pool;
    this.#root(InitialCap.InitThreadAsidPool, { type: CapType.AsidPool, object: pool });
    assignAsid(kernel, vspaceSlot, root, pool, IT_ASID_LOW);
    const vspace = vspaceSlot.cap as PageTableCap;

    // The boot info page and the IPC buffer.
    const infoCap = frame(this.#reserved.bootInfo, bootInfo, vspace.asid);
    this.#root(InitialCap.BootInfoFrame, infoCap);
    mapBootPage(kernel, vspace.paddr, this.#reserved.bootInfo, bootInfo);
    const bufferSlot = this.#slot(InitialCap.InitThreadIpcBuffer);
    const buffer = this.#make(objectType.page4K, 0, PAGE_BITS, bufferSlot);
    if (buffer.type !== CapType.Frame) throw new KernelInvariantError("the IPC buffer is no frame");
    bufferSlot.cap = { ...buffer, asid: vspace.asid, vaddr: ipcBuffer };
    mapBootPage(kernel, vspace.paddr, buffer.paddr, ipcBuffer);

    const control = this.#nextSlot;
    this.#provide({ type: CapType.SchedControl, core: 0 });
    const framesStart = this.#nextSlot;
    for (let offset = 0; offset < image.size; offset += PAGE_BYTES) {
      this.#provide(frame(image.paddr + offset, vaddr + offset, vspace.asid));
      mapBootPage(kernel, vspace.paddr, image.paddr + offset, vaddr + offset);
    }
    const framesEnd = this.#nextSlot;

    const schedContext = new SchedContext(this.#reserved.schedContext, sizeBits.minSchedContext);
    kernel.objectsByPaddr.set(schedContext.paddr, schedContext);
    const sliceTicks = config.settings.bootThreadTimeSliceMs * 1000 * kernel.platform.ticksPerUs;
    newRefills(kernel, schedContext, 2, sliceTicks, 0);
    this.#root(InitialCap.InitThreadSchedContext, {
      type: CapType.SchedContext,
      object: schedContext,
    });

    const tcbSlot = this.#slot(InitialCap.InitThreadTcb);
    const thread = this.#make(objectType.tcb, 0, sizeBits.tcb, tcbSlot);
    if (thread.type !== CapType.Thread)
      throw new KernelInvariantError("the initial thread is none");
    this.#startThread(thread.object, schedContext, ipcBuffer, bootInfo, bufferSlot, vspaceSlot);
    this.#writeBootInfo({
      ipcBuffer,
      control,
      paging: [pagingStart, pagingEnd],
      frames: [framesStart, framesEnd],
      untyped: [firstUntyped, lastUntyped],
    });
  }

  #startThread(
    tcb: Tcb,
    schedContext: SchedContext,
    ipcBuffer: number,
    bootInfo: number,
    bufferSlot: Slot,
    vspaceSlot: Slot,
  ): void {
    const kernel = this.#kernel;
    const put = (index: number, source: Slot): void => {
      const slot = tcb.slots[index];
      if (slot !== undefined) cteInsert(source.cap, source, slot);
    };
    put(TcbSlot.CTable, this.#slot(InitialCap.InitThreadCNode));
    put(TcbSlot.VTable, vspaceSlot);
    put(TcbSlot.Buffer, bufferSlot);
    tcb.name = "rootserver";
    tcb.ipcBuffer = ipcBuffer;
    tcb.priority = PRIORITY;
    tcb.maxControlledPriority = PRIORITY;
    tcb.context[A0] = bootInfo;
    tcb.context[CONTEXT_PC] = this.#task.entry;
    tcb.context[CONTEXT_FAULT_PC] = this.#task.entry;
    tcb.state = ThreadState.Running;
    tcb.schedContext = schedContext;
    schedContext.tcb = tcb;
    kernel.current = tcb;
    kernel.currentSchedContext = schedContext;
    setVmRoot(kernel, tcb);
  }

  #writeBootInfo(regions: {
    readonly ipcBuffer: number;
    readonly control: number;
    readonly paging: readonly [number, number];
    readonly frames: readonly [number, number];
    readonly untyped: readonly [number, number];
  }): void {
    const { config, port, platform } = this.#kernel;
    const layout = config.bootInfo;
    const base = this.#reserved.bootInfo;
    const word = (offset: number, value: number): void => {
      port.writeWord(base + offset, value >>> 0);
    };
    const region = (offset: number, [start, end]: readonly [number, number]): void => {
      word(offset, start);
      word(offset + 4, end);
    };
    word(layout.numNodes, 1);
    word(layout.ipcBuffer, regions.ipcBuffer);
    region(layout.empty, [this.#nextSlot, this.#cnode.slots.length]);
    region(layout.userImageFrames, regions.frames);
    region(layout.userImagePaging, regions.paging);
    word(layout.initThreadDomain, this.#kernel.scheduler.currentDomain);
    word(layout.initThreadCNodeSizeBits, config.settings.rootCNodeSizeBits);
    if (layout.kernelReservedBytes !== undefined) {
      word(layout.kernelReservedBytes, platform.kernelImage.size + 4 * PAGE_BYTES);
    }
    region(layout.schedcontrol, [regions.control, regions.control + 1]);
    region(layout.untyped, regions.untyped);
    this.#untypeds.forEach(({ paddr, sizeBits, isDevice, isTainted }, index) => {
      const at = layout.untypedList + index * layout.untypedDescBytes;
      word(at, paddr);
      const tainted = config.cantripFork && isTainted ? 1 : 0;
      word(at + 4, sizeBits | (isDevice ? 1 << 8 : 0) | (tainted << 16));
    });
  }
}

function hasRoom(untyped: BootUntyped, bytes: number): boolean {
  const { cap } = untyped.slot;
  if (cap.type !== CapType.Untyped) return false;
  return nextObject(untyped.slot, cap, bytes) + bytes <= cap.paddr + 2 ** cap.sizeBits;
}

/** Where the next object of an untyped goes; one without objects starts anew whatever it counts as used. */
function nextObject(slot: Slot, cap: UntypedCap, bytes: number): number {
  return align(cap.paddr + (hasChildren(slot) ? cap.freeBytes : 0), bytes);
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
