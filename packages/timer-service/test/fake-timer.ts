import type { HardwareTimer } from "@cantrip/timer-service";

/** A clock that is set by hand. */
export class FakeTimer implements HardwareTimer {
  readonly ticksPerMs: number = 10;
  time = 1000;
  alarm: number | undefined;
  setup(): void {
    this.alarm = undefined;
  }
  now(): number {
    return this.time;
  }
  setAlarm(deadline: number): void {
    this.alarm = deadline;
  }
  acknowledge(): void {
    this.alarm = undefined;
  }
}
