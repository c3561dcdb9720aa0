import {
  BundleImageError,
  type BundleType,
  checkSections,
  crc32,
  encodeSectionHeader,
  parseSectionHeader,
  readBundleImage,
  SectionFlag,
  SectionType,
  writeBundleImage,
  type SectionHeader,
} from "@cantrip/bundle-image";
import { ElfError, EM_RISCV, writeElf, type ElfSegmentInput } from "@cantrip/elf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

const code = { read: true, write: false, execute: true };
const text: ElfSegmentInput = { vaddr: 0x1_0000, data: Uint8Array.of(0x13, 0, 0, 0), flags: code };
const bss: ElfSegmentInput = {
  vaddr: 0x1_1000,
  data: new Uint8Array(0),
  memorySize: 0x1800,
  flags: { read: true, write: true, execute: false },
};
const elf = (segments: ElfSegmentInput[] = [text, bss], entry = 0x1_0000) =>
  writeElf({ machine: EM_RISCV, entry, segments });

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof BundleImageError || error instanceof ElfError) return error.code;
    throw error;
  }
}

describe("bundle image", () => {
  it("has the bytes of CantripOS's format", () => {
    const image = writeBundleImage(elf(), "application");
    const hex = Buffer.from(image).toString("hex");
    expect(hex).toBe(
      "0405195710141955" +
        "0000000000010000" +
        "0000000000010000" +
        "0000000d" +
        "00000004" +
        "00000004" +
        "00001000" +
        "04051957" +
        crc32(Uint8Array.of(0x13, 0, 0, 0))
          .toString(16)
          .padStart(8, "0") +
        "13000000" +
        "0405195710141955" +
        "0000000000011000" +
        "0000000000000000" +
        "00000003" +
        "00000000" +
        "00001800" +
        "00001000" +
        "04051957" +
        "00000000",
    );
  });

  it("reads what it wrote, also from pages that end in zeros", () => {
    const image = writeBundleImage(elf(), "application");
    const page = new Uint8Array(4096);
    page.set(image);
    for (const bytes of [image, page, page.subarray(0, image.length + 20)]) {
      const [first, second, ...rest] = readBundleImage(bytes);
      expect(rest).toEqual([]);
      expect(first?.header).toMatchObject({ vaddr: 0x1_0000, entry: 0x1_0000, fsize: 4, msize: 4 });
      expect(first?.data).toEqual(text.data);
      expect(second?.header).toMatchObject({
        flags: SectionFlag.Read | SectionFlag.Write,
        fsize: 0,
      });
    }
    checkSections(readBundleImage(image).map((section) => section.header));
  });

  it("computes the CRC of IEEE 802.3, in pieces too", () => {
    const bytes = new TextEncoder().encode("123456789");
    expect(crc32(bytes)).toBe(0xcbf43926);
    expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  it("reports damage", () => {
    const image = writeBundleImage(elf(), "application");
    const patch = (offset: number, ...values: number[]) => {
      const bytes = image.slice();
      bytes.set(values, offset);
      return bytes;
    };
    expect(codeOf(() => readBundleImage(patch(0, 5)))).toBe("bad-magic");
    expect(codeOf(() => readBundleImage(image.subarray(0, 47)))).toBe("truncated");
    expect(codeOf(() => readBundleImage(image.subarray(0, 50)))).toBe("truncated");
    expect(codeOf(() => readBundleImage(patch(40, 1)))).toBe("bad-type");
    expect(codeOf(() => readBundleImage(patch(35, 3)))).toBe("file-size-exceeds-memory-size");
    expect(codeOf(() => readBundleImage(patch(48, 0x14)))).toBe("crc-mismatch");
    expect(codeOf(() => readBundleImage(patch(8, 0x80)))).toBe("too-large");
    expect(() => readBundleImage(patch(0, 5))).toThrow(
      "Invalid magic number at offset 0 expected 0x405195710141955 got 0x505195710141955",
    );
    expect(readBundleImage(patch(0, 0, 0, 0, 0, 0, 0, 0, 0))).toEqual([]);
  });

  it("checks the layout", () => {
    const section: SectionHeader = {
      vaddr: 0x1_0000,
      entry: 0,
      flags: 1,
      fsize: 0,
      msize: 0x1000,
      align: 4096,
      ftype: SectionType.Application,
      crc32: 0,
    };
    const check = (...sections: Partial<SectionHeader>[]) =>
      codeOf(() => {
        checkSections(
          sections.map((change) => ({ ...section, ...change })),
          { ftype: SectionType.Application, pageBytes: 4096 },
        );
      });
    expect(check({}, { vaddr: 0x1_1000 }, { msize: 0 })).toBeUndefined();
    expect(check()).toBe("empty");
    expect(check({ msize: 0 })).toBe("empty");
    expect(check({}, { vaddr: 0x1_0000 })).toBe("overlap");
    expect(check({ vaddr: 0x1_1000 }, {})).toBe("overlap");
    expect(check({ vaddr: 0x1_0004 })).toBe("unaligned");
    expect(check({ align: 6 })).toBe("unaligned");
    expect(check({}, { vaddr: 0x40_0000 })).toBe("too-large");
    expect(check({ msize: 0x3f_0001 })).toBe("too-large");
    expect(check({ msize: 0x3f_0000 })).toBeUndefined();
    expect(check({ fsize: 0x1001 })).toBe("file-size-exceeds-memory-size");
    expect(check({ ftype: SectionType.Kelvin })).toBe("bad-type");
  });

  it("refuses executables that cannot be loaded", () => {
    const far = { ...bss, vaddr: 0x8000_0000 };
    expect(codeOf(() => writeBundleImage(elf([text, far]), "application"))).toBe("too-large");
    expect(codeOf(() => writeBundleImage(elf([text, text]), "application"))).toBe("overlap");
    expect(codeOf(() => writeBundleImage(new Uint8Array(9), "application"))).toBe("bad-magic");
    const arm = writeElf({ machine: 40, entry: 0x1_0000, segments: [text] });
    expect(codeOf(() => writeBundleImage(arm, "application"))).toBe("bad-machine");
    expect(codeOf(() => writeBundleImage(elf([text, far]), "kelvin"))).toBe("too-large");
    expect(codeOf(() => writeBundleImage(elf(), "springbok"))).toBe("too-large");
    const model = elf([{ ...text, vaddr: 0x8000_0000 }], 0x8000_0000);
    expect(readBundleImage(writeBundleImage(model, "springbok"))[0]?.header).toMatchObject({
      ftype: SectionType.Springbok,
      flags: SectionFlag.Read | SectionFlag.Execute | SectionFlag.Entry,
    });
  });

  /** An executable for one of the cores, most of the time one that fits it. */
  const executables = fc
    .record({
      type: fc.constantFrom<BundleType>("application", "kelvin", "springbok"),
      parts: fc.array(
        fc.record({
          gap: fc.constantFrom(0, 0, 0x1000, 0x2000),
          data: fc.uint8Array({ maxLength: 40 }),
          zeros: fc.nat(0x1800),
          flags: fc.record({ read: fc.boolean(), write: fc.boolean(), execute: fc.boolean() }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      // Not where the core has memory, or across the end of it.
      elsewhere: rarely(fc.constantFrom(0x3f_f000, 0x7fff_f000, 0x4_0000), 10),
      machine: fc.constantFrom(...Array<number>(15).fill(EM_RISCV), 40),
    })
    .map(({ type, parts, elsewhere, machine }) => {
      const base = { application: 0x1_0000, kelvin: 0x1000, springbok: 0x8000_0000 }[type];
      const first = elsewhere ?? base;
      let vaddr = first;
      const segments = parts.map(({ gap, data, zeros, flags }, index): ElfSegmentInput => {
        const memorySize = data.length + zeros + 1;
        if (index > 0) vaddr += gap;
        const made = {
          vaddr,
          data,
          memorySize,
          flags: index === 0 ? { ...flags, execute: true } : flags,
        };
        vaddr =
          type === "springbok"
            ? first + (index + 1) * 0x100_0000
            : Math.ceil((vaddr + memorySize) / 4096) * 4096;
        return made;
      });
      return { type, file: writeElf({ machine, entry: first, segments }) };
    });

  it("throws only its own error on damaged images", () => {
    const writer = new FuzzReport("bundle image writer");
    const reader = new FuzzReport("bundle image reader");
    const edit = fc.record({
      // A field of a header, or any byte.
      section: rarely(fc.nat(3), 2),
      at: fc.oneof(fc.nat(47), fc.constantFrom(0, 7, 8, 27, 31, 35, 39, 43)),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 3, 0xff)),
    });
    const kinds = fc.constantFrom(...Object.values(SectionType));
    const limits = fc.record({
      ftype: rarely(kinds, 8),
      pageBytes: rarely(fc.constant(4096), 3),
    });
    fc.assert(
      fc.property(
        executables,
        fc.oneof(fc.constant([]), fc.array(edit, { maxLength: 2 })),
        fc.record({ cut: rarely(fc.nat(200), 10), zeros: fc.nat(60) }),
        limits,
        ({ type, file }, edits, { cut, zeros }, { ftype, pageBytes }) => {
          let image = new Uint8Array(0);
          const refusal = codeOf(() => (image = new Uint8Array(writeBundleImage(file, type))));
          writer.count(refusal);
          if (refusal !== undefined) return;
          const starts = readBundleImage(image).map(({ offset }) => offset - 48);
          for (const { section, at, value } of edits) {
            const start = section === undefined ? at : (starts[section % starts.length] ?? 0);
            image[(start + at) % image.length] = value;
          }
          const bytes = new Uint8Array(Math.max(0, image.length - (cut ?? 0)) + zeros);
          bytes.set(image.subarray(0, bytes.length - zeros));
          const code = codeOf(() => {
            const sections = readBundleImage(bytes);
            for (const { offset, data } of sections) {
              expect(offset + data.length).toBeLessThanOrEqual(bytes.length);
            }
            checkSections(
              sections.map((section) => section.header),
              {
                ...(ftype === undefined ? {} : { ftype }),
                ...(pageBytes === undefined ? {} : { pageBytes }),
              },
            );
          });
          reader.count(code);
        },
      ),
      { numRuns: 2000 },
    );
    writer.finish();
    reader.finish();
  });

  it("keeps every header through encoding", () => {
    const report = new FuzzReport("section header");
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(
        fc.record({
          vaddr: fc.maxSafeNat(),
          entry: fc.maxSafeNat(),
          flags: word,
          fsize: fc.integer({ min: 0, max: 0x7fff_ffff }),
          msize: fc.integer({ min: 0x8000_0000, max: 0xffff_ffff }),
          align: word,
          ftype: fc.constantFrom(...Object.values(SectionType)),
          crc32: word,
        }),
        (header) => {
          expect(parseSectionHeader(encodeSectionHeader(header))).toEqual(header);
          report.succeeded();
        },
      ),
    );
    report.finish();
  });
});
