import {
  cantrip,
  type KernelBuild,
  type KernelBuildFiles,
  type KernelBuildProblem,
  parseKernelBuild,
  upstream,
  upstream64,
} from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { edited, forkBuild, upstream64Build, upstreamBuild } from "./fixtures.ts";

function buildOf(files: KernelBuildFiles): KernelBuild {
  const { build, problems } = parseKernelBuild(files);
  if (build === undefined) throw new Error(JSON.stringify(problems));
  return build;
}

function problemsOf(files: KernelBuildFiles): readonly KernelBuildProblem[] {
  return parseKernelBuild(files).problems ?? [];
}

/** A fork's build with a line of its configuration replaced. */
function forkWith(...edits: readonly (readonly [from: string, to: string])[]): KernelBuildFiles {
  const fork = forkBuild();
  return {
    ...fork,
    configuration: edits.reduce((file, [from, to]) => edited(file, from, to), fork.configuration),
  };
}

describe("a kernel build", () => {
  it("of the fork is the built-in profile, with its platform", () => {
    const { config, platform, withoutName } = buildOf(forkBuild());
    expect(config).toStrictEqual(cantrip);
    expect(withoutName).toEqual([]);
    expect(platform).toEqual({
      name: "sparrow",
      memory: [{ start: 0x28000000, end: 0x28400000 }],
      devices: [
        { start: 0, end: 0x28000000 },
        { start: 0x64000000, end: 0xfffff000 },
      ],
      maxIrq: 33,
      timerFrequencyHz: 24_000_000,
    });
  });

  it("of current seL4 is the built-in profile, with its platform", () => {
    const { config, platform } = buildOf(upstreamBuild());
    expect(config).toStrictEqual(upstream);
    expect(platform).toMatchObject({
      name: "qemu-riscv-virt",
      memory: [{ start: 0x80200000, end: 0xfffff000 }],
      maxIrq: 96,
      timerFrequencyHz: 10_000_000,
    });
    expect(platform.devices.at(-1)).toEqual({ start: 0xfffff000, end: 2 ** 32 });
  });

  it("tells by its type what the kernel has", () => {
    const { config } = buildOf(forkBuild());
    // @ts-expect-error -- only the fork's labels have it
    const unknown: number = config.label.untypedDescribe;
    expect(unknown).toBe(2);
    if (!config.cantripFork) throw new Error("not the fork");
    const known: number = config.label.untypedDescribe;
    expect(known).toBe(2);
    // @ts-expect-error -- the fork has no such invocation
    const none: number = cantrip.label.tcbSetFlags;
    expect(none).toBeUndefined();
  });

  it("has the settings that it was configured with", () => {
    const { config } = buildOf(
      forkWith(
        ["ROOT_CNODE_SIZE_BITS 11", "ROOT_CNODE_SIZE_BITS 12"],
        ["RETYPE_FAN_OUT_LIMIT 256", "RETYPE_FAN_OUT_LIMIT 32"],
        ["MAX_NUM_WORK_UNITS_PER_PREEMPTION 100", "MAX_NUM_WORK_UNITS_PER_PREEMPTION 7"],
        ["RESET_CHUNK_BITS 8", "RESET_CHUNK_BITS 10"],
        ["UNTYPED_CAPS 128", "UNTYPED_CAPS 50"],
        ["DEVICE_TOP 4294967295", "DEVICE_TOP 2147483648"],
        ["TIME_SLICE 5", "TIME_SLICE 9"],
        ["NUM_DOMAINS 1", "NUM_DOMAINS 16"],
        ["NUM_PRIORITIES 256", "NUM_PRIORITIES 64"],
        ["WCET_SCALE 1", "WCET_SCALE 3"],
      ),
    );
    expect(config.settings).toEqual({
      ...cantrip.settings,
      rootCNodeSizeBits: 12,
      retypeFanOutLimit: 32,
      maxNumWorkUnitsPerPreemption: 7,
      resetChunkBits: 10,
      maxNumBootInfoUntypedCaps: 50,
      paddrUserDeviceTop: 0x80000000,
      bootThreadTimeSliceMs: 9,
      numDomains: 16,
      numPriorities: 64,
      minBudgetUs: 60,
    });
  });

  it("keeps the numbers of debug calls that are compiled out", () => {
    const { config } = buildOf(
      forkWith(["#define CONFIG_DEBUG_BUILD 1", ""], ["#define CONFIG_PRINTING 1", ""]),
    );
    expect(config.settings.debugBuild).toBe(false);
    expect(config.syscall).toEqual(cantrip.syscall);
  });

  it("counts the invocations that its configuration has, and names those that a profile cannot", () => {
    const files = forkWith([
      "#define CONFIG_PRINTING 1",
      "#define CONFIG_PRINTING 1\n#define CONFIG_HARDWARE_DEBUG_API 1\n#define CONFIG_ENABLE_BENCHMARKS 1",
    ]);
    const { config, withoutName } = buildOf(files);
    expect(config.label.tcbUnbindNotification).toBe(cantrip.label.tcbUnbindNotification);
    expect(config.label.tcbSetTLSBase).toBe(cantrip.label.tcbSetTLSBase + 1);
    expect(config.label.riscvPageMap).toBe(cantrip.label.riscvPageMap + 1);
    expect(withoutName).toEqual(["TCBSetBreakpoint", "BenchmarkResetLog"]);
  });

  it("takes numbers of system calls from the list", () => {
    const fork = forkBuild();
    const syscalls = edited(fork.syscalls, "SysDebugHalt = -15", "SysDebugHalt = -115");
    expect(buildOf({ ...fork, syscalls }).config.syscall.debugHalt).toBe(-115);
  });

  it("takes sizes from libsel4's headers where they are there", () => {
    const constants = {
      name: "constants.h",
      text: `
#define seL4_SlotBits           4
#ifdef CONFIG_KERNEL_MCS
#define seL4_NotificationBits   5
#define seL4_ReplyBits          4
#else
#define seL4_NotificationBits   4
#endif
#define seL4_EndpointBits       4
#define seL4_IPCBufferSizeBits  9
#ifdef CONFIG_HAVE_FPU
#define seL4_TCBBits            10
#else
#define seL4_TCBBits            9
#endif
#define seL4_MinUntypedBits 4 /* a slot */
#define seL4_MaxUntypedBits 29
#define seL4_PageBits 12
#define seL4_PageTableEntryBits 2
#define seL4_LargePageBits 22
#define seL4_PageTableBits 12
#define seL4_VSpaceBits seL4_PageTableBits
#define seL4_NumASIDPoolsBits 5
#define seL4_ASIDPoolIndexBits 4
#define seL4_ASIDPoolBits 12
#define seL4_UserTop 0x80000000lu
#define seL4_MinSchedContextBits 8
`,
    };
    const files = forkBuild();
    expect(buildOf({ ...files, constants: [constants] }).config).toStrictEqual(cantrip);
    const fpu = forkWith(["#pragma once", "#define CONFIG_HAVE_FPU 1"]);
    expect(buildOf({ ...fpu, constants: [constants] }).config.sizeBits).toEqual({
      ...cantrip.sizeBits,
      tcb: 10,
    });
    const other = edited(
      edited(edited(constants, "0x80000000lu", "0x40000000lu"), "PoolsBits 5", "PoolsBits 6"),
      "IndexBits 4",
      "IndexBits 3",
    );
    expect(buildOf({ ...files, constants: [other] }).config.settings).toEqual({
      ...cantrip.settings,
      userTop: 0x40000000,
      numAsidPools: 64,
      asidPoolEntries: 8,
    });
    expect(problemsOf(fpu)).toMatchObject([{ file: "constants.h of libsel4" }]);
    const short = edited(constants, "#define seL4_SlotBits           4", "");
    expect(problemsOf({ ...files, constants: [short] })).toEqual([
      { file: "constants.h", found: "no seL4_SlotBits", wanted: "a number, 4 for example" },
    ]);
  });
});

describe("a 64-bit kernel build", () => {
  it("is that of the 64-bit profile", () => {
    const build = buildOf(upstream64Build());
    expect(build.config).toStrictEqual(upstream64);
    expect(build.platform.devices.at(-1)).toEqual({ start: 2 ** 32, end: 2 ** 39 });
  });

  it("is refused with two levels of page tables, or of another word size than its architecture", () => {
    const build = upstream64Build();
    const { configuration = { name: "", text: "" } } = build;
    const with32 = edited(configuration, '"PT_LEVELS":"3"', '"PT_LEVELS":"2"');
    const other = edited(with32, '"SEL4_ARCH":"riscv64"', '"SEL4_ARCH":"riscv32"');
    expect(problemsOf({ ...build, configuration: other })).toEqual([
      { file: "gen_config.json", found: "CONFIG_SEL4_ARCH is riscv32", wanted: "riscv64" },
      { file: "gen_config.json", found: "CONFIG_PT_LEVELS is 2", wanted: "3" },
    ]);
  });
});

describe("problems of a kernel build", () => {
  it("name every file that is missing", () => {
    const none = {
      profileName: "none",
      configuration: undefined,
      invocations: { common: undefined, sel4Arch: undefined, arch: undefined },
      syscalls: undefined,
      platform: undefined,
      platformHeader: undefined,
    };
    expect(problemsOf(none).map(({ file }) => file)).toEqual([
      "gen_config.json or gen_config.h",
      "invocation.h",
      "invocation.h of sel4_arch",
      "invocation.h of arch",
      "syscall.h",
      "platform_gen.json or platform_gen.yaml",
      "platform_gen.h",
    ]);
  });

  it("are told all at once, of all files", () => {
    const fork = forkWith(
      ["riscv32", "riscv64"],
      ["WORD_SIZE 32", "WORD_SIZE 64"],
      ["MAX_NUM_NODES 1", "MAX_NUM_NODES 4"],
      ["RESET_CHUNK_BITS 8", "RESET_CHUNK_BITS eight"],
      ["#define CONFIG_ROOT_CNODE_SIZE_BITS 11", ""],
      ["NUM_PRIORITIES 256", "NUM_PRIORITIES 257"],
      ["#define CONFIG_PRINTING 1", ""],
    );
    const { syscalls, platform, platformHeader } = forkBuild();
    const found = problemsOf({
      ...fork,
      syscalls: edited(syscalls, "SysWait = -9", "SysWait = 9"),
      platform: edited(platform, "start: 0x64000000", "start: 0x20000000"),
      platformHeader: edited(platformHeader, "PLIC_MAX_IRQ", "GIC_MAX_IRQ"),
    });
    expect(found.map((each) => `${each.file}: ${each.found}; ${each.wanted}`)).toEqual([
      "syscall.h: line 12: SysWait = 9,; a negative number, once for each system call",
      "platform_gen.yaml: 0x0..0x28000000 and 0x20000000..0xfffff000; no overlap",
      "platform_gen.yaml: 0x20000000..0xfffff000 and 0x28000000..0x28400000; no overlap",
      "platform_gen.h: no PLIC_MAX_IRQ; a number",
      "syscall.h: nothing for wait; every call of this version",
      "gen_config.h: CONFIG_SEL4_ARCH is riscv64; riscv32",
      "gen_config.h: CONFIG_WORD_SIZE is 64; 32",
      "gen_config.h: CONFIG_MAX_NUM_NODES is 4; 1",
      "gen_config.h: CONFIG_DEBUG_BUILD without CONFIG_PRINTING; both, or none of them",
      "gen_config.h: CONFIG_ROOT_CNODE_SIZE_BITS is not set; a whole number from 4 to 27",
      "gen_config.h: CONFIG_RESET_CHUNK_BITS is eight; a whole number from 4 to 29",
      "gen_config.h: CONFIG_NUM_PRIORITIES is 257; a whole number from 1 to 256",
    ]);
  });

  it("say so when the kernel is not MCS", () => {
    const found = problemsOf(forkWith(["#define CONFIG_KERNEL_MCS 1", ""]));
    expect(found).toContainEqual({
      file: "gen_config.h",
      found: "CONFIG_KERNEL_MCS is not set",
      wanted: "1",
    });
    expect(found.map((each) => each.found)).toContain("nothing for schedContextBind");
  });

  it("say so when the version is unknown", () => {
    const build = upstreamBuild();
    const common = edited(build.invocations.common, "    TCBSetFlags,\n", "");
    expect(problemsOf({ ...build, invocations: { ...build.invocations, common } })).toMatchObject([
      { wanted: "the invocations of the CantripOS fork, or those of current seL4" },
      { found: "nothing for tcbSetFlags" },
    ]);
  });

  it.each([
    ["TCBSuspend,", "TCBResume,", "TCBResume,"],
    ["TCBSuspend,", "TCB Suspend,", "TCB Suspend,"],
    ["TCBSuspend,", "TCBSuspend = Later,", "TCBSuspend = Later,"],
    ["#ifdef CONFIG_KERNEL_MCS", "#if (1", "#if (1"],
    ["#ifdef CONFIG_KERNEL_MCS", "#if 1 1", "#if 1 1"],
    ["#ifdef CONFIG_KERNEL_MCS", "#if defined 1", "#if defined 1"],
    ["#endif /* __API_INVOCATION_H */", "", "end of file"],
    ["#endif /* __API_INVOCATION_H */", "#endif\n#endif", "#endif"],
    ["#endif /* __API_INVOCATION_H */", "#endif\n#else", "#else"],
  ])("show the line of an invocation list where %s is %s", (from, to, shown) => {
    const fork = forkBuild();
    const common = edited(fork.invocations.common, from, to);
    const found = problemsOf({ ...fork, invocations: { ...fork.invocations, common } });
    expect(found[0]?.file).toBe("api/invocation.h");
    expect(found[0]?.found).toMatch(/^line \d+: /);
    expect(found.some((each) => each.found.endsWith(`: ${shown}`))).toBe(true);
  });

  it.each([
    ['"memory"', '"ram"', "no list memory"],
    ['{"start": 2149580800, "end": 4294963200}', "", "no memory"],
    ["2149580800", "4294963200", "memory[0]: start 0xfffff000, end 0xfffff000"],
    ["2149580800", '"0"', 'memory[0]: start "0", end 0xfffff000'],
    ['{"start": 2149580800, "end": 4294963200}', "7", "memory[0]: start missing, end missing"],
    ["4294967296", "4294967297", "devices[1]: start 0xfffff000, end 0x100000001"],
    ['[{"start": 2149580800, "end": 4294963200}]', "1", "memory is 1"],
  ])("show the region where %s is %s", (from, to, shown) => {
    const build = upstreamBuild();
    const found = problemsOf({ ...build, platform: edited(build.platform, from, to) });
    expect(found[0]).toMatchObject({ file: "platform_gen.json", found: shown });
  });

  it("show what is not JSON, not an object, no setting, or not YAML of this kind", () => {
    const build = upstreamBuild();
    const configured = (text: string): readonly KernelBuildProblem[] =>
      problemsOf({ ...build, configuration: { name: "gen_config.json", text } });
    expect(configured("{")[0]).toMatchObject({ file: "gen_config.json", wanted: "JSON" });
    expect(configured('{"PLAT": [1]}')[0]).toMatchObject({ found: "PLAT: a list" });
    const platform = {
      name: "platform_gen.yaml",
      text: "devices: []\nmemory:\n- start: 0\n  to: 1",
    };
    expect(problemsOf({ ...build, platform }).map(({ found }) => found)).toEqual([
      "line 4:   to: 1",
      "memory[0]: start 0x0, end missing",
    ]);
  });

  it("say so when the two files disagree on the timer", () => {
    const build = upstreamBuild();
    const platformHeader = edited(build.platformHeader, "10000000", "1");
    expect(problemsOf({ ...build, platformHeader })).toEqual([
      {
        file: "platform_gen.h",
        found: "TIMER_CLOCK_HZ is 1",
        wanted: "CONFIG_TIMER_FREQUENCY, 10000000",
      },
    ]);
  });

  it("are found in texts that are made to use up time or stack", () => {
    const many = 200_000;
    const fork = forkBuild();
    const withCommon = (text: string): KernelBuildFiles => ({
      ...fork,
      invocations: { ...fork.invocations, common: { name: "invocation.h", text } },
    });
    const deep = `${"[".repeat(many)}${"]".repeat(many)}`;
    for (const files of [
      withCommon("/*".repeat(many)),
      withCommon("#if 1\nX\n".repeat(many)),
      withCommon(`#if ${"(".repeat(many)}`),
      withCommon(`#if ${"!".repeat(many)}1\n#endif`),
      { ...fork, configuration: { name: "gen_config.json", text: `{"PLAT": ${deep}}` } },
      {
        ...fork,
        platform: { name: "platform_gen.json", text: `{"memory": [{"start": ${deep}}]}` },
      },
    ]) {
      expect(problemsOf(files).length).toBeGreaterThan(0);
    }
  });

  it("do not come from branches that do not count", () => {
    const fork = forkBuild();
    const nested = `#if 0
#if 1
    Wrong,
#elif 1
    Wrong,
#else
    Wrong,
#endif
#elif CONFIG_MAX_NUM_NODES == 1 && (CONFIG_NUM_DOMAINS <= 1 || CONFIG_NONE >= 1) && 2 != 3
#else
    Wrong,
#endif
#ifndef CONFIG_KERNEL_MCS
    Wrong,
#elif CONFIG_NUM_PRIORITIES < 256 || !defined CONFIG_PLAT
    Wrong,
#endif // the end
    TCBSuspend,`;
    const common = edited(fork.invocations.common, "TCBSuspend,", nested);
    const { config } = buildOf({ ...fork, invocations: { ...fork.invocations, common } });
    expect(config).toStrictEqual(cantrip);
  });
});
