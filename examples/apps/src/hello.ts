import { type Sdk, SdkError } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

/** Says that it is there. */
export function* hello(sdk: Sdk): Task<number> {
  try {
    yield* sdk.ping();
    yield* sdk.log("ping!");
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    yield* sdk.log(`sdk_ping failed: ${error.message}`);
  }
  yield* sdk.log("I am a TypeScript app, hear me log!");
  return 0;
}
