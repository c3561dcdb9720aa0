export { CpioError, type CpioErrorCode } from "./cpio-error.ts";
export {
  HEADER_BYTES,
  parseHeader,
  parseName,
  TRAILER_NAME,
  type CpioHeader,
} from "./parse-header.ts";
export {
  cpioEntries,
  findCpioEntry,
  readCpioEntry,
  type ByteSource,
  type CpioEntry,
} from "./read-cpio.ts";
export { writeCpio, type CpioFile } from "./write-cpio.ts";
