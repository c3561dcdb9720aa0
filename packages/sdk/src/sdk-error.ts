import { SdkRuntimeError } from "@cantrip/interfaces/sdk";

/** The SDK runtime refused a request. */
export class SdkError extends Error {
  override readonly name = "SdkError";
  readonly code: SdkRuntimeError;

  /** @param request - its name */
  constructor(request: string, code: SdkRuntimeError) {
    const known = Object.entries(SdkRuntimeError).find(([, value]) => value === code);
    super(`${request}: ${known?.[0] ?? `error ${code}`}`);
    this.code = code;
  }
}
