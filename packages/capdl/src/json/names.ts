import { type CapdlArch, type CapdlKind } from "../model.ts";

/** Boot info blocks: the suffix in the language, and the name in JSON. */
export const BOOT_INFO_IDS: ReadonlyMap<string, string> = new Map([
  ["Padding", "Padding"],
  ["X86_VBE", "X86Vbe"],
  ["X86_MBMMAP", "X86Mbmmap"],
  ["X86_ACPI_RSDP", "X86AcpiRsdp"],
  ["X86_Framebuffer", "X86FrameBuffer"],
  ["X86_TSC_Freq", "X86TscFreq"],
  ["FDT", "Fdt"],
]);

/** Level of each kind of table, as capDL-tool's fork writes it; none on riscv. */
export const TABLE_LEVELS: Readonly<Record<CapdlArch, Partial<Record<CapdlKind, number>>>> = {
  riscv: {},
  ia32: { pd: 0, pt: 3 },
  arm11: { pd: 0, pt: 3 },
  x86_64: { pml4: 0, pdpt: 1, pd: 2, pt: 3 },
  aarch64: { pgd: 0, pud: 1, pd: 2, pt: 3 },
};
