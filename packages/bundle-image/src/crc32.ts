/** CRC-32 of every byte, for the reflected polynomial of IEEE 802.3. */
const TABLE: readonly number[] = Object.freeze(
  Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb8_8320;
    return crc >>> 0;
  }),
);

/**
 * CRC-32 (IEEE 802.3) of `bytes`, continuing from `previous`: `crc32(b, crc32(a))` is the CRC of `a` followed by `b`.
 *
 * @param previous - CRC of what came before; 0 at the start
 * @returns 0 to 2^32-1
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
