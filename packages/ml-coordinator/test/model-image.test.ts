import { type SectionHeader, SectionType } from "@cantrip/bundle-image";
import { measureModel } from "@cantrip/ml-coordinator";
import { describe, expect, it } from "vitest";

const section = (
  vaddr: number,
  msize: number,
  ftype: number = SectionType.Springbok,
): SectionHeader => ({
  vaddr,
  entry: 0,
  flags: 1,
  fsize: 0,
  msize,
  align: 4096,
  ftype,
  crc32: 0,
});

const TEXT = section(0x80000000, 1);
const OUTPUT = section(0x82000000, 0x1001);

describe("measureModel", () => {
  it("rounds every part to pages", () => {
    const all = [
      TEXT,
      OUTPUT,
      section(0x81000000, 0x1000),
      section(0x83000000, 0x2001),
      section(0x84000000, 3),
      section(0x85000000, 0x100_0000),
    ];
    expect(measureModel(all)).toEqual({
      text: 0x1000,
      constantData: 0x1000,
      modelOutput: 0x2000,
      staticData: 0x3000,
      modelInput: 0x1000,
      temporaryData: 0x100_0000,
    });
  });

  it.each([
    ["no text", [OUTPUT]],
    ["no output", [TEXT]],
    ["not for Springbok", [TEXT, section(0x82000000, 1, SectionType.Application)]],
    ["not for Springbok", [TEXT, section(0x82000000, 1, SectionType.Kelvin)]],
    ["in no window", [TEXT, OUTPUT, section(0x86000000, 1)]],
    ["in no window", [TEXT, OUTPUT, section(0x81000004, 1)]],
    ["the second of its window", [TEXT, OUTPUT, OUTPUT]],
    ["larger than its window", [TEXT, OUTPUT, section(0x83000000, 0x100_0001)]],
  ])("refuses a model with %s", (text, sections) => {
    expect(() => measureModel(sections)).toThrow(text);
  });
});
