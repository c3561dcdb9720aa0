import { checkLoadable, ElfError, type ElfSegment, EM_RISCV, readElf } from "@cantrip/elf";
import type { PhysicalRange, SystemPlatform } from "./system-platform.ts";

const PAGE_BYTES = 4096;
/** What one entry of the root table maps. */
const MEGA_BYTES = 4 * 1024 * 1024;

/** A seL4 kernel as its build leaves it: an ELF file for one platform. */
export interface KernelImage {
  readonly elf: Uint8Array;
  /** Virtual address of the first instruction. */
  readonly entry: number;
  /** Physical address of the first instruction. */
  readonly physicalEntry: number;
  /** First virtual address of the image. */
  readonly vaddr: number;
  /** First physical address of the image. */
  readonly paddr: number;
  /** Physical end of the image, rounded up to a page. */
  readonly end: number;
}

/**
 * Reads a kernel image and checks that it is one for the platform.
 *
 * @param ram - the machine's
 * @throws RangeError that begins with `kernel image:` when it is not
 */
export function readKernelImage(
  bytes: Uint8Array,
  platform: SystemPlatform,
  ram: PhysicalRange,
): KernelImage {
  const { entry, segments } = readSegments(bytes);
  const vaddr = Math.min(...segments.map((segment) => segment.vaddr));
  const paddr = Math.min(...segments.map((segment) => segment.paddr));
  const end = Math.max(...segments.map((segment) => segment.paddr + segment.memorySize));
  const isOneWindow = segments.every((segment) => segment.vaddr - segment.paddr === vaddr - paddr);
  if (!isOneWindow) throw wrong("its segments do not lie at one distance from their addresses");
  const first = ram.base + platform.firmwareBytes;
  if (paddr < first || end > ram.base + ram.size) {
    throw wrong(
      `it lies at ${hex(paddr)} to ${hex(end)}; ${platform.name} has RAM for it from ${hex(first)} ` +
        `to ${hex(ram.base + ram.size)}`,
    );
  }
  const physicalEntry = entry - vaddr + paddr;
  switch (platform.kernelStart) {
    case "machine-mode": {
      const { resetPc } = platform.board(ram.size);
      if (physicalEntry !== resetPc) {
        throw wrong(
          `its first instruction is at ${hex(physicalEntry)}; ${platform.name} starts at ${hex(resetPc)}`,
        );
      }
      break;
    }
    case "supervisor-mode":
      if ((vaddr - paddr) % MEGA_BYTES !== 0)
        throw wrong(`its window, ${hex(vaddr)} for ${hex(paddr)}, is not one of 4 MiB pages`);
      break;
  }
  return {
    ...{ elf: bytes, entry, physicalEntry, vaddr, paddr },
    end: Math.ceil(end / PAGE_BYTES) * PAGE_BYTES,
  };
}

function readSegments(bytes: Uint8Array): {
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
} {
  try {
    const elf = readElf(bytes);
    return { entry: elf.entry, segments: checkLoadable(elf, { machine: EM_RISCV }) };
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw new RangeError(`kernel image: ${error.message}`, { cause: error });
  }
}

function wrong(what: string): RangeError {
  return new RangeError(`kernel image: ${what}`);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
