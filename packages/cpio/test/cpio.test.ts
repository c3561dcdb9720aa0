import {
  cpioEntries,
  CpioError,
  findCpioEntry,
  readCpioEntry,
  writeCpio,
  type ByteSource,
} from "@cantrip/cpio";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

const files = [
  { name: "hello.app", data: Uint8Array.of(1, 2, 3, 4, 5) },
  { name: "empty", data: new Uint8Array(0) },
  { name: "dir/fibonacci.app", data: new Uint8Array(100).fill(7), mode: 0o100755 },
];

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof CpioError) return error.code;
    throw error;
  }
}

/** The archive behind random access. */
function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

describe("cpio", () => {
  it("has the bytes of the newc format", () => {
    const archive = writeCpio([{ name: "ab", data: Uint8Array.of(0x78) }]);
    const text = Buffer.from(archive).toString("latin1");
    expect(text.slice(0, 120)).toBe(
      "070701" +
        "00000001000081A40000000000000000" +
        "0000000100000000000000010000000000000000" +
        "0000000000000000" +
        "0000000300000000" +
        "ab\0\0\0\0x\0\0\0",
    );
    expect(text.slice(120, 126)).toBe("070701");
    expect(archive.length).toBe(512);
  });

  it("finds and reads what it wrote", () => {
    const archive = writeCpio(files);
    const entries = [...cpioEntries(archive)];
    expect(entries.map(({ name, size, mode }) => [name, size, mode])).toEqual([
      ["hello.app", 5, 0o100644],
      ["empty", 0, 0o100644],
      ["dir/fibonacci.app", 100, 0o100755],
    ]);
    for (const entry of entries) expect(entry.offset % 4).toBe(0);
    expect(entries.map((entry) => [...readCpioEntry(archive, entry)])).toEqual(
      files.map((file) => [...file.data]),
    );
    expect(findCpioEntry(archive, "empty")?.size).toBe(0);
    expect(findCpioEntry(archive, "missing")).toBeUndefined();
    expect(writeCpio(files)).toEqual(archive);
  });

  it("reads lazily, headers and names only", () => {
    const archive = writeCpio(files);
    let bytesRead = 0;
    const source: ByteSource = {
      length: archive.length,
      read(offset, length) {
        bytesRead += length;
        return archive.slice(offset, offset + length);
      },
    };
    expect(findCpioEntry(source, "hello.app")?.size).toBe(5);
    expect(bytesRead).toBe(120);
  });

  it("ends at the trailer, whatever follows, and at the end of the source", () => {
    const archive = writeCpio(files);
    const longer = new Uint8Array(archive.length + 64).fill(0xff);
    longer.set(archive);
    expect([...cpioEntries(longer)]).toHaveLength(3);
    const end = [...cpioEntries(archive)].at(-1);
    expect([...cpioEntries(archive.subarray(0, (end?.offset ?? 0) + 100))]).toHaveLength(3);
    expect([...cpioEntries(new Uint8Array(0))]).toEqual([]);
    expect([...cpioEntries(writeCpio([]))]).toEqual([]);
  });

  it("reports what is broken", () => {
    const archive = writeCpio(files);
    const patch = (offset: number, text: string) => {
      const bytes = archive.slice();
      bytes.set(new TextEncoder().encode(text), offset);
      return () => [...cpioEntries(bytes)];
    };
    expect(codeOf(patch(0, "070707"))).toBe("bad-magic");
    expect(codeOf(() => [...cpioEntries(new Uint8Array(512))])).toBe("bad-magic");
    expect(codeOf(patch(54, "0000000G"))).toBe("bad-header");
    expect(codeOf(patch(54, "FFFFFFFF"))).toBe("truncated");
    expect(codeOf(patch(94, "00000000"))).toBe("bad-header");
    expect(codeOf(patch(94, "FFFFFFFF"))).toBe("bad-header");
    expect(codeOf(patch(94, "00000009"))).toBe("bad-header");
    expect(codeOf(() => [...cpioEntries(archive.subarray(0, 100))])).toBe("truncated");
    expect(codeOf(() => [...cpioEntries(archive.subarray(0, 115))])).toBe("truncated");
    expect(codeOf(() => [...cpioEntries(archive.subarray(0, 122))])).toBe("truncated");
  });

  it("refuses names that the format cannot hold", () => {
    const data = new Uint8Array(1);
    for (const name of ["", "a\0b", "ä", "TRAILER!!!"]) {
      expect(codeOf(() => writeCpio([{ name, data }]))).toBe("bad-entry");
    }
    expect(
      codeOf(() =>
        writeCpio([
          { name: "a", data },
          { name: "a", data },
        ]),
      ),
    ).toBe("bad-entry");
  });

  it("throws only CpioError on damaged archives, and ends", () => {
    const archive = writeCpio(files);
    const report = new FuzzReport("cpio reader");
    const hexDigits = [...new TextEncoder().encode("0123456789abcdefABCDEF")];
    const edit = fc.tuple(
      fc.nat(archive.length - 1),
      fc.oneof(fc.constantFrom(...hexDigits), fc.nat(255)),
    );
    fc.assert(
      fc.property(
        fc.array(edit, { maxLength: 3 }),
        rarely(fc.nat(archive.length), 2),
        (edits, cut) => {
          const bytes = archive.slice(0, cut ?? archive.length);
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          const code = codeOf(() => {
            for (const entry of cpioEntries(sourceOf(bytes))) {
              expect(readCpioEntry(bytes, entry)).toHaveLength(entry.size);
              expect(readCpioEntry(sourceOf(bytes), entry)).toEqual(readCpioEntry(bytes, entry));
            }
            findCpioEntry(bytes, "empty");
          });
          report.count(code);
        },
      ),
      { numRuns: 2000 },
    );
    report.finish();
  });

  it("keeps any files", () => {
    const report = new FuzzReport("cpio written and read");
    const name = fc.stringMatching(/^[a-z./_-]{1,20}$/);
    const wrong = rarely(fc.constantFrom("", "TRAILER!!!", "a\0b", "\u20ac", "twice"), 5);
    fc.assert(
      fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 40 })), wrong, (contents, bad) => {
        const list = Object.entries(contents).map(([key, data]) => ({
          name: key,
          data,
          ...(data.length % 2 === 0 ? {} : { mode: 0o100755 }),
        }));
        if (bad !== undefined) {
          const code = codeOf(() =>
            writeCpio([
              ...list,
              { name: "twice", data: new Uint8Array(0) },
              { name: bad, data: new Uint8Array(1) },
            ]),
          );
          expect(code).toBeDefined();
          report.count(code);
        }
        const archive = writeCpio(list);
        const read = [...cpioEntries(archive)].map((entry) => [
          entry.name,
          [...readCpioEntry(archive, entry)],
        ]);
        expect(read).toEqual(list.map((file) => [file.name, [...file.data]]));
        for (const { name: wanted, data } of list)
          expect(findCpioEntry(archive, wanted)?.size).toBe(data.length);
        report.succeeded(1 + list.length);
      }),
    );
    report.finish();
  });
});
