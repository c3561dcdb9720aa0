export { type CheckOptions, checkSpec } from "./check-spec.ts";
export { type SpecDiagnostic, type SpecDiagnosticCode } from "./check/findings.ts";
export { type CapdlRule, explainCapdl, type RuleName, RULES } from "./check/rules.ts";
export { allocationOrder, compareNames, objectBytes } from "./allocation-order.ts";
export { type CapdlDialect } from "./dialect.ts";
export { kindSizes, type KindSizes } from "./kind-sizes.ts";
export { loaderSpec, type LoaderSpecResult } from "./loader-spec.ts";
export {
  type CapdlArch,
  type CapdlArmIoDevice,
  type CapdlArmIrq,
  type CapdlAsidPool,
  type CapdlCap,
  type CapdlCNode,
  type CapdlContainer,
  type CapdlContextBank,
  type CapdlFill,
  type CapdlFrame,
  type CapdlIoapicIrq,
  type CapdlIoDevice,
  type CapdlIoPageTable,
  type CapdlIoPorts,
  type CapdlKind,
  type CapdlMsiIrq,
  type CapdlObject,
  type CapdlObjectCap,
  type CapdlSchedContext,
  type CapdlSgiSignal,
  type CapdlSlot,
  type CapdlSpec,
  type CapdlTcb,
  type CapdlUntyped,
  hasSlots,
  type Word,
} from "./model.ts";
export { parseCapdl, type ParseOptions, type ParseResult } from "./parse-capdl.ts";
export { parseSnapshot, type SnapshotResult } from "./parse-snapshot.ts";
export { type CapdlDiagnostic } from "./parse/diagnostics.ts";
export { type SpecPositions } from "./parse/positions.ts";
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
export {
  type CapdlFinding,
  type CheckedText,
  checkText,
  type CheckTextOptions,
} from "./report/check-text.ts";
export {
  findingsJson,
  findingsSarif,
  findingsText,
  rulesMarkdown,
} from "./report/format-findings.ts";
export { connectionOf, type Owners, ownersOf } from "./owners.ts";
