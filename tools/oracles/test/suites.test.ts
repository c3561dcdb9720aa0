import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecord, printRecord } from "../record.ts";
import type { TestResult } from "../suite.ts";
import { suites } from "../suites.ts";

const ROOT = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cantrip-suites-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function run(name: string): Promise<TestResult[]> {
  const results: TestResult[] = [];
  const chosen = suites.find((suite) => suite.name === name);
  if (chosen === undefined) return results;
  for await (const result of chosen.run(folder)) results.push(result);
  return results;
}
const put = (path: string, contents: Uint8Array | string): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), contents, { mode: 0o755 });
};

describe("the suites", () => {
  it("are those of docs/oracles.md, and the record knows no other", () => {
    const names = suites.map(({ name }) => name);
    for (const name of names) expect(read("docs/oracles.md")).toContain(`\n## ${name}\n`);
    const text = read("docs/oracles.json");
    expect(names).toEqual(expect.arrayContaining(Object.keys(parseRecord(text))));
    expect(printRecord(parseRecord(text))).toBe(text);
  });

  it.each(suites)("$name finds nothing in an empty folder", async ({ name }) => {
    expect(await run(name)).toEqual([]);
  });
});

describe("cantrip-apps", () => {
  const builtin = (name: string): Uint8Array =>
    readFileSync(new URL(`packages/cli/builtins/${name}.elf`, ROOT));

  it("boots sparrow with the program and compares what it prints", async () => {
    put("hello.elf", builtin("hello"));
    put("suicide.elf", builtin("logtest"));
    expect((await run("cantrip-apps")).map(({ name, outcome }) => [name, outcome])).toEqual([
      ["hello", "passed"],
      ["suicide", "failed"],
    ]);
  });
});

describe("sel4test", () => {
  const rootTask = readFileSync(new URL("examples/root-task/root-task.elf", ROOT));

  it("boots the driver on the kernel model of the profile that its folder names", async () => {
    put("cantrip/driver.elf", rootTask);
    const [result, ...rest] = await run("sel4test");
    expect(rest).toEqual([]);
    // This initial task is no driver: it starts no test, but it ran.
    expect(result).toMatchObject({ name: "cantrip/driver", outcome: "failed" });
    expect(result?.detail).toMatch(/^no test was started; printed: Hello from C!/);
  });

  it("boots it on the platform that its name begins with", async () => {
    const bootInfo = readFileSync(new URL("examples/root-task/upstream/boot-info.elf", ROOT));
    put("upstream/mcs.elf", bootInfo);
    put("upstream/qemu-virt-debug.elf", bootInfo);
    // Only the virt board hands a device tree to the kernel.
    expect(
      (await run("sel4test")).map(({ name, detail }) => [
        name,
        /extraLen \d+/.exec(detail ?? "")?.[0],
      ]),
    ).toEqual([
      ["upstream/mcs", "extraLen 0"],
      ["upstream/qemu-virt-debug", "extraLen 4505"],
    ]);
  });

  it("says that a profile does not exist", async () => {
    put("nobody/driver.elf", rootTask);
    expect((await run("sel4test"))[0]?.detail).toContain("no kernel profile nobody");
  });
});

describe("kernels", () => {
  it("does not pass what cannot be booted", async () => {
    put("sparrow-x/kernel.elf", "not an ELF file");
    put("qemu-virt-x/kernel.elf", "not an ELF file");
    put("virt/kernel.elf", "");
    expect((await run("kernels")).map(({ name, outcome }) => [name, outcome])).toEqual([
      ["qemu-virt-x/boot-info/boots", "failed"],
      ["qemu-virt-x/random-invocations/boots", "failed"],
      ["qemu-virt-x/own-system/starts", "failed"],
      ["qemu-virt-x/memory/starts", "failed"],
      ["sparrow-x/root-task/boots", "failed"],
      ["sparrow-x/boot-info/boots", "failed"],
      ["sparrow-x/random-invocations/boots", "failed"],
      ["sparrow-x/cantripos/starts", "failed"],
      ["sparrow-x/own-system/starts", "failed"],
      ["sparrow-x/memory/starts", "failed"],
      ["virt", "not supported yet"],
    ]);
  });
});

describe.skipIf(!existsSync("/bin/sh"))("capdl-tool", () => {
  const CANONICAL =
    "arch riscv\n\nobjects {\n\n  a = ep\n\n\n} caps {\n\n} cdt {\n\n} irq maps {\n\n}\n";
  /** A tool that knows one specification. */
  const tool = `#!/bin/sh
[ "$1" = -t ] && grep -q "a = ep" "$3" || { echo "unexpected" >&2; exit 1; }
cat > "$2" <<'END'
${CANONICAL}END
`;

  it("wants our output accepted, and specimens read as the tool reads them", async () => {
    put("parse-capDL-upstream", tool);
    put("specs/same.cdl", "arch riscv objects { a = ep }");
    put("specs/different.cdl", "arch riscv objects { a = ep b = ep }");
    put("specs/refused.cdl", "arch riscv objects { c = ep }");
    const results = await run("capdl-tool");
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["print/upstream/sparrow-cantrip", "failed"],
      ["print/upstream/sparrow-upstream", "failed"],
      ["read/upstream/different", "failed"],
      ["read/upstream/same", "passed"],
    ]);
    // The tool's own word: it was given the print of the system.
    expect(results[0]?.detail).toBe("unexpected");
    expect(results[2]?.detail).toBe("line 6 is   b = ep; theirs:");
  });
});
