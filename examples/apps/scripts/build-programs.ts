// Builds every C program of the repository with Debian's cross compiler.
//
//   build-programs           writes the ELF files beside their sources
//   build-programs --check   compares what it builds with the committed files
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const sdk = join(root, "packages/sdk/c");
const rootTaskFolder = join(root, "examples/root-task");
const COMPILER = "riscv64-unknown-elf-gcc";

interface Program {
  readonly elf: string;
  /** Where a copy of it is committed, too. */
  readonly copy?: string;
  readonly args: readonly string[];
  /** Symbol that the stripped file keeps. */
  readonly keep?: string;
}

const RISCV = ["-march=rv32imac_zicsr"];
/** The scalar part of the Springbok core. */
const SPRINGBOK = ["-march=rv32im"];

const COMMON = [
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

const folder = join(root, "examples/apps");
const builtins = join(root, "packages/cli/builtins");

/** Names of the folders that hold a source named like them, with an ending. */
function foldersWith(ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        readdirSync(join(folder, entry.name)).includes(`${entry.name}${ending}`),
    )
    .map(({ name }) => name);
}

/** Applications, and one for tests that makes every request. */
function applications(): Program[] {
  const samples = foldersWith(".c").map((name) => ({
    ...application(join(folder, name), name),
    copy: join(builtins, `${name}.elf`),
  }));
  return [...samples, application(join(sdk, "../test/c"), "all-requests")];
}

function application(place: string, name: string): Program {
  return {
    elf: join(place, `${name}.elf`),
    args: [
      ...RISCV,
      ...COMMON,
      "-I",
      join(sdk, "include"),
      "-T",
      join(sdk, "application.ld"),
      join(sdk, "lib/crt0.S"),
      join(place, `${name}.c`),
      join(sdk, "lib/cantrip.c"),
      join(sdk, "lib/format.c"),
    ],
  };
}

/** Models: programs of the ML core. */
function models(): Program[] {
  return foldersWith(".model.c").map((name) => ({
    elf: join(folder, name, `${name}.model.elf`),
    copy: join(builtins, `${name}.model.elf`),
    args: [
      ...SPRINGBOK,
      ...COMMON,
      "-I",
      join(sdk, "include"),
      "-T",
      join(sdk, "model.ld"),
      join(sdk, "lib/model-start.S"),
      join(folder, name, `${name}.model.c`),
    ],
  }));
}

/** An initial task in C: the same with the headers of a profile's system calls and a start of its own. */
function rootTask(
  elf: string,
  source: string,
  profile: string,
  target: string = rootTaskFolder,
): Program {
  return {
    elf: join(target, elf),
    args: [
      ...RISCV,
      ...COMMON,
      "-Wl,--no-warn-rwx-segments",
      ...(profile === "cantrip" ? ["-DCANTRIP_FORK"] : []),
      "-I",
      join(root, "packages/sel4-sys/c", profile),
      "-T",
      join(rootTaskFolder, "root-task.ld"),
      join(rootTaskFolder, "start.S"),
      join(target, source),
    ],
  };
}

function rootTasks(): Program[] {
  return [
    rootTask("root-task.elf", "root-task.c", "cantrip"),
    ...["cantrip", "upstream"].map((profile) =>
      rootTask(`${profile}/boot-info.elf`, "boot-info.c", profile),
    ),
    ...["cantrip", "upstream"].map((profile) =>
      rootTask(
        `${profile}/random-invocations.elf`,
        "random-invocations.c",
        profile,
        join(root, "tools/oracles/programs"),
      ),
    ),
  ];
}

/** A component in C for a kernel profile; the assembly gives it its slots and addresses. */
function component(elf: string, profile: string, sources: readonly string[]): Program {
  const runtime = join(root, "packages/camkes-rpc/c");
  return {
    elf,
    keep: "cantrip_birth",
    args: [
      ...RISCV,
      ...COMMON,
      // Each thread has an IPC buffer of its own.
      "-ftls-model=local-exec",
      "-I",
      join(runtime, "include"),
      "-I",
      join(root, "packages/sel4-sys/c", profile),
      "-T",
      join(runtime, "component.ld"),
      ...sourcesIn(join(runtime, "lib")),
      ...sources,
    ],
  };
}

function components(): Program[] {
  const timer = join(root, "packages/timer-service/c");
  const mirror = join(root, "packages/assembly/test/c");
  const filter = join(root, "examples/own-system/c");
  return [
    ...["cantrip", "upstream"].map((profile) =>
      component(join(timer, profile, "timer-service.elf"), profile, sourcesIn(timer)),
    ),
    component(join(mirror, "mirror.elf"), "cantrip", sourcesIn(mirror)),
    ...["cantrip", "upstream"].map((profile) =>
      component(join(filter, profile, "filter.elf"), profile, sourcesIn(filter)),
    ),
  ];
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.[cS]$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function build(program: Program, output: string): void {
  execFileSync(COMPILER, [...program.args, "-o", output, "-lgcc"], { stdio: "inherit", cwd: root });
  const kept = program.keep === undefined ? [] : [`--keep-symbol=${program.keep}`];
  execFileSync("riscv64-unknown-elf-strip", ["--strip-all", ...kept, output], { stdio: "inherit" });
}

const isCheck = process.argv.includes("--check");
const scratch = mkdtempSync(join(tmpdir(), "cantrip-programs-"));
let differences = 0;
for (const program of [...applications(), ...models(), ...rootTasks(), ...components()]) {
  const output = join(scratch, "program.elf");
  build(program, output);
  const built = readFileSync(output);
  const name = relative(root, program.elf);
  const files = [program.elf, ...(program.copy === undefined ? [] : [program.copy])];
  if (!isCheck) {
    for (const file of files) writeFileSync(file, built);
    console.log(`${name}: ${built.length} bytes`);
  } else if (files.some((file) => !built.equals(readFileSync(file)))) {
    differences++;
    console.error(`${name}: the committed file is not what its source builds to`);
  }
}
rmSync(scratch, { recursive: true });
process.exitCode = differences === 0 ? 0 : 1;
