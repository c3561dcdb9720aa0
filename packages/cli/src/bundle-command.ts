import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  BundleImageError,
  type BundleManifest,
  type BundleSection,
  type BundleType,
  formatManifest,
  ManifestError,
  manifestOf,
  parseManifest,
  readBundleImage,
  SectionFlag,
  SectionType,
  withManifest,
  writeBundleImage,
} from "@cantrip/bundle-image";
import { ElfError } from "@cantrip/elf";
import { ExitCode } from "./exit-code.ts";
import { readInput, touchOutput } from "./input-files.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `usage: cantrip bundle pack ELF --output FILE [--type application|springbok|kelvin] [--manifest FILE]
       cantrip bundle inspect FILE [--format text|json]
       cantrip bundle verify FILE...

pack makes a bundle image of a RISC-V program, with a manifest behind it if there is one. inspect lists its sections and
what its manifest asks for. verify reads images as a loader does: headers, lengths, CRCs and the manifest; exit code 1 for
one that is refused.
`;

const TYPES: readonly BundleType[] = ["application", "springbok", "kelvin"];

/** Runs `cantrip bundle`. Returns the exit code: 0, or 1 for a file that is refused. */
export function bundle(args: readonly string[]): number {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return ExitCode.Ok;
  }
  const { values, positionals } = parse(args);
  const [verb, ...files] = positionals;
  const [file] = files;
  if (verb === undefined || !["pack", "inspect", "verify"].includes(verb))
    throw new UsageError(`bundle ${verb ?? ""}: known: pack, inspect, verify`);
  if (file === undefined || (verb !== "verify" && files.length > 1))
    throw new UsageError(`bundle ${verb}: one file is needed`);
  if (verb === "verify") return Math.max(...files.map(verify));
  if (verb === "pack") return pack(file, values);
  const format = values.format ?? "text";
  if (format !== "text" && format !== "json")
    throw new UsageError(`--format ${format}: known: text, json`);
  return inspect(file, format);
}

interface Values {
  readonly output?: string;
  readonly type?: string;
  readonly manifest?: string;
  readonly format?: string;
}

function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        output: { type: "string", short: "o" },
        type: { type: "string" },
        manifest: { type: "string" },
        format: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function pack(file: string, { output, type = "application", manifest }: Values): number {
  const kind = TYPES.find((known) => known === type);
  if (kind === undefined) throw new UsageError(`--type ${type}: known: ${TYPES.join(", ")}`);
  if (output === undefined) throw new UsageError("bundle pack: --output is needed");
  const elf = readInput(file, "bundle pack");
  const text =
    manifest === undefined
      ? undefined
      : new TextDecoder().decode(readInput(manifest, "--manifest"));
  return refusing(file, () => {
    const image = writeBundleImage(elf, kind);
    const whole = text === undefined ? image : withManifest(image, parseManifest(text));
    touchOutput(output, "--output");
    writeFileSync(output, whole);
    return `${output}: ${readBundleImage(whole).length} sections, ${whole.length} bytes\n`;
  });
}

function verify(file: string): number {
  const image = readInput(file, "bundle verify");
  return refusing(file, () => {
    const { sections, manifest } = read(image);
    const has = manifest === undefined ? "no manifest" : "a manifest";
    return `${file}: ${sections.length} sections, ${has}\n`;
  });
}

function inspect(file: string, format: "text" | "json"): number {
  const image = readInput(file, "bundle inspect");
  return refusing(file, () => {
    const { sections, manifest } = read(image);
    if (format === "text") return inspectText(sections, manifest);
    const rows = sections.map(({ header, offset }) => ({ ...header, offset }));
    return `${JSON.stringify({ sections: rows, manifest: manifest ?? null })}\n`;
  });
}

/** @throws BundleImageError or ManifestError; a file without a section is no image */
function read(image: Uint8Array): {
  readonly sections: readonly BundleSection[];
  readonly manifest: BundleManifest | undefined;
} {
  const sections = readBundleImage(image);
  if (sections.length === 0) throw new BundleImageError("truncated", 0, "it has no section");
  return { sections, manifest: manifestOf(image) };
}

function inspectText(
  sections: readonly BundleSection[],
  manifest: BundleManifest | undefined,
): string {
  const rows = sections.map(({ header, offset }) => {
    const { vaddr, flags, fsize, msize, entry, crc32 } = header;
    const hasEntry = (flags & SectionFlag.Entry) !== 0;
    return [
      hex(vaddr),
      accessText(flags),
      String(fsize).padStart(8),
      String(msize).padStart(8),
      String(offset).padStart(8),
      hex(crc32),
      ...(hasEntry ? [`entry ${hex(entry)}`] : []),
    ].join("  ");
  });
  const asked = manifest === undefined ? "no manifest\n" : formatManifest(manifest);
  const kinds = [...new Set(sections.map(({ header }) => typeName(header.ftype)))].join(", ");
  const heading = "vaddr       rwx     fsize     msize    offset  crc32";
  return `${kinds}\n${heading}\n${rows.join("\n")}\n${asked}`;
}

function typeName(ftype: number): string {
  const known = Object.entries(SectionType).find(([, value]) => value === ftype);
  return known === undefined ? hex(ftype) : known[0].toLowerCase();
}

function accessText(flags: number): string {
  const letter = (flag: number, text: string): string => ((flags & flag) === 0 ? "-" : text);
  const { Read, Write, Execute } = SectionFlag;
  return letter(Read, "r") + letter(Write, "w") + letter(Execute, "x");
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

/** Prints what `body` says, or why a file is refused. */
function refusing(file: string, body: () => string): number {
  try {
    process.stdout.write(body());
    return ExitCode.Ok;
  } catch (error) {
    const isRefusal =
      error instanceof BundleImageError ||
      error instanceof ManifestError ||
      error instanceof ElfError;
    if (!isRefusal) throw error;
    process.stderr.write(`cantrip: ${file}: ${error.message}\n`);
    return ExitCode.Failed;
  }
}
