import { checkSpec, type Spec } from "@cantrip/capdl";
import { writeSpecImage } from "@cantrip/capdl/image";
import { EM_RISCV, readElf } from "@cantrip/elf";
import type { HostedEntry } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { AssemblyError, type Mistake } from "./assembly-error.ts";
import type { InitialTaskImage } from "./initial-task.ts";
import { RootserverEntry } from "./link-rootserver.ts";
import type { SystemPlan } from "./system-plan.ts";

/** Somebody's capDL specification and its files, ready to boot. */
export interface SpecImage {
  readonly initialTask: InitialTaskImage;
  /** The root server is the only hosted code. */
  readonly entries: readonly HostedEntry[];
  readonly plan: SystemPlan;
}

/** A specification and what it fills frames from. */
export interface SpecSystem {
  readonly kernel: KernelConfig;
  readonly spec: Spec;
  /** Files by the names that `CDL_FrameFill_FileData` has. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Names of the files that a specification fills frames from. */
export function filesOf(spec: Spec): string[] {
  const names = spec.objects.flatMap((object) =>
    object.kind === "frame"
      ? object.fill.flatMap((fill) => (fill.kind === "file" ? [fill.file] : []))
      : [],
  );
  return [...new Set(names)].sort();
}

/**
 * Links the root server with a specification of somebody else's system.
 *
 * @throws AssemblyError with every mistake: of the specification, files that are missing or too short, files that are
 * not for this machine
 */
export function buildSpecImage(system: SpecSystem): SpecImage {
  const mistakes = findMistakes(system);
  if (mistakes.length > 0) throw new AssemblyError("capDL", mistakes);
  const rootserver = new RootserverEntry();
  const spec = writeSpecImage(system.spec);
  const { initialTask } = rootserver.link(system.kernel, spec, system.files);
  return { initialTask, entries: [rootserver], plan: { spec: system.spec } };
}

function findMistakes({ kernel, spec, files }: SpecSystem): Mistake[] {
  const mistakes: Mistake[] = checkSpec(spec)
    .filter(({ severity }) => severity === "error")
    .map(({ object, message }) => ({ where: object, message }));
  if (spec.arch !== "riscv")
    mistakes.push({ where: "arch", message: `${spec.arch}; this machine is riscv` });
  for (const name of filesOf(spec)) {
    const file = files.get(name);
    if (file === undefined) mistakes.push({ where: name, message: "the file is missing" });
    else mistakes.push(...machineMistakes(name, file));
  }
  for (const object of spec.objects) {
    if (object.kind !== "frame") continue;
    if (object.fill.length > 0 && object.sizeBits !== kernel.sizeBits.page4K) {
      mistakes.push({
        where: object.name,
        message: `a frame of ${2 ** object.sizeBits} bytes has contents; only frames of 4096 bytes can`,
      });
    }
    for (const fill of object.fill) {
      const size = fill.kind === "file" ? files.get(fill.file)?.length : undefined;
      if (fill.kind !== "file" || size === undefined) continue;
      if (fill.fileOffset + fill.destLength > size) {
        mistakes.push({
          where: object.name,
          message: `bytes up to ${fill.fileOffset + fill.destLength} of ${fill.file}, which has ${size}`,
        });
      }
    }
  }
  return mistakes;
}

/** Files that are ELF have to be for this machine; others are data. */
function machineMistakes(name: string, file: Uint8Array): Mistake[] {
  const isElf = String.fromCharCode(...file.subarray(0, 4)) === "\x7fELF";
  if (!isElf) return [];
  try {
    const { machine, is64 } = readElf(file);
    if (machine === EM_RISCV && !is64) return [];
    const got = `machine ${machine}, ${is64 ? 64 : 32} bits`;
    return [{ where: name, message: `${got}; wanted machine ${EM_RISCV}, 32 bits` }];
  } catch (error) {
    return [{ where: name, message: error instanceof Error ? error.message : String(error) }];
  }
}
