export { kindsText, kmemText, packingText } from "./format-size.ts";
export {
  blocksOf,
  type FreeBlock,
  leastMemory,
  packSpec,
  type Packing,
  type UsedBlock,
} from "./pack.ts";
export {
  type KindTotal,
  type OwnerTotal,
  SIZE_USES,
  sizeReport,
  type SizeReport,
  type SizeUse,
} from "./size-report.ts";
