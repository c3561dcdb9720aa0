import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EM_RISCV, type ElfInput, writeElf } from "@cantrip/elf";
import { afterAll, describe, expect, it } from "vitest";
import { cantrip, cantripHere, TestFolder } from "./run-cantrip.ts";

const HELLO = fileURLToPath(new URL("../builtins/hello.elf", import.meta.url));
const SUICIDE = fileURLToPath(new URL("../builtins/suicide.elf", import.meta.url));

const folder = new TestFolder();
const write = (name: string, content: string | Uint8Array): string => folder.write(name, content);

afterAll(() => {
  folder.remove();
});

/** Offset of the first program header in an ELF32 file. */
const PROGRAM_HEADER = 52;
const code: ElfInput["segments"][number] = {
  vaddr: 0x1_0000,
  data: Uint8Array.of(0x6f, 0, 0, 0),
  flags: { read: true, write: false, execute: true },
};

function elf(segments: ElfInput["segments"], machine = EM_RISCV): Uint8Array {
  return writeElf({ machine, entry: segments[0]?.vaddr ?? 0, flags: 1, segments });
}

/** The program with its segment's address changed, so that it does not agree with the offset in the file. */
function misaligned(): Uint8Array {
  const bytes = elf([{ ...code, align: 4096 }]);
  const vaddr = PROGRAM_HEADER + 8;
  bytes[vaddr] = (bytes[vaddr] ?? 0) ^ 4;
  return bytes;
}

describe("cantrip boot", { timeout: 60_000 }, () => {
  it("ends with 0 when the script is done and every expected text was seen", () => {
    const script = write("hello.txt", "start hello\nstop hello\n");
    const result = cantrip("boot", "--script", script, "--expect-text", 'Bundle "hello" stopped.');
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toContain('Bundle "hello" started.');
  });

  it("writes figures, with a script and without", () => {
    const file = folder.file("stats.json");
    const read = (): Record<string, unknown> =>
      JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    cantrip("boot", "--stats", file);
    const typed = read();
    cantrip("boot", "--stats", file, "--expect-text", "Global memory");
    const scripted = read();
    for (const stats of [typed, scripted]) {
      expect(stats).toMatchObject({ bootInstructions: scripted["bootInstructions"] });
      expect(stats["memory"]).toMatchObject({ ramBytes: 4 * 1024 * 1024 });
    }
  });

  it("ends with 1 on a fail text", () => {
    const script = write("fail.txt", "start hello\n");
    const result = cantrip("boot", "--script", script, "--fail-text", "started.");
    expect(result).toMatchObject({
      status: 1,
      stderr: 'cantrip: fail text "started." appeared\n',
    });
  });

  it("ends with 42 when an expected text stays away", () => {
    const result = cantrip("boot", "--expect-text", "no such text", "--timeout", "0.5");
    expect(result).toMatchObject({
      status: 42,
      stderr: 'cantrip: time-out after 0.5 virtual seconds; not seen: "no such text"\n',
    });
  });

  it("puts a program in the place of a built-in one of the same name", () => {
    const script = write("replaced.txt", "builtins\nstart hello\n");
    const result = cantrip(
      ...["boot", "--app", `hello=${SUICIDE}`, "--script", script],
      ...["--expect-text", "[hello]::virtual-memory fault"],
    );
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toContain(
      "fibonacci.app\nhello.app\nkeyval.app\nlogtest.app\nmltest.app\npanic.app\nsuicide.app\ntimer.app\nxor.model\n",
    );
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    ["truncated", () => readFileSync(HELLO).subarray(0, 200), /bad\.elf: /],
    ["no ELF file", () => Buffer.from("#!/bin/sh\n"), /bad\.elf: /],
    ["for another machine", () => elf([code], 40), /bad\.elf: .*machine/],
    [
      "of overlapping segments",
      () => elf([code, { ...code, vaddr: 0x1_0002 }]),
      /bad\.elf: .*begins before/,
    ],
    ["misaligned", misaligned, /bad\.elf: .*align/],
  ])("ends with 2 and one line on a program that is %s", async (_, make, line) => {
    const result = await cantripHere("boot", "--app", `bad=${write("bad.elf", make())}`);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toMatch(line);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("gives the prompt back when a program does not fit", () => {
    const large = write(
      "large.elf",
      elf([code, { ...code, vaddr: 0x1_1000, memorySize: 3_500_000 }]),
    );
    const script = write("large.txt", "mstats\nstart large\nmstats\nstart hello\n");
    const result = cantrip("boot", "--app", `large=${large}`, "--script", script);
    expect(result.status).toBe(0);
    expect(result.stdout).toContain("start failed: StartFailed");
    expect(result.stdout).toContain('Bundle "hello" started.');
    const [before, after] = result.stdout.match(/\d+ bytes in-use/g) ?? [];
    expect(after).toBe(before);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "no command",
      [],
      /^cantrip: a command is needed: boot, run, disasm, replay, capdl, kmem, bundle, explain, postcard\n$/,
    ],
    ["an unknown command", ["reboot"], /^cantrip: unknown command "reboot"; known: .*\n$/],
    ["an unknown option", ["boot", "--speed", "9"], /^cantrip: Unknown option '--speed'.*\n$/],
    ["a missing script", ["boot", "--script", "no/such"], /^cantrip: --script: ENOENT.*\n$/],
    [
      "a size that is none",
      ["boot", "--ram", "much"],
      /^cantrip: --ram much: a size such as .*\n$/,
    ],
    ["an unknown system", ["boot", "--system", "x"], /^cantrip: --system x: known: .*\n$/],
    ["an unknown profile", ["boot", "--profile", "x"], /^cantrip: --profile x: known: .*\n$/],
    ["an unknown platform", ["boot", "--platform", "x"], /^cantrip: --platform x: .*\n$/],
    ["an app without a file", ["boot", "--app", "x"], /^cantrip: --app x: NAME=FILE.elf.*\n$/],
    [
      "two apps of one name",
      ["boot", "--app", `x=${HELLO}`, "--app", `x=${SUICIDE}`],
      /^cantrip: --app x: given twice\n$/,
    ],
    [
      "statistics in a folder that is not there",
      ["boot", "--stats", "no/such/stats.json", "--script", SUICIDE],
      /^cantrip: --stats: ENOENT.*\n$/,
    ],
  ])("ends with 2 and one line on %s", async (_, args, line) => {
    const result = await cantripHere(...args);
    expect(result.status).toBe(2);
    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(line);
  });
});
