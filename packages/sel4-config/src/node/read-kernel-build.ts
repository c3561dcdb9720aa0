import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { KernelBuild, KernelBuildFile } from "../kernel-build/kernel-build.ts";
import { parseKernelBuild } from "../kernel-build/parse-kernel-build.ts";
import { KernelBuildError } from "./kernel-build-error.ts";

/** What cannot be seen from a build folder alone. */
export interface KernelBuildOptions {
  /** Name of the profile; the folder's name if it is left out. */
  readonly name?: string;
  /** Folder of libsel4's build, where it is not `libsel4` beside or below the kernel's. */
  readonly libsel4?: string;
  /** Folder of the kernel's source, where it is not the one that `CMakeCache.txt` names. */
  readonly source?: string;
}

/**
 * Reads the build folder of a kernel, configured with CMake, or of a project that contains one, such as sel4test.
 *
 * Of a kernel that was only configured, not built, the invocation lists may be missing: Ninja's targets
 * `kernel.elf` and `libsel4.a` make them. Sizes come from the kernel's source if it is still there.
 *
 * @throws KernelBuildError with everything that is missing or wrong
 */
export function readKernelBuild(folder: string, options: KernelBuildOptions = {}): KernelBuild {
  const kernels = [folder, join(folder, "kernel")];
  const libraries =
    options.libsel4 === undefined
      ? [join(folder, "libsel4"), join(folder, "..", "libsel4")]
      : [options.libsel4];
  const inKernel = (...paths: string[]): string[] =>
    paths.flatMap((path) => kernels.map((kernel) => join(kernel, path)));
  const inLibrary = (path: string): string[] => libraries.map((library) => join(library, path));
  const either = (kernelPath: string, libraryPath: string): KernelBuildFile | undefined =>
    firstOf([...inKernel(kernelPath), ...inLibrary(libraryPath)]);

  const source = options.source ?? sourceOf(folder);
  const configuration = firstOf(
    inKernel("gen_config/kernel/gen_config.json", "gen_config/kernel/gen_config.h"),
  );
  const arch = /\bSEL4_ARCH"?[:\s]+"?riscv64/.test(configuration?.text ?? "")
    ? "riscv64"
    : "riscv32";
  const constants = [
    "libsel4/include/sel4/constants.h",
    `libsel4/sel4_arch_include/${arch}/sel4/sel4_arch/constants.h`,
  ].flatMap((path) => (source === undefined ? [] : (firstOf([join(source, path)]) ?? [])));

  const result = parseKernelBuild({
    profileName: options.name ?? basename(resolve(folder)),
    configuration,
    invocations: {
      common: either("gen_headers/api/invocation.h", "include/sel4/invocation.h"),
      sel4Arch: either(
        "gen_headers/arch/api/sel4_invocation.h",
        `sel4_arch_include/${arch}/sel4/sel4_arch/invocation.h`,
      ),
      arch: either(
        "gen_headers/arch/api/invocation.h",
        "arch_include/riscv/sel4/arch/invocation.h",
      ),
    },
    syscalls: either("gen_headers/arch/api/syscall.h", "include/sel4/syscall.h"),
    platform: firstOf(
      inKernel(
        "gen_headers/plat/machine/platform_gen.json",
        "gen_headers/plat/machine/platform_gen.yaml",
      ),
    ),
    platformHeader: firstOf(inKernel("gen_headers/plat/platform_gen.h")),
    constants,
  });
  if (result.problems !== undefined) throw new KernelBuildError(folder, result.problems);
  return result.build;
}

function firstOf(paths: readonly string[]): KernelBuildFile | undefined {
  const name = paths.find((path) => existsSync(path));
  return name === undefined ? undefined : { name, text: readFileSync(name, "utf8") };
}

/** The kernel's source, as CMake wrote it down. */
function sourceOf(folder: string): string | undefined {
  const cache = firstOf([join(folder, "CMakeCache.txt")])?.text ?? "";
  return /^seL4_SOURCE_DIR:STATIC=(.+)$/m.exec(cache)?.[1];
}
