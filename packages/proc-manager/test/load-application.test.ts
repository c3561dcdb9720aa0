import {
  BundleImageError,
  type BundleSource,
  crc32,
  encodeSectionHeader,
  readSection,
  readSections,
  SECTION_HEADER_BYTES,
  SectionFlag,
  type SectionHeader,
  SectionType,
} from "@cantrip/bundle-image";
import type { Task } from "@cantrip/hosted";
import {
  type ApplicationLayout,
  BundleLayoutError,
  fillPage,
  layOutApplication,
  MAX_IMAGE_BYTES,
  PAGE_BYTES,
  STACK_PAGES,
  WINDOW_BYTES,
} from "@cantrip/proc-manager";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

const MAX_SECTIONS = 64;

/** A task that makes no system call, to its end. */
function result<T>(task: Task<T>): T {
  const step = task[Symbol.iterator]().next();
  if (step.done !== true) throw new Error("a system call");
  return step.value;
}

function sourceOf(bytes: Uint8Array): BundleSource {
  return {
    size: bytes.length,
    *read(offset, target): Task<void> {
      if (offset + target.length > bytes.length) throw new Error("read beyond the bundle");
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
}

interface Section {
  readonly header: SectionHeader;
  readonly data: Uint8Array;
}

function section(vaddr: number, data: Uint8Array, extra: Partial<SectionHeader> = {}): Section {
  const header: SectionHeader = {
    vaddr,
    entry: 0,
    flags: SectionFlag.Read,
    fsize: data.length,
    msize: data.length,
    align: 4,
    ftype: SectionType.Application,
    crc32: crc32(data),
    ...extra,
  };
  return { header, data };
}

/** The bundle, padded with zeros to whole pages as its frames are. */
function bundle(sections: readonly Section[]): Uint8Array {
  const parts = sections.flatMap(({ header, data }) => [encodeSectionHeader(header), data]);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(Math.ceil((length + 1) / PAGE_BYTES) * PAGE_BYTES);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface Loaded {
  readonly layout: ApplicationLayout;
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

function load(bytes: Uint8Array): Loaded {
  const source = sourceOf(bytes);
  const sections = result(readSections(source, MAX_SECTIONS));
  for (const each of sections) result(readSection(source, each));
  const layout = layOutApplication(sections.map(({ header }) => header));
  const pages = new Map(
    layout.pages.map(({ vaddr }) => {
      const page = new Uint8Array(PAGE_BYTES).fill(0xaa);
      result(fillPage(source, sections, vaddr, page));
      return [vaddr, page];
    }),
  );
  return { layout, pages };
}

const entryFlags = SectionFlag.Read | SectionFlag.Execute | SectionFlag.Entry;
const text = section(0x1_0074, Uint8Array.of(1, 2, 3, 4), { flags: entryFlags, entry: 0x1_0074 });

describe("the layout of an application", () => {
  it("has guard pages around the stack, and IPC buffer and SDK page behind it", () => {
    const { layout } = load(bundle([text]));
    expect(layout).toMatchObject({
      entry: 0x1_0074,
      entryIsGuessed: false,
      stackBase: 0x1_2000,
      stackTop: 0x1_2000 + STACK_PAGES * PAGE_BYTES,
      ipcBuffer: 0x1_7000,
      sdkParams: 0x1_8000,
    });
  });

  it("gives a page that two sections share the rights of both", () => {
    const data = section(0x1_0100, Uint8Array.of(9), { flags: SectionFlag.Write, msize: 0x1000 });
    const { layout, pages } = load(bundle([text, data]));
    expect(
      layout.pages.map(({ vaddr, isWritable, isExecutable }) => [vaddr, isWritable, isExecutable]),
    ).toEqual([
      [0x1_0000, true, true],
      [0x1_1000, true, false],
    ]);
    const first = pages.get(0x1_0000);
    expect([...(first?.subarray(0x74, 0x78) ?? []), first?.[0x100], first?.[0]]).toEqual([
      1, 2, 3, 4, 9, 0,
    ]);
  });

  it.each<readonly [string, readonly Section[], RegExp]>([
    ["nothing to load", [], /no section with contents/],
    [
      "a section of the ML core",
      [section(0x1_0000, Uint8Array.of(1), { ftype: SectionType.Kelvin })],
      /type 0x1241998/,
    ],
    ["sections that overlap", [text, section(0x1_0076, Uint8Array.of(1))], /begins before/],
    ["the null page", [section(0, Uint8Array.of(1))], /null page/],
    [
      "kernel addresses",
      [section(0x7fff_f000, Uint8Array.of(1), { msize: 0x2000 })],
      /beyond user addresses/,
    ],
    [
      "more than an image may have",
      [section(0x1_0000, Uint8Array.of(1), { msize: MAX_IMAGE_BYTES + 1 })],
      /does not fit/,
    ],
    [
      "no room for the stack",
      [section(0x7fff_0000, Uint8Array.of(1), { msize: 0x1_0000 })],
      /heap and stack reaches beyond/,
    ],
    [
      "an entry in data",
      [section(0x1_0000, Uint8Array.of(1), { flags: SectionFlag.Entry, entry: 0x1_0000 })],
      /not an instruction/,
    ],
    [
      "an odd entry",
      [section(0x1_0000, Uint8Array.of(1), { flags: entryFlags, entry: 0x1_0001 })],
      /not an instruction/,
    ],
  ])("refuses %s", (_what, sections, message) => {
    expect(() => load(bundle(sections))).toThrow(message);
  });

  it("refuses a section whose bytes were changed", () => {
    const bytes = bundle([text]);
    bytes[SECTION_HEADER_BYTES] = 0xff;
    expect(() => load(bytes)).toThrow(/CRC/);
  });
});

describe("bundles with changed bytes", () => {
  /** Sections one behind the other, with gaps. */
  const sectionsArbitrary = fc
    .array(
      fc.record({
        gap: fc.nat(0x1800),
        data: fc.uint8Array({ maxLength: 200 }),
        zeros: fc.nat(0x1800),
        flags: fc.constantFrom(
          SectionFlag.Read,
          SectionFlag.Read | SectionFlag.Write,
          SectionFlag.Read | SectionFlag.Execute,
        ),
      }),
      { maxLength: 5 },
    )
    .map((parts) => {
      let vaddr = text.header.vaddr + text.data.length;
      const rest = parts.map(({ gap, data, zeros, flags }) => {
        const made = section(vaddr + gap, data, { flags, msize: data.length + zeros });
        vaddr += gap + data.length + zeros;
        return made;
      });
      return [text, ...rest];
    });

  /** Changes in fields of headers, where they matter, and anywhere. */
  const edit = fc.oneof(
    fc.record({
      where: fc.constant("header" as const),
      section: fc.nat(5),
      at: fc.nat(47),
      value: fc.nat(255),
    }),
    fc.record({
      where: fc.constant("anywhere" as const),
      section: fc.constant(0),
      at: fc.nat(8191),
      value: fc.nat(255),
    }),
  );

  /** Bundles that are well-formed and no application. */
  const wrong = rarely(
    fc.constantFrom<(sections: readonly Section[]) => readonly Section[]>(
      () => [],
      (sections) => [section(0, Uint8Array.of(1)), ...sections],
      (sections) => [
        ...sections,
        section(0x20_0000, Uint8Array.of(1), { ftype: SectionType.Kelvin }),
      ],
      (sections) => [
        ...sections,
        section(0x20_0000, Uint8Array.of(1), { fsize: 90_000, msize: 90_000 }),
      ],
      () => Array.from({ length: 65 }, (_, index) => section(0x1_0000 + index, Uint8Array.of(1))),
    ),
    10,
  );

  it("are loaded as their headers say, or refused with an error of the loader", () => {
    const report = new FuzzReport("bundle loader");
    fc.assert(
      fc.property(
        sectionsArbitrary,
        fc.array(edit, { maxLength: 2 }),
        wrong,
        (whole, edits, what) => {
          const sections = what === undefined ? whole : what(whole);
          const bytes = bundle(sections);
          const starts: number[] = [];
          let start = 0;
          for (const { data } of sections) {
            starts.push(start);
            start += SECTION_HEADER_BYTES + data.length;
          }
          for (const { where, section: index, at, value } of edits) {
            const base = where === "header" ? (starts[index % starts.length] ?? 0) : 0;
            if (base + at < bytes.length) bytes[base + at] = value;
          }
          let loaded: Loaded;
          try {
            loaded = load(bytes);
          } catch (error) {
            if (!(error instanceof BundleImageError || error instanceof BundleLayoutError))
              throw error;
            report.refused(error instanceof BundleImageError ? error.code : "layout");
            return;
          }
          report.succeeded();
          checkLoaded(bytes, loaded);
        },
      ),
      { numRuns: 1000 },
    );
    for (const why of ["layout", "bad-magic", "crc-mismatch"])
      expect(report.refusals(why)).toBeGreaterThan(0);
    report.finish();
  });
});

/** Compares with memory that is built byte by byte from the headers as they stand in the bundle. */
function checkLoaded(bytes: Uint8Array, { layout, pages }: Loaded): void {
  const memory = new Map<number, number>();
  const needed = new Set<number>();
  for (const { header, offset } of result(readSections(sourceOf(bytes), MAX_SECTIONS))) {
    const end = header.vaddr + header.msize;
    for (let at = header.vaddr; at < end; at += PAGE_BYTES - (at % PAGE_BYTES)) {
      needed.add(at - (at % PAGE_BYTES));
    }
    for (let index = 0; index < header.fsize; index++)
      memory.set(header.vaddr + index, bytes[offset + index] ?? 0);
  }
  expect([...pages.keys()]).toEqual([...needed].sort((a, b) => a - b));
  for (const [vaddr, page] of pages) {
    const want = Uint8Array.from(
      { length: PAGE_BYTES },
      (_, index) => memory.get(vaddr + index) ?? 0,
    );
    if (Buffer.compare(page, want) !== 0) throw new Error(`page 0x${vaddr.toString(16)} differs`);
  }
  const last = Math.max(...needed) + PAGE_BYTES;
  const first = Math.min(...needed);
  expect(layout.stackBase).toBeGreaterThanOrEqual(last + PAGE_BYTES);
  const spanned = [...pages.keys(), layout.stackBase, layout.stackTop - 1, layout.sdkParams];
  for (const address of spanned)
    expect(layout.windows).toContain(address - (address % WINDOW_BYTES));
  expect(layout.windows[0]).toBe(first - (first % WINDOW_BYTES));
}
