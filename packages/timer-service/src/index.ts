export type { HardwareTimer } from "./hardware-timer.ts";
export { RvTimerDriver, type RvTimerOptions } from "./rv-timer-driver.ts";
export { TimerFailure, TimerManager } from "./timer-manager.ts";
