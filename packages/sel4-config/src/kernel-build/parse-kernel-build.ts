import { cantrip } from "../cantrip.ts";
import type { KernelConfig } from "../kernel-config.ts";
import type { CantripProfile, UpstreamProfile } from "../profile-types.ts";
import { upstream } from "../upstream.ts";
import { upstream64 } from "../upstream64.ts";
import { readConfiguration } from "./configuration.ts";
import {
  type Enumerators,
  isInvocation,
  profileKey,
  readInvocations,
  readSyscalls,
} from "./enumerations.ts";
import type { Macros } from "./preprocessor.ts";
import type {
  KernelBuildFile,
  KernelBuildFiles,
  KernelBuildProblem,
  KernelBuildResult,
  Report,
} from "./kernel-build.ts";
import { readPlatformHeader, readRegions } from "./platform.ts";
import { physicalEnd, readSettings } from "./settings.ts";
import { readSizes } from "./sizes.ts";

/**
 * Makes a profile of the files of a kernel build.
 *
 * What a build does not hold is that of the built-in profile of the same version, which the invocation list tells:
 * object types, the layout of the boot info, the number of initial capabilities, the bits of a badge.
 *
 * @returns the build, or all problems of all files at once
 */
export function parseKernelBuild(files: KernelBuildFiles): KernelBuildResult {
  const problems: KernelBuildProblem[] = [];
  const report: Report = (file, found, wanted) => void problems.push({ file, found, wanted });
  const present = (file: KernelBuildFile | undefined, name: string): KernelBuildFile => {
    if (file === undefined) report(name, "no such file", "a file of the kernel build");
    return file ?? { name, text: "" };
  };
  const { invocations } = files;
  const configuration = present(files.configuration, "gen_config.json or gen_config.h");
  const lists = [
    present(invocations.common, "invocation.h"),
    present(invocations.sel4Arch, "invocation.h of sel4_arch"),
    present(invocations.arch, "invocation.h of arch"),
  ];
  const syscallList = present(files.syscalls, "syscall.h");
  const platform = present(files.platform, "platform_gen.json or platform_gen.yaml");
  const header = present(files.platformHeader, "platform_gen.h");
  // What is wrong with the content says little as long as files are missing.
  if (problems.length > 0) return { problems };

  const macros = readConfiguration(configuration, report);
  const labels = readInvocations(lists, macros, report);
  const syscalls = readSyscalls(syscallList, macros, report);
  const base = versionOf(labels, macros);
  const { wordBits } = base ?? upstream;
  const regions = readRegions(platform, physicalEnd(wordBits), report);
  const clock = readPlatformHeader(header, macros, report);
  const listName = lists.map((list) => list.name).join(", ");
  if (base === undefined) {
    const found = "neither UntypedDescribe nor both of TCBSetFlags and DomainScheduleConfigure";
    report(listName, found, "the invocations of the CantripOS fork, or those of current seL4");
  }
  const { config, withoutName } = configOf(base ?? upstream, files.profileName, {
    syscall: pick(syscalls.numbers, syscallList.name, (base ?? upstream).syscall, report),
    label: pick(onlyInvocations(labels), listName, (base ?? upstream).label, report),
    settings: readSettings(configuration.name, macros, base ?? upstream, report),
  });
  const sizes = readSizes(files.constants ?? [], macros, config, report);
  if (problems.length > 0) return { problems };
  const name = macros.get("CONFIG_PLAT") ?? "";
  return {
    build: {
      config: { ...config, ...sizes },
      platform: { name, ...regions, ...clock },
      withoutName: withoutName.filter((each) => labels.has(each) || syscalls.compiled.has(each)),
    },
  };
}

/** The built-in profile of the version that has these invocations. */
function versionOf(
  labels: Enumerators,
  macros: Macros,
): CantripProfile | UpstreamProfile | undefined {
  if (labels.has("UntypedDescribe")) return cantrip;
  if (!labels.has("TCBSetFlags") || !labels.has("DomainScheduleConfigure")) return undefined;
  return macros.get("CONFIG_WORD_SIZE") === "64" ? upstream64 : upstream;
}

function onlyInvocations(labels: Enumerators): Enumerators {
  return new Map([...labels].filter(([name]) => isInvocation(name)));
}

/** Numbers under the names of a profile, and what the profile has no name for. */
interface Picked<Numbers> {
  readonly numbers: Numbers;
  readonly withoutName: readonly string[];
}

/** Finds a number for every name that the profile of this version has. */
function pick<Numbers extends object>(
  found: Enumerators,
  file: string,
  wanted: Numbers,
  report: Report,
): Picked<Numbers> {
  const byKey = new Map([...found].map(([name, number]) => [profileKey(name), { name, number }]));
  const numbers: Record<string, number> = {};
  for (const key of Object.keys(wanted)) {
    const entry = byKey.get(key);
    if (entry === undefined) report(file, `nothing for ${key}`, "every call of this version");
    else numbers[key] = entry.number;
    byKey.delete(key);
  }
  // Exactly the keys of `wanted`: where one is missing, a problem was reported and nobody gets the numbers.
  return {
    numbers: { ...wanted, ...numbers },
    withoutName: [...byKey.values()].map((entry) => entry.name),
  };
}

function configOf<Config extends CantripProfile | UpstreamProfile>(
  base: Config,
  name: string,
  parts: {
    readonly syscall: Picked<Config["syscall"]>;
    readonly label: Picked<Config["label"]>;
    readonly settings: KernelConfig["settings"];
  },
): { readonly config: Config; readonly withoutName: readonly string[] } {
  const { syscall, label, settings } = parts;
  return {
    config: { ...base, name, syscall: syscall.numbers, label: label.numbers, settings },
    withoutName: [...label.withoutName, ...syscall.withoutName],
  };
}
