/** Bytes of a LEB128 of 0 to 2^53-1, or `Infinity`. */
export function varintSize(value: number): number {
  if (value === Infinity) return value;
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}
