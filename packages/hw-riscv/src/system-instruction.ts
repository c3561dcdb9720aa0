import { Cause, Privilege } from "./cause.ts";
import { readCsr, writeCsr } from "./csr.ts";
import { Csr } from "./csr-numbers.ts";
import { type Hart, Status } from "./hart.ts";

/** Instructions as they are reported where they are refused. */
const Word = {
  sret: 0x10200073,
  mret: 0x30200073,
  wfi: 0x10500073,
  hosted: 0x0000000b,
} as const;

// Each leaves the next pc in the hart.

export function ecall(hart: Hart): void {
  hart.trap(Cause.ecallFromUser + hart.privilege, 0);
}

export function ebreak(hart: Hart): void {
  hart.trap(Cause.breakpoint, hart.pc, hart.pcHigh);
}

/** Whether the supervisor is kept from something by a bit of `mstatus`, or this is user mode. */
function isRefused(hart: Hart, statusBit: number): boolean {
  return (
    hart.privilege === Privilege.user ||
    (hart.privilege === Privilege.supervisor && (hart.mstatus & statusBit) !== 0)
  );
}

export function sret(hart: Hart): void {
  if (isRefused(hart, Status.tsr)) hart.trap(Cause.illegalInstruction, Word.sret);
  else hart.returnFromSupervisor();
}

export function mret(hart: Hart): void {
  if (hart.privilege !== Privilege.machine) hart.trap(Cause.illegalInstruction, Word.mret);
  else hart.returnFromMachine();
}

export function wfi(hart: Hart, nextPc: number): void {
  if (hart.privilege !== Privilege.machine && (hart.mstatus & Status.tw) !== 0) {
    hart.trap(Cause.illegalInstruction, Word.wfi);
    return;
  }
  hart.setPc(nextPc);
  if (hart.wakeUps === 0) hart.waiting = true;
  hart.endSlice();
}

export function sfenceVma(hart: Hart, nextPc: number, word: number): void {
  if (isRefused(hart, Status.tvm)) {
    hart.trap(Cause.illegalInstruction, word);
    return;
  }
  hart.mmu.flush();
  hart.setPc(nextPc);
}

/**
 * `hosted n`: a step of a user thread in TypeScript.
 *
 * @param text - where the instruction's page is in the buffer of the memory
 */
export function hosted(hart: Hart, entry: number, text: number): void {
  if (hart.hosted === undefined || hart.privilege !== Privilege.user) {
    hart.trap(Cause.illegalInstruction, (entry << 20) | Word.hosted);
  } else {
    hart.hosted.execute(entry, text);
  }
}

/**
 * Reads and changes a CSR.
 *
 * @param word - the instruction
 * @param fromRegister - whether the operand is `rs1`, or the field's own five bits
 */
export function accessCsr(
  hart: Hart,
  word: number,
  change: "write" | "set" | "clear",
  fromRegister: boolean,
  nextPc: number,
): void {
  const csr = word >>> 20;
  const rs1 = (word >>> 15) & 31;
  const rd = (word >>> 7) & 31;
  const source = fromRegister ? (hart.x[rs1] ?? 0) : rs1;
  const sourceHigh = fromRegister ? hart.high(rs1) : 0;
  // A write of all bits with rd = x0 does not read; setting or clearing with rs1 = x0 does not write.
  const old = readCsr(hart, csr);
  if (old === undefined) {
    hart.trap(Cause.illegalInstruction, word);
    return;
  }
  const oldHigh = hart.out.high;
  if (change === "write" || rs1 !== 0) {
    hart.out.high =
      change === "write"
        ? sourceHigh
        : change === "set"
          ? oldHigh | sourceHigh
          : oldHigh & ~sourceHigh;
    // What devices drive is read, but does not become a bit of software by setting or clearing others.
    const kept = csr === Csr.mip ? hart.softwarePending : old;
    const value = change === "write" ? source : change === "set" ? kept | source : kept & ~source;
    if (!writeCsr(hart, csr, value)) {
      hart.trap(Cause.illegalInstruction, word);
      return;
    }
  }
  hart.setRegister(rd, old, oldHigh);
  hart.setPc(nextPc);
}

/** An instruction that the table does not have: one from outside, or none. */
export function executeExternal(hart: Hart, operation: number, word: number, nextPc: number): void {
  if (hart.external === undefined) hart.trap(Cause.illegalInstruction, word);
  else hart.external.execute(operation, word, nextPc);
}
