import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foreignFiles, foreignSpec } from "./foreign-system.ts";
import { cantrip, cantripHere, TestFolder } from "./run-cantrip.ts";

const ROOT_TASK = fileURLToPath(
  new URL("../../../examples/root-task/root-task.elf", import.meta.url),
);
const folder = new TestFolder();
const images = folder.file("images");

beforeAll(() => {
  mkdirSync(images);
  for (const [name, bytes] of Object.entries(foreignFiles))
    writeFileSync(`${images}/${name}`, bytes);
});
afterAll(() => {
  folder.remove();
});

describe("cantrip boot with somebody else's system", { timeout: 60_000 }, () => {
  it("boots a capDL specification with the files of a folder", () => {
    const spec = folder.write("spec.cdl", foreignSpec);
    const result = cantrip("boot", "--capdl", spec, "--images", images, "--expect-text", "abcde");
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toMatch(/Model: 17 objects 0 irqs.*abcde$/s);
  });

  it("ends when nothing can happen any more", () => {
    const spec = folder.write("spec.cdl", foreignSpec);
    const result = cantrip("boot", "--capdl", spec, "--images", images);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toMatch(/abcde$/);
    const missing = cantrip("boot", "--capdl", spec, "--images", images, "--expect-text", "xyz");
    expect(missing).toMatchObject({
      status: 42,
      stderr: 'cantrip: the system stopped; not seen: "xyz"\n',
    });
  });

  it("connects programs by their capabilities alone", () => {
    const spec = folder.write("cut.cdl", foreignSpec.replace("1: ep (WG)", ""));
    const result = cantrip("boot", "--capdl", spec, "--images", images);
    expect(result.status).toBe(0);
    // Each call ends in an error reply, in which the word is 0.
    expect(result.stdout).toMatch(/used of 81\n\0{5}$/);
  });

  it("reports every mistake of specification and files before anything boots", () => {
    const spec = folder.write(
      "bad.cdl",
      foreignSpec.replace('"client.elf" 4096', '"client.elf" 8192').replace("server.elf", "no.elf"),
    );
    const result = cantrip("boot", "--capdl", spec, "--images", images);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toContain("has 2 mistakes");
    expect(result.stderr).toContain("no.elf: the file is missing");
    expect(result.stderr).toMatch(/client_text: bytes up to \d+ of client.elf, which has \d+/);
    const syntax = folder.write("syntax.cdl", "arch riscv\nobjects { a = nothing }\n");
    const unread = cantrip("boot", "--capdl", syntax, "--images", images);
    expect(unread).toMatchObject({ status: 2, stdout: "" });
    expect(unread.stderr).toMatch(/2:\d+: /);
  });

  it("boots a root task", () => {
    const result = cantrip("boot", "--rootserver", ROOT_TASK, "--expect-text", "retype again 8");
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toContain("Hello from C!\n");
  });

  it("boots both on QEMU's virt board, too", () => {
    const onVirt = ["--platform", "qemu-virt"];
    const task = cantrip("boot", "--rootserver", ROOT_TASK, ...onVirt);
    expect(task).toMatchObject({ status: 0, stderr: "" });
    expect(task.stdout).toContain("retype again 8\n");
    const spec = folder.write("spec.cdl", foreignSpec);
    const result = cantrip("boot", "--capdl", spec, "--images", images, ...onVirt);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toMatch(/abcde$/);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "a platform that is not known",
      ["--rootserver", ROOT_TASK, "--platform", "x"],
      /--platform x: known: sparrow, qemu-virt/,
    ],
    ["a specification without files", ["--capdl", "x"], /--capdl SPEC and --images DIR belong/],
    ["two systems", ["--rootserver", "x", "--system", "sparrow"], /exclude each other/],
    ["an app without services", ["--rootserver", "x", "--app", "a=b"], /--app is for/],
    ["a root task that is no ELF", ["--rootserver", "package.json"], /^cantrip: .*ELF/],
    [
      "a folder that is not there",
      ["--capdl", "package.json", "--images", "no/such"],
      /--images: /,
    ],
  ])("ends with 2 and one line on %s", async (_, args, line) => {
    const result = await cantripHere("boot", ...args);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toMatch(line);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
