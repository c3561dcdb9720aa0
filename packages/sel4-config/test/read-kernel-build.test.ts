import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { KernelBuildError, readKernelBuild } from "@cantrip/sel4-config/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forkBuild, upstreamBuild, type WholeBuild } from "./fixtures.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kernel-build-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A kernel that was built by itself: everything in one folder. */
function writeKernel(build: WholeBuild): void {
  write("gen_config/kernel/gen_config.h", build.configuration.text);
  write("gen_headers/api/invocation.h", build.invocations.common.text);
  write("gen_headers/arch/api/sel4_invocation.h", build.invocations.sel4Arch.text);
  write("gen_headers/arch/api/invocation.h", build.invocations.arch.text);
  write("gen_headers/arch/api/syscall.h", build.syscalls.text);
  write("gen_headers/plat/machine/platform_gen.yaml", build.platform.text);
  write("gen_headers/plat/platform_gen.h", build.platformHeader.text);
}

/** A project with a kernel in it: lists of calls are in libsel4's folder. */
function writeProject(build: WholeBuild, library: string): void {
  write("kernel/gen_config/kernel/gen_config.json", build.configuration.text);
  write("kernel/gen_headers/plat/machine/platform_gen.json", build.platform.text);
  write("kernel/gen_headers/plat/platform_gen.h", build.platformHeader.text);
  write(`${library}/include/sel4/invocation.h`, build.invocations.common.text);
  write(
    `${library}/sel4_arch_include/riscv32/sel4/sel4_arch/invocation.h`,
    build.invocations.sel4Arch.text,
  );
  write(`${library}/arch_include/riscv/sel4/arch/invocation.h`, build.invocations.arch.text);
  write(`${library}/include/sel4/syscall.h`, build.syscalls.text);
}

describe("a kernel's build folder", () => {
  it("is read where the kernel was built by itself", () => {
    writeKernel(forkBuild());
    expect(readKernelBuild(folder, { name: "cantrip" }).config).toStrictEqual(cantrip);
    expect(readKernelBuild(folder).config.name).toBe(folder.split("/").at(-1));
  });

  it("is read where it is part of a project's", () => {
    writeProject(upstreamBuild(), "libsel4");
    expect(readKernelBuild(folder, { name: "upstream" }).config).toStrictEqual(upstream);
    expect(readKernelBuild(join(folder, "kernel"), { name: "upstream" }).config).toStrictEqual(
      upstream,
    );
  });

  it("is read with a libsel4 elsewhere", () => {
    writeProject(upstreamBuild(), "library");
    const options = { name: "upstream", libsel4: join(folder, "library") };
    expect(readKernelBuild(folder, options).config).toStrictEqual(upstream);
    expect(() => readKernelBuild(folder)).toThrow(KernelBuildError);
  });

  it("prefers the JSON of a configuration to its header", () => {
    writeProject(upstreamBuild(), "libsel4");
    write("kernel/gen_config/kernel/gen_config.h", "#define CONFIG_WORD_SIZE 64");
    expect(readKernelBuild(folder).config.wordBits).toBe(32);
  });

  it("leads to the sizes of the kernel's source", () => {
    writeKernel(forkBuild());
    write("CMakeCache.txt", `//A comment\nseL4_SOURCE_DIR:STATIC=${join(folder, "source")}\n`);
    const path = "libsel4/include/sel4/constants.h";
    const constants = "#define seL4_MinSchedContextBits 8";
    // The source is gone: the built-in profile's sizes hold.
    expect(readKernelBuild(folder, { name: "cantrip" }).config).toStrictEqual(cantrip);
    write(`source/${path}`, constants);
    expect(() => readKernelBuild(folder)).toThrow("no seL4_TCBBits");
    expect(() => readKernelBuild(folder, { source: folder })).not.toThrow();
    write(path, constants);
    expect(() => readKernelBuild(folder, { source: folder })).toThrow("no seL4_TCBBits");
  });

  it("tells everything that is missing or wrong", () => {
    let error: unknown;
    try {
      readKernelBuild(folder);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof KernelBuildError)) throw new Error("no KernelBuildError");
    expect(error.name).toBe("KernelBuildError");
    expect(error.problems).toHaveLength(7);
    expect(error.message.split("\n")[7]).toBe(
      "  platform_gen.h: found no such file; wanted a file of the kernel build",
    );
    writeKernel(forkBuild());
    write("gen_config/kernel/gen_config.h", "#define CONFIG_SEL4_ARCH aarch64");
    const header = join(folder, "gen_config/kernel/gen_config.h");
    expect(() => readKernelBuild(folder)).toThrow(
      `${header}: found CONFIG_SEL4_ARCH is aarch64; wanted riscv32`,
    );
  });
});
