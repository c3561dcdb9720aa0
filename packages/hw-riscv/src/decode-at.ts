import { Cause } from "./cause.ts";
import type { DecodedPage } from "./guest-memory.ts";
import type { Hart } from "./hart.ts";
import { Access, carriedHigh } from "./mmu.ts";

/**
 * Decodes the instruction at `pc` into `hart.decoded`, and into its slot.
 *
 * @returns `false` with a fault in the MMU when its second half is refused
 */
export function decodeAt(hart: Hart, page: DecodedPage, pc: number): boolean {
  const { memory, mmu, decoded } = hart;
  const inPage = pc & 0xffe;
  if (page.isChecked && !mmu.checkFetch(pc, hart.pcHigh)) return false;
  const low = memory.halves[(page.offset + inPage) >>> 1] ?? 0;
  if ((low & 3) === 3 && inPage === 0xffe) {
    // Straddles two pages: the second may be mapped differently next time, so this slot stays empty.
    const second = (pc + 2) | 0;
    const secondHigh = carriedHigh(pc, second, hart.pcHigh);
    const physical = mmu.translate(second, Access.fetch, secondHigh);
    const offset = physical < 0 ? -1 : memory.offsetOf(physical);
    if (offset < 0) {
      mmu.refuse(physical < 0 ? -physical : Cause.fetchAccessFault, second, secondHigh);
      return false;
    }
    hart.decoder.decode(low, memory.halves[offset >>> 1] ?? 0, decoded);
    return true;
  }
  if (page.isChecked && (low & 3) === 3) {
    const second = (pc + 2) | 0;
    if (!mmu.checkFetch(second, carriedHigh(pc, second, hart.pcHigh))) return false;
  }
  hart.decoder.decode(low, memory.halves[(page.offset + inPage + 2) >>> 1] ?? 0, decoded);
  if (page.isChecked) return true;
  page.operations[inPage >>> 1] = decoded.operation;
  page.immediates[inPage >>> 1] = decoded.immediate;
  return true;
}
