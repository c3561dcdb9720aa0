/**
 * Register-immediate instructions (OP-IMM).
 *
 * @param x - the registers
 * @param a - value of rs1
 * @returns `false`, and nothing changed, for an illegal instruction
 */
export function executeImmediate(x: Int32Array, word: number, rd: number, a: number): boolean {
  const immediate = word >> 20;
  const upper = word >>> 25;
  switch ((word >>> 12) & 7) {
    case 0: // addi
      x[rd] = a + immediate;
      return true;
    case 1: // slli
      if (upper !== 0) return false;
      x[rd] = a << immediate;
      return true;
    case 2: // slti
      x[rd] = a < immediate ? 1 : 0;
      return true;
    case 3: // sltiu
      x[rd] = a >>> 0 < immediate >>> 0 ? 1 : 0;
      return true;
    case 4: // xori
      x[rd] = a ^ immediate;
      return true;
    case 5: // srli, srai
      if (upper !== 0 && upper !== 0x20) return false;
      x[rd] = upper === 0 ? a >>> immediate : a >> immediate;
      return true;
    case 6: // ori
      x[rd] = a | immediate;
      return true;
    default: // andi
      x[rd] = a & immediate;
      return true;
  }
}

/**
 * Register-register instructions (OP), with multiplication and division.
 *
 * @param x - the registers
 * @param a - value of rs1
 * @returns `false`, and nothing changed, for an illegal instruction
 */
export function executeArithmetic(x: Int32Array, word: number, rd: number, a: number): boolean {
  const b = x[(word >>> 20) & 31] ?? 0;
  const kind = (word >>> 12) & 7;
  switch (word >>> 25) {
    case 0:
      x[rd] = base(kind, a, b);
      return true;
    case 1:
      x[rd] = kind < 4 ? product(kind, a, b) : quotient(kind, a, b);
      return true;
    case 0x20:
      if (kind !== 0 && kind !== 5) return false;
      x[rd] = kind === 0 ? a - b : a >> b;
      return true;
    default:
      return false;
  }
}

function base(kind: number, a: number, b: number): number {
  switch (kind) {
    case 0:
      return a + b;
    case 1:
      return a << b;
    case 2:
      return a < b ? 1 : 0;
    case 3:
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case 4:
      return a ^ b;
    case 5:
      return a >>> b;
    case 6:
      return a | b;
    default:
      return a & b;
  }
}

/** mul, mulh, mulhsu, mulhu */
function product(kind: number, a: number, b: number): number {
  if (kind === 0) return Math.imul(a, b);
  const high = multiplyHigh(a, b);
  if (kind === 3) return high;
  const signed = high - (a < 0 ? b : 0);
  return kind === 2 ? signed : signed - (b < 0 ? a : 0);
}

/** div, divu, rem, remu: no traps, as the specification wants it. */
function quotient(kind: number, a: number, b: number): number {
  switch (kind) {
    case 4:
      return b === 0 ? -1 : a / b;
    case 5:
      return b === 0 ? -1 : (a >>> 0) / (b >>> 0);
    case 6:
      return b === 0 ? a : a % b;
    default:
      return b === 0 ? a : (a >>> 0) % (b >>> 0);
  }
}

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
