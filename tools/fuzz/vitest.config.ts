import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** As in the root's configuration: packages resolve to their sources. */
const conditions = ["@cantrip/source", "node", "import", "module", "default"];

/** For `pnpm test:fuzz`: random tests only, the long ones too, always with the same seed. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
    setupFiles: [fileURLToPath(new URL("fixed-seed.ts", import.meta.url))],
    testTimeout: 240_000,
    // Nothing but the lines that the tests print, and failures.
    reporters: ["dot"],
  },
});
