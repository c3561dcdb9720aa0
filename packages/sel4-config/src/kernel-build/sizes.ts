import type { KernelSettings, ObjectSizeBits } from "../kernel-config.ts";
import { reportCondition } from "./enumerations.ts";
import type { KernelBuildFile, Report } from "./kernel-build.ts";
import { integerOf, keptLines, type Macros, type SourceLine } from "./preprocessor.ts";

/** Which constant of libsel4 is which size. */
const SIZES: Readonly<Record<keyof ObjectSizeBits, string>> = {
  slot: "seL4_SlotBits",
  tcb: "seL4_TCBBits",
  endpoint: "seL4_EndpointBits",
  notification: "seL4_NotificationBits",
  reply: "seL4_ReplyBits",
  minSchedContext: "seL4_MinSchedContextBits",
  page4K: "seL4_PageBits",
  megaPage: "seL4_LargePageBits",
  gigaPage: "seL4_HugePageBits",
  pageTable: "seL4_PageTableBits",
  pageTableEntry: "seL4_PageTableEntryBits",
  asidPool: "seL4_ASIDPoolBits",
  minUntyped: "seL4_MinUntypedBits",
  maxUntyped: "seL4_MaxUntypedBits",
  ipcBuffer: "seL4_IPCBufferSizeBits",
};

/** What libsel4's headers, if they are there, say of sizes and of the address space. */
export function readSizes(
  files: readonly KernelBuildFile[],
  macros: Macros,
  base: { readonly sizeBits: ObjectSizeBits; readonly settings: KernelSettings },
  report: Report,
): { readonly sizeBits: ObjectSizeBits; readonly settings: KernelSettings } {
  if (files.length === 0) {
    // The size of a thread depends on it, and only these headers say how.
    if (macros.has("CONFIG_HAVE_FPU")) {
      report(
        "constants.h of libsel4",
        "no such file",
        "libsel4's constants: CONFIG_HAVE_FPU is set",
      );
    }
    return base;
  }
  const constants = definedConstants(files, macros, report);
  const value = (name: string, otherwise: number): number => {
    const number = constants.get(name);
    if (number !== undefined) return number;
    report(
      files.map((file) => file.name).join(", "),
      `no ${name}`,
      `a number, ${otherwise} for example`,
    );
    return otherwise;
  };
  const { sizeBits, settings } = base;
  const size = (key: keyof ObjectSizeBits): number => value(SIZES[key], sizeBits[key] ?? 0);
  return {
    sizeBits: {
      slot: size("slot"),
      tcb: size("tcb"),
      endpoint: size("endpoint"),
      notification: size("notification"),
      reply: size("reply"),
      minSchedContext: size("minSchedContext"),
      page4K: size("page4K"),
      megaPage: size("megaPage"),
      ...(sizeBits.gigaPage === undefined ? {} : { gigaPage: size("gigaPage") }),
      pageTable: size("pageTable"),
      pageTableEntry: size("pageTableEntry"),
      asidPool: size("asidPool"),
      minUntyped: size("minUntyped"),
      maxUntyped: size("maxUntyped"),
      ipcBuffer: size("ipcBuffer"),
    },
    settings: {
      ...settings,
      asidPoolEntries: 2 ** value("seL4_ASIDPoolIndexBits", Math.log2(settings.asidPoolEntries)),
      numAsidPools: 2 ** value("seL4_NumASIDPoolsBits", Math.log2(settings.numAsidPools)),
      userTop: value("seL4_UserTop", settings.userTop),
    },
  };
}

/** `#define`s of a number; others are left out. */
function definedConstants(
  files: readonly KernelBuildFile[],
  macros: Macros,
  report: Report,
): ReadonlyMap<string, number> {
  const constants = new Map<string, number>();
  for (const file of files) {
    const onError = (line: SourceLine): void => {
      reportCondition(file, line, report);
    };
    for (const { text } of keptLines(file.text, macros, onError)) {
      const [, name, value] = /^#\s*define\s+(seL4_\w+)\s+(\w+)$/.exec(text) ?? [];
      const number = integerOf(value ?? "");
      if (name !== undefined && number !== undefined) constants.set(name, number);
    }
  }
  return constants;
}
