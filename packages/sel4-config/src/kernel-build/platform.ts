import { kindOf, parseObject } from "./configuration.ts";
import type { KernelBuildFile, PhysicalRegion, Report } from "./kernel-build.ts";
import { integerOf, linesOf, type Macros } from "./preprocessor.ts";

/** The two lists of a platform description. */
export interface PlatformRegions {
  readonly memory: readonly PhysicalRegion[];
  readonly devices: readonly PhysicalRegion[];
}

/**
 * Reads `platform_gen.json` or `platform_gen.yaml`, and checks that regions do not overlap.
 *
 * @param most - end of the physical addresses, a power of two
 */
export function readRegions(file: KernelBuildFile, most: number, report: Report): PlatformRegions {
  const isAddress = (value: unknown): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
  const isJson = file.text.trimStart().startsWith("{");
  const lists = isJson ? jsonLists(file, report) : yamlLists(file, report);
  const read = (name: string): PhysicalRegion[] => {
    const list = lists.get(name);
    if (list === undefined) report(file.name, `no list ${name}`, "lists devices and memory");
    return (list ?? []).flatMap(({ start, end }, index) => {
      if (isAddress(start) && isAddress(end) && start < end) return [{ start, end }];
      const found = `${name}[${index}]: start ${shown(start)}, end ${shown(end)}`;
      report(file.name, found, `start below end, both from 0 to 2^${Math.log2(most)}`);
      return [];
    });
  };
  const regions = { memory: ascending(read("memory")), devices: ascending(read("devices")) };
  let last: PhysicalRegion | undefined;
  for (const region of ascending([...regions.memory, ...regions.devices])) {
    if (last !== undefined && region.start < last.end) {
      report(file.name, `${shownRegion(last)} and ${shownRegion(region)}`, "no overlap");
    }
    last = region;
  }
  if (lists.get("memory")?.length === 0) report(file.name, "no memory", "a region of memory");
  return regions;
}

/** What `platform_gen.h` says: the highest interrupt number, and the timer's ticks per second. */
export function readPlatformHeader(
  file: KernelBuildFile,
  macros: Macros,
  report: Report,
): { readonly maxIrq: number; readonly timerFrequencyHz: number } {
  const text = linesOf(file.text)
    .map((line) => line.text)
    .join("\n");
  const number = (wanted: string, pattern: RegExp): number => {
    const found = pattern.exec(text)?.[1];
    const value = integerOf(found ?? "");
    if (value !== undefined) return value;
    report(file.name, found === undefined ? `no ${wanted}` : `${wanted} is ${found}`, "a number");
    return 0;
  };
  const timer = number("TIMER_CLOCK_HZ", /^#define TIMER_CLOCK_HZ\s+(?:ULL_CONST\()?(\w+)\)?$/m);
  const configured = macros.get("CONFIG_TIMER_FREQUENCY");
  if (configured !== undefined && integerOf(configured) !== timer) {
    report(file.name, `TIMER_CLOCK_HZ is ${timer}`, `CONFIG_TIMER_FREQUENCY, ${configured}`);
  }
  const sources = number(
    "PLIC_MAX_IRQ",
    /^PLIC_MAX_IRQ\s*=\s*PLIC_IRQ_OFFSET\s*\+\s*\(?(\w+)\)?,$/m,
  );
  // On one core the kernel's timer comes directly behind the interrupt controller's sources.
  return { maxIrq: sources + 1, timerFrequencyHz: timer };
}

interface RawRegion {
  start?: unknown;
  end?: unknown;
}

function jsonLists(file: KernelBuildFile, report: Report): ReadonlyMap<string, RawRegion[]> {
  const lists = new Map<string, RawRegion[]>();
  for (const [name, list] of Object.entries(parseObject(file, report) ?? {})) {
    if (!Array.isArray(list)) {
      report(file.name, `${name} is ${kindOf(list)}`, "a list");
      continue;
    }
    const regions = list.map((entry: unknown): RawRegion => {
      const isObject = typeof entry === "object" && entry !== null;
      return {
        start: isObject && "start" in entry ? entry.start : undefined,
        end: isObject && "end" in entry ? entry.end : undefined,
      };
    });
    lists.set(name, regions);
  }
  return lists;
}

/** The subset of YAML that the kernel's generator writes: lists of `start` and `end`, an empty one as `[]`. */
function yamlLists(file: KernelBuildFile, report: Report): ReadonlyMap<string, RawRegion[]> {
  const lists = new Map<string, RawRegion[]>();
  let list: RawRegion[] | undefined;
  for (const [index, line] of file.text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const heading = /^(\w+):\s*(?:\[\])?\s*$/.exec(line);
    const entry = /^\s*(-)?\s*(start|end):\s*(\w+)\s*$/.exec(line);
    if (heading?.[1] !== undefined) {
      list = [];
      lists.set(heading[1], list);
    } else if (entry !== null && list !== undefined) {
      if (entry[1] !== undefined) list.push({});
      const region = list.at(-1);
      if (region !== undefined)
        region[entry[2] === "start" ? "start" : "end"] = integerOf(entry[3] ?? "");
    } else {
      report(file.name, `line ${index + 1}: ${line}`, "lists of start and end");
    }
  }
  return lists;
}

function ascending(regions: readonly PhysicalRegion[]): PhysicalRegion[] {
  return [...regions].sort((a, b) => a.start - b.start);
}

function shown(value: unknown): string {
  return typeof value === "number" ? `0x${value.toString(16)}` : kindOf(value);
}

function shownRegion({ start, end }: PhysicalRegion): string {
  return `${shown(start)}..${shown(end)}`;
}
