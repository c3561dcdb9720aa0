/** Writes `c/<profile>/sel4/*.h`. Run: `npx tsx --conditions=@cantrip/source packages/sel4-sys/scripts/generate-c-headers.ts` */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { cHeaders } from "./c-headers.ts";

for (const config of [cantrip, upstream]) {
  for (const [name, text] of cHeaders(config)) {
    const path = join(import.meta.dirname, "..", "c", config.name, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
