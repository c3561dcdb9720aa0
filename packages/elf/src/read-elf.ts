import { SegmentType } from "./constants.ts";
import { ElfError } from "./elf-error.ts";
import { FieldReader } from "./field-reader.ts";

/** A program header and its bytes. */
export interface ElfSegment {
  /** `p_type`: {@link SegmentType}. */
  readonly type: number;
  /** `p_flags`: {@link SegmentFlag} bits. */
  readonly flags: number;
  /** `p_vaddr` */
  readonly vaddr: number;
  /** `p_paddr` */
  readonly paddr: number;
  /** `p_offset`: where {@link data} starts in the file. */
  readonly offset: number;
  /** `p_memsz`: bytes in memory; those beyond {@link data} are zero. */
  readonly memorySize: number;
  /** `p_align` */
  readonly align: number;
  /** The `p_filesz` bytes of the file, a view of it. */
  readonly data: Uint8Array;
}

/** What is known of an ELF file before anything is demanded of it. */
export interface Elf {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** ELF64; otherwise ELF32. */
  readonly is64: boolean;
  /** `e_type` */
  readonly type: number;
  /** `e_machine` */
  readonly machine: number;
  /** `e_flags` */
  readonly flags: number;
  /** `e_entry` */
  readonly entry: number;
  /** All program headers, in the order of the file. */
  readonly segments: readonly ElfSegment[];
  /** `e_shoff`, `e_shnum`, `e_shentsize`, `e_shstrndx`; not yet checked. */
  readonly sectionTable: {
    readonly offset: number;
    readonly count: number;
    readonly entrySize: number;
    readonly namesIndex: number;
  };
}

/**
 * Reads a little-endian ELF file's header and program headers.
 *
 * Everything is checked against the file's length. Sections are read by {@link readSections}: a loader does not need
 * them. What a loader demands on top is checked by {@link checkLoadable}.
 *
 * @throws ElfError
 */
export function readElf(bytes: Uint8Array): Elf {
  const is64 = readIdentification(bytes);
  const reader = new FieldReader(bytes, is64);
  reader.check(0, is64 ? 64 : 52, "ELF header");
  const word = is64 ? 8 : 4;
  // From e_entry on, fields move with the word size.
  const afterWords = 24 + 3 * word;
  const elf = {
    bytes,
    is64,
    type: reader.u16(16),
    machine: reader.u16(18),
    entry: reader.word(24),
    flags: reader.u32(afterWords),
    sectionTable: {
      offset: reader.word(24 + 2 * word),
      entrySize: reader.u16(afterWords + 10),
      count: reader.u16(afterWords + 12),
      namesIndex: reader.u16(afterWords + 14),
    },
  };
  const table = reader.word(24 + word);
  const entrySize = reader.u16(afterWords + 6);
  const count = reader.u16(afterWords + 8);
  const expectedSize = is64 ? 56 : 32;
  if (count > 0 && entrySize !== expectedSize) {
    throw new ElfError("bad-header", `program headers of ${entrySize} bytes, not ${expectedSize}`);
  }
  reader.check(table, count * expectedSize, "program headers");
  const segments: ElfSegment[] = [];
  for (let index = 0; index < count; index++) {
    segments.push(readSegment(reader, table + index * expectedSize, index));
  }
  return { ...elf, segments };
}

function readIdentification(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    // A file cut within the magic number is no ELF file either.
    throw new ElfError("bad-magic", "not an ELF file");
  }
  const [fileClass, endianness, version] = bytes.subarray(4, 7);
  if (version === undefined) throw new ElfError("truncated", "ELF header");
  if (fileClass !== 1 && fileClass !== 2) {
    throw new ElfError("bad-class", `ELF class ${fileClass ?? 0}`);
  }
  if (endianness !== 1) throw new ElfError("bad-endianness", "not a little-endian ELF file");
  if (version !== 1) throw new ElfError("bad-version", `ELF version ${version}`);
  return fileClass === 2;
}

function readSegment(reader: FieldReader, at: number, index: number): ElfSegment {
  const { is64 } = reader;
  const type = reader.u32(at);
  const offset = reader.word(at + (is64 ? 8 : 4));
  const fileSize = reader.word(at + (is64 ? 32 : 16));
  const memorySize = reader.word(at + (is64 ? 40 : 20));
  reader.check(offset, fileSize, `segment ${index}`);
  if (type === SegmentType.Load && fileSize > memorySize) {
    throw new ElfError(
      "file-size-exceeds-memory-size",
      `segment ${index} has ${fileSize} bytes in the file and ${memorySize} in memory`,
    );
  }
  return {
    type,
    flags: reader.u32(at + (is64 ? 4 : 24)),
    vaddr: reader.word(at + (is64 ? 16 : 8)),
    paddr: reader.word(at + (is64 ? 24 : 12)),
    offset,
    memorySize,
    align: reader.word(at + (is64 ? 48 : 28)),
    data: reader.bytes.subarray(offset, offset + fileSize),
  };
}
