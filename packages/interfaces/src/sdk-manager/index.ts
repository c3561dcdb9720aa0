import { string } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `SDKManagerError` */
export const SdkManagerError = {
  Success: 0,
  DeserializeFailed: 1,
  SerializeFailed: 2,
  AppIdInvalid: 3,
  GetEndpointFailed: 4,
  ReleaseEndpointFailed: 5,
  UnknownError: 6,
} as const;
export type SdkManagerError = (typeof SdkManagerError)[keyof typeof SdkManagerError];

/** `SDKManagerRequest` in message registers. */
export const sdkManagerInterface = defineInterface({
  name: "sdk_manager",
  transport: "basic",
  requestSize: 128,
  requests: {
    GetEndpoint: { payload: string, replyCap: true },
    ReleaseEndpoint: { payload: string },
    Capscan: {},
  },
  errors: SdkManagerError,
  serializeFailed: SdkManagerError.SerializeFailed,
  deserializeFailed: SdkManagerError.DeserializeFailed,
  unknownError: SdkManagerError.UnknownError,
});
