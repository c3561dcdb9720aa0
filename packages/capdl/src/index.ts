export { checkSpec } from "./check-spec.ts";
export { type SpecDiagnostic, type SpecDiagnosticCode } from "./check/findings.ts";
export { allocationOrder, compareNames, objectBytes } from "./allocation-order.ts";
export { type CapdlDialect } from "./dialect.ts";
export { parseCapdl, type ParseOptions, type ParseResult } from "./parse-capdl.ts";
export { parseSnapshot, type SnapshotResult } from "./parse-snapshot.ts";
export { type CapdlDiagnostic } from "./parse/diagnostics.ts";
export { printCapdl, type PrintOptions } from "./print-capdl.ts";
export {
  SpecRight,
  TcbSlotNumber,
  type AsidPoolObject,
  type CdtLink,
  type CNodeObject,
  type DomainSchedule,
  type EndpointObject,
  type FrameFill,
  type FrameObject,
  type IrqBinding,
  type IrqObject,
  type NotificationObject,
  type PageTableObject,
  type ReplyObject,
  type SchedContextObject,
  type SlotRef,
  type Spec,
  type SpecCap,
  type SpecObject,
  type SpecSlot,
  type TcbObject,
  type UntypedObject,
} from "./spec.ts";
