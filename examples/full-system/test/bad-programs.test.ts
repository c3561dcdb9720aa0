import {
  crc32,
  encodeSectionHeader,
  SectionFlag,
  type SectionHeader,
  SectionType,
} from "@cantrip/bundle-image";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

const MIB = 1024 * 1024;
const code = Uint8Array.of(0x6f, 0, 0, 0);

function section(extra: Partial<SectionHeader>): Uint8Array {
  const header: SectionHeader = {
    vaddr: 0x1_0000,
    entry: 0x1_0000,
    flags: SectionFlag.Read | SectionFlag.Execute | SectionFlag.Entry,
    fsize: code.length,
    msize: code.length,
    align: 4,
    ftype: SectionType.Application,
    crc32: crc32(code),
    ...extra,
  };
  return Uint8Array.from([...encodeSectionHeader(header), ...code]);
}

const bundle = (...sections: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(sections.flatMap((bytes) => [...bytes]));
const data = { flags: SectionFlag.Read | SectionFlag.Write };

describe("programs that cannot be", () => {
  it.each<readonly [string, Uint8Array, RegExp]>([
    ["without contents", new Uint8Array(64), /no section with contents/],
    ["of noise", new Uint8Array(64).fill(0x5a), /Invalid magic number/],
    ["that end early", section({ fsize: 9000, msize: 9000 }), /beyond the end/],
    ["for the ML core", section({ ftype: SectionType.Kelvin }), /not an application's/],
    [
      "with overlapping sections",
      bundle(section({}), section({ vaddr: 0x1_0002 })),
      /begins before/,
    ],
    ["in the null page", section({ vaddr: 0, entry: 0 }), /null page/],
    ["in the kernel's addresses", section({ vaddr: 0xf000_0000 }), /beyond user addresses/],
    ["with an entry in no page", section({ entry: 0x2_0000 }), /not an instruction/],
    ["with an odd entry", section({ entry: 0x1_0001 }), /not an instruction/],
    [
      "larger than any",
      bundle(section({}), section({ ...data, vaddr: 0x1_1000, msize: 65 * MIB })),
      /does not fit/,
    ],
    [
      "larger than memory",
      bundle(section({}), section({ ...data, vaddr: 0x1_1000, msize: 3.5 * MIB })),
      /memory/i,
    ],
  ])("%s: one error, the prompt, and nothing lost", (_what, image, message) => {
    const session = boot({
      flash: makeFlash([...builtinApplications(), { name: "bad.app", data: image }]),
    });
    const before = inUse(session);
    for (let attempt = 0; attempt < 3; attempt++) {
      const [log, answer, ...rest] = session.command("start bad").split("\n");
      expect(log).toMatch(message);
      expect(log).toContain("cantrip_proc_manager::start failed: ");
      expect([answer, ...rest]).toEqual(["start failed: StartFailed", ""]);
    }
    expect(inUse(session)).toEqual(before);
    expect(session.command("bundles")).toBe("");
    expect(session.command("start logtest")).toContain("started.");
  });
});
