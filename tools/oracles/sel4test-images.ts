import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseSel4testConsole } from "./sel4test-console.ts";
import { failed, type OracleSuite, passed, type TestResult } from "./suite.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
/** Platform, MiB of RAM, and any name: `qemu-virt-2048-rv32.elf`. */
const IMAGE = /^([a-z][a-z-]*)-(\d+)-([^/]+)\.(elf|bin)$/;
/** What a board's raw images are for; executables say it themselves. */
const RAW_XLEN = "64";
/** Virtual time. The driver does not end the machine: it stops when nothing is left to do, and then time is cheap. */
const SECONDS = "2000";
const MAX_OUTPUT = 64 * 1024 * 1024;
/** What the driver prints last. */
const WELL = "All is well in the universe";

/** seL4's own tests with the real kernel, boot loader and OpenSBI: whole images, which `cantrip run` boots. */
export const sel4testImages: OracleSuite = {
  name: "sel4test-images",
  *run(folder) {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const [, platform, mebibytes, title, kind] = IMAGE.exec(name) ?? [];
      if (platform === undefined) continue;
      const options = ["--platform", platform, "--ram", `${mebibytes ?? ""}MiB`];
      if (kind === "bin") options.push("--xlen", RAW_XLEN);
      yield* runImage(
        `${platform}-${mebibytes ?? ""}-${title ?? ""}`,
        `${folder}/${name}`,
        options,
      );
    }
  },
};

function* runImage(prefix: string, image: string, options: string[]): Iterable<TestResult> {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...["--conditions=@cantrip/source", "--import", "tsx", "packages/cli/src/cantrip.ts", "run"],
      ...[image, ...options, "--timeout", SECONDS],
    ],
    { cwd: REPOSITORY, encoding: "utf8", maxBuffer: MAX_OUTPUT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const results = parseSel4testConsole(stdout);
  for (const result of results) yield { ...result, name: `${prefix}/${result.name}` };
  const last = `${prefix}/${WELL}`;
  if (stdout.includes(WELL)) yield passed(last);
  else yield failed(last, `printed last: ${stdout.slice(-100)} ${stderr}`);
}
