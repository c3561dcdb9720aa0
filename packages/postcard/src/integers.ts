import { coder, type Coder } from "./coder.ts";
import { mismatch } from "./cursor.ts";

/** An integer on the wire and in JavaScript. */
export interface IntegerKind {
  /** Bits on the wire: 8 to 128. */
  readonly bits: number;
  readonly isSigned: boolean;
  /** Bits that values use: fewer than on the wire for the `usize` of a 32-bit peer. */
  readonly usedBits: number;
  /** A bigint in JavaScript; a number otherwise, which holds no more than 53 bits. */
  readonly isBig: boolean;
}

/** The integer called `name` in Rust, here with `n` for a number and `Big` for a bigint behind it where both exist. */
export function integerKind(name: string, wordBits: number): IntegerKind | undefined {
  const [, sign, width, form] = /^([iu])(size|\d+)(n|Big)?$/.exec(name) ?? [];
  if (width === undefined) return undefined;
  const bits = width === "size" ? 64 : Number(width);
  return {
    bits,
    isSigned: sign === "i",
    usedBits: width === "size" ? wordBits : bits,
    isBig: form === "Big" || (form === undefined && Number(width) > 32),
  };
}

/** The coder of an integer: a varint if `isVarint` and it is no byte, else all of its bytes. */
export function integerCoder(kind: IntegerKind, isVarint: boolean, isBigEndian = false): Coder {
  const { bits, isSigned, usedBits, isBig } = kind;
  const size = bits / 8;
  const isFixed = !isVarint || size === 1;
  const isWide = isBig || (isSigned && bits > 32);
  const shift = 32 - bits;
  const limit = 2 ** (isSigned ? usedBits - 1 : usedBits);
  const isFit = (value: unknown): value is number | bigint =>
    (isBig ? typeof value === "bigint" : Number.isSafeInteger(value)) &&
    (value as number) >= (isSigned ? -limit : 0) &&
    (value as number) < limit;
  const expected = `${isSigned ? "i" : "u"}${usedBits} as a ${isBig ? "bigint" : "number"}`;
  return coder(
    isFixed ? size : Math.ceil(usedBits / 7),
    (cursor, value) => {
      if (!isFit(value)) mismatch(cursor, expected, value);
      if (isWide) {
        const wide = BigInt(value);
        if (isFixed) cursor.putFixedBig(wide, size, isBigEndian);
        else cursor.putVarintBig(isSigned ? (wide << 1n) ^ (wide < 0n ? -1n : 0n) : wide);
        return;
      }
      const number = Number(value);
      if (isFixed) cursor.putFixed(number, size, isBigEndian);
      else cursor.putVarint(isSigned ? ((number << 1) ^ (number >> 31)) >>> 0 : number);
    },
    (cursor) => {
      const start = cursor.position;
      let value: number | bigint;
      if (isWide) {
        value = isFixed ? cursor.fixedBig(size, isBigEndian) : cursor.varintBig(bits);
        if (isSigned) value = isFixed ? BigInt.asIntN(bits, value) : (value >> 1n) ^ -(value & 1n);
        if (!isBig) value = Number(value);
      } else {
        value = isFixed ? cursor.fixed(size, isBigEndian) : cursor.varint(bits);
        if (isSigned) value = isFixed ? (value << shift) >> shift : (value >>> 1) ^ -(value & 1);
      }
      if (!isFit(value)) cursor.refuse(`no ${expected}`, start);
      return value;
    },
  );
}
