import { type Algorithm } from "./checksum.ts";

/** CRC-8/SMBUS */
export const crc8Smbus: Algorithm = {
  width: 8,
  poly: 0x7n,
  init: 0x0n,
  refin: false,
  refout: false,
  xorout: 0x0n,
};
/** CRC-8/MAXIM-DOW */
export const crc8MaximDow: Algorithm = {
  width: 8,
  poly: 0x31n,
  init: 0x0n,
  refin: true,
  refout: true,
  xorout: 0x0n,
};
/** CRC-16/IBM-SDLC */
export const crc16IbmSdlc: Algorithm = {
  width: 16,
  poly: 0x1021n,
  init: 0xffffn,
  refin: true,
  refout: true,
  xorout: 0xffffn,
};
/** CRC-16/IBM-3740 */
export const crc16Ibm3740: Algorithm = {
  width: 16,
  poly: 0x1021n,
  init: 0xffffn,
  refin: false,
  refout: false,
  xorout: 0x0n,
};
/** CRC-16/XMODEM */
export const crc16Xmodem: Algorithm = {
  width: 16,
  poly: 0x1021n,
  init: 0x0n,
  refin: false,
  refout: false,
  xorout: 0x0n,
};
/** CRC-16/MODBUS */
export const crc16Modbus: Algorithm = {
  width: 16,
  poly: 0x8005n,
  init: 0xffffn,
  refin: true,
  refout: true,
  xorout: 0x0n,
};
/** CRC-32/ISO-HDLC */
export const crc32IsoHdlc: Algorithm = {
  width: 32,
  poly: 0x4c11db7n,
  init: 0xffffffffn,
  refin: true,
  refout: true,
  xorout: 0xffffffffn,
};
/** CRC-32/ISCSI */
export const crc32Iscsi: Algorithm = {
  width: 32,
  poly: 0x1edc6f41n,
  init: 0xffffffffn,
  refin: true,
  refout: true,
  xorout: 0xffffffffn,
};
/** CRC-32/BZIP2 */
export const crc32Bzip2: Algorithm = {
  width: 32,
  poly: 0x4c11db7n,
  init: 0xffffffffn,
  refin: false,
  refout: false,
  xorout: 0xffffffffn,
};
/** CRC-32/MPEG-2 */
export const crc32Mpeg2: Algorithm = {
  width: 32,
  poly: 0x4c11db7n,
  init: 0xffffffffn,
  refin: false,
  refout: false,
  xorout: 0x0n,
};
/** CRC-64/ECMA-182 */
export const crc64Ecma182: Algorithm = {
  width: 64,
  poly: 0x42f0e1eba9ea3693n,
  init: 0x0n,
  refin: false,
  refout: false,
  xorout: 0x0n,
};
/** CRC-64/XZ */
export const crc64Xz: Algorithm = {
  width: 64,
  poly: 0x42f0e1eba9ea3693n,
  init: 0xffffffffffffffffn,
  refin: true,
  refout: true,
  xorout: 0xffffffffffffffffn,
};
/** CRC-82/DARC */
export const crc82Darc: Algorithm = {
  width: 82,
  poly: 0x308c0111011401440411n,
  init: 0x0n,
  refin: true,
  refout: true,
  xorout: 0x0n,
};
