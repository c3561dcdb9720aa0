import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { cHeaders } from "../scripts/c-headers.ts";

const folder = join(import.meta.dirname, "..", "c");

describe("the C headers", () => {
  it.each([cantrip, upstream])("of $name are what the generator makes", (config) => {
    const headers = cHeaders(config);
    expect(readdirSync(join(folder, config.name, "sel4")).map((name) => `sel4/${name}`)).toEqual(
      [...headers.keys()].sort(),
    );
    for (const [name, text] of headers) {
      expect(readFileSync(join(folder, config.name, name), "utf8")).toBe(text);
    }
  });

  it("have the fork's calls in the cantrip profile only", () => {
    const invocations = (config: KernelConfig): string =>
      cHeaders(config).get("sel4/invocations.h") ?? "";
    const syscalls = (config: KernelConfig): string =>
      cHeaders(config).get("sel4/syscalls.h") ?? "";
    expect(invocations(cantrip)).toContain("seL4_Untyped_Describe");
    expect(invocations(upstream)).not.toContain("seL4_Untyped_Describe");
    expect(syscalls(cantrip)).toContain("seL4_DebugDumpCNode");
    expect(syscalls(upstream)).not.toContain("seL4_DebugDumpCNode");
  });
});
