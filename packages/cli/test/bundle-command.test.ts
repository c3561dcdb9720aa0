import { readFileSync, writeFileSync } from "node:fs";
import { DEFAULT_MANIFEST, manifestOf, readBundleImage } from "@cantrip/bundle-image";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { afterAll, describe, expect, it } from "vitest";
import { cantrip, TestFolder } from "./run-cantrip.ts";

const folder = new TestFolder();
afterAll(() => {
  folder.remove();
});

const text = Uint8Array.of(0x6f, 0, 0, 0);
const elf = folder.write(
  "program.elf",
  writeElf({
    machine: EM_RISCV,
    entry: 0x10000,
    segments: [
      {
        ...{ vaddr: 0x10000, data: text, memorySize: text.length },
        flags: { read: true, write: false, execute: true },
      },
      {
        ...{ vaddr: 0x11000, data: text, memorySize: 64 },
        flags: { read: true, write: true, execute: false },
      },
    ],
  }),
);

function pack(name: string, ...more: string[]): string {
  const file = folder.file(name);
  const { status, stderr } = cantrip("bundle", "pack", elf, "--output", file, ...more);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return file;
}

describe("cantrip bundle", () => {
  it("packs a program with a manifest, which a loader reads", () => {
    const manifest = folder.write("manifest", "[Manifest]\nPriority=100\nKeys=3\n");
    const image = Uint8Array.from(readFileSync(pack("a.app", "--manifest", manifest)));
    expect(readBundleImage(image).map(({ header }) => [header.vaddr, header.msize])).toEqual([
      [0x10000, 4],
      [0x11000, 64],
    ]);
    expect(manifestOf(image)).toEqual({ ...DEFAULT_MANIFEST, priority: 100, keys: 3 });
    const { stdout } = cantrip("bundle", "inspect", folder.file("a.app"));
    expect(stdout).toMatch(/^application\nvaddr .*\n0x00010000 {2}r-x .* entry 0x00010000\n/);
    expect(stdout).toContain("0x00011000  rw-         4        64");
    expect(stdout).toContain("[Manifest]\nPriority=100\nKeys=3\n");
    const json = cantrip("bundle", "inspect", folder.file("a.app"), "--format", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      sections: [{ vaddr: 0x10000, fsize: 4 }, { msize: 64 }],
      manifest: { priority: 100 },
    });
  });

  it("verifies images, and refuses each that is damaged", () => {
    const good = pack("b.app");
    expect(cantrip("bundle", "verify", good).stdout).toBe(`${good}: 2 sections, no manifest\n`);
    const image = readFileSync(good);
    image[50] = 0xff;
    const bad = folder.write("bad.app", image);
    const { status, stdout, stderr } = cantrip("bundle", "verify", bad, good);
    expect(status).toBe(1);
    expect(stderr).toMatch(/bad\.app: section at offset 0: CRC 0x/);
    expect(stdout).toContain(`${good}: 2 sections`);
    writeFileSync(bad, "");
    expect(cantrip("bundle", "verify", bad).stderr).toContain("it has no section");
    expect(cantrip("bundle", "inspect", elf).status).toBe(1);
  });

  it("says what is wrong with its arguments and files", () => {
    for (const args of [[], ["pack", elf], ["inspect"], ["pack", elf, "-o", "x", "--type", "y"]]) {
      const { status, stderr } = cantrip("bundle", ...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^cantrip: /);
    }
    const manifest = folder.write("odd", "[Manifest]\nPriority=300\n");
    const out = folder.file("c.app");
    const { status, stderr } = cantrip("bundle", "pack", elf, "-o", out, "--manifest", manifest);
    expect(status).toBe(1);
    expect(stderr).toContain("manifest, line 2: Priority=300");
  });
});
