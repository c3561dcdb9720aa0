import { BIRTH_SYMBOL, BIRTH_VERSION, readBirthArea } from "@cantrip/camkes-rpc";
import { SpecRight } from "@cantrip/capdl";
import { checkLoadable, ElfError, EM_RISCV, readElf, readSymbols, SegmentFlag } from "@cantrip/elf";
import type { Elf, ElfSegment } from "@cantrip/elf";
import { IMAGE_BASE, IMAGE_LIMIT, PAGE_BYTES } from "./component-plan.ts";

/** A page of a component in machine code. */
interface ImagePage {
  readonly address: number;
  /** {@link SpecRight} bits. */
  readonly rights: number;
  /** Where its contents are in the file, and how many bytes; the rest is zero. */
  readonly fileOffset: number;
  readonly fileBytes: number;
}

/** A component in machine code: what its ELF file says. */
export interface ComponentImage {
  readonly elf: Uint8Array;
  /** Where each of its threads starts. */
  readonly entry: number;
  /** By ascending address. */
  readonly pages: readonly ImagePage[];
  /** The area that receives the birth data: virtual address, place in the file, bytes. */
  readonly birth: { readonly address: number; readonly fileOffset: number; readonly size: number };
  /** Kernel profile that the program was built for. */
  readonly profile: string;
}

/** An ELF file that is no component. */
export class ComponentImageError extends Error {
  override readonly name = "ComponentImageError";
}

/**
 * Reads a component from an ELF32 executable for RISC-V. Its segments begin pages of their own, between
 * {@link IMAGE_BASE} and {@link IMAGE_LIMIT}: stacks and shared pages come behind them.
 *
 * @throws ComponentImageError
 */
export function readComponentImage(bytes: Uint8Array): ComponentImage {
  try {
    const elf = readElf(bytes);
    const segments = checkLoadable(elf, {
      machine: EM_RISCV,
      pageBytes: PAGE_BYTES,
      window: { start: IMAGE_BASE, end: IMAGE_LIMIT },
    });
    const pages = segments.flatMap(pagesOf);
    return { elf: bytes, entry: elf.entry, pages, ...findBirth(elf, segments) };
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw new ComponentImageError(error.message, { cause: error });
  }
}

function pagesOf(segment: ElfSegment): ImagePage[] {
  const { vaddr, offset, data, memorySize, flags } = segment;
  const rights =
    SpecRight.read |
    ((flags & SegmentFlag.Write) === 0 ? 0 : SpecRight.write) |
    ((flags & SegmentFlag.Execute) === 0 ? 0 : SpecRight.grant);
  return Array.from({ length: Math.ceil(memorySize / PAGE_BYTES) }, (_, index) => ({
    address: vaddr + index * PAGE_BYTES,
    rights,
    fileOffset: offset + index * PAGE_BYTES,
    fileBytes: Math.min(PAGE_BYTES, Math.max(0, data.length - index * PAGE_BYTES)),
  }));
}

function findBirth(
  elf: Elf,
  segments: readonly ElfSegment[],
): Pick<ComponentImage, "birth" | "profile"> {
  const symbol = readSymbols(elf).find(
    ({ name, sectionIndex }) => name === BIRTH_SYMBOL && sectionIndex !== 0,
  );
  if (symbol === undefined) {
    throw new ComponentImageError(
      `has no symbol "${BIRTH_SYMBOL}": link birth.c of @cantrip/camkes-rpc, and keep the symbol when stripping`,
    );
  }
  const { value: address, size } = symbol;
  const home = segments.find(
    ({ vaddr, data }) => address >= vaddr && address + size <= vaddr + data.length,
  );
  if (home === undefined || address % 4 !== 0) {
    throw new ComponentImageError(
      `"${BIRTH_SYMBOL}" at 0x${address.toString(16)} is not an aligned part of a segment's contents`,
    );
  }
  const fileOffset = home.offset + address - home.vaddr;
  const area = readBirthArea(elf.bytes.subarray(fileOffset, fileOffset + size));
  if (area === undefined) {
    throw new ComponentImageError(`"${BIRTH_SYMBOL}" has only ${size} bytes`);
  }
  if (area.version !== BIRTH_VERSION) {
    throw new ComponentImageError(
      `was built for birth data of version ${area.version}, not ${BIRTH_VERSION}`,
    );
  }
  return { birth: { address, fileOffset, size }, profile: area.profile };
}
