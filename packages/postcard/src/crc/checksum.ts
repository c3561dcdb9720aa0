/** Parameters of a CRC, as the catalogue of parametrised CRC algorithms has them. */
export interface Algorithm {
  /** Bits, 8 to 128. */
  readonly width: number;
  readonly poly: bigint;
  readonly init: bigint;
  readonly refin: boolean;
  readonly refout: boolean;
  readonly xorout: bigint;
}

/** A CRC ready for use. */
export interface Checksum {
  /** Bytes behind a message: 1, 2, 4, 8 or 16. */
  readonly size: number;
  /** The checksum of `bytes`. */
  of(bytes: Uint8Array): bigint;
}

/** Makes the tables of an algorithm; do it once. */
export function checksum(algorithm: Algorithm): Checksum {
  const { width, xorout, refin, refout } = algorithm;
  const size = [1, 2, 4, 8, 16].find((bytes) => bytes * 8 >= width);
  if (size === undefined || width < 8) throw new TypeError("a checksum has 8 to 128 bits");
  const remainder = width <= 32 ? narrow(algorithm) : wide(algorithm);
  return {
    size,
    of(bytes) {
      const value = remainder(bytes);
      return (refin === refout ? value : reversed(value, width)) ^ xorout;
    },
  };
}

/** Up to 32 bits in numbers: reflected at the bottom of the word, else at its top. */
function narrow({ width, poly, init, refin }: Algorithm): (bytes: Uint8Array) => bigint {
  const shift = 32 - width;
  const divisor = refin ? Number(reversed(poly, width)) : Number(poly) << shift;
  const first = refin ? Number(reversed(init, width)) : Number(init) << shift;
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let value = refin ? byte : byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      if (refin) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ divisor;
      else value = value >= 0 ? value << 1 : (value << 1) ^ divisor;
    }
    return value;
  });
  return (bytes) => {
    let value = first | 0;
    for (const byte of bytes) {
      value = refin
        ? (value >>> 8) ^ (table[(value ^ byte) & 0xff] ?? 0)
        : (value << 8) ^ (table[(value >>> 24) ^ byte] ?? 0);
    }
    return BigInt((refin ? value : value >>> shift) >>> 0);
  };
}

function wide({ width, poly, init, refin }: Algorithm): (bytes: Uint8Array) => bigint {
  const top = 1n << BigInt(width - 1);
  const mask = (1n << BigInt(width)) - 1n;
  const high = BigInt(width - 8);
  const divisor = refin ? reversed(poly, width) : poly;
  const first = refin ? reversed(init, width) : init;
  const table = Array.from({ length: 256 }, (_, byte) => {
    let value = refin ? BigInt(byte) : BigInt(byte) << high;
    for (let bit = 0; bit < 8; bit++) {
      if (refin) value = (value & 1n) === 0n ? value >> 1n : (value >> 1n) ^ divisor;
      else value = (value & top) === 0n ? value << 1n : (value << 1n) ^ divisor;
    }
    return value & mask;
  });
  return (bytes) => {
    let value = first;
    for (const byte of bytes) {
      value = refin
        ? (value >> 8n) ^ (table[Number(value & 0xffn) ^ byte] ?? 0n)
        : ((value << 8n) & mask) ^ (table[Number(value >> high) ^ byte] ?? 0n);
    }
    return value;
  };
}

/** The lowest `width` bits in the opposite order. */
function reversed(value: bigint, width: number): bigint {
  let result = 0n;
  for (let bit = 0; bit < width; bit++) {
    result = (result << 1n) | ((value >> BigInt(bit)) & 1n);
  }
  return result;
}
