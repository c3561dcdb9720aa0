import {
  checkLoadable,
  type Elf,
  ElfError,
  type ElfSegment,
  EM_RISCV,
  readElf,
  SegmentFlag,
  SegmentType,
} from "@cantrip/elf";
import { crc32 } from "./crc32.ts";
import {
  type BundleType,
  encodeSectionHeader,
  SectionFlag,
  sectionType,
} from "./section-header.ts";

/** Addresses of the Springbok core's memory in which a segment may begin. */
const SPRINGBOK_WINDOWS: readonly number[] = [
  0x8000_0000, 0x8100_0000, 0x8200_0000, 0x8300_0000, 0x8500_0000,
];
const SPRINGBOK_WINDOW_BYTES = 0x100_0000;
/** Bytes of the Kelvin core's memory. */
const KELVIN_BYTES = 0x40_0000;
/** User addresses of Sv32. */
const APPLICATION_END = 0x8000_0000;

/**
 * Converts a RISC-V executable to a bundle image: one section for each `PT_LOAD`, in the file's order. Corresponds to
 * CantripOS's `elfconvert`; but an executable that no loader would take is refused here.
 *
 * @throws ElfError for a broken, misaligned, overlapping or too large file, or one for another machine
 */
export function writeBundleImage(elf: Uint8Array, type: BundleType): Uint8Array {
  const file = readElf(elf);
  check(file, type);
  const segments = file.segments.filter((segment) => segment.type === SegmentType.Load);
  const parts: Uint8Array[] = [];
  for (const segment of segments) {
    const { vaddr, data, memorySize, align } = segment;
    const isEntry =
      type === "springbok" ? vaddr === SPRINGBOK_WINDOWS[0] : holds(segment, file.entry);
    parts.push(
      encodeSectionHeader({
        vaddr,
        entry: isEntry ? file.entry : 0,
        flags: accessFlags(segment.flags) | (isEntry ? SectionFlag.Entry : 0),
        fsize: data.length,
        msize: memorySize,
        align,
        ftype: sectionType(type),
        crc32: crc32(data),
      }),
      data,
    );
  }
  return concatenate(parts);
}

function check(file: Elf, type: BundleType): void {
  const demands = { machine: EM_RISCV };
  if (type === "application") {
    checkLoadable(file, { ...demands, window: { start: 0, end: APPLICATION_END } });
  } else if (type === "kelvin") {
    // elfconvert refuses a segment that reaches the end of the memory.
    checkLoadable(file, { ...demands, window: { start: 0, end: KELVIN_BYTES - 1 } });
  } else {
    for (const { vaddr, data } of checkLoadable(file, demands)) {
      if (!SPRINGBOK_WINDOWS.includes(vaddr) || data.length > SPRINGBOK_WINDOW_BYTES) {
        throw new ElfError(
          "too-large",
          `segment at 0x${vaddr.toString(16)} fits no window of Springbok`,
        );
      }
    }
  }
}

function holds(segment: ElfSegment, address: number): boolean {
  return address >= segment.vaddr && address < segment.vaddr + segment.memorySize;
}

function accessFlags(flags: number): number {
  return (
    ((flags & SegmentFlag.Read) === 0 ? 0 : SectionFlag.Read) |
    ((flags & SegmentFlag.Write) === 0 ? 0 : SectionFlag.Write) |
    ((flags & SegmentFlag.Execute) === 0 ? 0 : SectionFlag.Execute)
  );
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
