import type { Sdk } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

/** Writes to address 0, where nothing is: the thread faults. */
export function* suicide(sdk: Sdk): Task<number> {
  yield* sdk.debugPrint("Goodbye, cruel world!\n");
  sdk.context.store32(0, 1);
  return 0;
}
