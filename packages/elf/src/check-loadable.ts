import { ElfType, SegmentFlag, SegmentType } from "./constants.ts";
import { ElfError } from "./elf-error.ts";
import { type Elf, type ElfSegment } from "./read-elf.ts";

/** What a loader demands. */
export interface LoadDemands {
  /** `e_machine`, for instance {@link EM_RISCV}. */
  readonly machine: number;
  /** 32 (default) or 64. */
  readonly wordBits?: 32 | 64;
  /** When given, every segment's address must be a multiple of it (bytes, a power of two). */
  readonly pageBytes?: number;
  /** Addresses that segments may use: from `start` up to, not including, `end`. Default: all of the word size. */
  readonly window?: { readonly start: number; readonly end: number };
  /** Greatest number of bytes from the first to the last address. */
  readonly maxBytes?: number;
}

/**
 * Checks that an executable can be loaded: right machine, segments that are aligned, apart and in place, and an entry
 * point in executable memory.
 *
 * @returns the `PT_LOAD` segments with memory, by ascending address
 * @throws ElfError
 */
export function checkLoadable(elf: Elf, demands: LoadDemands): readonly ElfSegment[] {
  const { machine, wordBits = 32, window, maxBytes } = demands;
  if (elf.is64 !== (wordBits === 64)) {
    throw new ElfError("bad-class", `an ELF${elf.is64 ? 64 : 32} file, not ELF${wordBits}`);
  }
  if (elf.machine !== machine) {
    throw new ElfError("bad-machine", `ELF machine ${elf.machine}, not ${machine}`);
  }
  if (elf.type !== ElfType.Executable) {
    throw new ElfError("bad-type", `ELF type ${elf.type}, not an executable`);
  }
  const segments = elf.segments
    .filter((segment) => segment.type === SegmentType.Load && segment.memorySize > 0)
    .sort((a, b) => a.vaddr - b.vaddr);
  const first = segments[0];
  if (first === undefined) throw new ElfError("no-segments", "nothing to load");
  const start = window?.start ?? 0;
  const limit = window?.end ?? (wordBits === 32 ? 2 ** 32 : Number.MAX_SAFE_INTEGER);
  let end = first.vaddr;
  for (const segment of segments) {
    checkAlignment(segment, demands.pageBytes);
    if (segment.vaddr < end) {
      throw new ElfError("overlap", `segment at ${hex(segment.vaddr)} begins before ${hex(end)}`);
    }
    end = segment.vaddr + segment.memorySize;
    if (segment.vaddr < start || end > limit) {
      throw new ElfError(
        "too-large",
        `segment at ${hex(segment.vaddr)} of ${segment.memorySize} bytes is outside ${hex(start)} to ${hex(limit)}`,
      );
    }
  }
  if (maxBytes !== undefined && end - first.vaddr > maxBytes) {
    throw new ElfError(
      "too-large",
      `${end - first.vaddr} bytes in memory, ${maxBytes} are allowed`,
    );
  }
  checkEntry(elf.entry, segments);
  return segments;
}

function checkAlignment(segment: ElfSegment, pageBytes: number | undefined): void {
  const { vaddr, offset, align } = segment;
  const isPowerOfTwo = align === 0 || Number.isInteger(Math.log2(align));
  if (!isPowerOfTwo || (align > 1 && vaddr % align !== offset % align)) {
    throw new ElfError(
      "misaligned",
      `segment at ${hex(vaddr)} with offset ${hex(offset)} is not aligned to ${hex(align)}`,
    );
  }
  if (pageBytes !== undefined && vaddr % pageBytes !== 0) {
    throw new ElfError("misaligned", `segment at ${hex(vaddr)} does not begin a page`);
  }
}

function checkEntry(entry: number, segments: readonly ElfSegment[]): void {
  const home = segments.find(
    (segment) => entry >= segment.vaddr && entry < segment.vaddr + segment.memorySize,
  );
  if (home === undefined || (home.flags & SegmentFlag.Execute) === 0) {
    throw new ElfError("entry-outside", `entry point ${hex(entry)} is in no executable segment`);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
