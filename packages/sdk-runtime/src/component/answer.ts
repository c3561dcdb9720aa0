import { SdkRuntimeError } from "@cantrip/interfaces/sdk";

/** What an application is answered. */
export interface Answer {
  readonly error: SdkRuntimeError;
  readonly reply?: Uint8Array;
  /** The reply is in the application's page, but the call returns only when its model has completed. */
  readonly isDeferred?: true;
  /** The application is not to go on: there is no answer. */
  readonly hasEnded?: true;
}

export const SUCCESS: Answer = { error: SdkRuntimeError.SDKSuccess };
