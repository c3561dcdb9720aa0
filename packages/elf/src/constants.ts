/** `e_machine` of RISC-V (`EM_RISCV`). */
export const EM_RISCV = 243;

/** `e_type` values. */
export const ElfType = { Relocatable: 1, Executable: 2, SharedObject: 3, Core: 4 } as const;

/** `p_type` values that loaders know. */
export const SegmentType = {
  Null: 0,
  /** `PT_LOAD`: part of the memory image. */
  Load: 1,
  Dynamic: 2,
  Interpreter: 3,
  Note: 4,
  Tls: 7,
} as const;

/** Bits of `p_flags`. */
export const SegmentFlag = { Execute: 1, Write: 2, Read: 4 } as const;

/** `sh_type` values this package reads. */
export const SectionType = {
  Null: 0,
  ProgramBits: 1,
  SymbolTable: 2,
  StringTable: 3,
  NoBits: 8,
} as const;

/** Low four bits of `st_info`. */
export const SymbolType = { NoType: 0, Object: 1, Function: 2, Section: 3, File: 4 } as const;
