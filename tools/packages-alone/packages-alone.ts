import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { ROOT } from "../workspace/packages.ts";
import type { Bundle } from "./bundle.ts";
import { type Check, checkPackage } from "./check-package.ts";
import { TypeChecker } from "./check-types.ts";
import { npmInstall } from "./npm-install.ts";
import { type PackedPackage, unpack } from "./packed-package.ts";
import { compareSizes, type Sizes } from "./sizes.ts";

/** Packages that npm itself installs: one that needs nothing, and one that needs nearly all. */
const INSTALLED_BY_NPM = ["@cantrip/cpio", "@cantrip/assembly"];
const SIZES_FILE = `${ROOT}docs/sizes.json`;

/** Packs every package; pnpm's `workspace:` ranges become versions. */
function pack(folder: string): string[] {
  mkdirSync(folder);
  const command = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", folder];
  execFileSync("npx", ["-y", "pnpm@10.34.9", "--silent", ...command], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return readdirSync(folder)
    .sort()
    .map((file) => `${folder}/${file}`);
}

async function checkAll(folder: string, update: boolean): Promise<Check[]> {
  const packages = unpack(pack(`${folder}/tarballs`), `${folder}/store`);
  const types = new TypeChecker();
  const checks: Check[] = [];
  const sizes: Record<string, Bundle> = {};
  console.log("package                              packed  unpacked  minified    gzip");
  for (const entry of packages) {
    const report = await checkPackage(entry, packages, `${folder}/alone/${entry.name}`, types);
    checks.push(...report.checks);
    for (const [path, bundle] of report.sizes) {
      sizes[path] = bundle;
      console.log(sizeLine(path, bundle, path === entry.name ? entry : undefined));
    }
  }
  for (const name of INSTALLED_BY_NPM) {
    const entry = packages.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`there is no package ${name}`);
    const mistakes = npmInstall(entry, packages, `${folder}/npm/${name}`);
    checks.push({ name: `${name} is installed by npm`, mistakes });
  }
  if (update) writeFileSync(SIZES_FILE, `${JSON.stringify(sizes, undefined, 2)}\n`);
  for (const [name, mistakes] of compareSizes(sizes, recordedSizes())) {
    checks.push({ name: `${name} size`, mistakes });
  }
  return checks;
}

function recordedSizes(): Sizes {
  if (!existsSync(SIZES_FILE)) return {};
  return JSON.parse(readFileSync(SIZES_FILE, "utf8")) as Sizes;
}

function sizeLine(path: string, { minified, gzip }: Bundle, entry?: PackedPackage): string {
  const column = (bytes: number | undefined, width: number): string =>
    (bytes === undefined ? "" : String(bytes)).padStart(width);
  return (
    path.padEnd(34) +
    column(entry?.packedBytes, 9) +
    column(entry?.unpackedBytes, 10) +
    column(minified, 10) +
    column(gzip, 8)
  );
}

// Without links in it, so that compiler and bundler know a file by one path.
const folder = mkdtempSync(`${realpathSync(tmpdir())}/packages-alone-`);
try {
  const checks = await checkAll(folder, process.argv.includes("--update"));
  const bad = checks.filter(({ mistakes }) => mistakes.length > 0);
  for (const { name, mistakes } of bad) {
    for (const mistake of mistakes) console.log(`FAILED ${name}: ${mistake}`);
  }
  console.log(`\n${checks.length - bad.length} passed, ${bad.length} failed`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
