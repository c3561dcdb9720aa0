import type { KernelConfig } from "@cantrip/sel4-config";

/** Slots `start`..`end`-1. */
export interface SlotRegion {
  readonly start: number;
  readonly end: number;
}

/** `seL4_UntypedDesc` */
export interface UntypedDesc {
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
  /** CantripOS fork: something of the initial task was made of it. */
  readonly isTainted: boolean;
}

/** `seL4_BootInfo` */
export interface BootInfo {
  readonly extraLen: number;
  readonly nodeId: number;
  readonly numNodes: number;
  readonly ipcBuffer: number;
  readonly empty: SlotRegion;
  readonly userImageFrames: SlotRegion;
  readonly userImagePaging: SlotRegion;
  readonly extraBIPages: SlotRegion;
  readonly initThreadCNodeSizeBits: number;
  readonly initThreadDomain: number;
  /** CantripOS fork; 0 elsewhere. */
  readonly kernelReservedBytes: number;
  readonly schedcontrol: SlotRegion;
  readonly untyped: SlotRegion;
  /** One for each slot of `untyped`. */
  readonly untypedList: readonly UntypedDesc[];
}

/**
 * Reads a boot info page; words of 64 bits are exact up to 2^53.
 *
 * @param bytes - the page, little endian
 * @throws RangeError when the untyped list does not fit into the page
 */
export function readBootInfo(bytes: Uint8Array, config: KernelConfig): BootInfo {
  const layout = config.bootInfo;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wordBytes = config.wordBits / 8;
  const half = (offset: number): number => view.getUint32(offset, true);
  const word = (offset: number): number =>
    wordBytes === 4 ? half(offset) : half(offset) + half(offset + 4) * 2 ** 32;
  const region = (offset: number): SlotRegion => ({
    start: word(offset),
    end: word(offset + wordBytes),
  });
  const untyped = region(layout.untyped);
  const count = untyped.end - untyped.start;
  if (count < 0 || layout.untypedList + count * layout.untypedDescBytes > bytes.length) {
    throw new RangeError(
      `boot info lists ${count} untypeds, which its page of ${bytes.length} bytes cannot hold`,
    );
  }
  const untypedList = Array.from({ length: count }, (_, index): UntypedDesc => {
    const at = layout.untypedList + index * layout.untypedDescBytes;
    return {
      paddr: word(at),
      sizeBits: view.getUint8(at + wordBytes),
      isDevice: view.getUint8(at + wordBytes + 1) !== 0,
      isTainted: config.cantripFork && view.getUint8(at + wordBytes + 2) !== 0,
    };
  });
  return {
    extraLen: word(layout.extraLen),
    nodeId: word(layout.nodeID),
    numNodes: word(layout.numNodes),
    ipcBuffer: word(layout.ipcBuffer),
    empty: region(layout.empty),
    userImageFrames: region(layout.userImageFrames),
    userImagePaging: region(layout.userImagePaging),
    extraBIPages: region(layout.extraBIPages),
    initThreadCNodeSizeBits: word(layout.initThreadCNodeSizeBits),
    initThreadDomain: word(layout.initThreadDomain),
    kernelReservedBytes:
      layout.kernelReservedBytes === undefined ? 0 : word(layout.kernelReservedBytes),
    schedcontrol: region(layout.schedcontrol),
    untyped,
    untypedList,
  };
}

/** Writes a region into the boot info page of a 32-bit kernel, as the root server does when it hands over. */
export function writeSlotRegion(bytes: Uint8Array, offset: number, region: SlotRegion): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(offset, region.start, true);
  view.setUint32(offset + 4, region.end, true);
}
