export { sdkRuntimeComponent, type SdkRuntimeState } from "./sdk-runtime-component.ts";
