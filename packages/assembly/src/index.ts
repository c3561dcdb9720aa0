export { AssemblyError, type Mistake } from "./assembly-error.ts";
export { type BootImage, type BootImageOptions, buildBootImage } from "./boot-image.ts";
export { checkSystem } from "./check-system.ts";
export {
  ConsoleScript,
  type ConsoleScriptOptions,
  PROMPT,
  type ScriptStatus,
} from "./console-script.ts";
export {
  type AnyComponentDefinition,
  type ComponentInstance,
  type ComponentType,
  type Connection,
  type ConnectorKind,
  connectorKinds,
  type SystemDescription,
} from "./description.ts";
export { type ConnectionEnd, extendSystem, type SystemExtension } from "./extend-system.ts";
export { type InitialTaskImage, readInitialTask } from "./initial-task.ts";
export { realiseSystem, type RealisedSystem } from "./realise-system.ts";
export type { SystemPlan } from "./system-plan.ts";
export { buildSpecImage, filesOf, type SpecImage, type SpecSystem } from "./spec-image.ts";
export { withComponent } from "./with-component.ts";
