import { Csr } from "./csr-numbers.ts";
import type { Hart } from "./hart.ts";
import { PMP_ENTRIES } from "./pmp.ts";

/** Bytes of entries in each register of configurations on RV32; RV64 has the even ones only, with twice as many. */
const CONFIGS = 4;
/** Bits of the upper half of a `pmpaddr` on RV64: 54 in all. */
const ADDRESS_HIGH = 0x3fffff;

/** First entry of a register of configurations; `undefined` where it is none. */
function firstEntry(hart: Hart, csr: number): number | undefined {
  const index = csr - Csr.pmpcfg0;
  if (index < 0 || index >= PMP_ENTRIES / CONFIGS) return undefined;
  return hart.is64 && index % 2 === 1 ? undefined : index * CONFIGS;
}

function addressEntry(csr: number): number | undefined {
  const index = csr - Csr.pmpaddr0;
  return index >= 0 && index < PMP_ENTRIES ? index : undefined;
}

/** Reads a register of physical memory protection; `undefined` where it is none. */
export function readPmp(hart: Hart, csr: number): number | undefined {
  const { pmp } = hart.mmu;
  const entry = addressEntry(csr);
  if (entry !== undefined) {
    hart.out.high = pmp.addressHigh(entry);
    return pmp.addressLow(entry);
  }
  const first = firstEntry(hart, csr);
  if (first === undefined) return undefined;
  const word = (from: number): number =>
    pmp.config(from) |
    (pmp.config(from + 1) << 8) |
    (pmp.config(from + 2) << 16) |
    (pmp.config(from + 3) << 24);
  hart.out.high = hart.is64 ? word(first + CONFIGS) : 0;
  return word(first);
}

/** Writes a register of physical memory protection; `false` where it is none. */
export function writePmp(hart: Hart, csr: number, value: number, high: number): boolean {
  const { pmp } = hart.mmu;
  const entry = addressEntry(csr);
  const first = firstEntry(hart, csr);
  if (entry !== undefined) {
    pmp.setAddress(entry, value, high & ADDRESS_HIGH);
  } else if (first !== undefined) {
    for (let index = 0; index < CONFIGS; index++) {
      pmp.setConfig(first + index, (value >>> (8 * index)) & 0xff);
    }
    for (let index = 0; hart.is64 && index < CONFIGS; index++) {
      pmp.setConfig(first + CONFIGS + index, (high >>> (8 * index)) & 0xff);
    }
  } else {
    return false;
  }
  hart.mmu.flush();
  hart.endSlice();
  return true;
}
