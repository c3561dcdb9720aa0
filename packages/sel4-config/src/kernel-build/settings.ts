import type { KernelConfig, KernelSettings } from "../kernel-config.ts";
import type { Report } from "./kernel-build.ts";
import { integerOf, type Macros } from "./preprocessor.ts";

/** The longest that the kernel is in one operation on RISC-V, microseconds: `getKernelWcetUs`. */
const KERNEL_WCET_US = 10;

/** Settings that a kernel must have to be a profile: the model and its clients know no others. */
const REQUIRED = {
  32: required("riscv32", "32", "2"),
  64: required("riscv64", "64", "3"),
} as const;

function required(
  arch: string,
  wordSize: string,
  levels: string,
): readonly (readonly [name: string, wanted: string])[] {
  return [
    ["CONFIG_SEL4_ARCH", arch],
    ["CONFIG_WORD_SIZE", wordSize],
    ["CONFIG_KERNEL_MCS", "1"],
    ["CONFIG_PT_LEVELS", levels],
    ["CONFIG_MAX_NUM_NODES", "1"],
  ];
}

/**
 * The settings of a kernel. Those that the configuration does not hold (`asidPoolEntries`, `userTop`, …) are as in `base`.
 *
 * @param file - name of the configuration, for problems
 */
export function readSettings(
  file: string,
  macros: Macros,
  { settings: base, wordBits }: Pick<KernelConfig, "settings" | "wordBits">,
  report: Report,
): KernelSettings {
  for (const [name, wanted] of REQUIRED[wordBits]) {
    const found = macros.get(name);
    if (found !== wanted) report(file, `${name} is ${found ?? "not set"}`, wanted);
  }
  const number = (name: string, least: number, most: number): number => {
    const text = macros.get(name);
    const value = integerOf(text ?? "");
    if (value !== undefined && value >= least && value <= most) return value;
    report(file, `${name} is ${text ?? "not set"}`, `a whole number from ${least} to ${most}`);
    return least;
  };
  const isDebug = macros.has("CONFIG_DEBUG_BUILD");
  if (isDebug !== macros.has("CONFIG_PRINTING")) {
    const [on, off] = isDebug ? ["DEBUG_BUILD", "PRINTING"] : ["PRINTING", "DEBUG_BUILD"];
    report(file, `CONFIG_${on} without CONFIG_${off}`, "both, or none of them");
  }
  return {
    ...base,
    // The kernel's own limits on 32 bits: a slot is 16 bytes, and an object at most half of the address space.
    rootCNodeSizeBits: number("CONFIG_ROOT_CNODE_SIZE_BITS", 4, 27),
    retypeFanOutLimit: number("CONFIG_RETYPE_FAN_OUT_LIMIT", 1, 2 ** 31),
    maxNumWorkUnitsPerPreemption: number("CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION", 1, 2 ** 31),
    resetChunkBits: number("CONFIG_RESET_CHUNK_BITS", 4, 29),
    maxNumBootInfoUntypedCaps: number("CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS", 1, 2 ** 16),
    paddrUserDeviceTop: number("CONFIG_PADDR_USER_DEVICE_TOP", 1, physicalEnd(wordBits)),
    bootThreadTimeSliceMs: number("CONFIG_BOOT_THREAD_TIME_SLICE", 1, 2 ** 31),
    numDomains: number("CONFIG_NUM_DOMAINS", 1, 256),
    numPriorities: number("CONFIG_NUM_PRIORITIES", 1, 256),
    // `MIN_BUDGET_US`.
    minBudgetUs: 2 * KERNEL_WCET_US * number("CONFIG_KERNEL_WCET_SCALE", 1, 2 ** 16),
    debugBuild: isDebug,
  };
}

/** End of the physical addresses that a kernel's build can name: those of 32 bits, or of Sv39. */
export function physicalEnd(wordBits: KernelConfig["wordBits"]): number {
  return wordBits === 32 ? 2 ** 32 : 2 ** 56;
}
