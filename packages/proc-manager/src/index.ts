export {
  type ApplicationLayout,
  BundleLayoutError,
  type ImagePage,
  layOutApplication,
  MAX_IMAGE_BYTES,
  PAGE_BYTES,
  STACK_PAGES,
  WINDOW_BYTES,
} from "./application-layout.ts";
export { type ApplicationSlots, applicationSlots } from "./application-slots.ts";
export { fillPage } from "./load-application.ts";
export {
  MAX_BUNDLE_ID_BYTES,
  ProcessFailure,
  ProcessManager,
  type ProcessOperations,
  type Restarts,
} from "./process-manager.ts";
