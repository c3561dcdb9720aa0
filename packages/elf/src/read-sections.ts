import { SectionType } from "./constants.ts";
import { ElfError } from "./elf-error.ts";
import { FieldReader } from "./field-reader.ts";
import { type Elf } from "./read-elf.ts";

/** A section header and its bytes. */
export interface ElfSection {
  readonly name: string;
  /** `sh_type`: {@link SectionType}. */
  readonly type: number;
  /** `sh_flags` */
  readonly flags: number;
  /** `sh_addr` */
  readonly address: number;
  /** `sh_offset` */
  readonly offset: number;
  /** `sh_size` */
  readonly size: number;
  /** `sh_link` */
  readonly link: number;
  /** `sh_entsize` */
  readonly entrySize: number;
  /** The section's bytes, a view of the file; empty for `SHT_NOBITS`. */
  readonly data: Uint8Array;
}

/** An entry of the symbol table. */
export interface ElfSymbol {
  readonly name: string;
  /** `st_value`: an address in an executable. */
  readonly value: number;
  /** `st_size` in bytes. */
  readonly size: number;
  /** `st_info`'s low bits: {@link SymbolType}. */
  readonly type: number;
  /** `st_info`'s high bits: local 0, global 1, weak 2. */
  readonly binding: number;
  /** `st_shndx`; 0 is undefined. */
  readonly sectionIndex: number;
}

/**
 * The sections of a file; none when it was stripped of them.
 *
 * @throws ElfError
 */
export function readSections(elf: Elf): readonly ElfSection[] {
  const { offset, count, entrySize, namesIndex } = elf.sectionTable;
  if (count === 0) return [];
  const { is64, bytes } = elf;
  const expectedSize = is64 ? 64 : 40;
  if (entrySize !== expectedSize) {
    throw new ElfError("bad-header", `section headers of ${entrySize} bytes, not ${expectedSize}`);
  }
  const reader = new FieldReader(bytes, is64);
  reader.check(offset, count * expectedSize, "section headers");
  const headers = Array.from({ length: count }, (_, index) =>
    readHeader(reader, offset + index * expectedSize, index),
  );
  const names = headers[namesIndex];
  return headers.map(({ nameOffset, ...section }) => ({
    ...section,
    name: names === undefined ? "" : textAt(reader, names, nameOffset),
  }));
}

/**
 * The symbols of a file's symbol table; none when it has no table.
 *
 * @throws ElfError
 */
export function readSymbols(elf: Elf): readonly ElfSymbol[] {
  const sections = readSections(elf);
  const table = sections.find((section) => section.type === SectionType.SymbolTable);
  if (table === undefined) return [];
  const names = sections[table.link];
  if (names?.type !== SectionType.StringTable) {
    throw new ElfError("bad-header", "the symbol table has no string table");
  }
  const { is64 } = elf;
  const entrySize = is64 ? 24 : 16;
  if (table.entrySize !== entrySize) {
    throw new ElfError("bad-header", `symbols of ${table.entrySize} bytes, not ${entrySize}`);
  }
  const reader = new FieldReader(elf.bytes, is64);
  const symbols: ElfSymbol[] = [];
  for (let index = 0; index < Math.floor(table.size / entrySize); index++) {
    const at = table.offset + index * entrySize;
    const info = reader.u8(at + (is64 ? 4 : 12));
    symbols.push({
      name: textAt(reader, names, reader.u32(at)),
      value: reader.word(at + (is64 ? 8 : 4)),
      size: reader.word(at + (is64 ? 16 : 8)),
      type: info & 0xf,
      binding: info >> 4,
      sectionIndex: reader.u16(at + (is64 ? 6 : 14)),
    });
  }
  return symbols;
}

function readHeader(
  reader: FieldReader,
  at: number,
  index: number,
): Omit<ElfSection, "name"> & { readonly nameOffset: number } {
  const { is64 } = reader;
  const type = reader.u32(at + 4);
  const offset = reader.word(at + (is64 ? 24 : 16));
  const size = reader.word(at + (is64 ? 32 : 20));
  const isInFile = type !== SectionType.NoBits && type !== SectionType.Null;
  if (isInFile) reader.check(offset, size, `section ${index}`);
  return {
    nameOffset: reader.u32(at),
    type,
    flags: reader.word(at + 8),
    address: reader.word(at + (is64 ? 16 : 12)),
    offset,
    size,
    link: reader.u32(at + (is64 ? 40 : 24)),
    entrySize: reader.word(at + (is64 ? 56 : 36)),
    data: isInFile ? reader.bytes.subarray(offset, offset + size) : new Uint8Array(0),
  };
}

function textAt(
  reader: FieldReader,
  names: { readonly offset: number; readonly data: Uint8Array },
  nameOffset: number,
): string {
  const end = names.offset + names.data.length;
  const at = names.offset + nameOffset;
  // Offset 0 is the empty name, which an empty table has as well.
  return nameOffset === 0 && names.data.length === 0 ? "" : reader.text(at, end);
}
