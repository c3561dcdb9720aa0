import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import {
  align,
  intersect,
  type KernelWindow,
  kernelWindow,
  type Region,
  subtract,
  takeFromEnd,
} from "./boot-regions.ts";
import { KernelInvariantError } from "./errors.ts";
import type { InitialTask } from "./initial-task.ts";
import type { KernelPlatform } from "./kernel-port.ts";
import { indexBits, PAGE_BITS, rootEntryBits } from "./page-tables.ts";

export const PAGE_BYTES = 4096;
/** Words of `seL4_BootInfoHeader`, before the device tree: id and length. */
const HEADER_WORDS = 2;

/** Bytes of `seL4_BootInfoHeader`. */
export function headerBytes({ wordBits }: KernelConfig): number {
  return (HEADER_WORDS * wordBits) / 8;
}

/** Device tree and header, as they follow the boot info. */
interface ExtraBootInfo {
  readonly paddr: number;
  /** Bytes of the device tree: on CantripOS's kernel rounded up to pages. */
  readonly treeBytes: number;
}

/** Physical addresses of what the kernel makes for the initial task out of one block at the end of free memory. */
interface RootserverObjects {
  readonly block: Region;
  readonly cnode: number;
  readonly asidPool: number;
  readonly bootInfo: number;
  readonly schedContext: number;
  readonly extra?: ExtraBootInfo;
  /** What CantripOS's kernel takes from ordinary untypeds instead. */
  readonly inBlock?: {
    readonly vspace: number;
    readonly ipcBuffer: number;
    /** The first page table; the others follow. */
    readonly paging: number;
    readonly tcb: number;
  };
}

/** How the kernel divides physical memory at boot. */
export interface BootLayout {
  readonly window: KernelWindow;
  readonly rootserver: RootserverObjects;
  /** The kernel's code and data that only its start needs. */
  readonly bootCode: Region;
  readonly image: Region;
  /** Memory that nobody has. */
  readonly free: readonly Region[];
  /** Everything that is neither memory for the kernel's objects nor a device of the kernel. */
  readonly devices: readonly Region[];
  /** Virtual addresses of the initial task. */
  readonly virtual: {
    readonly ipcBuffer: number;
    readonly bootInfo: number;
    readonly extra: number;
    /** What page tables are made for. */
    readonly mapped: Region;
  };
}

/**
 * Divides memory as `init_freemem` does.
 *
 * @throws KernelInvariantError when the initial task's objects do not fit, or its image overlaps the kernel
 */
export function layOutBoot(
  config: KernelConfig,
  platform: KernelPlatform,
  task: InitialTask,
): BootLayout {
  const { kernelImage } = platform;
  const kernel = region(kernelImage.base, kernelImage.size);
  const image = region(task.image.paddr, align(task.image.size, PAGE_BYTES));
  if (image.start < kernel.end)
    throw new KernelInvariantError("the initial task's image overlaps the kernel");
  const window = kernelWindow(kernelImage.base, config.wordBits);
  const ram = intersect(region(platform.ram.base, platform.ram.size), window);
  const treeBytes = deviceTreeBytes(config, task);
  const tree = region(task.deviceTree?.paddr ?? 0, treeBytes);
  const virtual = virtualLayout(config, task, treeBytes);
  const plan = planRootserver(config, virtual.mapped, treeBytes);
  const taken = takeFromEnd(subtract(ram, [kernel, tree, image]), plan, window);
  if (taken === undefined)
    throw new KernelInvariantError("no memory for the initial task's objects");
  const kept = platform.kernelDevices.map(({ base, size }) => region(base, size));
  return {
    window,
    rootserver: placeRootserver(config, taken.start, plan),
    bootCode: region(kernelImage.base, kernelImage.bootBytes),
    image,
    free: taken.free,
    devices: subtract({ start: 0, end: deviceTop(config, window) }, [...kept, ram]),
    virtual,
  };
}

/** End of the device untypeds; CantripOS's kernel has none behind its window's addresses. */
function deviceTop({ cantripFork, settings }: KernelConfig, window: KernelWindow): number {
  const top = settings.paddrUserDeviceTop;
  const isBehindWindow = (top + window.offset) % 2 ** 32 > (window.end + window.offset) % 2 ** 32;
  return cantripFork && isBehindWindow ? window.end : top;
}

function deviceTreeBytes(config: KernelConfig, { deviceTree }: InitialTask): number {
  if (deviceTree === undefined) return 0;
  return config.cantripFork ? align(deviceTree.size, PAGE_BYTES) : deviceTree.size;
}

function virtualLayout(
  config: KernelConfig,
  task: InitialTask,
  treeBytes: number,
): BootLayout["virtual"] {
  const ipcBuffer = task.vaddr + align(task.image.size, PAGE_BYTES);
  const bootInfo = ipcBuffer + PAGE_BYTES;
  const extra = bootInfo + PAGE_BYTES;
  const bits = extraSizeBits(config, treeBytes);
  // CantripOS's kernel counts one byte where there is no extra boot info.
  const end = extra + (bits > 0 || config.cantripFork ? powerOfTwo(bits) : 0);
  return { ipcBuffer, bootInfo, extra, mapped: { start: task.vaddr, end } };
}

/** log2 of the memory for the extra boot info (`calculate_extra_bi_size_bits`); 0 when there is none. */
function extraSizeBits(config: KernelConfig, treeBytes: number): number {
  if (treeBytes === 0) return 0;
  return 32 - Math.clz32(align(treeBytes + headerBytes(config), PAGE_BYTES) - 1);
}

/** Addresses for which page tables below the root table are made, in the order in which they are. */
export function tableWindows(config: KernelConfig, { start, end }: Region): number[] {
  const windows: number[] = [];
  for (let bits = rootEntryBits(config); bits > PAGE_BITS; bits -= indexBits(config)) {
    const bytes = powerOfTwo(bits);
    for (let at = Math.floor(start / bytes) * bytes; at < end; at += bytes) windows.push(at);
  }
  return windows;
}

/** What goes into the block, in order: the largest first, so that everything is aligned. */
interface RootserverPlan {
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  readonly size: number;
  readonly alignment: number;
  readonly treeBytes: number;
}

function planRootserver(config: KernelConfig, mapped: Region, treeBytes: number): RootserverPlan {
  const { sizeBits, settings, cantripFork } = config;
  const cnode = powerOfTwo(settings.rootCNodeSizeBits + sizeBits.slot);
  const bits = extraSizeBits(config, treeBytes);
  const extra = { name: "extra", bytes: bits === 0 ? 0 : powerOfTwo(bits) };
  const vspace = { name: "vspace", bytes: cantripFork ? 0 : PAGE_BYTES };
  const root = { name: "cnode", bytes: cnode };
  const alignment = Math.max(cnode, PAGE_BYTES, extra.bytes);
  const large = cantripFork || cnode > PAGE_BYTES ? [root, extra, vspace] : [vspace, extra, root];
  const parts = [
    ...(extra.bytes === alignment ? [extra, ...large.filter((part) => part !== extra)] : large),
    { name: "asidPool", bytes: PAGE_BYTES },
    { name: "ipcBuffer", bytes: cantripFork ? 0 : PAGE_BYTES },
    { name: "bootInfo", bytes: PAGE_BYTES },
    { name: "paging", bytes: cantripFork ? 0 : tableWindows(config, mapped).length * PAGE_BYTES },
    { name: "tcb", bytes: cantripFork ? 0 : powerOfTwo(sizeBits.tcb) },
    { name: "schedContext", bytes: powerOfTwo(sizeBits.minSchedContext) },
  ];
  const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return { parts, size, alignment, treeBytes };
}

function placeRootserver(
  { cantripFork }: KernelConfig,
  start: number,
  { parts, size, treeBytes }: RootserverPlan,
): RootserverObjects {
  const at = (name: string): number => {
    const index = parts.findIndex((part) => part.name === name);
    return parts.slice(0, index).reduce((address, { bytes }) => address + bytes, start);
  };
  return {
    block: { start, end: start + size },
    cnode: at("cnode"),
    asidPool: at("asidPool"),
    bootInfo: at("bootInfo"),
    schedContext: at("schedContext"),
    ...(treeBytes === 0 ? {} : { extra: { paddr: at("extra"), treeBytes } }),
    ...(cantripFork
      ? {}
      : {
          inBlock: {
            vspace: at("vspace"),
            ipcBuffer: at("ipcBuffer"),
            paging: at("paging"),
            tcb: at("tcb"),
          },
        }),
  };
}

function region(start: number, size: number): Region {
  return { start, end: start + size };
}
