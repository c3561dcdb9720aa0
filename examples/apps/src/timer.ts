import { type Sdk, SdkError } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

const PERIOD_MS = 75;
const LONG_PERIOD_MS = 150;
const PERIODS = 10;
const PERIODS_OF_TWO = 21;
/** An application has timers 0 to 30. */
const NO_TIMER = 31;

/** What a request returns, or why it was refused. */
function* resultOf(request: Task<unknown>): Task<string> {
  try {
    const result = yield* request;
    return typeof result === "number" ? `${result}` : "nothing";
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    return error.message;
  }
}

function binary(mask: number): string {
  return `0b${mask.toString(2).padStart(4, "0")}`;
}

/** Timers: what is refused, one that expires once, one that does not stop, and two of those. */
export function* timer(sdk: Sdk): Task<number> {
  const report = function* (call: string, request: Task<unknown>): Task<void> {
    yield* sdk.log(`${call} returned ${yield* resultOf(request)} with nothing running`);
  };
  yield* report("sdk_timer_cancel", sdk.timerCancel(0));
  yield* report("sdk_timer_poll", sdk.timerPoll());
  yield* report("sdk_timer_wait", sdk.timerWait());
  yield* report("sdk_timer_oneshot", sdk.timerOneshot(NO_TIMER, 1));

  yield* sdk.timerOneshot(0, 100);
  yield* sdk.log("Timer 0 started");
  if ((yield* sdk.timerWait()) === 1) yield* sdk.log("Timer 0 completed");

  yield* sdk.timerPeriodic(1, PERIOD_MS);
  for (let period = 1; period <= PERIODS; period++)
    yield* sdk.log(`Timer completed: mask ${binary(yield* sdk.timerWait())}`);
  yield* sdk.timerCancel(1);
  yield* sdk.log("Timer 1 canceld");

  yield* sdk.timerPeriodic(1, PERIOD_MS);
  yield* sdk.timerPeriodic(2, LONG_PERIOD_MS);
  const counts = [0, 0];
  for (let period = 0; period < PERIODS_OF_TWO; period++) {
    const mask = yield* sdk.timerWait();
    const [one, two] = [1, 2].map(
      (id) => (counts[id - 1] = (counts[id - 1] ?? 0) + ((mask >> id) & 1)),
    );
    yield* sdk.log(`Timer completed: mask ${binary(mask)} 1 ${one} 2 ${two}`);
  }
  yield* sdk.timerCancel(1);
  yield* sdk.timerCancel(2);
  yield* sdk.log("DONE!");
  return 0;
}
