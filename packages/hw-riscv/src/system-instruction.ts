import { Cause, Privilege } from "./cause.ts";
import { readCsr, writeCsr } from "./csr.ts";
import { type Hart, Status } from "./hart.ts";

const ECALL = 0x00000073;
const EBREAK = 0x00100073;
const SRET = 0x10200073;
const MRET = 0x30200073;
const WFI = 0x10500073;
const SFENCE_VMA = 9;

/**
 * Executes a SYSTEM instruction: CSR access, calls, returns, fences, `wfi`. Leaves the next pc in `hart.pc`.
 *
 * @param nextPc - address of the following instruction
 */
export function executeSystem(hart: Hart, word: number, nextPc: number): void {
  if (((word >>> 12) & 7) !== 0) {
    accessCsr(hart, word, nextPc);
    return;
  }
  switch (word) {
    case ECALL:
      hart.trap(Cause.ecallFromUser + hart.privilege, 0);
      return;
    case EBREAK:
      hart.trap(Cause.breakpoint, hart.pc);
      return;
    case SRET:
      if (
        hart.privilege === Privilege.user ||
        (hart.privilege === Privilege.supervisor && (hart.mstatus & Status.tsr) !== 0)
      ) {
        break;
      }
      hart.returnFromSupervisor();
      return;
    case MRET:
      if (hart.privilege !== Privilege.machine) break;
      hart.returnFromMachine();
      return;
    case WFI:
      if (hart.privilege !== Privilege.machine && (hart.mstatus & Status.tw) !== 0) break;
      hart.pc = nextPc;
      if (hart.wakeUps === 0) hart.waiting = true;
      hart.endSlice();
      return;
    default:
      if (word >>> 25 !== SFENCE_VMA || ((word >>> 7) & 31) !== 0) break;
      if (
        hart.privilege === Privilege.user ||
        (hart.privilege === Privilege.supervisor && (hart.mstatus & Status.tvm) !== 0)
      ) {
        break;
      }
      hart.mmu.flush();
      hart.pc = nextPc;
      return;
  }
  hart.trap(Cause.illegalInstruction, word);
}

function accessCsr(hart: Hart, word: number, nextPc: number): void {
  const csr = word >>> 20;
  const funct3 = (word >>> 12) & 7;
  const rs1 = (word >>> 15) & 31;
  const rd = (word >>> 7) & 31;
  const source = (funct3 & 4) !== 0 ? rs1 : (hart.x[rs1] ?? 0);
  const operation = funct3 & 3;
  // A write of all bits with rd = x0 does not read; setting or clearing with rs1 = x0 does not write.
  const old = readCsr(hart, csr);
  if (old === undefined) {
    hart.trap(Cause.illegalInstruction, word);
    return;
  }
  if (operation === 1 || rs1 !== 0) {
    const value = operation === 1 ? source : operation === 2 ? old | source : old & ~source;
    if (!writeCsr(hart, csr, value)) {
      hart.trap(Cause.illegalInstruction, word);
      return;
    }
  }
  if (rd !== 0) hart.x[rd] = old;
  hart.pc = nextPc;
}
