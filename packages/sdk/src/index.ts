export {
  type ApplicationMain,
  type HostedApplications,
  hostedApplications,
} from "./hosted-applications.ts";
export { Sdk, type SdkStart, sdkStart } from "./sdk.ts";
export { SdkError } from "./sdk-error.ts";
