import { checkLoadable, EM_RISCV, readElf } from "@cantrip/elf";

const PAGE_BYTES = 4096;

/** The image of the initial task, to be placed in RAM behind the kernel. */
export interface InitialTaskImage {
  /** Contents from the first to the last page; a whole number of pages. */
  readonly bytes: Uint8Array;
  /** Virtual address of the first byte, a multiple of 4096. */
  readonly vaddr: number;
  /** Virtual address where the initial thread starts. */
  readonly entry: number;
}

/**
 * Reads an initial task from an ELF executable for RISC-V.
 *
 * Everything from the first to the last page of its segments becomes one image, as the boot loader hands it to the
 * kernel; gaps are zero.
 *
 * @param userTop - end of the addresses that user programs may have
 * @param wordBits - 64 for an ELF64 file
 * @throws ElfError when the file is not such an executable
 */
export function readInitialTask(
  elf: Uint8Array,
  userTop: number,
  wordBits: 32 | 64 = 32,
): InitialTaskImage {
  const file = readElf(elf);
  const segments = checkLoadable(file, {
    machine: EM_RISCV,
    wordBits,
    window: { start: PAGE_BYTES, end: userTop },
  });
  const start = Math.min(...segments.map(({ vaddr }) => vaddr));
  const end = Math.max(...segments.map(({ vaddr, memorySize }) => vaddr + memorySize));
  const vaddr = start - (start % PAGE_BYTES);
  const bytes = new Uint8Array(Math.ceil((end - vaddr) / PAGE_BYTES) * PAGE_BYTES);
  for (const segment of segments) bytes.set(segment.data, segment.vaddr - vaddr);
  return { bytes, vaddr, entry: file.entry };
}
