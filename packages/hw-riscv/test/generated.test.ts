import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedFiles } from "../scripts/generate-interpreters.ts";

test("the interpreters are what the instruction table makes: `pnpm generate`", async () => {
  const files = await generatedFiles();
  expect(files.size).toBe(2);
  for (const [path, text] of files) {
    expect(readFileSync(path, "utf8") === text, `${path} is stale`).toBe(true);
  }
});
