import {
  AssemblyError,
  type BootImage,
  buildBootImage,
  buildSpecImage,
  PROMPT,
  readInitialTask,
  type SystemDescription,
} from "@cantrip/assembly";
import {
  bootInitialTask,
  type BootedSystem,
  bootSystem,
  type InitialTaskSystem,
  type MachineChoices,
  type RealKernelChoices,
  type RealKernelSystem,
  type RecordedConfiguration,
} from "@cantrip/assembly/riscv";
import { type CapdlSpec, loaderSpec, parseCapdl, type Spec } from "@cantrip/capdl";
import type { KernelConfig } from "@cantrip/sel4-config";
import { findPlatform, findProfile, findSystem } from "./systems.ts";

/** What of a machine a target leaves open. */
type ConsoleChoices = Pick<MachineChoices, "onConsole" | "onHostedError" | "observer">;

/** Something that can be booted, with everything checked that can be checked before. */
export interface BootTarget {
  /** What a recording of a run needs. */
  readonly configuration: RecordedConfiguration;
  /** What its console prints when it waits for a line; `undefined` when it does not. */
  readonly prompt: string | undefined;
  boot(choices: ConsoleChoices): BootedSystem | RealKernelSystem;
}

/** Everything about a target but the image, which is made from it. */
export type TargetConfiguration = Omit<RecordedConfiguration, "image">;

/**
 * Finds and checks what is to be booted.
 *
 * @throws UsageError, AssemblyError or ElfError with everything that is wrong with it
 */
export function makeTarget(configuration: TargetConfiguration): BootTarget {
  const { system, profile, platform } = configuration;
  const kernel = findProfile(profile);
  const machine = machineOf(configuration);
  if (system.kind === "assembly") {
    const description = findSystem(system.name, kernel, platform);
    const image = buildBootImage(description);
    return assemblyTarget(configuration, description, image, machine);
  }
  const parts: InitialTaskSystem =
    system.kind === "capdl"
      ? { kernel, ...capdlImage(kernel, system.text, system.files) }
      : {
          kernel,
          entries: [],
          initialTask: readInitialTask(system.elf, kernel.settings.userTop, kernel.wordBits),
        };
  return {
    configuration: { ...configuration, image: parts.initialTask.bytes },
    prompt: undefined,
    boot: (choices) => bootInitialTask(parts, machine(choices)),
  };
}

/** The machine of a configuration, with what a run adds. With a kernel image there is nothing to observe. */
function machineOf({
  platform,
  ramBytes,
  flash,
  kernelImage,
}: TargetConfiguration): (choices: ConsoleChoices) => MachineChoices | RealKernelChoices {
  const machine = { platform: findPlatform(platform), ramBytes, flash };
  return ({ observer, ...console }) =>
    kernelImage === undefined
      ? { ...machine, ...console, ...(observer === undefined ? {} : { observer }) }
      : { ...machine, ...console, kernelImage };
}

function assemblyTarget(
  configuration: TargetConfiguration,
  system: SystemDescription,
  image: BootImage,
  machine: ReturnType<typeof machineOf>,
): BootTarget {
  return {
    configuration: { ...configuration, image: image.initialTask.bytes },
    prompt: PROMPT,
    boot: (choices) => bootSystem({ system, image, ...machine(choices) }),
  };
}

function capdlImage(
  kernel: KernelConfig,
  text: string,
  files: Readonly<Record<string, Uint8Array>>,
): ReturnType<typeof buildSpecImage> {
  const spec = parseSpec(text);
  return buildSpecImage({ kernel, spec, files: new Map(Object.entries(files)) });
}

/**
 * Parses a specification in either dialect.
 *
 * @throws AssemblyError with every mistake, as the dialect sees it that gets further
 */
function parseSpec(text: string): Spec {
  const upstream = parseCapdl(text, { dialect: "upstream" });
  if (upstream.ok) return toLoad(upstream.spec);
  const cantrip = parseCapdl(text, { dialect: "cantrip" });
  if (cantrip.ok) return toLoad(cantrip.spec);
  const lineOf = (errors: typeof upstream.errors): number => errors[0]?.line ?? 0;
  const errors =
    lineOf(cantrip.errors) > lineOf(upstream.errors) ? cantrip.errors : upstream.errors;
  throw new AssemblyError(
    "capDL",
    errors.map(({ line, column, message }) => ({ where: `${line}:${column}`, message })),
  );
}

/** @throws AssemblyError with everything that is not loaded */
function toLoad(spec: CapdlSpec): Spec {
  const loaded = loaderSpec(spec);
  if (loaded.ok) return loaded.spec;
  throw new AssemblyError(
    "capDL",
    loaded.errors.map((message) => ({ where: "specification", message })),
  );
}
