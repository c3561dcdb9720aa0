import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import { BootInfoHeader } from "@cantrip/sel4-sys";
import { type BootLayout, headerBytes, PAGE_BYTES } from "./boot-layout.ts";
import type { InitialTask } from "./initial-task.ts";
import type { Slot } from "./objects.ts";
import type { KernelState } from "./state.ts";

/** An untyped in the list of the boot info. */
export interface BootUntyped {
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
  /** On CantripOS's kernel: something of the boot lies in it. */
  isTainted: boolean;
  readonly slot: Slot;
}

/** First slot, and the one behind the last. */
export type SlotRange = readonly [start: number, end: number];

/** Where the boot has put what. */
export interface BootSlots {
  readonly paging: SlotRange;
  readonly extra: SlotRange;
  readonly control: SlotRange;
  readonly frames: SlotRange;
  readonly untyped: SlotRange;
  readonly empty: SlotRange;
}

/** Writes the boot info into its frame, which is clear. */
export function writeBootInfo(
  { config, port, platform, scheduler, is64, wordBytes }: KernelState,
  { rootserver, virtual }: BootLayout,
  slots: BootSlots,
  untypeds: readonly BootUntyped[],
): void {
  const layout = config.bootInfo;
  const base = rootserver.bootInfo;
  const treeBytes = rootserver.extra?.treeBytes;
  const word = (offset: number, value: number): void => {
    port.writeWord(base + offset, value >>> 0);
    if (is64) port.writeWord(base + offset + 4, Math.floor(value / 2 ** 32));
  };
  const range = (offset: number, [start, end]: SlotRange): void => {
    word(offset, start);
    word(offset + wordBytes, end);
  };
  word(layout.extraLen, treeBytes === undefined ? 0 : headerBytes(config) + treeBytes);
  word(layout.numNodes, 1);
  word(layout.ipcBuffer, virtual.ipcBuffer);
  range(layout.empty, slots.empty);
  range(layout.userImageFrames, slots.frames);
  range(layout.userImagePaging, slots.paging);
  if (treeBytes !== undefined) range(layout.extraBIPages, slots.extra);
  word(layout.initThreadDomain, scheduler.currentDomain);
  word(layout.initThreadCNodeSizeBits, config.settings.rootCNodeSizeBits);
  if (layout.kernelReservedBytes !== undefined) {
    const { size, bootBytes } = platform.kernelImage;
    word(layout.kernelReservedBytes, size - bootBytes + (treeBytes ?? 0));
  }
  range(layout.schedcontrol, slots.control);
  range(layout.untyped, slots.untyped);
  untypeds.forEach(({ paddr, sizeBits, isDevice, isTainted }, index) => {
    const at = layout.untypedList + index * layout.untypedDescBytes;
    word(at, paddr);
    const tainted = config.cantripFork && isTainted ? 1 : 0;
    word(at + wordBytes, sizeBits | (isDevice ? 1 << 8 : 0) | (tainted << 16));
  });
}

/** Writes header and device tree into the frames behind the boot info, which are clear. */
export function writeExtraBootInfo(
  { config, port, wordBytes }: KernelState,
  { rootserver }: BootLayout,
  { deviceTree }: InitialTask,
): void {
  const { extra } = rootserver;
  if (extra === undefined || deviceTree === undefined) return;
  port.writeWord(extra.paddr, BootInfoHeader.Fdt);
  const header = headerBytes(config);
  port.writeWord(extra.paddr + wordBytes, header + extra.treeBytes);
  for (let offset = 0; offset < extra.treeBytes; offset += 4) {
    const word = port.readWord(deviceTree.paddr + offset);
    const left = extra.treeBytes - offset;
    const kept = left < 4 ? word & (powerOfTwo(8 * left) - 1) : word;
    port.writeWord(extra.paddr + header + offset, kept >>> 0);
  }
}

/** Frames that the extra boot info takes. */
export function extraPages(
  config: KernelConfig,
  extra: { readonly treeBytes: number } | undefined,
): number {
  return extra === undefined ? 0 : Math.ceil((headerBytes(config) + extra.treeBytes) / PAGE_BYTES);
}
