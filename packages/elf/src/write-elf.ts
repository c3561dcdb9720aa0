import { ElfType, SectionType, SegmentFlag, SegmentType, SymbolType } from "./constants.ts";
import { ElfError } from "./elf-error.ts";

/** A segment for {@link writeElf}. */
export interface ElfSegmentInput {
  /** Virtual address; also the physical one unless `paddr` is given. */
  readonly vaddr: number;
  readonly paddr?: number;
  /** Bytes in the file. */
  readonly data: Uint8Array;
  /** Bytes in memory; default: the length of `data`. */
  readonly memorySize?: number;
  /** Access; default: read only. */
  readonly flags?: { readonly read: boolean; readonly write: boolean; readonly execute: boolean };
  /** `p_align`, a power of two; default 4096. */
  readonly align?: number;
}

/** A global symbol for {@link writeElf}. */
export interface ElfSymbolInput {
  /** ASCII. */
  readonly name: string;
  readonly value: number;
  /** In bytes; default 0. */
  readonly size?: number;
  /** {@link SymbolType}; default: function. */
  readonly type?: number;
}

/** What {@link writeElf} writes. */
export interface ElfInput {
  /** `e_machine`, for instance {@link EM_RISCV}. */
  readonly machine: number;
  readonly entry: number;
  /** `e_flags`; for RISC-V bit 0 says that compressed instructions are used. Default 0. */
  readonly flags?: number;
  readonly segments: readonly ElfSegmentInput[];
  readonly symbols?: readonly ElfSymbolInput[];
}

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 40;
const SYMBOL_BYTES = 16;
/** `SHN_ABS`: the symbols are addresses, and there are no code sections to refer to. */
const ABSOLUTE_SECTION = 0xfff1;

/**
 * Writes an ELF32 little-endian executable. The same input gives the same bytes.
 *
 * File offsets are congruent to addresses modulo each segment's alignment, as loaders demand.
 *
 * @throws ElfError for a value that does not fit its field
 */
export function writeElf(input: ElfInput): Uint8Array {
  const { segments, symbols = [] } = input;
  let end = HEADER_BYTES + segments.length * PROGRAM_HEADER_BYTES;
  const offsets = segments.map((segment, index) => {
    const { vaddr, data, align = 4096, memorySize = data.length } = segment;
    if (memorySize < data.length) {
      throw new ElfError("file-size-exceeds-memory-size", `segment ${index}`);
    }
    if (align < 1 || !Number.isInteger(Math.log2(align))) {
      throw new ElfError("misaligned", `segment ${index}: alignment ${align} is no power of two`);
    }
    const gap = (((vaddr - end) % align) + align) % align;
    const offset = end + gap;
    end = offset + data.length;
    return offset;
  });
  const tables = symbols.length === 0 ? [] : symbolTables(symbols, alignWord(end));
  const sectionTable = alignWord(
    tables.reduce((at, table) => table.offset + table.data.length, end),
  );
  const sectionCount = tables.length === 0 ? 0 : tables.length + 1;
  const total = tables.length === 0 ? end : sectionTable + sectionCount * SECTION_HEADER_BYTES;

  const out = new FieldWriter(total);
  out.bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  out.u16(16, ElfType.Executable);
  out.u16(18, input.machine);
  out.u32(20, 1);
  out.u32(24, input.entry);
  out.u32(28, HEADER_BYTES);
  out.u32(32, sectionCount === 0 ? 0 : sectionTable);
  out.u32(36, input.flags ?? 0);
  out.u16(40, HEADER_BYTES);
  out.u16(42, PROGRAM_HEADER_BYTES);
  out.u16(44, segments.length);
  out.u16(46, SECTION_HEADER_BYTES);
  out.u16(48, sectionCount);
  out.u16(50, sectionCount === 0 ? 0 : sectionCount - 1);
  segments.forEach((segment, index) => {
    const offset = offsets[index] ?? 0;
    writeProgramHeader(out, HEADER_BYTES + index * PROGRAM_HEADER_BYTES, segment, offset);
    out.bytes.set(segment.data, offset);
  });
  tables.forEach((table, index) => {
    writeSectionHeader(out, sectionTable + (index + 1) * SECTION_HEADER_BYTES, table);
    out.bytes.set(table.data, table.offset);
  });
  return out.bytes;
}

interface Table {
  readonly nameOffset: number;
  readonly type: number;
  readonly offset: number;
  readonly data: Uint8Array;
  /** `sh_link` and `sh_info`: for symbols the string table and the first global symbol. */
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** Symbol table, its names, and the names of the three sections. */
function symbolTables(symbols: readonly ElfSymbolInput[], start: number): readonly Table[] {
  const sectionNames = asciiTable([".symtab", ".strtab", ".shstrtab"]);
  const names = asciiTable(symbols.map((symbol) => symbol.name));
  const out = new FieldWriter((symbols.length + 1) * SYMBOL_BYTES);
  symbols.forEach((symbol, index) => {
    const at = (index + 1) * SYMBOL_BYTES;
    out.u32(at, names.offsets[index] ?? 0);
    out.u32(at + 4, symbol.value);
    out.u32(at + 8, symbol.size ?? 0);
    // Binding 1 is global.
    out.bytes[at + 12] = (1 << 4) | (symbol.type ?? SymbolType.Function);
    out.u16(at + 14, ABSOLUTE_SECTION);
  });
  const namesStart = start + out.bytes.length;
  const [symtab = 0, strtab = 0, shstrtab = 0] = sectionNames.offsets;
  const text = { type: SectionType.StringTable, link: 0, info: 0, entrySize: 0 };
  return [
    {
      nameOffset: symtab,
      type: SectionType.SymbolTable,
      offset: start,
      data: out.bytes,
      link: 2,
      info: 1,
      entrySize: SYMBOL_BYTES,
    },
    { ...text, nameOffset: strtab, offset: namesStart, data: names.bytes },
    {
      ...text,
      nameOffset: shstrtab,
      offset: namesStart + names.bytes.length,
      data: sectionNames.bytes,
    },
  ];
}

function asciiTable(names: readonly string[]): { bytes: Uint8Array; offsets: readonly number[] } {
  const bytes = [0];
  const offsets = names.map((name) => {
    const offset = bytes.length;
    for (let index = 0; index < name.length; index++) {
      const unit = name.charCodeAt(index);
      if (unit === 0 || unit > 0x7f) throw new ElfError("bad-header", "a name that is not ASCII");
      bytes.push(unit);
    }
    bytes.push(0);
    return offset;
  });
  return { bytes: Uint8Array.from(bytes), offsets };
}

function writeProgramHeader(
  out: FieldWriter,
  at: number,
  segment: ElfSegmentInput,
  offset: number,
): void {
  const { vaddr, data, flags = { read: true, write: false, execute: false } } = segment;
  out.u32(at, SegmentType.Load);
  out.u32(at + 4, offset);
  out.u32(at + 8, vaddr);
  out.u32(at + 12, segment.paddr ?? vaddr);
  out.u32(at + 16, data.length);
  out.u32(at + 20, segment.memorySize ?? data.length);
  out.u32(
    at + 24,
    (flags.read ? SegmentFlag.Read : 0) |
      (flags.write ? SegmentFlag.Write : 0) |
      (flags.execute ? SegmentFlag.Execute : 0),
  );
  out.u32(at + 28, segment.align ?? 4096);
}

function writeSectionHeader(out: FieldWriter, at: number, table: Table): void {
  out.u32(at, table.nameOffset);
  out.u32(at + 4, table.type);
  out.u32(at + 16, table.offset);
  out.u32(at + 20, table.data.length);
  out.u32(at + 24, table.link);
  out.u32(at + 28, table.info);
  out.u32(at + 32, 1);
  out.u32(at + 36, table.entrySize);
}

function alignWord(value: number): number {
  return Math.ceil(value / 4) * 4;
}

/** Writes header fields, little-endian, refusing values that do not fit. */
class FieldWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(offset, fit(value, 0xffff), true);
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(offset, fit(value, 0xffff_ffff), true);
  }
}

function fit(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new ElfError("too-large", `${value} does not fit a field of an ELF32 file`);
  }
  return value;
}
