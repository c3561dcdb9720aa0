import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cantrip, cantripHere, cantripWith, TestFolder, type Result } from "./run-cantrip.ts";

const folder = new TestFolder();
const recording = folder.file("run.rec");
let recorded: Result;

beforeAll(() => {
  recorded = cantripWith(
    { input: "builtins\nstart hello\nmstats\nstop hello\n" },
    ...["boot", "--record", recording],
  );
}, 60_000);
afterAll(() => {
  folder.remove();
});

/** A copy of the recording with its text changed. */
function altered(change: (text: string) => string): string {
  const text = change(gunzipSync(readFileSync(recording)).toString());
  const file = folder.file("altered.rec");
  writeFileSync(file, gzipSync(text));
  return file;
}

describe("cantrip replay", { timeout: 60_000 }, () => {
  it("repeats a run from its recording alone", () => {
    expect(recorded.stdout).toContain('Bundle "hello" started.');
    const result = cantrip("replay", recording);
    expect(result.stdout).toBe(recorded.stdout);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/^cantrip: the same run: 4 inputs, \d+ instructions\n$/);
  });

  it("repeats it with half the stack", () => {
    const result = cantripWith({ nodeOptions: ["--stack-size=492"] }, "replay", recording);
    expect(result).toMatchObject({ status: 0, stdout: recorded.stdout });
  });

  it("says where a run differs", () => {
    // `stop` is typed as `step`.
    const input = altered((text) => text.replace("73746f702068656c6c6f", "737465702068656c6c6f"));
    const other = cantrip("replay", input);
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/^cantrip: replay differs: the console printed/);
    const late = cantrip(
      "replay",
      altered((text) => text.replace('"instructions":', '"instructions":1')),
    );
    expect(late.status).toBe(1);
    expect(late.stderr).toMatch(/replay differs: input 0 entered at instruction/);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    [
      "another image",
      (text) => text.replace(/"image":\{"hex":"../, '"image":{"hex":"ff'),
      /another image/,
    ],
    [
      "another format",
      (text) => text.replace("recording-1", "recording-9"),
      /not a recording: format/,
    ],
    [
      "a system that is not known",
      (text) => text.replace('"name":"sparrow"', '"name":"robin"'),
      /--system robin/,
    ],
    [
      "an input that is none",
      (text) => text.replace('"serial"', '"noise"'),
      /an input that is none/,
    ],
    ["half a recording", (text) => text.slice(0, text.length / 2), /not a recording/],
  ])("ends with 2 and one line on %s", async (_, change, line) => {
    const result = await cantripHere("replay", altered(change));
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toMatch(line);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
