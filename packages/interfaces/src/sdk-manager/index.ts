import { bool, enumOf, type Infer, option, seq, string, struct, u32, u8 } from "@cantrip/postcard";
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

/** What clients may be allowed beyond the usual. */
export const SdkManagerPrivilege = {
  /** To say which models an application may start. */
  ModelLimits: "model-limits",
} as const;

/** A fault of an application: the label of its message (`seL4_Fault_*`) and the message registers. */
export const faultRecord = struct({ label: u8, words: seq(u32) });
export type FaultRecord = Infer<typeof faultRecord>;

/** How an application ended by itself. */
const applicationEnd = enumOf({ Exited: u8, Faulted: faultRecord });
export type ApplicationEnd = Infer<typeof applicationEnd>;

/**
 * `SDKManagerRequest` in message registers. What follows `Capscan` is not CantripOS's: `Events` takes what has become of
 * applications since it was last asked for, a few at a time; `Watch` brings a notification that is signalled when there
 * is something to take. `AllowModel` says what an application's manifest does: from the first one on it may only start
 * models that were named, and one without a model names none.
 */
export const sdkManagerInterface = defineInterface({
  name: "sdk_manager",
  transport: "basic",
  requestSize: 128,
  requests: {
    GetEndpoint: { payload: string, replyCap: true },
    ReleaseEndpoint: { payload: string },
    Capscan: {},
    Events: {
      reply: struct({ events: seq(struct({ appId: string, end: applicationEnd })), hasMore: bool }),
    },
    Watch: { requestCap: true },
    AllowModel: { payload: struct({ appId: string, modelId: option(string) }) },
  },
  errors: SdkManagerError,
  serializeFailed: SdkManagerError.SerializeFailed,
  deserializeFailed: SdkManagerError.DeserializeFailed,
  unknownError: SdkManagerError.UnknownError,
});
