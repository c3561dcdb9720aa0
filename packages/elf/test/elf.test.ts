import {
  checkLoadable,
  ElfError,
  EM_RISCV,
  readElf,
  readSections,
  readSymbols,
  SegmentFlag,
  writeElf,
  type ElfErrorCode,
  type ElfInput,
} from "@cantrip/elf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { toElf64 } from "./to-elf64.ts";

const code = { read: true, write: false, execute: true };
const data = { read: true, write: true, execute: false };
const program: ElfInput = {
  machine: EM_RISCV,
  entry: 0x1_0004,
  flags: 1,
  segments: [
    { vaddr: 0x1_0000, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), flags: code },
    { vaddr: 0x1_1000, data: Uint8Array.of(9, 10), memorySize: 0x2000, flags: data },
  ],
  symbols: [
    { name: "_start", value: 0x1_0004, size: 4 },
    { name: "counter", value: 0x1_1000, type: 1 },
  ],
};
const demands = { machine: EM_RISCV };

function codeOf(action: () => unknown): ElfErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ElfError) return error.code;
    throw error;
  }
}

/** The file with 16- or 32-bit fields changed. */
function patched(...edits: [offset: number, value: number, bytes?: number][]): Uint8Array {
  const bytes = writeElf(program);
  for (const [offset, value, size = 4] of edits) {
    for (let index = 0; index < size; index++) bytes[offset + index] = value >>> (8 * index);
  }
  return bytes;
}

const PROGRAM_HEADER = 52;
const SECOND = PROGRAM_HEADER + 32;
const load = (bytes: Uint8Array, extra = {}) =>
  checkLoadable(readElf(bytes), { ...demands, ...extra });

describe("ELF", () => {
  it("reads what it wrote", () => {
    const elf = readElf(writeElf(program));
    expect(elf).toMatchObject({ is64: false, type: 2, machine: 243, entry: 0x1_0004, flags: 1 });
    const [first, second] = checkLoadable(elf, { ...demands, pageBytes: 4096 });
    expect(first).toMatchObject({ vaddr: 0x1_0000, memorySize: 8, flags: 5, align: 4096 });
    expect([...(first?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(second).toMatchObject({
      memorySize: 0x2000,
      flags: SegmentFlag.Read | SegmentFlag.Write,
    });
    expect(readSymbols(elf).slice(1)).toEqual([
      { name: "_start", value: 0x1_0004, size: 4, type: 2, binding: 1, sectionIndex: 0xfff1 },
      { name: "counter", value: 0x1_1000, size: 0, type: 1, binding: 1, sectionIndex: 0xfff1 },
    ]);
    expect(readSections(elf).map((section) => section.name)).toEqual([
      "",
      ".symtab",
      ".strtab",
      ".shstrtab",
    ]);
  });

  it("writes files without symbols, and the same file twice", () => {
    const bare: ElfInput = { machine: EM_RISCV, entry: 0x1_0004, segments: program.segments };
    const elf = readElf(writeElf(bare));
    expect(readSections(elf)).toEqual([]);
    expect(readSymbols(elf)).toEqual([]);
    expect(writeElf(program)).toEqual(writeElf(program));
  });

  it("reads ELF64", () => {
    const bytes = new Uint8Array(64 + 56 + 4);
    const view = new DataView(bytes.buffer);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    view.setUint16(16, 2, true);
    view.setUint16(18, EM_RISCV, true);
    view.setBigUint64(24, 0x8000_0000n, true);
    view.setBigUint64(32, 64n, true);
    view.setUint16(54, 56, true);
    view.setUint16(56, 1, true);
    view.setUint32(64, 1, true);
    view.setUint32(68, 5, true);
    view.setBigUint64(72, 120n, true);
    view.setBigUint64(80, 0x8000_0000n, true);
    view.setBigUint64(96, 4n, true);
    view.setBigUint64(104, 8n, true);
    view.setBigUint64(112, 4n, true);
    const elf = readElf(bytes);
    expect(checkLoadable(elf, { ...demands, wordBits: 64 })).toMatchObject([
      { vaddr: 0x8000_0000, memorySize: 8, data: { length: 4 } },
    ]);
    expect(codeOf(() => checkLoadable(elf, demands))).toBe("bad-class");
  });

  it.each<[ElfErrorCode, string, () => unknown]>([
    ["bad-magic", "nothing", () => readElf(new Uint8Array(0))],
    ["truncated", "cut header", () => readElf(writeElf(program).subarray(0, 40))],
    ["truncated", "cut segment", () => readElf(writeElf(program).subarray(0, 0x1003))],
    ["bad-magic", "magic", () => readElf(patched([1, 0, 1]))],
    ["bad-class", "class", () => readElf(patched([4, 3, 1]))],
    ["bad-endianness", "big-endian", () => readElf(patched([5, 2, 1]))],
    ["bad-version", "version", () => readElf(patched([6, 2, 1]))],
    ["bad-header", "program header size", () => readElf(patched([42, 31, 2]))],
    ["truncated", "program header count", () => readElf(patched([44, 0xffff, 2]))],
    ["file-size-exceeds-memory-size", "sizes", () => readElf(patched([PROGRAM_HEADER + 20, 7]))],
    ["truncated", "offset", () => readElf(patched([PROGRAM_HEADER + 4, 0xffff_fff0]))],
    ["bad-machine", "machine", () => load(patched([18, 40, 2]))],
    ["bad-type", "type", () => load(patched([16, 3, 2]))],
    ["overlap", "overlap", () => load(patched([SECOND + 8, 0x1_0000]))],
    ["misaligned", "congruence", () => load(patched([SECOND + 8, 0x1_1004]))],
    ["misaligned", "alignment", () => load(patched([SECOND + 28, 3]))],
    [
      "misaligned",
      "page",
      () => load(patched([SECOND + 8, 0x1_1004], [SECOND + 28, 1]), { pageBytes: 4096 }),
    ],
    ["too-large", "size", () => load(writeElf(program), { maxBytes: 0x2000 })],
    ["too-large", "window", () => load(writeElf(program), { window: { start: 0, end: 0x1_2fff } })],
    ["too-large", "wrap", () => load(patched([SECOND + 8, 0xffff_f000]))],
    ["entry-outside", "entry", () => load(patched([24, 0x1_0008]))],
    ["entry-outside", "entry in data", () => load(patched([24, 0x1_1000]))],
    ["no-segments", "empty", () => load(patched([44, 0, 2]))],
    ["too-large", "writer", () => writeElf({ ...program, entry: 2 ** 32 })],
  ])("%s: %s", (expected, _, action) => {
    expect(codeOf(action)).toBe(expected);
  });

  it("throws only ElfError on damaged files, and never reads outside", () => {
    const report = new FuzzReport("elf reader");
    const originals = [32, 64].flatMap((wordBits) =>
      [writeElf(program), writeElf({ ...program, symbols: [] })].map((file) => ({
        wordBits,
        original: wordBits === 32 ? file : toElf64(file),
      })),
    );
    /** Offsets of what a file's readers look at: its headers, its section headers, its symbols. */
    const offsets = originals.map(({ original }) => {
      const { is64, sectionTable, segments } = readElf(original);
      const headers = is64 ? 64 + 56 * segments.length : 52 + 32 * segments.length;
      const symbols = readSections(readElf(original)).filter(
        ({ type }) => type === 2 || type === 3,
      );
      return [
        [0, headers],
        [sectionTable.offset, sectionTable.count * sectionTable.entrySize],
        ...symbols.map(({ offset, size }) => [offset, size]),
      ] as const;
    });
    const values = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
    const edit = fc.tuple(fc.nat(3), fc.nat(4000), values);
    const limits = fc.record({
      wordBits: rarely(fc.constantFrom<32 | 64>(32, 64), 12),
      pageBytes: rarely(fc.constant(4096), 6),
      window: rarely(
        fc.constantFrom({ start: 0, end: 0x2_0000 }, { start: 0x1_0004, end: 0x1_2000 }),
        8,
      ),
      maxBytes: rarely(fc.constantFrom(0x2000, 0x4000), 8),
    });
    fc.assert(
      fc.property(
        fc.nat(originals.length - 1),
        fc.oneof(fc.array(edit, { maxLength: 1 }), fc.array(edit, { maxLength: 2 })),
        rarely(fc.nat(0x3000), 12),
        limits,
        (which, edits, cut, { wordBits: wanted, window, pageBytes, maxBytes }) => {
          const { original, wordBits } = originals[which] ?? {
            original: new Uint8Array(0),
            wordBits: 32,
          };
          const bytes = original.slice();
          for (const [place, at, value] of edits) {
            const areas = offsets[which] ?? [];
            const [start = 0, length = 1] = areas[place % areas.length] ?? [];
            bytes[start + (at % Math.max(1, length))] = value;
          }
          const file = cut === undefined ? bytes : bytes.subarray(0, cut);
          const failure = codeOf(() => {
            const elf = readElf(file);
            for (const segment of elf.segments) {
              expect(segment.offset + segment.data.length).toBeLessThanOrEqual(file.length);
            }
            readSections(elf);
            readSymbols(elf);
            checkLoadable(elf, {
              ...demands,
              wordBits: wanted ?? (wordBits === 64 ? 64 : 32),
              ...(pageBytes === undefined ? {} : { pageBytes }),
              ...(window === undefined ? {} : { window }),
              ...(maxBytes === undefined ? {} : { maxBytes }),
            });
          });
          report.count(failure);
        },
      ),
      { numRuns: 3000 },
    );
    report.finish();
  });

  it("keeps any segments through writing and reading", () => {
    const report = new FuzzReport("elf written and read");
    const segment = fc.record({
      data: fc.uint8Array({ maxLength: 300 }),
      extra: fc.nat(5000),
      page: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (list) => {
        let vaddr = 0x1_0000;
        const segments = list.map(({ data: contents, extra, page }) => {
          vaddr += page * 4096;
          const input = {
            vaddr,
            data: contents,
            memorySize: contents.length + extra + 1,
            flags: code,
          };
          vaddr += Math.ceil(input.memorySize / 4096) * 4096;
          return input;
        });
        const entry = segments[0]?.vaddr ?? 0;
        const loaded = checkLoadable(readElf(writeElf({ machine: EM_RISCV, entry, segments })), {
          ...demands,
          pageBytes: 4096,
        });
        expect(loaded.map(({ vaddr: at, memorySize }) => [at, memorySize])).toEqual(
          segments.map((input) => [input.vaddr, input.memorySize]),
        );
        expect(loaded.map((item) => [...item.data])).toEqual(
          segments.map((input) => [...input.data]),
        );
        report.succeeded();
      }),
    );
    report.finish();
  });
});
