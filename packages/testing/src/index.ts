export {
  type AddressSpaceView,
  addressSpaceOf,
  type MappedRange,
  physicalAddressOf,
} from "./address-space.ts";
export { type CSpaceView, cspaceOf, type SlotView } from "./cspace.ts";
export { type MatcherResult, matchers } from "./matchers.ts";
export { type SnapshotSerializer, viewSerializer } from "./serializers.ts";
export { bootSystem, type Fault, flashOf, type TestOptions, TestSystem } from "./test-system.ts";
export { NoSuchThread, threadOf, threadsOf } from "./threads.ts";
