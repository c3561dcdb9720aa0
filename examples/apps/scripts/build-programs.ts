// Builds every C program of the repository with Debian's cross compiler.
//
//   build-programs           writes the ELF files beside their sources
//   build-programs --check   compares what it builds with the committed files
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const sdk = join(root, "packages/sdk/c");
const COMPILER = "riscv64-unknown-elf-gcc";

interface Program {
  readonly elf: string;
  readonly args: readonly string[];
}

const COMMON = [
  "-march=rv32imac_zicsr",
  "-mabi=ilp32",
  "-mcmodel=medany",
  "-Os",
  "-g0",
  "-ffreestanding",
  "-fno-builtin",
  "-fno-pic",
  "-ffunction-sections",
  "-fdata-sections",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-nostdlib",
  "-nostartfiles",
  "-static",
  "-Wl,--build-id=none,--gc-sections,-z,max-page-size=4096",
];

function applications(): Program[] {
  const folder = join(root, "examples/apps");
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && readdirSync(join(folder, entry.name)).includes(`${entry.name}.c`),
    )
    .map(({ name }) => ({
      elf: join(folder, name, `${name}.elf`),
      args: [
        ...COMMON,
        "-I",
        join(sdk, "include"),
        "-T",
        join(sdk, "application.ld"),
        join(sdk, "lib/crt0.S"),
        join(folder, name, `${name}.c`),
        join(sdk, "lib/cantrip.c"),
        join(sdk, "lib/format.c"),
      ],
    }));
}

function build(program: Program, output: string): void {
  execFileSync(COMPILER, [...program.args, "-o", output, "-lgcc"], { stdio: "inherit", cwd: root });
  execFileSync("riscv64-unknown-elf-strip", ["--strip-all", output], { stdio: "inherit" });
}

const isCheck = process.argv.includes("--check");
const scratch = mkdtempSync(join(tmpdir(), "cantrip-programs-"));
let differences = 0;
for (const program of applications()) {
  const output = join(scratch, "program.elf");
  build(program, output);
  const built = readFileSync(output);
  const name = relative(root, program.elf);
  const copy = join(root, "packages/cli/builtins", basename(program.elf));
  if (!isCheck) {
    writeFileSync(program.elf, built);
    writeFileSync(copy, built);
    console.log(`${name}: ${built.length} bytes`);
  } else if (!built.equals(readFileSync(program.elf)) || !built.equals(readFileSync(copy))) {
    differences++;
    console.error(`${name}: the committed file is not what its source builds to`);
  }
}
rmSync(scratch, { recursive: true });
process.exitCode = differences === 0 ? 0 : 1;
