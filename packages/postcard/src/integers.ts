import { coder, type Coder } from "./coder.ts";
import {
  mismatch,
  readFixed,
  readFixedBig,
  readVarint,
  readVarintBig,
  refuse,
  writeFixed,
  writeFixedBig,
  writeVarint,
  writeVarintBig,
} from "./cursor.ts";
import { type WireOptions } from "./wire-format.ts";

/**
 * The coder of the integer called `name` in Rust, here with `n` for a number and `Big` for a bigint behind it where
 * both exist: a varint where the format has them and it is no byte, else all of its bytes.
 */
export function integerCoder(
  name: string,
  { isVarint, wordBits }: WireOptions,
  isBigEndian: boolean,
): Coder | undefined {
  const [, sign, width, form] = /^([iu])(size|\d+)(n|Big)?$/.exec(name) ?? [];
  if (width === undefined) return undefined;
  const isSigned = sign === "i";
  const bits = width === "size" ? 64 : Number(width);
  // A `usize` has 64 bits on the wire for a 32-bit peer too.
  const usedBits = width === "size" ? wordBits : bits;
  const isBig = form === "Big" || (form === undefined && Number(width) > 32);
  const size = bits / 8;
  const isFixed = !isVarint || size === 1;
  const isWide = isBig || (isSigned && bits > 32);
  const shift = 32 - bits;
  const limit = 2 ** (isSigned ? usedBits - 1 : usedBits);
  const isFit = (value: unknown): value is number | bigint =>
    (isBig ? typeof value === "bigint" : Number.isSafeInteger(value)) &&
    (value as number) >= (isSigned ? -limit : 0) &&
    (value as number) < limit;
  return coder(
    isFixed ? size : Math.ceil(usedBits / 7),
    (cursor, value) => {
      if (!isFit(value)) mismatch(cursor, name, value);
      if (isWide) {
        const wide = BigInt(value);
        if (isFixed) writeFixedBig(cursor, wide, size, isBigEndian);
        else writeVarintBig(cursor, isSigned ? (wide << 1n) ^ (wide < 0n ? -1n : 0n) : wide);
        return;
      }
      const number = Number(value);
      if (isFixed) writeFixed(cursor, number, size, isBigEndian);
      else writeVarint(cursor, isSigned ? ((number << 1) ^ (number >> 31)) >>> 0 : number);
    },
    (cursor) => {
      const start = cursor.position;
      let value: number | bigint;
      if (isWide) {
        value = isFixed ? readFixedBig(cursor, size, isBigEndian) : readVarintBig(cursor, bits);
        if (isSigned) value = isFixed ? BigInt.asIntN(bits, value) : (value >> 1n) ^ -(value & 1n);
        if (!isBig) value = Number(value);
      } else {
        value = isFixed ? readFixed(cursor, size, isBigEndian) : readVarint(cursor, bits);
        if (isSigned) value = isFixed ? (value << shift) >> shift : (value >>> 1) ^ -(value & 1);
      }
      if (!isFit(value)) refuse(cursor, name, start);
      return value;
    },
  );
}
