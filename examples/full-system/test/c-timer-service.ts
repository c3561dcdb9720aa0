import { readFileSync } from "node:fs";
import { type SystemDescription, withComponent } from "@cantrip/assembly";
import { sparrow, timerServiceFromElf } from "@cantrip/assembly/cantrip";

/** The timer service in C. */
export const timerServiceElf: Uint8Array = readFileSync(
  new URL("../../../packages/timer-service/c/timer-service.elf", import.meta.url),
);

/** A system whose timer service is the one in C. */
export function withTimerServiceInC(
  system: SystemDescription = sparrow(),
  elf: Uint8Array = timerServiceElf,
): SystemDescription {
  return withComponent(system, "timer_service", { type: timerServiceFromElf(elf) });
}
