// Generated from src/isa by scripts/generate-interpreters.ts: do not edit.
import * as pair from "../arithmetic/pair.ts";
import * as word from "../arithmetic/word.ts";
import * as atomics from "../atomics.ts";
import { decodeAt } from "../decode-at.ts";
import * as float from "../float-registers.ts";
import type { DecodedPage } from "../guest-memory.ts";
import type { Hart } from "../hart.ts";
import { loadSlowly, storeSlowly } from "../slow-access.ts";
import * as system from "../system-instruction.ts";
import { accessCsr, executeExternal } from "../system-instruction.ts";

/** No page has this address: forces a fetch through the TLB. */
const NO_PAGE = 1;
const NO_OPERATIONS = new Int32Array(1);

/**
 * Runs instructions until the hart's slice is used up.
 *
 * The hart's pc and countdown live in locals; they are written back before anything that may look at them, and read
 * again after anything that may change them. Literal case numbers make the engine compile the switch to a jump table.
 */
export function interpretRv64(hart: Hart): void {
  const { memory, mmu, out } = hart;
  const { bytes, halves, words } = memory;
  let pc = hart.pc;
  let pcHigh = hart.pcHigh;
  let lastPage = pc & ~0xfff;
  let left = hart.left;
  let dataKey = mmu.dataKey;
  let dataSlot = mmu.dataSlot;
  let pageAddress = NO_PAGE;
  let fetchKey = mmu.fetchKey;
  let fetchEpoch = memory.fetchEpoch;
  let operations: Int32Array = NO_OPERATIONS;
  let immediates: Int32Array = NO_OPERATIONS;
  let page: DecodedPage | null = null;
  while (left > 0) {
    if ((pc & ~0xfff) !== pageAddress) {
      pcHigh = (pcHigh + crossed(lastPage, pc)) | 0;
      lastPage = pc & ~0xfff;
      page = mmu.fetchPage(pc, pcHigh);
      if (page === null) {
        hart.pc = pc;
        hart.pcHigh = pcHigh;
        hart.left = left;
        hart.left--;
        hart.trapOnFault();
        hart.trapped = false;
        pc = hart.pc;
        left = hart.left;
        dataKey = mmu.dataKey;
        dataSlot = mmu.dataSlot;
        // The page at hand stays good in the same address space, until something forgets translations or code.
        if (
          fetchKey !== mmu.fetchKey ||
          fetchEpoch !== memory.fetchEpoch ||
          pcHigh !== hart.pcHigh
        ) {
          fetchKey = mmu.fetchKey;
          fetchEpoch = memory.fetchEpoch;
          pageAddress = NO_PAGE;
        }
        pcHigh = hart.pcHigh;
        lastPage = pc & ~0xfff;
        pageAddress = NO_PAGE;
        continue;
      }
      pageAddress = pc & ~0xfff;
      operations = page.operations;
      immediates = page.immediates;
    }
    const slot = (pc & 0xfff) >>> 1;
    let operation = operations[slot]!;
    let immediate = immediates[slot]!;
    if (operation === 0) {
      hart.pc = pc;
      hart.pcHigh = pcHigh;
      hart.left = left;
      if (!decodeAt(hart, page!, pc)) {
        hart.left--;
        hart.trapOnFault();
        hart.trapped = false;
        pc = hart.pc;
        left = hart.left;
        dataKey = mmu.dataKey;
        dataSlot = mmu.dataSlot;
        // The page at hand stays good in the same address space, until something forgets translations or code.
        if (
          fetchKey !== mmu.fetchKey ||
          fetchEpoch !== memory.fetchEpoch ||
          pcHigh !== hart.pcHigh
        ) {
          fetchKey = mmu.fetchKey;
          fetchEpoch = memory.fetchEpoch;
          pageAddress = NO_PAGE;
        }
        pcHigh = hart.pcHigh;
        lastPage = pc & ~0xfff;
        continue;
      }
      operation = hart.decoded.operation;
      immediate = hart.decoded.immediate;
    }
    left--;
    const rd = (operation >>> 9) & 63;
    const a = words[(operation >>> 15) & 31]!;
    const b = words[(operation >>> 20) & 31]!;
    const nextPc = (pc + 4 - ((operation >>> 24) & 2)) | 0;
    rare: {
      switch (operation & 511) {
        case 1: // lui
          words[rd] = immediate;
          words[rd + 64] = immediate >> 31;
          pc = nextPc;
          continue;
        case 2: {
          // auipc
          const low1 = (pc + immediate) | 0;
          const high2 = (pcHigh + (immediate >> 31) + (low1 >>> 0 < pc >>> 0 ? 1 : 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 3: // jal
          words[rd] = nextPc;
          words[rd + 64] = (pcHigh + ((pc & ~nextPc) >>> 31)) | 0;
          pc = (pc + immediate) | 0;
          continue;
        case 4: {
          // jalr
          const target = (a + immediate) | 0;
          const targetHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (target >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          words[rd] = nextPc;
          words[rd + 64] = (pcHigh + ((pc & ~nextPc) >>> 31)) | 0;
          pc = target & ~1;
          lastPage = pc & ~0xfff;
          if (targetHigh !== pcHigh) {
            pcHigh = targetHigh;
            pageAddress = NO_PAGE;
          }
          continue;
        }
        case 5: {
          // beq
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = a === b && aHigh === bHigh ? (pc + immediate) | 0 : nextPc;
          continue;
        }
        case 6: {
          // bne
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = a !== b || aHigh !== bHigh ? (pc + immediate) | 0 : nextPc;
          continue;
        }
        case 7: {
          // blt
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh)
            ? (pc + immediate) | 0
            : nextPc;
          continue;
        }
        case 8: {
          // bge
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = (aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh > bHigh)
            ? (pc + immediate) | 0
            : nextPc;
          continue;
        }
        case 9: {
          // bltu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0)
            ? (pc + immediate) | 0
            : nextPc;
          continue;
        }
        case 10: {
          // bgeu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          pc = (aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh >>> 0 > bHigh >>> 0)
            ? (pc + immediate) | 0
            : nextPc;
          continue;
        }
        case 11: {
          // lb
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = (bytes[at >>> 0]! << 24) >> 24;
            words[rd] = value;
            words[rd + 64] = value >> 31;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 12: {
          // lh
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh &&
            (address & 1) === 0
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = (halves[at >>> 1]! << 16) >> 16;
            words[rd] = value;
            words[rd + 64] = value >> 31;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 13: {
          // lw
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh &&
            (address & 3) === 0
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = words[at >>> 2]!;
            words[rd] = value;
            words[rd + 64] = value >> 31;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 14: {
          // ld
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh &&
            (address & 7) === 0
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = words[at >>> 2]!;
            words[rd + 64] = words[(at >>> 2) + 1]!;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 15: {
          // lbu
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = bytes[at >>> 0]!;
            words[rd] = value;
            words[rd + 64] = 0;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 16: {
          // lhu
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh &&
            (address & 1) === 0
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = halves[at >>> 1]!;
            words[rd] = value;
            words[rd + 64] = 0;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 17: {
          // lwu
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[4096 + entry] === ((address & ~0xfff) | dataKey) &&
            words[24576 + entry] === addressHigh &&
            (address & 3) === 0
          ) {
            const at = (address + words[8192 + entry]!) | 0;
            const value = words[at >>> 2]!;
            words[rd] = value;
            words[rd + 64] = 0;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 18: {
          // sb
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[12288 + entry] === ((address & ~0xfff) | dataKey) &&
            words[28672 + entry] === addressHigh
          ) {
            const at = (address + words[16384 + entry]!) | 0;
            bytes[at >>> 0] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 19: {
          // sh
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[12288 + entry] === ((address & ~0xfff) | dataKey) &&
            words[28672 + entry] === addressHigh &&
            (address & 1) === 0
          ) {
            const at = (address + words[16384 + entry]!) | 0;
            halves[at >>> 1] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 20: {
          // sw
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[12288 + entry] === ((address & ~0xfff) | dataKey) &&
            words[28672 + entry] === addressHigh &&
            (address & 3) === 0
          ) {
            const at = (address + words[16384 + entry]!) | 0;
            words[at >>> 2] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 21: {
          // sd
          const address = (a + immediate) | 0;
          const addressHigh =
            (words[((operation >>> 15) & 31) + 64]! +
              (immediate >> 31) +
              (address >>> 0 < a >>> 0 ? 1 : 0)) |
            0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (
            words[12288 + entry] === ((address & ~0xfff) | dataKey) &&
            words[28672 + entry] === addressHigh &&
            (address & 7) === 0
          ) {
            const at = (address + words[16384 + entry]!) | 0;
            words[at >>> 2] = b;
            words[(at >>> 2) + 1] = words[((operation >>> 20) & 31) + 64]!;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 22: {
          // addi
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = (a + immediate) | 0;
          const high2 = (aHigh + (immediate >> 31) + (low1 >>> 0 < a >>> 0 ? 1 : 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 23: {
          // slti
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          words[rd] = (
            aHigh === immediate >> 31 ? a >>> 0 < immediate >>> 0 : aHigh < immediate >> 31
          )
            ? 1
            : 0;
          words[rd + 64] = 0;
          pc = nextPc;
          continue;
        }
        case 24: {
          // sltiu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          words[rd] = (
            aHigh === immediate >> 31
              ? a >>> 0 < immediate >>> 0
              : aHigh >>> 0 < (immediate >> 31) >>> 0
          )
            ? 1
            : 0;
          words[rd + 64] = 0;
          pc = nextPc;
          continue;
        }
        case 25: {
          // xori
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a ^ immediate;
          const high2 = aHigh ^ (immediate >> 31);
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 26: {
          // ori
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a | immediate;
          const high2 = aHigh | (immediate >> 31);
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 27: {
          // andi
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a & immediate;
          const high2 = aHigh & (immediate >> 31);
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 28: {
          // slli
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const low2 = a << immediate;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (aHigh << immediate) | ((a >>> 1) >>> ~immediate);
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 29: {
          // srli
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const high2 = (aHigh >>> immediate) | 0;
          const low3 = isLong1 ? high2 : (a >>> immediate) | ((aHigh << 1) << ~immediate);
          const high4 = isLong1 ? 0 : high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 30: {
          // srai
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const high2 = (aHigh >> immediate) | 0;
          const low3 = isLong1 ? high2 : (a >>> immediate) | ((aHigh << 1) << ~immediate);
          const high4 = isLong1 ? aHigh >> 31 : high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 31: {
          // add
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = (a + b) | 0;
          const high2 = (aHigh + bHigh + (low1 >>> 0 < a >>> 0 ? 1 : 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 32: {
          // sub
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = (a - b) | 0;
          const high2 = (aHigh - bHigh - (a >>> 0 < b >>> 0 ? 1 : 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 33: {
          // sll
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const low2 = a << b;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (aHigh << b) | ((a >>> 1) >>> ~b);
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 34: {
          // slt
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          words[rd] = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh) ? 1 : 0;
          words[rd + 64] = 0;
          pc = nextPc;
          continue;
        }
        case 35: {
          // sltu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          words[rd] = (aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0) ? 1 : 0;
          words[rd + 64] = 0;
          pc = nextPc;
          continue;
        }
        case 36: {
          // xor
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = a ^ b;
          const high2 = aHigh ^ bHigh;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 37: {
          // srl
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const high2 = (aHigh >>> b) | 0;
          const low3 = isLong1 ? high2 : (a >>> b) | ((aHigh << 1) << ~b);
          const high4 = isLong1 ? 0 : high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 38: {
          // sra
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const high2 = (aHigh >> b) | 0;
          const low3 = isLong1 ? high2 : (a >>> b) | ((aHigh << 1) << ~b);
          const high4 = isLong1 ? aHigh >> 31 : high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 39: {
          // or
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = a | b;
          const high2 = aHigh | bHigh;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 40: {
          // and
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = a & b;
          const high2 = aHigh & bHigh;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 41: // fence
          pc = nextPc;
          continue;
        case 42: // fence.i
          pc = nextPc;
          continue;
        case 43: // ecall
          hart.pc = pc;
          hart.pcHigh = pcHigh;
          hart.left = left;
          system.ecall(hart);
          break rare;
        case 44: {
          // addiw
          const low1 = (a + immediate) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 45: {
          // slliw
          const low1 = a << immediate;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 46: {
          // srliw
          const low1 = (a >>> immediate) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 47: {
          // sraiw
          const low1 = a >> immediate;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 48: {
          // addw
          const low1 = (a + b) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 49: {
          // subw
          const low1 = (a - b) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 50: {
          // sllw
          const low1 = a << b;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 51: {
          // srlw
          const low1 = (a >>> b) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 52: {
          // sraw
          const low1 = a >> b;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 53: {
          // mul
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.multiply(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 54: {
          // mulh
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.multiplyHigh(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 55: {
          // mulhsu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.multiplyHighSignedUnsigned(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 56: {
          // mulhu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.multiplyHighUnsigned(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 57: {
          // div
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.divide(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 58: {
          // divu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.divideUnsigned(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 59: {
          // rem
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.remainder(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 60: {
          // remu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.remainderUnsigned(out, a, aHigh, b, bHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 61: {
          // mulw
          const low1 = Math.imul(a, b);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 62: {
          // divw
          const low1 = (b === 0 ? -1 : a / b) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 63: {
          // divuw
          const low1 = (b === 0 ? -1 : (a >>> 0) / (b >>> 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 64: {
          // remw
          const low1 = (b === 0 ? a : a % b) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 65: {
          // remuw
          const low1 = (b === 0 ? a : (a >>> 0) % (b >>> 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 66: {
          // sh1add
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a << 1;
          const high2 = (aHigh << 1) | (a >>> 31);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 67: {
          // sh1add.uw
          const low1 = a << 1;
          const high2 = (0 << 1) | (a >>> 31);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 68: {
          // sh2add
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a << 2;
          const high2 = (aHigh << 2) | (a >>> 30);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 69: {
          // sh2add.uw
          const low1 = a << 2;
          const high2 = (0 << 2) | (a >>> 30);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 70: {
          // sh3add
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = a << 3;
          const high2 = (aHigh << 3) | (a >>> 29);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 71: {
          // sh3add.uw
          const low1 = a << 3;
          const high2 = (0 << 3) | (a >>> 29);
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low3 = (low1 + b) | 0;
          const high4 = (high2 + bHigh + (low3 >>> 0 < low1 >>> 0 ? 1 : 0)) | 0;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 72: {
          // add.uw
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = (a + b) | 0;
          const high2 = (0 + bHigh + (low1 >>> 0 < a >>> 0 ? 1 : 0)) | 0;
          words[rd] = low1;
          words[rd + 64] = high2;
          pc = nextPc;
          continue;
        }
        case 73: {
          // slli.uw
          const isLong1 = (immediate & 32) !== 0;
          const low2 = a << immediate;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << immediate) | ((a >>> 1) >>> ~immediate);
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 74: {
          // andn
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = b ^ -1;
          const high2 = bHigh ^ -1;
          const low3 = a & low1;
          const high4 = aHigh & high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 75: {
          // orn
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = b ^ -1;
          const high2 = bHigh ^ -1;
          const low3 = a | low1;
          const high4 = aHigh | high2;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 76: {
          // xnor
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = a ^ b;
          const high2 = aHigh ^ bHigh;
          const low3 = low1 ^ -1;
          const high4 = high2 ^ -1;
          words[rd] = low3;
          words[rd + 64] = high4;
          pc = nextPc;
          continue;
        }
        case 77: {
          // clz
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.countLeadingZeros(out, a, aHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 78: {
          // clzw
          const low1 = Math.clz32(a);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 79: {
          // ctz
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.countTrailingZeros(out, a, aHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 80: {
          // ctzw
          const low1 = word.countTrailingZeros(a);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 81: {
          // cpop
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.countPopulation(out, a, aHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 82: {
          // cpopw
          const low1 = word.countPopulation(a);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 83: {
          // max
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const holds1 = aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh;
          words[rd] = holds1 ? b : a;
          words[rd + 64] = holds1 ? bHigh : aHigh;
          pc = nextPc;
          continue;
        }
        case 84: {
          // maxu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const holds1 = aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0;
          words[rd] = holds1 ? b : a;
          words[rd + 64] = holds1 ? bHigh : aHigh;
          pc = nextPc;
          continue;
        }
        case 85: {
          // min
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const holds1 = aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh;
          words[rd] = holds1 ? a : b;
          words[rd + 64] = holds1 ? aHigh : bHigh;
          pc = nextPc;
          continue;
        }
        case 86: {
          // minu
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const holds1 = aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0;
          words[rd] = holds1 ? a : b;
          words[rd + 64] = holds1 ? aHigh : bHigh;
          pc = nextPc;
          continue;
        }
        case 87: {
          // sext.b
          const low1 = (a << 24) >> 24;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 88: {
          // sext.h
          const low1 = (a << 16) >> 16;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 89: {
          // zext.h
          const low1 = ((a << 16) >>> 16) | 0;
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 90: {
          // rol
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.rotateLeft(out, a, aHigh, b);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 91: {
          // ror
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const low1 = pair.rotateRight(out, a, aHigh, b);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 92: {
          // rori
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.rotateRight(out, a, aHigh, immediate);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 93: {
          // rolw
          const low1 = word.rotateLeft(a, b);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 94: {
          // rorw
          const low1 = word.rotateRight(a, b);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 95: {
          // roriw
          const low1 = word.rotateRight(a, immediate);
          words[rd] = low1;
          words[rd + 64] = low1 >> 31;
          pc = nextPc;
          continue;
        }
        case 96: {
          // orc.b
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.orCombine(out, a, aHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 97: {
          // rev8
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const low1 = pair.reverseBytes(out, a, aHigh);
          words[rd] = low1;
          words[rd + 64] = out.high;
          pc = nextPc;
          continue;
        }
        case 98: {
          // bclr
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const low2 = 1 << b;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << b) | ((1 >>> 1) >>> ~b);
          const low5 = low3 ^ -1;
          const high6 = high4 ^ -1;
          const low7 = a & low5;
          const high8 = aHigh & high6;
          words[rd] = low7;
          words[rd + 64] = high8;
          pc = nextPc;
          continue;
        }
        case 99: {
          // bclri
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const low2 = 1 << immediate;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << immediate) | ((1 >>> 1) >>> ~immediate);
          const low5 = low3 ^ -1;
          const high6 = high4 ^ -1;
          const low7 = a & low5;
          const high8 = aHigh & high6;
          words[rd] = low7;
          words[rd + 64] = high8;
          pc = nextPc;
          continue;
        }
        case 100: {
          // bext
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const high2 = (aHigh >>> b) | 0;
          const low3 = isLong1 ? high2 : (a >>> b) | ((aHigh << 1) << ~b);
          const high4 = isLong1 ? 0 : high2;
          const low5 = low3 & 1;
          const high6 = high4 & 0;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
        case 101: {
          // bexti
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const high2 = (aHigh >>> immediate) | 0;
          const low3 = isLong1 ? high2 : (a >>> immediate) | ((aHigh << 1) << ~immediate);
          const high4 = isLong1 ? 0 : high2;
          const low5 = low3 & 1;
          const high6 = high4 & 0;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
        case 102: {
          // binv
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const low2 = 1 << b;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << b) | ((1 >>> 1) >>> ~b);
          const low5 = a ^ low3;
          const high6 = aHigh ^ high4;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
        case 103: {
          // binvi
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const low2 = 1 << immediate;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << immediate) | ((1 >>> 1) >>> ~immediate);
          const low5 = a ^ low3;
          const high6 = aHigh ^ high4;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
        case 104: {
          // bset
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const bHigh = words[((operation >>> 20) & 31) + 64]!;
          const isLong1 = (b & 32) !== 0;
          const low2 = 1 << b;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << b) | ((1 >>> 1) >>> ~b);
          const low5 = a | low3;
          const high6 = aHigh | high4;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
        case 105: {
          // bseti
          const aHigh = words[((operation >>> 15) & 31) + 64]!;
          const isLong1 = (immediate & 32) !== 0;
          const low2 = 1 << immediate;
          const low3 = isLong1 ? 0 : low2;
          const high4 = isLong1 ? low2 : (0 << immediate) | ((1 >>> 1) >>> ~immediate);
          const low5 = a | low3;
          const high6 = aHigh | high4;
          words[rd] = low5;
          words[rd + 64] = high6;
          pc = nextPc;
          continue;
        }
      }
      hart.pc = pc;
      hart.pcHigh = pcHigh;
      hart.left = left;
      executeRare(hart, operation, immediate, nextPc);
    }
    hart.trapped = false;
    pc = hart.pc;
    left = hart.left;
    dataKey = mmu.dataKey;
    dataSlot = mmu.dataSlot;
    // The page at hand stays good in the same address space, until something forgets translations or code.
    if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch || pcHigh !== hart.pcHigh) {
      fetchKey = mmu.fetchKey;
      fetchEpoch = memory.fetchEpoch;
      pageAddress = NO_PAGE;
    }
    pcHigh = hart.pcHigh;
    lastPage = pc & ~0xfff;
  }
  hart.pc = pc;
  hart.pcHigh = (pcHigh + crossed(lastPage, pc)) | 0;
  hart.left = left;
}

/** What a jump of less than 2 GiB from one page to another adds to the upper half of an address. */
function crossed(from: number, to: number): number {
  const sum = (from >>> 0) + (((to & ~0xfff) - from) | 0);
  return sum < 0 ? -1 : sum >= 0x1_0000_0000 ? 1 : 0;
}

/** Instructions that are seldom, or whose data the TLB does not know. The hart's pc is theirs; where it is not changed, the next one is set. */
function executeRare(hart: Hart, operation: number, immediate: number, nextPc: number): void {
  const { words } = hart.memory;
  switch (operation & 511) {
    case 11: // lb
      loadSlowly(hart, operation, immediate, 1, true);
      break;
    case 12: // lh
      loadSlowly(hart, operation, immediate, 2, true);
      break;
    case 13: // lw
      loadSlowly(hart, operation, immediate, 4, true);
      break;
    case 14: // ld
      loadSlowly(hart, operation, immediate, 8, true);
      break;
    case 15: // lbu
      loadSlowly(hart, operation, immediate, 1, false);
      break;
    case 16: // lhu
      loadSlowly(hart, operation, immediate, 2, false);
      break;
    case 17: // lwu
      loadSlowly(hart, operation, immediate, 4, false);
      break;
    case 18: // sb
      storeSlowly(hart, operation, immediate, 1);
      break;
    case 19: // sh
      storeSlowly(hart, operation, immediate, 2);
      break;
    case 20: // sw
      storeSlowly(hart, operation, immediate, 4);
      break;
    case 21: // sd
      storeSlowly(hart, operation, immediate, 8);
      break;
    case 106: // ebreak
      system.ebreak(hart);
      return;
    case 107: // lr.w
      atomics.loadReserved(hart, operation, 4);
      break;
    case 108: // sc.w
      atomics.storeConditional(hart, operation, 4);
      break;
    case 109: {
      // amoadd.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, (old + b) | 0, 0, 4);
      break;
    }
    case 110: {
      // amoswap.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, b, 0, 4);
      break;
    }
    case 111: {
      // amoxor.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old ^ b, 0, 4);
      break;
    }
    case 112: {
      // amoor.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old | b, 0, 4);
      break;
    }
    case 113: {
      // amoand.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old & b, 0, 4);
      break;
    }
    case 114: {
      // amomin.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old < b ? old : b, 0, 4);
      break;
    }
    case 115: {
      // amomax.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old < b ? b : old, 0, 4);
      break;
    }
    case 116: {
      // amominu.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old >>> 0 < b >>> 0 ? old : b, 0, 4);
      break;
    }
    case 117: {
      // amomaxu.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, old >> 31, old >>> 0 < b >>> 0 ? b : old, 0, 4);
      break;
    }
    case 118: // lr.d
      atomics.loadReserved(hart, operation, 8);
      break;
    case 119: // sc.d
      atomics.storeConditional(hart, operation, 8);
      break;
    case 120: {
      // amoadd.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const low1 = (old + b) | 0;
      const high2 = (oldHigh + bHigh + (low1 >>> 0 < old >>> 0 ? 1 : 0)) | 0;
      atomics.finishUpdate(hart, operation, old, oldHigh, low1, high2, 8);
      break;
    }
    case 121: {
      // amoswap.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      atomics.finishUpdate(hart, operation, old, oldHigh, b, bHigh, 8);
      break;
    }
    case 122: {
      // amoxor.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const low1 = old ^ b;
      const high2 = oldHigh ^ bHigh;
      atomics.finishUpdate(hart, operation, old, oldHigh, low1, high2, 8);
      break;
    }
    case 123: {
      // amoor.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const low1 = old | b;
      const high2 = oldHigh | bHigh;
      atomics.finishUpdate(hart, operation, old, oldHigh, low1, high2, 8);
      break;
    }
    case 124: {
      // amoand.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const low1 = old & b;
      const high2 = oldHigh & bHigh;
      atomics.finishUpdate(hart, operation, old, oldHigh, low1, high2, 8);
      break;
    }
    case 125: {
      // amomin.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const holds1 = oldHigh === bHigh ? old >>> 0 < b >>> 0 : oldHigh < bHigh;
      atomics.finishUpdate(
        hart,
        operation,
        old,
        oldHigh,
        holds1 ? old : b,
        holds1 ? oldHigh : bHigh,
        8,
      );
      break;
    }
    case 126: {
      // amomax.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const holds1 = oldHigh === bHigh ? old >>> 0 < b >>> 0 : oldHigh < bHigh;
      atomics.finishUpdate(
        hart,
        operation,
        old,
        oldHigh,
        holds1 ? b : old,
        holds1 ? bHigh : oldHigh,
        8,
      );
      break;
    }
    case 127: {
      // amominu.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const holds1 = oldHigh === bHigh ? old >>> 0 < b >>> 0 : oldHigh >>> 0 < bHigh >>> 0;
      atomics.finishUpdate(
        hart,
        operation,
        old,
        oldHigh,
        holds1 ? old : b,
        holds1 ? oldHigh : bHigh,
        8,
      );
      break;
    }
    case 128: {
      // amomaxu.d
      const old = atomics.loadForUpdate(hart, operation, 8);
      if (hart.trapped) return;
      const oldHigh = hart.out.high;
      const b = words[(operation >>> 20) & 31]!;
      const bHigh = words[((operation >>> 20) & 31) + 64]!;
      const holds1 = oldHigh === bHigh ? old >>> 0 < b >>> 0 : oldHigh >>> 0 < bHigh >>> 0;
      atomics.finishUpdate(
        hart,
        operation,
        old,
        oldHigh,
        holds1 ? b : old,
        holds1 ? bHigh : oldHigh,
        8,
      );
      break;
    }
    case 129: // flw
      float.loadFloat(hart, operation, immediate, 4);
      break;
    case 130: // fsw
      float.storeFloat(hart, operation, immediate, 4);
      break;
    case 131: // fmadd.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.fmaddF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
          float.single(hart, immediate >>> 27),
        ),
      );
      float.finish(hart);
      break;
    case 132: // fmsub.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.fmsubF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
          float.single(hart, immediate >>> 27),
        ),
      );
      float.finish(hart);
      break;
    case 133: // fnmsub.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.fnmsubF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
          float.single(hart, immediate >>> 27),
        ),
      );
      float.finish(hart);
      break;
    case 134: // fnmadd.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.fnmaddF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
          float.single(hart, immediate >>> 27),
        ),
      );
      float.finish(hart);
      break;
    case 135: // fadd.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.addF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 136: // fsub.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.subF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 137: // fmul.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.mulF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 138: // fdiv.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.divF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 139: // fsqrt.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.sqrtF32(float.single(hart, (operation >>> 15) & 31)),
      );
      float.finish(hart);
      break;
    case 140: // fsgnj.s
      if (!float.start(hart, 0)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.sgnjF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 141: // fsgnjn.s
      if (!float.start(hart, 0)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.sgnjnF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 142: // fsgnjx.s
      if (!float.start(hart, 0)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.sgnjxF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 143: // fmin.s
      if (!float.start(hart, 0)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.minF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 144: // fmax.s
      if (!float.start(hart, 0)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.maxF32(
          float.single(hart, (operation >>> 15) & 31),
          float.single(hart, (operation >>> 20) & 31),
        ),
      );
      float.finish(hart);
      break;
    case 145: {
      // fle.s
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.leF32(
        float.single(hart, (operation >>> 15) & 31),
        float.single(hart, (operation >>> 20) & 31),
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 146: {
      // flt.s
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.ltF32(
        float.single(hart, (operation >>> 15) & 31),
        float.single(hart, (operation >>> 20) & 31),
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 147: {
      // feq.s
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.eqF32(
        float.single(hart, (operation >>> 15) & 31),
        float.single(hart, (operation >>> 20) & 31),
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 148: {
      // fclass.s
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.classF32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 149: {
      // fcvt.w.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f32ToI32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 150: // fcvt.s.w
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.i32ToF32(words[(operation >>> 15) & 31]!),
      );
      float.finish(hart);
      break;
    case 151: {
      // fcvt.wu.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f32ToU32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 152: // fcvt.s.wu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.u32ToF32(words[(operation >>> 15) & 31]!),
      );
      float.finish(hart);
      break;
    case 153: // fcvt.l.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f32ToI64(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 154: // fcvt.s.l
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.i64ToF32(words[(operation >>> 15) & 31]!, words[((operation >>> 15) & 31) + 64]!),
      );
      float.finish(hart);
      break;
    case 155: // fcvt.lu.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f32ToU64(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 156: // fcvt.s.lu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.u64ToF32(words[(operation >>> 15) & 31]!, words[((operation >>> 15) & 31) + 64]!),
      );
      float.finish(hart);
      break;
    case 157: // fmv.x.w
      float.moveToInteger(hart, operation, 4);
      break;
    case 158: // fmv.w.x
      float.moveToFloat(hart, operation, 4);
      break;
    case 159: // fld
      float.loadFloat(hart, operation, immediate, 8);
      break;
    case 160: // fsd
      float.storeFloat(hart, operation, immediate, 8);
      break;
    case 161: // fmadd.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.fmaddF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
        words[128 + (immediate >>> 27)]!,
        words[192 + (immediate >>> 27)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 162: // fmsub.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.fmsubF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
        words[128 + (immediate >>> 27)]!,
        words[192 + (immediate >>> 27)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 163: // fnmsub.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.fnmsubF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
        words[128 + (immediate >>> 27)]!,
        words[192 + (immediate >>> 27)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 164: // fnmadd.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.fnmaddF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
        words[128 + (immediate >>> 27)]!,
        words[192 + (immediate >>> 27)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 165: // fadd.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.addF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 166: // fsub.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.subF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 167: // fmul.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.mulF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 168: // fdiv.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.divF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 169: // fsqrt.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.sqrtF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 170: // fsgnj.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 171: // fsgnjn.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjnF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 172: // fsgnjx.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjxF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 173: // fmin.d
      if (!float.start(hart, 0)) return;
      hart.fpu.minF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 174: // fmax.d
      if (!float.start(hart, 0)) return;
      hart.fpu.maxF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 175: {
      // fle.d
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.leF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 176: {
      // flt.d
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.ltF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 177: {
      // feq.d
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.eqF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[128 + ((operation >>> 20) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 178: {
      // fclass.d
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.classF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 179: {
      // fcvt.w.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f64ToI32(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 180: // fcvt.d.w
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.i32ToF64(words[(operation >>> 15) & 31]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 181: {
      // fcvt.wu.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f64ToU32(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 182: // fcvt.d.wu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.u32ToF64(words[(operation >>> 15) & 31]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 183: // fcvt.l.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f64ToI64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 184: // fcvt.d.l
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.i64ToF64(words[(operation >>> 15) & 31]!, words[((operation >>> 15) & 31) + 64]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 185: // fcvt.lu.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f64ToU64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      hart.setRegister((operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 186: // fcvt.d.lu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.u64ToF64(words[(operation >>> 15) & 31]!, words[((operation >>> 15) & 31) + 64]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 187: // fcvt.s.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.f64ToF32(
          words[128 + ((operation >>> 15) & 31)]!,
          words[192 + ((operation >>> 15) & 31)]!,
        ),
      );
      float.finish(hart);
      break;
    case 188: // fcvt.d.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f32ToF64(float.single(hart, (operation >>> 15) & 31));
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 189: // fmv.x.d
      float.moveToInteger(hart, operation, 8);
      break;
    case 190: // fmv.d.x
      float.moveToFloat(hart, operation, 8);
      break;
    case 191: // csrrw
      accessCsr(hart, immediate, "write", true, nextPc);
      return;
    case 192: // csrrs
      accessCsr(hart, immediate, "set", true, nextPc);
      return;
    case 193: // csrrc
      accessCsr(hart, immediate, "clear", true, nextPc);
      return;
    case 194: // csrrwi
      accessCsr(hart, immediate, "write", false, nextPc);
      return;
    case 195: // csrrsi
      accessCsr(hart, immediate, "set", false, nextPc);
      return;
    case 196: // csrrci
      accessCsr(hart, immediate, "clear", false, nextPc);
      return;
    case 197: // sret
      system.sret(hart);
      return;
    case 198: // mret
      system.mret(hart);
      return;
    case 199: // wfi
      system.wfi(hart, nextPc);
      return;
    case 200: // sfence.vma
      system.sfenceVma(hart, nextPc, immediate);
      return;
    default:
      executeExternal(hart, operation, immediate, nextPc);
      return;
  }
  if (!hart.trapped) hart.setPc(nextPc);
}
