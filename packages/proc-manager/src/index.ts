export {
  type ApplicationLayout,
  BundleLayoutError,
  type ImagePage,
  layOutApplication,
  PAGE_BYTES,
  STACK_PAGES,
  WINDOW_BYTES,
} from "./application-layout.ts";
export { dynamicObjectCount, fillPage } from "./load-application.ts";
export {
  MAX_BUNDLE_ID_BYTES,
  ProcessFailure,
  ProcessManager,
  type ProcessOperations,
} from "./process-manager.ts";
