// Generated from src/isa by scripts/generate-interpreters.ts: do not edit.
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
export function interpretRv32(hart: Hart): void {
  const { memory, mmu } = hart;
  const { bytes, halves, words } = memory;
  let pc = hart.pc;
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
      page = mmu.fetchPage(pc);
      if (page === null) {
        hart.pc = pc;
        hart.left = left;
        hart.left--;
        hart.trapOnFault();
        hart.trapped = false;
        pc = hart.pc;
        left = hart.left;
        dataKey = mmu.dataKey;
        dataSlot = mmu.dataSlot;
        // The page at hand stays good in the same address space, until something forgets translations or code.
        if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch) {
          fetchKey = mmu.fetchKey;
          fetchEpoch = memory.fetchEpoch;
          pageAddress = NO_PAGE;
        }
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
        if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch) {
          fetchKey = mmu.fetchKey;
          fetchEpoch = memory.fetchEpoch;
          pageAddress = NO_PAGE;
        }
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
          pc = nextPc;
          continue;
        case 2: // auipc
          words[rd] = pc + immediate;
          pc = nextPc;
          continue;
        case 3: // jal
          words[rd] = nextPc;
          pc = (pc + immediate) | 0;
          continue;
        case 4: // jalr
          words[rd] = nextPc;
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
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[4096 + entry] === ((address & ~0xfff) | dataKey)) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = (bytes[at >>> 0]! << 24) >> 24;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 12: {
          // lh
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[4096 + entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = (halves[at >>> 1]! << 16) >> 16;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 13: {
          // lw
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[4096 + entry] === ((address & ~0xfff) | dataKey) && (address & 3) === 0) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = words[at >>> 2]!;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 14: {
          // lbu
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[4096 + entry] === ((address & ~0xfff) | dataKey)) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = bytes[at >>> 0]!;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 15: {
          // lhu
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[4096 + entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
            const at = (address + words[8192 + entry]!) | 0;
            words[rd] = halves[at >>> 1]!;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 16: {
          // sb
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[12288 + entry] === ((address & ~0xfff) | dataKey)) {
            const at = (address + words[16384 + entry]!) | 0;
            bytes[at >>> 0] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 17: {
          // sh
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[12288 + entry] === ((address & ~0xfff) | dataKey) && (address & 1) === 0) {
            const at = (address + words[16384 + entry]!) | 0;
            halves[at >>> 1] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 18: {
          // sw
          const address = (a + immediate) | 0;
          const entry = ((address >>> 12) ^ dataSlot) & 4095;
          if (words[12288 + entry] === ((address & ~0xfff) | dataKey) && (address & 3) === 0) {
            const at = (address + words[16384 + entry]!) | 0;
            words[at >>> 2] = b;
            pc = nextPc;
            continue;
          }
          break;
        }
        case 19: // addi
          words[rd] = a + immediate;
          pc = nextPc;
          continue;
        case 20: // slti
          words[rd] = a < immediate ? 1 : 0;
          pc = nextPc;
          continue;
        case 21: // sltiu
          words[rd] = a >>> 0 < immediate >>> 0 ? 1 : 0;
          pc = nextPc;
          continue;
        case 22: // xori
          words[rd] = a ^ immediate;
          pc = nextPc;
          continue;
        case 23: // ori
          words[rd] = a | immediate;
          pc = nextPc;
          continue;
        case 24: // andi
          words[rd] = a & immediate;
          pc = nextPc;
          continue;
        case 25: // slli
          words[rd] = a << immediate;
          pc = nextPc;
          continue;
        case 26: // srli
          words[rd] = a >>> immediate;
          pc = nextPc;
          continue;
        case 27: // srai
          words[rd] = a >> immediate;
          pc = nextPc;
          continue;
        case 28: // add
          words[rd] = a + b;
          pc = nextPc;
          continue;
        case 29: // sub
          words[rd] = a - b;
          pc = nextPc;
          continue;
        case 30: // sll
          words[rd] = a << b;
          pc = nextPc;
          continue;
        case 31: // slt
          words[rd] = a < b ? 1 : 0;
          pc = nextPc;
          continue;
        case 32: // sltu
          words[rd] = a >>> 0 < b >>> 0 ? 1 : 0;
          pc = nextPc;
          continue;
        case 33: // xor
          words[rd] = a ^ b;
          pc = nextPc;
          continue;
        case 34: // srl
          words[rd] = a >>> b;
          pc = nextPc;
          continue;
        case 35: // sra
          words[rd] = a >> b;
          pc = nextPc;
          continue;
        case 36: // or
          words[rd] = a | b;
          pc = nextPc;
          continue;
        case 37: // and
          words[rd] = a & b;
          pc = nextPc;
          continue;
        case 38: // fence
          pc = nextPc;
          continue;
        case 39: // fence.i
          pc = nextPc;
          continue;
        case 40: // ecall
          hart.pc = pc;
          hart.left = left;
          system.ecall(hart);
          break rare;
        case 41: // mul
          words[rd] = Math.imul(a, b);
          pc = nextPc;
          continue;
        case 42: // mulh
          words[rd] = word.multiplyHigh(a, b);
          pc = nextPc;
          continue;
        case 43: // mulhsu
          words[rd] = word.multiplyHighSignedUnsigned(a, b);
          pc = nextPc;
          continue;
        case 44: // mulhu
          words[rd] = word.multiplyHighUnsigned(a, b);
          pc = nextPc;
          continue;
        case 45: // div
          words[rd] = b === 0 ? -1 : a / b;
          pc = nextPc;
          continue;
        case 46: // divu
          words[rd] = b === 0 ? -1 : (a >>> 0) / (b >>> 0);
          pc = nextPc;
          continue;
        case 47: // rem
          words[rd] = b === 0 ? a : a % b;
          pc = nextPc;
          continue;
        case 48: // remu
          words[rd] = b === 0 ? a : (a >>> 0) % (b >>> 0);
          pc = nextPc;
          continue;
        case 49: // sh1add
          words[rd] = (a << 1) + b;
          pc = nextPc;
          continue;
        case 50: // sh2add
          words[rd] = (a << 2) + b;
          pc = nextPc;
          continue;
        case 51: // sh3add
          words[rd] = (a << 3) + b;
          pc = nextPc;
          continue;
        case 52: // andn
          words[rd] = a & (b ^ -1);
          pc = nextPc;
          continue;
        case 53: // orn
          words[rd] = a | (b ^ -1);
          pc = nextPc;
          continue;
        case 54: // xnor
          words[rd] = a ^ b ^ -1;
          pc = nextPc;
          continue;
        case 55: // clz
          words[rd] = Math.clz32(a);
          pc = nextPc;
          continue;
        case 56: // ctz
          words[rd] = word.countTrailingZeros(a);
          pc = nextPc;
          continue;
        case 57: // cpop
          words[rd] = word.countPopulation(a);
          pc = nextPc;
          continue;
        case 58: // max
          words[rd] = a < b ? b : a;
          pc = nextPc;
          continue;
        case 59: // maxu
          words[rd] = a >>> 0 < b >>> 0 ? b : a;
          pc = nextPc;
          continue;
        case 60: // min
          words[rd] = a < b ? a : b;
          pc = nextPc;
          continue;
        case 61: // minu
          words[rd] = a >>> 0 < b >>> 0 ? a : b;
          pc = nextPc;
          continue;
        case 62: // sext.b
          words[rd] = (a << 24) >> 24;
          pc = nextPc;
          continue;
        case 63: // sext.h
          words[rd] = (a << 16) >> 16;
          pc = nextPc;
          continue;
        case 64: // zext.h
          words[rd] = (a << 16) >>> 16;
          pc = nextPc;
          continue;
        case 65: // rol
          words[rd] = word.rotateLeft(a, b);
          pc = nextPc;
          continue;
        case 66: // ror
          words[rd] = word.rotateRight(a, b);
          pc = nextPc;
          continue;
        case 67: // rori
          words[rd] = word.rotateRight(a, immediate);
          pc = nextPc;
          continue;
        case 68: // orc.b
          words[rd] = word.orCombine(a);
          pc = nextPc;
          continue;
        case 69: // rev8
          words[rd] = word.reverseBytes(a);
          pc = nextPc;
          continue;
        case 70: // bclr
          words[rd] = a & ((1 << b) ^ -1);
          pc = nextPc;
          continue;
        case 71: // bclri
          words[rd] = a & ((1 << immediate) ^ -1);
          pc = nextPc;
          continue;
        case 72: // bext
          words[rd] = ((a >>> b) | 0) & 1;
          pc = nextPc;
          continue;
        case 73: // bexti
          words[rd] = ((a >>> immediate) | 0) & 1;
          pc = nextPc;
          continue;
        case 74: // binv
          words[rd] = a ^ (1 << b);
          pc = nextPc;
          continue;
        case 75: // binvi
          words[rd] = a ^ (1 << immediate);
          pc = nextPc;
          continue;
        case 76: // bset
          words[rd] = a | (1 << b);
          pc = nextPc;
          continue;
        case 77: // bseti
          words[rd] = a | (1 << immediate);
          pc = nextPc;
          continue;
        case 78: // hosted
          hart.pc = pc;
          hart.left = left;
          system.hosted(hart, immediate, page!.offset);
          break rare;
      }
      hart.pc = pc;
      hart.left = left;
      executeRare(hart, operation, immediate, nextPc);
    }
    hart.trapped = false;
    pc = hart.pc;
    left = hart.left;
    dataKey = mmu.dataKey;
    dataSlot = mmu.dataSlot;
    // The page at hand stays good in the same address space, until something forgets translations or code.
    if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch) {
      fetchKey = mmu.fetchKey;
      fetchEpoch = memory.fetchEpoch;
      pageAddress = NO_PAGE;
    }
  }
  hart.pc = pc;
  hart.left = left;
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
    case 14: // lbu
      loadSlowly(hart, operation, immediate, 1, false);
      break;
    case 15: // lhu
      loadSlowly(hart, operation, immediate, 2, false);
      break;
    case 16: // sb
      storeSlowly(hart, operation, immediate, 1);
      break;
    case 17: // sh
      storeSlowly(hart, operation, immediate, 2);
      break;
    case 18: // sw
      storeSlowly(hart, operation, immediate, 4);
      break;
    case 79: // ebreak
      system.ebreak(hart);
      return;
    case 80: // lr.w
      atomics.loadReserved(hart, operation, 4);
      break;
    case 81: // sc.w
      atomics.storeConditional(hart, operation, 4);
      break;
    case 82: {
      // amoadd.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, (old + b) | 0, 0, 4);
      break;
    }
    case 83: {
      // amoswap.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, b, 0, 4);
      break;
    }
    case 84: {
      // amoxor.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old ^ b, 0, 4);
      break;
    }
    case 85: {
      // amoor.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old | b, 0, 4);
      break;
    }
    case 86: {
      // amoand.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old & b, 0, 4);
      break;
    }
    case 87: {
      // amomin.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old < b ? old : b, 0, 4);
      break;
    }
    case 88: {
      // amomax.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old < b ? b : old, 0, 4);
      break;
    }
    case 89: {
      // amominu.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old >>> 0 < b >>> 0 ? old : b, 0, 4);
      break;
    }
    case 90: {
      // amomaxu.w
      const old = atomics.loadForUpdate(hart, operation, 4);
      if (hart.trapped) return;
      const b = words[(operation >>> 20) & 31]!;
      atomics.finishUpdate(hart, operation, old, 0, old >>> 0 < b >>> 0 ? b : old, 0, 4);
      break;
    }
    case 91: // flw
      float.loadFloat(hart, operation, immediate, 4);
      break;
    case 92: // fsw
      float.storeFloat(hart, operation, immediate, 4);
      break;
    case 93: // fmadd.s
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
    case 94: // fmsub.s
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
    case 95: // fnmsub.s
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
    case 96: // fnmadd.s
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
    case 97: // fadd.s
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
    case 98: // fsub.s
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
    case 99: // fmul.s
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
    case 100: // fdiv.s
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
    case 101: // fsqrt.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.sqrtF32(float.single(hart, (operation >>> 15) & 31)),
      );
      float.finish(hart);
      break;
    case 102: // fsgnj.s
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
    case 103: // fsgnjn.s
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
    case 104: // fsgnjx.s
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
    case 105: // fmin.s
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
    case 106: // fmax.s
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
    case 107: {
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
    case 108: {
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
    case 109: {
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
    case 110: {
      // fclass.s
      if (!float.start(hart, 0)) return;
      const value = hart.fpu.classF32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 111: {
      // fcvt.w.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f32ToI32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 112: // fcvt.s.w
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.i32ToF32(words[(operation >>> 15) & 31]!),
      );
      float.finish(hart);
      break;
    case 113: {
      // fcvt.wu.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      const value = hart.fpu.f32ToU32(float.single(hart, (operation >>> 15) & 31));
      hart.setRegister((operation >>> 9) & 63, value, value >> 31);
      float.finish(hart);
      break;
    }
    case 114: // fcvt.s.wu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      float.setSingle(
        hart,
        (operation >>> 9) & 63,
        hart.fpu.u32ToF32(words[(operation >>> 15) & 31]!),
      );
      float.finish(hart);
      break;
    case 115: // fmv.x.w
      float.moveToInteger(hart, operation, 4);
      break;
    case 116: // fmv.w.x
      float.moveToFloat(hart, operation, 4);
      break;
    case 117: // fld
      float.loadFloat(hart, operation, immediate, 8);
      break;
    case 118: // fsd
      float.storeFloat(hart, operation, immediate, 8);
      break;
    case 119: // fmadd.d
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
    case 120: // fmsub.d
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
    case 121: // fnmsub.d
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
    case 122: // fnmadd.d
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
    case 123: // fadd.d
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
    case 124: // fsub.d
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
    case 125: // fmul.d
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
    case 126: // fdiv.d
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
    case 127: // fsqrt.d
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.sqrtF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 128: // fsgnj.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 129: // fsgnjn.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjnF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 130: // fsgnjx.d
      if (!float.start(hart, 0)) return;
      hart.fpu.sgnjxF64(
        words[128 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 15) & 31)]!,
        words[192 + ((operation >>> 20) & 31)]!,
      );
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 131: // fmin.d
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
    case 132: // fmax.d
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
    case 133: {
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
    case 134: {
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
    case 135: {
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
    case 136: {
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
    case 137: {
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
    case 138: // fcvt.d.w
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.i32ToF64(words[(operation >>> 15) & 31]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 139: {
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
    case 140: // fcvt.d.wu
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.u32ToF64(words[(operation >>> 15) & 31]!);
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 141: // fcvt.s.d
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
    case 142: // fcvt.d.s
      if (!float.start(hart, (immediate >>> 12) & 7)) return;
      hart.fpu.f32ToF64(float.single(hart, (operation >>> 15) & 31));
      float.setDouble(hart, (operation >>> 9) & 63, hart.fpu.resultLow, hart.fpu.resultHigh);
      float.finish(hart);
      break;
    case 143: // csrrw
      accessCsr(hart, immediate, "write", true, nextPc);
      return;
    case 144: // csrrs
      accessCsr(hart, immediate, "set", true, nextPc);
      return;
    case 145: // csrrc
      accessCsr(hart, immediate, "clear", true, nextPc);
      return;
    case 146: // csrrwi
      accessCsr(hart, immediate, "write", false, nextPc);
      return;
    case 147: // csrrsi
      accessCsr(hart, immediate, "set", false, nextPc);
      return;
    case 148: // csrrci
      accessCsr(hart, immediate, "clear", false, nextPc);
      return;
    case 149: // sret
      system.sret(hart);
      return;
    case 150: // mret
      system.mret(hart);
      return;
    case 151: // wfi
      system.wfi(hart, nextPc);
      return;
    case 152: // sfence.vma
      system.sfenceVma(hart, nextPc, immediate);
      return;
    default:
      executeExternal(hart, operation, immediate, nextPc);
      return;
  }
  if (!hart.trapped) hart.setPc(nextPc);
}
