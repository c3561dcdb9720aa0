import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { named, struct, u32 } from "@cantrip/postcard";
import { schemaBytes } from "@cantrip/postcard/schema";
import { afterAll, expect, test } from "vitest";
import { cantrip } from "./run-cantrip.ts";

const directory = mkdtempSync(join(tmpdir(), "cantrip-postcard-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test("postcard emit writes codecs and types of a type that postcard-schema describes", () => {
  const file = join(directory, "timer.bin");
  writeFileSync(file, schemaBytes(named("Timer", struct({ id: u32 }))));
  const code = cantrip("postcard", "emit", file, "--format", "1");
  expect(code.status).toBe(0);
  expect(code.stdout).toContain("export const Timer = emittedCodec(");
  const types = cantrip("postcard", "emit", file, "--format", "1", "--types");
  expect(types.stdout).toContain('export type Timer = { readonly "id": number; };');
});

test("postcard emit says what is missing", () => {
  const file = join(directory, "bad.bin");
  writeFileSync(file, Uint8Array.of(0, 99));
  for (const args of [[], ["emit", file], ["emit", file, "--format", "1"]]) {
    const { status, stderr } = cantrip("postcard", ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^cantrip: /);
  }
});
