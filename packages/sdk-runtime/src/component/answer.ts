import { SdkRuntimeError } from "@cantrip/interfaces/sdk";
import type { WaitingCall } from "./waiting-calls.ts";

/** What an application is answered. */
export interface Answer {
  readonly error: SdkRuntimeError;
  readonly reply?: Uint8Array;
  /** The call is answered later, when this has happened. */
  readonly awaits?: WaitingCall["awaits"];
  /** The application is not to go on: there is no answer. */
  readonly hasEnded?: true;
}

export const SUCCESS: Answer = { error: SdkRuntimeError.SDKSuccess };

/** A refusal. */
export function refused(error: SdkRuntimeError): Answer {
  return { error };
}
