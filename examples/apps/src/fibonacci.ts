import type { Sdk } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

const TIMER = 0;
const INTERVAL_MS = 100;
/** The last number that fits into 64 bits, in CantripOS's program. */
const LAST = 79;

/** Fibonacci's numbers, one every 100 ms, for ever. */
export function* fibonacci(sdk: Sdk): Task<number> {
  yield* sdk.timerPeriodic(TIMER, INTERVAL_MS);
  for (let ms = 0; ;) {
    let [current, next] = [0n, 1n];
    for (let n = 0; n <= LAST; n++) {
      yield* sdk.timerWait();
      ms += INTERVAL_MS;
      yield* sdk.log(`[${String(n).padStart(2)}] ${String(current).padStart(20)}  ${ms}`);
      [current, next] = [next, current + next];
    }
  }
}
