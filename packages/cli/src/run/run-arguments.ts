import { parseArgs } from "node:util";
import type { Xlen } from "@cantrip/hw-riscv";
import { UsageError } from "../usage-error.ts";
import { parseSeconds, parseSize } from "../option-values.ts";

/** What `cantrip run` was asked to do. */
export interface RunArguments {
  readonly image: string;
  readonly platform: string;
  /** Bytes of RAM; the platform's when absent. */
  readonly ramBytes: number | undefined;
  /** Width of a register; the image's when absent. */
  readonly xlen: Xlen | undefined;
  /** `none`, `sbi`, or a file. */
  readonly firmware: string;
  /** Virtual seconds. */
  readonly timeoutSeconds: number | undefined;
  readonly stats: string | undefined;
  readonly trace: string | undefined;
}

/**
 * Reads the arguments of `cantrip run`.
 *
 * @throws UsageError naming the argument
 */
export function parseRunArguments(args: readonly string[]): RunArguments {
  const { values, positionals } = parse(args);
  const [image, ...more] = positionals;
  if (image === undefined) throw new UsageError("run: an image is needed");
  if (more.length > 0)
    throw new UsageError(`run: one image is enough; ${more.join(" ")} is too much`);
  return {
    image,
    platform: values.platform ?? "qemu-virt",
    ramBytes: values.ram === undefined ? undefined : parseSize(values.ram),
    xlen: values.xlen === undefined ? undefined : parseXlen(values.xlen),
    firmware: values.firmware ?? "none",
    timeoutSeconds: values.timeout === undefined ? undefined : parseSeconds(values.timeout),
    stats: values.stats,
    trace: values.trace,
  };
}

interface RunOptionValues {
  readonly platform?: string;
  readonly ram?: string;
  readonly xlen?: string;
  readonly firmware?: string;
  readonly timeout?: string;
  readonly stats?: string;
  readonly trace?: string;
}

function parse(args: readonly string[]): { values: RunOptionValues; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        platform: { type: "string" },
        ram: { type: "string" },
        xlen: { type: "string" },
        firmware: { type: "string" },
        timeout: { type: "string" },
        stats: { type: "string" },
        trace: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads the value of `--xlen`. @throws UsageError */
export function parseXlen(text: string): Xlen {
  if (text === "32") return 32;
  if (text === "64") return 64;
  throw new UsageError(`--xlen ${text}: 32 or 64 is needed`);
}
