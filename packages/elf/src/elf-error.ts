/** What is wrong with an ELF file. */
export type ElfErrorCode =
  /** A table or the contents of a segment reach beyond the end of the file. */
  | "truncated"
  | "bad-magic"
  | "bad-class"
  | "bad-endianness"
  | "bad-version"
  | "bad-machine"
  /** Not an executable (`ET_EXEC`). */
  | "bad-type"
  /** An entry size or an index in a header is impossible. */
  | "bad-header"
  /** More bytes in the file than in memory. */
  | "file-size-exceeds-memory-size"
  /** Address and file offset differ modulo the alignment, or the address is not aligned as demanded. */
  | "misaligned"
  | "overlap"
  /** Outside the addresses, or above the size, that are allowed. */
  | "too-large"
  /** The entry point is in no executable segment. */
  | "entry-outside"
  | "no-segments";

/** The only error that this package throws. */
export class ElfError extends Error {
  override readonly name = "ElfError";
  readonly code: ElfErrorCode;

  constructor(code: ElfErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
