export {
  SbiBase,
  SbiConsole,
  SbiError,
  SbiExtension,
  SbiRemoteFence,
  SbiReset,
} from "./numbers.ts";
export { SbiFirmware, type SbiOptions } from "./sbi-firmware.ts";
