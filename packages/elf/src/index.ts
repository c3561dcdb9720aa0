export { checkLoadable, type LoadDemands } from "./check-loadable.ts";
export {
  ElfType,
  EM_RISCV,
  SectionType,
  SegmentFlag,
  SegmentType,
  SymbolType,
} from "./constants.ts";
export { ElfError, type ElfErrorCode } from "./elf-error.ts";
export { readElf, type Elf, type ElfSegment } from "./read-elf.ts";
export { readSections, readSymbols, type ElfSection, type ElfSymbol } from "./read-sections.ts";
export { writeElf, type ElfInput, type ElfSegmentInput, type ElfSymbolInput } from "./write-elf.ts";
