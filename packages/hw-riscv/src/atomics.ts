import { Access } from "./access.ts";
import { Cause } from "./cause.ts";
import type { Hart } from "./hart.ts";
import { RD_SHIFT, RS1_SHIFT, RS2_SHIFT } from "./isa/decoded.ts";

// Instructions come as their decoded operations.

/** `lr`. */
export function loadReserved(hart: Hart, operation: number, bytes: 4 | 8): void {
  const physical = atomicPlace(hart, operation, bytes, Access.load);
  if (physical < 0) return;
  hart.reservation = physical;
  const value = loadWord(hart, physical, bytes);
  hart.writeRegister((operation >>> RD_SHIFT) & 63, value, bytes, true);
}

/** `sc`: `rd` becomes 0 where it stored, otherwise 1. */
export function storeConditional(hart: Hart, operation: number, bytes: 4 | 8): void {
  const physical = atomicPlace(hart, operation, bytes, Access.store);
  if (physical < 0) return;
  const matches = hart.reservation === physical;
  hart.reservation = -1;
  if (matches) {
    const rs2 = (operation >>> RS2_SHIFT) & 31;
    storeAt(hart, operation, hart.x[rs2] ?? 0, hart.high(rs2), bytes);
    if (hart.trapped) return;
  }
  hart.setRegister((operation >>> RD_SHIFT) & 63, matches ? 0 : 1, 0);
}

/** The first half of a read-modify-write operation; traps when it is refused. The upper half is in `hart.out`. */
export function loadForUpdate(hart: Hart, operation: number, bytes: 4 | 8): number {
  const physical = atomicPlace(hart, operation, bytes, Access.store);
  return physical < 0 ? 0 : loadWord(hart, physical, bytes);
}

/** The second half: stores the result, and `rd` becomes the old value. */
export function finishUpdate(
  hart: Hart,
  operation: number,
  old: number,
  oldHigh: number,
  result: number,
  resultHigh: number,
  bytes: 4 | 8,
): void {
  storeAt(hart, operation, result, resultHigh, bytes);
  if (!hart.trapped) hart.setRegister((operation >>> RD_SHIFT) & 63, old, oldHigh);
}

function storeAt(
  hart: Hart,
  operation: number,
  value: number,
  valueHigh: number,
  bytes: number,
): void {
  const rs1 = (operation >>> RS1_SHIFT) & 31;
  hart.store(hart.x[rs1] ?? 0, value, bytes, hart.high(rs1), valueHigh);
}

function loadWord(hart: Hart, physical: number, bytes: 4 | 8): number {
  const { words } = hart.memory;
  const at = hart.memory.offsetOf(physical) >>> 2;
  hart.out.high = bytes === 8 ? (words[at + 1] ?? 0) : 0;
  return words[at] ?? 0;
}

/** Physical address of an atomic operation; -1 after a trap. */
function atomicPlace(hart: Hart, operation: number, bytes: 4 | 8, access: Access): number {
  const rs1 = (operation >>> RS1_SHIFT) & 31;
  const address = hart.x[rs1] ?? 0;
  const high = hart.high(rs1);
  const isLoad = access === Access.load;
  if ((address & (bytes - 1)) !== 0) {
    hart.trap(isLoad ? Cause.loadMisaligned : Cause.storeMisaligned, address, high);
    return -1;
  }
  const physical = hart.mmu.translate(address, access, high);
  if (physical < 0) {
    hart.trap(-physical, address, high);
    return -1;
  }
  // Atomics need RAM.
  const isRefused =
    hart.memory.offsetOf(physical) < 0 || !hart.mmu.permitsAll(physical, bytes, access);
  if (isRefused) {
    hart.trap(isLoad ? Cause.loadAccessFault : Cause.storeAccessFault, address, high);
    return -1;
  }
  return physical;
}
