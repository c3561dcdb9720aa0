import type { CantripProfile, UpstreamProfile } from "../profile-types.ts";

/** A file of a kernel build, as text. */
export interface KernelBuildFile {
  /** How problems call it: its path, as a rule. */
  readonly name: string;
  readonly text: string;
}

/**
 * The files of a kernel build that a profile is made of. One that is `undefined` is reported as missing.
 */
export interface KernelBuildFiles {
  /** Name of the profile that is made. */
  readonly profileName: string;
  /** `gen_config/kernel/gen_config.json`, or `gen_config.h` of kernels that do not write the former. */
  readonly configuration: KernelBuildFile | undefined;
  /** The generated invocation lists: the common one, the one of `riscv32` or `riscv64`, the one of RISC-V. */
  readonly invocations: {
    readonly common: KernelBuildFile | undefined;
    readonly sel4Arch: KernelBuildFile | undefined;
    readonly arch: KernelBuildFile | undefined;
  };
  /** The generated list of system calls: the kernel's or libsel4's `syscall.h`. */
  readonly syscalls: KernelBuildFile | undefined;
  /** `platform_gen.json`, or `platform_gen.yaml` of kernels that do not write the former. */
  readonly platform: KernelBuildFile | undefined;
  /** `gen_headers/plat/platform_gen.h`. */
  readonly platformHeader: KernelBuildFile | undefined;
  /**
   * libsel4's `constants.h` and `sel4_arch/constants.h`, which lie beside the build, in the kernel's source. Sizes that
   * they define win over those of the built-in profile of the same version.
   */
  readonly constants?: readonly KernelBuildFile[];
}

/** Physical addresses from `start` up to, but without, `end`. */
export interface PhysicalRegion {
  readonly start: number;
  /** At most 2^32, on a 64-bit kernel 2^56. */
  readonly end: number;
}

/** What a kernel build says about its machine. */
export interface KernelBuildPlatform {
  /** `CONFIG_PLAT`, `sparrow` for example. */
  readonly name: string;
  /** RAM that the kernel manages, ascending. */
  readonly memory: readonly PhysicalRegion[];
  /** What becomes device untypeds, ascending: neither RAM nor the kernel's own devices. */
  readonly devices: readonly PhysicalRegion[];
  /** Highest interrupt number: the kernel timer's own. User threads can have 1 up to `maxIrq - 1`. */
  readonly maxIrq: number;
  /** Ticks of the time base per second. */
  readonly timerFrequencyHz: number;
}

/** A kernel build as data. */
export interface KernelBuild {
  /** `config.cantripFork` tells which kernel it is, and so what it has. */
  readonly config: CantripProfile | UpstreamProfile;
  readonly platform: KernelBuildPlatform;
  /**
   * Invocations and system calls that the build has and `KernelConfig` has no name for, as C spells them:
   * `TCBSetBreakpoint` of a kernel with the hardware debug API, for example.
   */
  readonly withoutName: readonly string[];
}

/** Why files do not make a profile. */
export interface KernelBuildProblem {
  /** Name of the file. */
  readonly file: string;
  readonly found: string;
  readonly wanted: string;
}

/** A build, or everything that is wrong with its files. */
export type KernelBuildResult =
  | { readonly build: KernelBuild; readonly problems?: undefined }
  | { readonly build?: undefined; readonly problems: readonly KernelBuildProblem[] };

/** Takes down what is wrong. */
export type Report = (file: string, found: string, wanted: string) => void;
