import { cantrip, type KernelConfig, upstream, upstream64 } from "@cantrip/sel4-config";
import { kernelInvariants, kernelLimits } from "@cantrip/sel4-kernel";
import { unusedCapabilities } from "../../examples/full-system/test/unused-capabilities.ts";
import { buildBootImage } from "@cantrip/assembly";
import { SMALL_CHANGES, sparrow, sparrowSmall } from "@cantrip/assembly/cantrip";
import { leastRam } from "@cantrip/assembly/riscv";
import { connectionOf, SpecRight } from "@cantrip/capdl";
import { type MemoryReach, reachOf } from "@cantrip/capdl/reach";
import { sizeReport } from "@cantrip/capdl/size";
import { sparrowDifferences } from "../../packages/assembly/test/sparrow-differences.ts";
import { packages } from "./packages.ts";

/** Sections of README files that are made from code. A section stands between two comments with its name. */
const readmeTables: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly make: () => string;
}[] = [
  { name: "packages", files: ["README.md"], make: packageTable },
  {
    name: "kernel limits",
    files: ["README.md", "packages/sel4-kernel/README.md"],
    make: kernelLimitTable,
  },
  {
    name: "kernel calls",
    files: ["packages/sel4-kernel/README.md"],
    make: kernelCallTable,
  },
  {
    name: "kernel invariants",
    files: ["packages/sel4-kernel/README.md"],
    make: kernelInvariantTable,
  },
  {
    name: "unused capabilities",
    files: ["docs/unused-capabilities.md"],
    make: unusedCapabilityTable,
  },
  {
    name: "sparrow differences",
    files: ["docs/sparrow-spec.md"],
    make: () =>
      table(
        ["what is different", "why"],
        sparrowDifferences.map(({ what, reason }) => [what, reason]),
      ),
  },
  { name: "reach", files: ["docs/reach.md"], make: reachTable },
  { name: "kmem", files: ["docs/kmem.md"], make: kmemTable },
  {
    name: "small changes",
    files: ["docs/kmem.md"],
    make: () =>
      table(
        ["smaller in `sparrow-small`", "why it can be"],
        SMALL_CHANGES.map(({ what, reason }) => [what, reason]),
      ),
  },
];

/** Lines that CantripOS publishes of its release build: `docs/MemoryFootprint.md` of AmbiML/sparrow-cantrip-full. */
const PUBLISHED: Readonly<Record<string, number>> = {
  debug_console: 133_200,
  mailbox_driver: 68_416,
  memory_manager: 122_416,
  multi_logger: 32_800,
  uart_driver: 72_528,
  "GRAND TOTAL": 1_190_976,
};

/** What each component of sparrow can write: devices, memory that it shares, and memory of others alone. */
function reachTable(): string {
  const { spec } = buildBootImage(sparrow());
  const { components, memory } = reachOf(spec);
  const devices = new Set(
    spec.objects.flatMap((object) =>
      object.kind === "frame" && object.paddr !== undefined ? [object.name] : [],
    ),
  );
  const list = (words: readonly string[]): string => [...new Set(words)].sort().join(", ");
  const rows = [...components].sort().map((component) => {
    const writable = memory.filter(
      (access) => access.component === component && (access.rights & SpecRight.write) !== 0,
    );
    const isDevice = ({ frame }: MemoryReach): boolean => devices.has(frame);
    const others = ({ mappedBy }: MemoryReach): readonly string[] =>
      mappedBy.filter((name) => name !== component);
    const devicesOf = writable
      .filter(isDevice)
      .map(({ frame, way }) => `${connectionOf(frame)}${way === "untyped" ? " (untyped)" : ""}`);
    const shared = writable.filter((access) => access.way === "mapping" && !isDevice(access));
    const foreign = writable.filter(
      (access) => !isDevice(access) && !access.mappedBy.includes(component),
    );
    return [
      `\`${component}\``,
      list(devicesOf),
      list(shared.flatMap(others)),
      list(foreign.flatMap(others)),
    ];
  });
  return table(
    ["component", "devices that it can write", "shares memory with", "can write memory of"],
    rows,
  );
}

/** Memory of both systems, and the RAM in which each boots. */
function kmemTable(): string {
  const columns = [sparrow(), sparrowSmall()].map((system) => {
    const { owners, bytes } = sizeReport(buildBootImage(system).spec, system.kernel.sizeBits);
    const least = leastRam({ system });
    return new Map([
      ...owners.map(({ name, bytes: each }) => [name, each] as const),
      ["GRAND TOTAL", bytes] as const,
      ["least RAM", least] as const,
    ]);
  });
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const shown = names.filter((name) => columns.some((column) => (column.get(name) ?? 0) >= 4096));
  const rest = columns.map((column) =>
    names.reduce((sum, name) => sum + (shown.includes(name) ? 0 : (column.get(name) ?? 0)), 0),
  );
  const rows = shown.map((name) => [
    name.includes(" ") ? name : `\`${name}\``,
    ...columns.map((column) => String(column.get(name) ?? 0)),
    String(PUBLISHED[name] ?? ""),
  ]);
  rows.splice(-2, 0, ["connections without pages", ...rest.map(String), ""]);
  return table(["bytes of", "`sparrow`", "`sparrow-small`", "CantripOS, published"], rows);
}

function packageTable(): string {
  const rows = packages().map(({ folder, manifest }) => [
    `[\`${folder}\`](packages/${folder})`,
    manifest.description ?? "",
  ]);
  return table(["package", "what it is"], rows);
}

function kernelLimitTable(): string {
  const rows = kernelLimits.map(({ what, instead, profiles }) => [
    what,
    instead,
    profiles.join(", "),
  ]);
  return table(["not there yet", "instead", "profile"], rows);
}

/** System calls and invocations with their numbers; an invocation that the limits name is not there. */
function kernelCallTable(): string {
  const profiles: readonly KernelConfig[] = [cantrip, upstream];
  const rowsOf = (
    kind: string,
    numbersOf: (profile: KernelConfig) => Readonly<Record<string, number | undefined>>,
  ): string[][] => {
    const names = new Set(profiles.flatMap((profile) => Object.keys(numbersOf(profile))));
    return [...names].map((name) => [
      kind,
      `\`${name}\``,
      ...profiles.map((profile) =>
        isMissing(name, profile) ? "" : String(numbersOf(profile)[name] ?? ""),
      ),
    ]);
  };
  const rows = [
    ...rowsOf("system call", ({ syscall }) => ({ ...syscall })),
    ...rowsOf("invocation", ({ label }) => ({ ...label })),
  ];
  // The calls of the 64-bit kernel are those of the same version for 32 bits.
  return table(["", "name", cantrip.name, `${upstream.name}, ${upstream64.name}`], rows);
}

function isMissing(name: string, profile: KernelConfig): boolean {
  return kernelLimits.some(
    ({ invocations = [], profiles }) =>
      invocations.some((each) => each === name) && profiles.includes(profile.name),
  );
}

function kernelInvariantTable(): string {
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
  const rows = kernelInvariants.map((each) => [
    code([each.name]),
    code(each.with),
    each.states,
    each.here,
  ]);
  return table(["in l4v", "with", "what it states", "what that is here, besides"], rows);
}

function unusedCapabilityTable(): string {
  const rows = unusedCapabilities.map(({ which, reason }) => [which, reason]);
  return table(["capabilities", "why they are there"], rows);
}

/** A table as prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** The text with every section filled in. */
export function fillTables(text: string, file: string): string {
  let filled = text;
  for (const { name, files, make } of readmeTables) {
    if (!files.includes(file)) continue;
    const begin = `<!-- ${name} -->`;
    const end = `<!-- end of ${name} -->`;
    const from = filled.indexOf(begin);
    const to = filled.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${file} has no section "${name}"`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${make()}\n\n${filled.slice(to)}`;
  }
  return filled;
}

/** Files that have such sections. */
export function filesWithTables(): string[] {
  return [...new Set(readmeTables.flatMap(({ files }) => files))];
}
