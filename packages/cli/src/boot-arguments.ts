import { parseArgs } from "node:util";
import { parseSeconds, parseSize } from "./option-values.ts";
import { UsageError } from "./usage-error.ts";

export { UsageError } from "./usage-error.ts";

/** What `cantrip boot` was asked to do. */
export interface BootArguments {
  readonly system: string;
  readonly profile: string;
  readonly platform: string;
  readonly ramBytes: number | undefined;
  /** `NAME=FILE` pairs. */
  readonly apps: readonly { readonly name: string; readonly file: string }[];
  readonly script: string | undefined;
  readonly expectTexts: readonly string[];
  readonly failTexts: readonly string[];
  /** Virtual seconds. */
  readonly timeoutSeconds: number;
  readonly stats: string | undefined;
  /** A capDL specification to boot, and the folder with its files. */
  readonly capdl: { readonly spec: string; readonly images: string } | undefined;
  /** ELF file of an initial task to boot. */
  readonly rootserver: string | undefined;
  /** ELF file of a kernel to execute in the place of the kernel model. */
  readonly kernel: string | undefined;
  /** What the console prints when it waits for a line. */
  readonly prompt: string | undefined;
  /** Where to write a recording of the run. */
  readonly record: string | undefined;
  /** Whose system calls to print; the empty string is everybody. */
  readonly strace: string | undefined;
  /** Where to write a trace for Perfetto. */
  readonly trace: string | undefined;
}

/** Virtual seconds after which a scripted run ends when nothing else ends it. */
const DEFAULT_TIMEOUT_SECONDS = 60;

/**
 * Reads the arguments of `cantrip boot`.
 *
 * @throws UsageError naming the argument
 */
export function parseBootArguments(args: readonly string[]): BootArguments {
  const { values } = parse(args);
  return {
    system: values.system ?? "sparrow",
    profile: values.profile ?? "cantrip",
    platform: values.platform ?? "sparrow",
    ramBytes: values.ram === undefined ? undefined : parseSize(values.ram),
    apps: parseApps(values.app ?? []),
    script: values.script,
    expectTexts: values["expect-text"] ?? [],
    failTexts: values["fail-text"] ?? [],
    timeoutSeconds:
      values.timeout === undefined ? DEFAULT_TIMEOUT_SECONDS : parseSeconds(values.timeout),
    stats: values.stats,
    capdl: capdlOf(values),
    rootserver: values.rootserver,
    kernel: kernelOf(values),
    prompt: values.prompt,
    record: values.record,
    strace: values.strace,
    trace: values.trace,
  };
}

/** Refuses choices that exclude each other. */
function capdlOf(values: BootOptionValues): BootArguments["capdl"] {
  const { capdl, images, rootserver, system, app } = values;
  if ((capdl === undefined) !== (images === undefined))
    throw new UsageError("--capdl SPEC and --images DIR belong together");
  const chosen = [
    ...(capdl === undefined ? [] : ["--capdl"]),
    ...(rootserver === undefined ? [] : ["--rootserver"]),
    ...(system === undefined ? [] : ["--system"]),
  ];
  if (chosen.length > 1) throw new UsageError(`${chosen.join(" and ")} exclude each other`);
  if (app !== undefined && (capdl !== undefined || rootserver !== undefined))
    throw new UsageError("--app is for a system with CantripOS's services");
  return capdl === undefined || images === undefined ? undefined : { spec: capdl, images };
}

/** Refuses with a real kernel what looks into the kernel model. */
function kernelOf({ kernel, strace, trace }: BootOptionValues): string | undefined {
  if (kernel === undefined) return undefined;
  if (strace !== undefined)
    throw new UsageError(
      "--strace shows what the kernel model does; with --kernel it does nothing",
    );
  if (trace !== undefined)
    throw new UsageError("--trace shows what the kernel model does; with --kernel it does nothing");
  return kernel;
}

interface BootOptionValues {
  readonly system?: string;
  readonly profile?: string;
  readonly platform?: string;
  readonly ram?: string;
  readonly app?: string[];
  readonly script?: string;
  readonly "expect-text"?: string[];
  readonly "fail-text"?: string[];
  readonly timeout?: string;
  readonly stats?: string;
  readonly capdl?: string;
  readonly images?: string;
  readonly rootserver?: string;
  readonly kernel?: string;
  readonly prompt?: string;
  readonly record?: string;
  readonly strace?: string;
  readonly trace?: string;
}

function parse(args: readonly string[]): { readonly values: BootOptionValues } {
  try {
    return parseArgs({
      // The component of --strace may be left out, which `parseArgs` does not know.
      args: args.map((arg) => (arg === "--strace" ? "--strace=" : arg)),
      allowPositionals: false,
      options: {
        system: { type: "string" },
        profile: { type: "string" },
        platform: { type: "string" },
        ram: { type: "string" },
        app: { type: "string", multiple: true },
        script: { type: "string" },
        "expect-text": { type: "string", multiple: true },
        "fail-text": { type: "string", multiple: true },
        timeout: { type: "string" },
        stats: { type: "string" },
        capdl: { type: "string" },
        images: { type: "string" },
        rootserver: { type: "string" },
        kernel: { type: "string" },
        prompt: { type: "string" },
        record: { type: "string" },
        strace: { type: "string" },
        trace: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseApps(texts: readonly string[]): ReturnType<typeof parseApp>[] {
  const apps = texts.map(parseApp);
  const names = new Set<string>();
  for (const { name } of apps) {
    if (names.has(name)) throw new UsageError(`--app ${name}: given twice`);
    names.add(name);
  }
  return apps;
}

function parseApp(text: string): { readonly name: string; readonly file: string } {
  const equals = text.indexOf("=");
  if (equals <= 0 || equals === text.length - 1)
    throw new UsageError(`--app ${text}: NAME=FILE.elf is needed`);
  const name = text.slice(0, equals);
  if (!/^[A-Za-z0-9_.-]{1,60}$/.test(name))
    throw new UsageError(`--app ${text}: "${name}" is not a bundle name`);
  return { name, file: text.slice(equals + 1) };
}
