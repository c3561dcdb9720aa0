import type { Measurement } from "./measurement.ts";
import { benchObjects } from "./objects.ts";
import { benchRoundTrips } from "./round-trips.ts";

/** Speed of the kernel model: messages, and work on objects and capabilities. */
export function benchIpc(): Measurement[] {
  return [...benchRoundTrips(), ...benchObjects()];
}
