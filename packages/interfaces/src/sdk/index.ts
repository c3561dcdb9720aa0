import { bytesOwned, string, struct, u32, u8 } from "@cantrip/postcard";
import { mlOutput } from "../ml-coordinator/index.ts";

/** `SDKRuntimeRequest`: labels of an application's calls. `Exit` is not CantripOS's. */
export const SdkRequest = {
  Ping: 64,
  Log: 65,
  ReadKey: 66,
  WriteKey: 67,
  DeleteKey: 68,
  OneshotTimer: 69,
  PeriodicTimer: 70,
  CancelTimer: 71,
  WaitForTimers: 72,
  PollForTimers: 73,
  OneshotModel: 74,
  PeriodicModel: 75,
  CancelModel: 76,
  WaitForModel: 77,
  PollForModels: 78,
  GetModelOutput: 79,
  /** Ends the application; there is no reply. */
  Exit: 80,
} as const;
export type SdkRequest = (typeof SdkRequest)[keyof typeof SdkRequest];

/** `SDKRuntimeError`: labels of the replies. */
export const SdkRuntimeError = {
  SDKSuccess: 0,
  SDKDeserializeFailed: 1,
  SDKSerializeFailed: 2,
  SDKInvalidBadge: 3,
  SDKInvalidString: 4,
  SDKReadKeyFailed: 5,
  SDKWriteKeyFailed: 6,
  SDKDeleteKeyFailed: 7,
  SDKMapPageFailed: 8,
  SDKUnknownRequest: 9,
  SDKUnknownResponse: 10,
  SDKNoSuchTimer: 11,
  SDKTimerAlreadyExists: 12,
  SDKNoPlatformSupport: 13,
  SDKNoSuchModel: 14,
  SDKInvalidTimer: 15,
  SDKLoadModelFailed: 16,
  SDKOutOfResources: 17,
  SDKNoModelOutput: 18,
} as const;
export type SdkRuntimeError = (typeof SdkRuntimeError)[keyof typeof SdkRuntimeError];

/** Bytes of the request at the start of the parameter page; the reply follows. */
export const SDK_REQUEST_BYTES = 2048;

/** `LogRequest` */
export const logRequest = struct({ msg: bytesOwned });
/** `ReadKeyRequest` and `DeleteKeyRequest` */
export const keyRequest = struct({ key: string });
/** `ReadKeyResponse` */
export const readKeyResponse = struct({ value: bytesOwned });
/** `WriteKeyRequest` */
export const writeKeyRequest = struct({ key: string, value: bytesOwned });

/** Timers of an application have ids below this one; bit 31 of the masks is its model's. */
export const SDK_TIMERS = 31;
/** Bytes of a key's value. */
export const KEY_VALUE_BYTES = 100;
/** `TimerStartRequest`, for oneshot and periodic timers */
export const timerStartRequest = struct({ id: u32, durationMs: u32 });
/** `TimerCancelRequest` */
export const timerCancelRequest = struct({ id: u32 });
/** `TimerWaitResponse`, of waiting and polling */
export const timerWaitResponse = struct({ mask: u32 });

/** Id of an application's model: it has at most one (`MODEL_ID`). Completion is bit 31 of the mask. */
export const SDK_MODEL_ID = 31;
/** `ModelOneshotRequest` */
export const modelOneshotRequest = struct({ modelId: string });
/** `ModelPeriodicRequest` */
export const modelPeriodicRequest = struct({ modelId: string, durationMs: u32 });
/** `ModelStartResponse` */
export const modelStartResponse = struct({ id: u32 });
/** `ModelCancelRequest` and `ModelOutputRequest` */
export const modelIdRequest = struct({ id: u32 });
/** `ModelWaitResponse` */
export const modelWaitResponse = struct({ mask: u32 });
/** `ExitRequest` */
export const exitRequest = struct({ code: u8 });
/** `ModelOutputResponse` */
export const modelOutputResponse = struct({ output: mlOutput });
