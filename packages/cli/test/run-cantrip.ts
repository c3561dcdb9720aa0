import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inject, vi } from "vitest";
import { main } from "../src/main.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
/** How the command ended. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in a process of its own, as it is when it is built. */
export function cantrip(...args: string[]): Result {
  return cantripWith({}, ...args);
}

/** The same with input from a pipe, or with options of Node. */
export function cantripWith(
  {
    input,
    nodeOptions = [],
  }: { readonly input?: string; readonly nodeOptions?: readonly string[] },
  ...args: string[]
): Result {
  return spawnSync(process.execPath, [...nodeOptions, inject("builtCommand"), ...args], {
    ...{ cwd: REPOSITORY, encoding: "utf8" },
    ...(input === undefined ? {} : { input }),
  });
}

/** Runs the command in this process, which takes less time: nothing may write to the outputs meanwhile. */
export async function cantripHere(...args: string[]): Promise<Result> {
  const written = { stdout: "", stderr: "" };
  const outputs = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      written[name] += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      return true;
    }),
  );
  try {
    return { status: await main(args), ...written };
  } finally {
    for (const output of outputs) output.mockRestore();
  }
}

/** A folder for the files of a test. */
export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "cantrip-"));

  write(name: string, content: string | Uint8Array): string {
    const file = this.file(name);
    writeFileSync(file, content);
    return file;
  }
  file(name: string): string {
    return join(this.path, name);
  }
  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
