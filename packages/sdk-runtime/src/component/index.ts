export type { SdkRuntimeState } from "./runtime-state.ts";
export { sdkRuntimeComponent } from "./sdk-runtime-component.ts";
