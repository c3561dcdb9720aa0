import type { Hart } from "./hart.ts";
import { RD_SHIFT, RS1_SHIFT, RS2_SHIFT } from "./isa/decoded.ts";

/** A load whose page the TLB does not know, that is misaligned, or that goes to a device. */
export function loadSlowly(
  hart: Hart,
  operation: number,
  immediate: number,
  bytes: number,
  isSigned: boolean,
): void {
  const address = hart.addressOf((operation >>> RS1_SHIFT) & 31, immediate);
  const value = hart.load(address, bytes, hart.out.high);
  if (hart.trapped) return;
  hart.writeRegister((operation >>> RD_SHIFT) & 63, value, bytes, isSigned);
}

/** The same for a store. */
export function storeSlowly(hart: Hart, operation: number, immediate: number, bytes: number): void {
  const address = hart.addressOf((operation >>> RS1_SHIFT) & 31, immediate);
  const addressHigh = hart.out.high;
  const rs2 = (operation >>> RS2_SHIFT) & 31;
  hart.store(address, hart.x[rs2] ?? 0, bytes, addressHigh, hart.high(rs2));
}
