import { cantrip, type ObjectSizeBits } from "@cantrip/sel4-config";
import { type CapdlArch } from "./model.ts";

/** Sizes of kernel objects, as log2 of bytes; of those that the architecture has. A profile's `sizeBits` is one. */
export interface KindSizes extends Pick<
  ObjectSizeBits,
  | "slot"
  | "tcb"
  | "endpoint"
  | "notification"
  | "reply"
  | "minSchedContext"
  | "pageTable"
  | "asidPool"
> {
  readonly pd?: number;
  readonly pdpt?: number;
  readonly pml4?: number;
  readonly pud?: number;
  readonly pgd?: number;
  readonly vcpu?: number;
  readonly io_pt?: number;
}

const COMMON_64 = {
  slot: 5,
  tcb: 11,
  endpoint: 4,
  notification: 6,
  reply: 5,
  minSchedContext: 7,
  pageTable: 12,
  asidPool: 12,
} as const;

const COMMON_32 = {
  slot: 4,
  endpoint: 4,
  notification: 5,
  reply: 4,
  minSchedContext: 7,
  asidPool: 12,
} as const;

const SIZES: Readonly<Record<CapdlArch, KindSizes>> = {
  riscv: cantrip.sizeBits,
  aarch64: { ...COMMON_64, pd: 12, pud: 12, pgd: 12, vcpu: 12 },
  x86_64: { ...COMMON_64, pd: 12, pdpt: 12, pml4: 12, vcpu: 14, io_pt: 12 },
  arm11: { ...COMMON_32, tcb: 10, pageTable: 10, pd: 14, vcpu: 12, io_pt: 12 },
  ia32: { ...COMMON_32, tcb: 11, pageTable: 12, pd: 12, vcpu: 14, io_pt: 12 },
};

const RISCV64: KindSizes = { ...COMMON_64, tcb: 10 };
const RISCV64_NON_MCS: KindSizes = { ...RISCV64, notification: 5 };

/** Sizes on kernels without MCS, where notifications are smaller. */
const NON_MCS: Readonly<Record<CapdlArch, KindSizes>> = {
  riscv: { ...cantrip.sizeBits, notification: 4 },
  aarch64: { ...SIZES.aarch64, notification: 5 },
  x86_64: { ...SIZES.x86_64, notification: 5 },
  arm11: { ...SIZES.arm11, tcb: 9, notification: 4 },
  ia32: { ...SIZES.ia32, notification: 4 },
};

/**
 * Sizes of an architecture's kernel objects; of CantripOS's kernel for `riscv`. Source: `sel4_arch/constants.h` of each
 * architecture, seL4 13.
 *
 * @param isMcs - whether the kernel has scheduling contexts; default `true`
 * @param wordBits - of riscv: 64 for riscv64; default 32
 */
export function kindSizes(arch: CapdlArch, isMcs = true, wordBits?: 32 | 64): KindSizes {
  if (arch === "riscv" && wordBits === 64) return isMcs ? RISCV64 : RISCV64_NON_MCS;
  return (isMcs ? SIZES : NON_MCS)[arch];
}
