import { Cause } from "./cause.ts";
import { type Decoded, decode } from "./decode.ts";
import type { DecodedPage } from "./guest-memory.ts";
import { TLB_ENTRIES } from "./guest-memory.ts";
import type { Hart } from "./hart.ts";
import { Access } from "./mmu.ts";
import { executeSystem } from "./system-instruction.ts";

const TLB_MASK = TLB_ENTRIES - 1;
/** No page has this address: forces a fetch through the TLB. */
const NO_PAGE = 1;

/**
 * Runs instructions until the hart's slice is used up.
 *
 * The hart's pc and countdown live in locals; they are written back before anything that may look at them, and read
 * again after anything that may change them. The case labels are the numbers of `Operation`: only literal numbers make
 * the engine compile the switch to a jump table.
 */
export function interpret(hart: Hart): void {
  const { memory, mmu, x, decoded } = hart;
  const { bytes, halves, words, readTags, readOffsets, writeTags, writeOffsets } = memory;
  let pc = hart.pc;
  let left = hart.left;
  let dataKey = mmu.dataKey;
  let dataSlot = mmu.dataSlot;
  let pageAddress = NO_PAGE;
  let operations: Int32Array = NO_OPERATIONS;
  let immediates: Int32Array = NO_OPERATIONS;
  let page: DecodedPage | null = null;
  let { fetchKey } = mmu;
  let { fetchEpoch } = memory;
  while (left > 0) {
    if ((pc & ~0xfff) !== pageAddress) {
      page = mmu.fetchPage(pc);
      if (page !== null) {
        pageAddress = pc & ~0xfff;
        operations = page.operations;
        immediates = page.immediates;
      }
    }
    const slot = (pc & 0xfff) >>> 1;
    let operation = page === null ? 0 : (operations[slot] ?? 0);
    let immediate = immediates[slot] ?? 0;
    if (operation === 0) {
      hart.pc = pc;
      hart.left = left;
      if (page === null || !decodeAt(hart, page, pc, decoded)) {
        hart.left--;
        hart.trap(mmu.fault, mmu.faultAddress);
        hart.trapped = false;
        pc = hart.pc;
        left = hart.left;
        dataKey = mmu.dataKey;
        dataSlot = mmu.dataSlot;
        ({ fetchKey } = mmu);
        ({ fetchEpoch } = memory);
        pageAddress = NO_PAGE;
        continue;
      }
      operation = decoded.operation;
      immediate = decoded.immediate;
    }
    left--;
    const rd = (operation >>> 6) & 63;
    const a = x[(operation >>> 12) & 31] ?? 0;
    const b = x[(operation >>> 17) & 31] ?? 0;
    const nextPc = (pc + ((operation & 0x400000) !== 0 ? 2 : 4)) | 0;
    switch (operation & 63) {
      case 1: // lui
        x[rd] = immediate;
        pc = nextPc;
        continue;
      case 2: // auipc
        x[rd] = pc + immediate;
        pc = nextPc;
        continue;
      case 3: // jal
        x[rd] = nextPc;
        pc = (pc + immediate) | 0;
        continue;
      case 4: // jalr
        x[rd] = nextPc;
        pc = (a + immediate) & ~1;
        continue;
      case 5: // beq
        pc = a === b ? (pc + immediate) | 0 : nextPc;
        continue;
      case 6: // bne
        pc = a !== b ? (pc + immediate) | 0 : nextPc;
        continue;
      case 7: // blt
        pc = a < b ? (pc + immediate) | 0 : nextPc;
        continue;
      case 8: // bge
        pc = a >= b ? (pc + immediate) | 0 : nextPc;
        continue;
      case 9: // bltu
        pc = a >>> 0 < b >>> 0 ? (pc + immediate) | 0 : nextPc;
        continue;
      case 10: // bgeu
        pc = a >>> 0 >= b >>> 0 ? (pc + immediate) | 0 : nextPc;
        continue;
      case 11: {
        // lb
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (readTags[entry] === ((address & ~0xfff) | dataKey)) {
          x[rd] = ((bytes[(address + (readOffsets[entry] ?? 0)) | 0] ?? 0) << 24) >> 24;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        const value = (hart.load(address, 1) << 24) >> 24;
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 12: {
        // lh
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (readTags[entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
          x[rd] = ((halves[((address + (readOffsets[entry] ?? 0)) | 0) >>> 1] ?? 0) << 16) >> 16;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        const value = (hart.load(address, 2) << 16) >> 16;
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 13: {
        // lw
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (readTags[entry] === ((address & ~0xfff) | dataKey) && (address & 3) === 0) {
          x[rd] = words[((address + (readOffsets[entry] ?? 0)) | 0) >>> 2] ?? 0;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        const value = hart.load(address, 4);
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 14: {
        // lbu
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (readTags[entry] === ((address & ~0xfff) | dataKey)) {
          x[rd] = bytes[(address + (readOffsets[entry] ?? 0)) | 0] ?? 0;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        const value = hart.load(address, 1);
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 15: {
        // lhu
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (readTags[entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
          x[rd] = halves[((address + (readOffsets[entry] ?? 0)) | 0) >>> 1] ?? 0;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        const value = hart.load(address, 2);
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 16: {
        // sb
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (writeTags[entry] === ((address & ~0xfff) | dataKey)) {
          bytes[(address + (writeOffsets[entry] ?? 0)) | 0] = b;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        hart.store(address, b, 1);
        if (!hart.trapped) hart.pc = nextPc;
        break;
      }
      case 17: {
        // sh
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (writeTags[entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
          halves[((address + (writeOffsets[entry] ?? 0)) | 0) >>> 1] = b;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        hart.store(address, b, 2);
        if (!hart.trapped) hart.pc = nextPc;
        break;
      }
      case 18: {
        // sw
        const address = (a + immediate) | 0;
        const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
        if (writeTags[entry] === ((address & ~0xfff) | dataKey) && (address & 3) === 0) {
          words[((address + (writeOffsets[entry] ?? 0)) | 0) >>> 2] = b;
          pc = nextPc;
          continue;
        }
        hart.pc = pc;
        hart.left = left;
        hart.store(address, b, 4);
        if (!hart.trapped) hart.pc = nextPc;
        break;
      }
      case 19: // addi
        x[rd] = a + immediate;
        pc = nextPc;
        continue;
      case 20: // slti
        x[rd] = a < immediate ? 1 : 0;
        pc = nextPc;
        continue;
      case 21: // sltiu
        x[rd] = a >>> 0 < immediate >>> 0 ? 1 : 0;
        pc = nextPc;
        continue;
      case 22: // xori
        x[rd] = a ^ immediate;
        pc = nextPc;
        continue;
      case 23: // ori
        x[rd] = a | immediate;
        pc = nextPc;
        continue;
      case 24: // andi
        x[rd] = a & immediate;
        pc = nextPc;
        continue;
      case 25: // slli
        x[rd] = a << immediate;
        pc = nextPc;
        continue;
      case 26: // srli
        x[rd] = a >>> immediate;
        pc = nextPc;
        continue;
      case 27: // srai
        x[rd] = a >> immediate;
        pc = nextPc;
        continue;
      case 28: // add
        x[rd] = a + b;
        pc = nextPc;
        continue;
      case 29: // sub
        x[rd] = a - b;
        pc = nextPc;
        continue;
      case 30: // sll
        x[rd] = a << b;
        pc = nextPc;
        continue;
      case 31: // slt
        x[rd] = a < b ? 1 : 0;
        pc = nextPc;
        continue;
      case 32: // sltu
        x[rd] = a >>> 0 < b >>> 0 ? 1 : 0;
        pc = nextPc;
        continue;
      case 33: // xor
        x[rd] = a ^ b;
        pc = nextPc;
        continue;
      case 34: // srl
        x[rd] = a >>> b;
        pc = nextPc;
        continue;
      case 35: // sra
        x[rd] = a >> b;
        pc = nextPc;
        continue;
      case 36: // or
        x[rd] = a | b;
        pc = nextPc;
        continue;
      case 37: // and
        x[rd] = a & b;
        pc = nextPc;
        continue;
      case 38: // mul
        x[rd] = Math.imul(a, b);
        pc = nextPc;
        continue;
      case 39: // mulh
        x[rd] = multiplyHigh(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0);
        pc = nextPc;
        continue;
      case 40: // mulhsu
        x[rd] = multiplyHigh(a, b) - (a < 0 ? b : 0);
        pc = nextPc;
        continue;
      case 41: // mulhu
        x[rd] = multiplyHigh(a, b);
        pc = nextPc;
        continue;
      case 42: // div
        x[rd] = b === 0 ? -1 : a / b;
        pc = nextPc;
        continue;
      case 43: // divu
        x[rd] = b === 0 ? -1 : (a >>> 0) / (b >>> 0);
        pc = nextPc;
        continue;
      case 44: // rem
        x[rd] = b === 0 ? a : a % b;
        pc = nextPc;
        continue;
      case 45: // remu
        x[rd] = b === 0 ? a : (a >>> 0) % (b >>> 0);
        pc = nextPc;
        continue;
      case 46: // fence
      case 47: // fence.i: stores to decoded pages were noticed already
        pc = nextPc;
        continue;
      case 48: // system
        hart.pc = pc;
        hart.left = left;
        executeSystem(hart, immediate, nextPc);
        break;
      case 49: {
        // amo
        hart.pc = pc;
        hart.left = left;
        const value = hart.atomic(immediate, a, b);
        if (!hart.trapped) {
          x[rd] = value;
          hart.pc = nextPc;
        }
        break;
      }
      case 50: // hosted
        hart.pc = pc;
        hart.left = left;
        if (hart.hosted === undefined || hart.privilege !== 0) {
          hart.trap(Cause.illegalInstruction, (immediate << 20) | 0x0b);
        } else {
          hart.hosted.execute(immediate, page?.offset ?? 0);
        }
        break;
      default:
        hart.pc = pc;
        hart.left = left;
        hart.trap(Cause.illegalInstruction, immediate);
        break;
    }
    hart.trapped = false;
    pc = hart.pc;
    left = hart.left;
    dataKey = mmu.dataKey;
    dataSlot = mmu.dataSlot;
    // The page at hand stays good in the same address space, until something forgets translations or code.
    if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch) {
      ({ fetchKey } = mmu);
      ({ fetchEpoch } = memory);
      pageAddress = NO_PAGE;
    }
  }
  hart.pc = pc;
  hart.left = left;
}

const NO_OPERATIONS = new Int32Array(1);

/** High word of the unsigned product; exact, because no intermediate passes 2^53. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
}

/** Decodes the instruction at `pc` into its slot; `false` with a fault in the MMU when its second half is refused. */
function decodeAt(hart: Hart, page: DecodedPage, pc: number, into: Decoded): boolean {
  const { memory, mmu } = hart;
  const inPage = pc & 0xffe;
  const low = memory.halves[(page.offset + inPage) >>> 1] ?? 0;
  if ((low & 3) === 3 && inPage === 0xffe) {
    // Straddles two pages: the second may be mapped differently next time, so this slot stays empty.
    const second = (pc + 2) | 0;
    const physical = mmu.translate(second, Access.fetch);
    const offset = physical < 0 ? -1 : memory.offsetOf(physical);
    if (offset < 0) {
      mmu.fault = physical < 0 ? -physical : Cause.fetchAccessFault;
      mmu.faultAddress = second;
      return false;
    }
    decode(low, memory.halves[offset >>> 1] ?? 0, into);
    return true;
  }
  decode(low, memory.halves[(page.offset + inPage + 2) >>> 1] ?? 0, into);
  page.operations[inPage >>> 1] = into.operation;
  page.immediates[inPage >>> 1] = into.immediate;
  return true;
}
