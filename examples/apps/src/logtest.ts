import type { Sdk } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

/** Logs two lines. */
export function* logtest(sdk: Sdk): Task<number> {
  yield* sdk.ping();
  yield* sdk.log("ping!");
  yield* sdk.log("DONE");
  return 0;
}
