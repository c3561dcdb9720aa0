import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const HELLO = fileURLToPath(new URL("../builtins/hello.elf", import.meta.url));
const SUICIDE = fileURLToPath(new URL("../builtins/suicide.elf", import.meta.url));

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cantrip-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command from source in a process of its own, as `pnpm cantrip` does. */
function cantrip(...args: string[]): Result {
  return spawnSync(
    process.execPath,
    ["--conditions=@cantrip/source", "--import", "tsx", "packages/cli/src/cantrip.ts", ...args],
    { cwd: REPOSITORY, encoding: "utf8" },
  );
}

describe("cantrip boot", { timeout: 60_000 }, () => {
  it("ends with 0 when the script is done and every expected text was seen", () => {
    const script = write("hello.txt", "start hello\nstop hello\n");
    const result = cantrip("boot", "--script", script, "--expect-text", 'Bundle "hello" stopped.');
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toContain('Bundle "hello" started.');
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
    expect(result.stdout).toContain("fibonacci.app\nhello.app\nlogtest.app\nsuicide.app\n");
  });

  it.each<[string, readonly string[], RegExp]>([
    ["no command", [], /^cantrip: a command is needed: boot, capdl\n$/],
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
  ])("ends with 2 and one line on %s", (_, args, line) => {
    const result = cantrip(...args);
    expect(result.status).toBe(2);
    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(line);
  });
});
