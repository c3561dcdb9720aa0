import type { MlCoordError } from "@cantrip/interfaces/ml-coordinator";

/** A request that the coordinator refuses. */
export class MlFailure extends Error {
  override readonly name = "MlFailure";
  readonly code: MlCoordError;

  constructor(code: MlCoordError, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
