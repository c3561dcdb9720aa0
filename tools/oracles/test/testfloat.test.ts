import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testfloat } from "../testfloat.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cantrip-testfloat-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Results by name with a generator that knows some functions, the options of the call before the name of the function. */
function run(cases: string): Map<string, string> {
  const program = `#!/bin/sh
case "$*" in
${cases}
*) echo "unknown" >&2; exit 1;;
esac
`;
  writeFileSync(join(folder, "testfloat_gen"), program, { mode: 0o755 });
  return new Map(
    [...testfloat.run(folder)].map(({ name, outcome, detail }) => [
      name,
      outcome + (detail === undefined ? "" : `: ${detail}`),
    ]),
  );
}

describe.skipIf(!existsSync("/bin/sh"))("testfloat", () => {
  it("compares bits and exceptions of each function in each rounding mode", () => {
    const third = "3F800000 40400000";
    const results = run(`
"-level 1 -tininessafter -exact -rnear_even f32_div") echo "${third} 3EAAAAAB 01";;
"-level 1 -tininessafter -exact -rminMag f32_div") echo "${third} 3EAAAAAA 01";;
"-level 1 -tininessafter -exact -rmin f32_div") echo "${third} 3EAAAAAB 01";;
"-level 1 -tininessafter -exact -rmax f32_div") echo "${third} 3EAAAAAB 00";;
"-level 1 -tininessafter -exact -rnear_maxMag f32_div") ;;
"-level 1 -tininessafter -exact -rnear_even f32_eq") echo "3F800000 3F800000 1 00"; echo "7F800001 0 0 10";;
"-level 1 -tininessafter -exact -rnear_even f32_lt") echo "3F800000 1 00";;`);
    expect(results.size).toBe(144);
    expect(results.get("f32_div/near_even")).toBe("passed");
    expect(results.get("f32_div/minMag")).toBe("passed");
    expect(results.get("f32_div/min")).toMatch(/^failed: case 1, .* 000000003eaaaaaa flags 1/);
    expect(results.get("f32_div/max")).toMatch(/^failed: case 1, .* 000000003eaaaaab flags 1/);
    expect(results.get("f32_div/near_maxMag")).toBe("failed: no cases");
    expect(results.get("f32_eq")).toBe("passed");
    expect(results.get("f32_lt")).toBe("failed: line 1 is no case");
    expect(results.get("f64_div/min")).toBe("failed: testfloat_gen: unknown");
  });
});
