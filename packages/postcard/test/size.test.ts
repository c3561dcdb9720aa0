import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as postcard from "@cantrip/postcard";
import { build } from "esbuild";
import { expect, it } from "vitest";

/** What the core does without: frames, checksums, schemas of Rust, and UTF-8 for others. */
const BESIDES = ["cobs", "crc", "key", "schemaOf", "decodeUtf8", "encodeUtf8"];

it("the core with all types is under 6 kB, minified and compressed", async () => {
  const names = Object.keys(postcard).filter((name) => !BESIDES.includes(name));
  expect(names.length).toBeGreaterThan(45);
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ${names.join(", ")} } from "@cantrip/postcard";\nconsole.log(${names.join(", ")});`,
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    conditions: ["@cantrip/source"],
  });
  const [bundle] = outputFiles;
  expect(bundle?.text).toContain("DeserializeBadVarint");
  expect(gzipSync(bundle?.contents ?? "", { level: 9 }).length).toBeLessThan(6000);
});
