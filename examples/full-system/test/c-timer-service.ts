import { readFileSync } from "node:fs";
import { type SystemDescription, withComponent } from "@cantrip/assembly";
import { sparrow, timerServiceFromElf } from "@cantrip/assembly/cantrip";

const programs = new URL("../../../packages/timer-service/c/", import.meta.url);

/** The timer service in C for a kernel profile. */
export function timerServiceElf(profile: string): Uint8Array {
  return readFileSync(new URL(`${profile}/timer-service.elf`, programs));
}

/** A system whose timer service is the one in C. */
export function withTimerServiceInC(
  system: SystemDescription = sparrow(),
  elf: Uint8Array = timerServiceElf(system.kernel.name),
): SystemDescription {
  return withComponent(system, "timer_service", { type: timerServiceFromElf(elf) });
}
