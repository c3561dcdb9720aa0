import {
  type BundleManifest,
  crc32,
  DEFAULT_MANIFEST,
  encodeSectionHeader,
  SectionFlag,
  SectionType,
  withManifest,
} from "@cantrip/bundle-image";
import { assemble } from "@cantrip/hw-riscv/asm";
import { SdkRequest } from "@cantrip/interfaces/sdk";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo } from "@cantrip/sel4-sys";

const { label, syscall } = cantrip;
const TEXT = 0x1_0000;
/** Byte of the IPC buffer at which the first capability of a message is named. */
const CAPS = 488;

/** A part of a program's image. */
export interface Part {
  readonly vaddr: number;
  readonly data: Uint8Array;
  readonly msize?: number;
  readonly isWritable?: boolean;
}

/** A bundle with code at 0x10000 and other parts, which may be far away. */
export function programOf(
  source: string,
  { manifest, parts = [] }: { manifest?: Partial<BundleManifest>; parts?: readonly Part[] } = {},
): Uint8Array {
  const { bytes } = assemble(source, { base: TEXT });
  const image = Uint8Array.from(
    [{ vaddr: TEXT, data: bytes }, ...parts].flatMap((part: Part, index) => {
      const { vaddr, data, msize = data.length, isWritable } = part;
      const access = index === 0 ? SectionFlag.Execute | SectionFlag.Entry : 0;
      const header = {
        ...{ vaddr, msize, fsize: data.length, align: 4096, crc32: crc32(data) },
        entry: index === 0 ? TEXT : 0,
        flags: SectionFlag.Read | access | (isWritable === true ? SectionFlag.Write : 0),
        ftype: SectionType.Application,
      };
      return [...encodeSectionHeader(header), ...data];
    }),
  );
  return manifest === undefined ? image : withManifest(image, { ...DEFAULT_MANIFEST, ...manifest });
}

/** Ends the application with the code in t0. */
export const EXIT = `
  sb t0, 0(a3)
  sw a2, ${CAPS}(a0)
  mv a0, a1
  li a1, ${messageInfo(SdkRequest.Exit, 0, 1)}
  li a7, ${syscall.call}
  ecall
forever:
  j forever
`;

/** Ends with a code. */
export const exits = (code: number): string => `  li t0, ${code}\n${EXIT}`;

/** Writes to the null page. */
export const FAULTS = "  sw zero, 16(zero)\nforever:\n  j forever\n";

/** Suspends itself: it is there and takes no time. */
export const SLEEPS = `
  li a0, 0
  li a1, ${messageInfo(label.tcbSuspend, 0)}
  li a7, ${syscall.call}
  ecall
forever:
  j forever
`;

/** Writes a word to every page from t1 up to t2. */
export const touching = (name: string): string => `
${name}:
  bgeu t1, t2, ${name}_end
  sw t1, 0(t1)
  li t3, 4096
  add t1, t1, t3
  j ${name}
${name}_end:
`;
