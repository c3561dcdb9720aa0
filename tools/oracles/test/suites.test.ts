import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
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

describe("sel4test-images", { timeout: 120_000 }, () => {
  /** A bare program that prints and ends at the finisher; the text is behind its code. */
  function program(text: string): Uint8Array {
    const words = [...Buffer.from(`${text}\0\0\0\0`)].map((byte) => `.byte ${byte}`);
    const source = `
      la s0, text
      li s1, 0x10000000
      next: lbu a0, 0(s0)
      beqz a0, end
      sb a0, 0(s1)
      addi s0, s0, 1
      j next
      end: li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)
      stop: j stop
      text:
      ${words.join("\n")}`;
    const data = assemble(source, { base: 0x80000000 }).bytes;
    const flags = { read: true, write: true, execute: true };
    return writeElf({
      ...{ machine: EM_RISCV, entry: 0x80000000 },
      segments: [{ vaddr: 0x80000000, data, flags }],
    });
  }
  const WELL =
    "Starting test 1: IPC0001\nTest suite passed. 1 tests passed.\nAll is well in the universe\n";

  it("runs each image on the board, and with the RAM, that its name says", async () => {
    put("qemu-virt-64-well.elf", program(WELL));
    put("build/qemu-virt-64-other.elf", program(WELL));
    expect(await run("sel4test-images")).toEqual(
      ["IPC0001", "Test suite", "All is well in the universe"].map((name) => ({
        ...{ name: `qemu-virt-64-well/${name}`, outcome: "passed" },
      })),
    );
  });

  it("fails an image that prints no verdict, and says what the command said", async () => {
    put("sifive-u-64-x.elf", program("Starting test 1: IPC0001\n"));
    const [result, ...rest] = await run("sel4test-images");
    expect([result?.name, rest]).toEqual(["sifive-u-64-x/All is well in the universe", []]);
    expect(result?.outcome).toBe("failed");
    expect(result?.detail).toContain("it has 64 bits, not 32");
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
      ["sparrow-x/connectors/starts", "failed"],
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
