import { type CapdlArch, type CapdlKind, type CapdlSpec } from "../model.ts";

const EVERYWHERE: readonly CapdlKind[] = [
  "ep",
  "notification",
  "tcb",
  "cnode",
  "ut",
  "irq",
  "asid_pool",
  "pd",
  "pt",
  "frame",
  "sc",
  "rtreply",
];
const X86: readonly CapdlKind[] = [
  "vcpu",
  "io_ports",
  "io_device",
  "io_pt",
  "ioapic_irq",
  "msi_irq",
];
const ARM: readonly CapdlKind[] = ["vcpu", "arm_io_device", "arm_irq", "arm_sgi_signal"];

/** Kinds of objects that capDL-tool takes on each architecture. */
export const ARCH_KINDS: Readonly<Record<CapdlArch, ReadonlySet<CapdlKind>>> = {
  riscv: new Set(EVERYWHERE),
  ia32: new Set([...EVERYWHERE, ...X86]),
  x86_64: new Set([...EVERYWHERE, ...X86, "pml4", "pdpt"]),
  arm11: new Set([...EVERYWHERE, ...ARM]),
  aarch64: new Set([...EVERYWHERE, ...ARM, "pud", "pgd", "streamid", "contextbank", "smc"]),
};

/** Tables that a TCB's `vspace` and an ASID pool take. */
export const ROOT_TABLES: Readonly<Record<CapdlArch, readonly CapdlKind[]>> = {
  riscv: ["pt"],
  ia32: ["pd"],
  arm11: ["pd"],
  x86_64: ["pml4"],
  aarch64: ["pgd", "pud"],
};

/** What tables take. */
const TABLE_TARGETS: Readonly<Record<string, readonly CapdlKind[]>> = {
  pt: ["frame"],
  pd: ["frame", "pt"],
  pdpt: ["frame", "pd"],
  pml4: ["pdpt"],
  pud: ["frame", "pd"],
  pgd: ["pud"],
  io_pt: ["frame", "io_pt"],
};

/** Kinds of objects that a table takes; `undefined` for what is no table. */
export function tableTargets(kind: CapdlKind, arch: CapdlArch): readonly CapdlKind[] | undefined {
  return kind === "pt" && arch === "riscv" ? ["frame", "pt"] : TABLE_TARGETS[kind];
}

/** What the checks need to know of a kernel. */
export interface Platform {
  readonly arch: CapdlArch;
  readonly wordBits: 32 | 64;
  /** Whether the kernel has scheduling contexts. */
  readonly isMcs: boolean;
  /** log2 of the sizes of frames. */
  readonly frameSizes: readonly number[];
}

/** log2 of the sizes of frames. */
export function frameSizes({
  arch,
  wordBits,
}: Pick<Platform, "arch" | "wordBits">): readonly number[] {
  switch (arch) {
    case "riscv":
      return wordBits === 32 ? [12, 22] : [12, 21, 30];
    case "ia32":
      return [12, 22];
    case "arm11":
      return [12, 16, 20, 24];
    default:
      return [12, 21, 30];
  }
}

/** Number of slots of a table. */
export function tableSlots(kind: CapdlKind, { arch, wordBits }: Platform): number {
  if (arch === "arm11") return kind === "pd" ? 4096 : 256;
  return wordBits === 32 ? 1024 : 512;
}

/**
 * The word of a specification's platform: given by its architecture; on riscv 64 bits if something in it needs them.
 */
export function wordBitsOf(spec: CapdlSpec): 32 | 64 {
  if (spec.arch === "ia32" || spec.arch === "arm11") return 32;
  if (spec.arch !== "riscv") return 64;
  const radix = new Map<string, number>();
  for (const object of spec.objects) {
    if (object.kind === "cnode") radix.set(object.name, object.sizeBits);
    if (object.kind === "frame" && (object.sizeBits === 21 || object.sizeBits === 30)) return 64;
    const { addr = 0, ip = 0 } = object.kind === "tcb" ? object : {};
    if (addr > 0xffff_ffff || ip > 0xffff_ffff) return 64;
  }
  for (const object of spec.objects) {
    if (object.kind !== "tcb") continue;
    for (const { cap } of object.slots) {
      if (cap.kind !== "object" || cap.guardSize === undefined) continue;
      if (Number(cap.guardSize) + (radix.get(cap.object) ?? 0) > 32) return 64;
    }
  }
  return 32;
}
