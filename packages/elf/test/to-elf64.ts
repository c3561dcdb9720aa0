import { readElf, readSections, readSymbols } from "@cantrip/elf";

/** Room for the longer headers; a page, so that offsets stay congruent to addresses. */
const SHIFT = 0x1000;

/** The same program, with its sections and symbols, as an ELF64 file. */
export function toElf64(file: Uint8Array): Uint8Array {
  const elf = readElf(file);
  const sections = readSections(elf);
  const symbols = readSymbols(elf);
  const nameOffset = (index: number, field: number): number => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    return view.getUint32(field + index, true);
  };
  const symbolsAt = SHIFT + Math.ceil(file.length / 8) * 8;
  // The first symbol is the null symbol, which readSymbols gives as well.
  const headersAt = symbolsAt + symbols.length * 24;
  const bytes = new Uint8Array(headersAt + sections.length * 64);
  const view = new DataView(bytes.buffer);
  const wide = (at: number, value: number): void => {
    view.setBigUint64(at, BigInt(value), true);
  };
  bytes.set(file, SHIFT);
  bytes.set(file.subarray(0, 16));
  bytes[4] = 2;
  view.setUint16(16, elf.type, true);
  view.setUint16(18, elf.machine, true);
  view.setUint32(20, 1, true);
  wide(24, elf.entry);
  wide(32, 64);
  wide(40, headersAt);
  view.setUint32(48, elf.flags, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, elf.segments.length, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, sections.length, true);
  view.setUint16(62, elf.sectionTable.namesIndex, true);
  elf.segments.forEach((segment, index) => {
    const at = 64 + index * 56;
    view.setUint32(at, segment.type, true);
    view.setUint32(at + 4, segment.flags, true);
    const { offset, vaddr, paddr, data, memorySize, align } = segment;
    [offset + SHIFT, vaddr, paddr, data.length, memorySize, align].forEach((value, field) => {
      wide(at + 8 + field * 8, value);
    });
  });
  const table = sections.find(({ type }) => type === 2);
  symbols.forEach((symbol, index) => {
    const at = symbolsAt + index * 24;
    view.setUint32(at, nameOffset(index * 16, table?.offset ?? 0), true);
    bytes[at + 4] = (symbol.binding << 4) | symbol.type;
    view.setUint16(at + 6, symbol.sectionIndex, true);
    wide(at + 8, symbol.value);
    wide(at + 16, symbol.size);
  });
  sections.forEach((section, index) => {
    const at = headersAt + index * 64;
    const isTable = section === table;
    view.setUint32(at, nameOffset(index * 40, elf.sectionTable.offset), true);
    view.setUint32(at + 4, section.type, true);
    wide(at + 8, section.flags);
    wide(at + 16, section.address);
    wide(at + 24, isTable ? symbolsAt : section.offset + SHIFT);
    wide(at + 32, isTable ? symbols.length * 24 : section.size);
    view.setUint32(at + 40, section.link, true);
    wide(at + 56, isTable ? 24 : section.entrySize);
  });
  return bytes;
}
