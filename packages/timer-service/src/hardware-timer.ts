/** A clock with one alarm. Corresponds to the trait `HardwareTimer`. */
export interface HardwareTimer {
  /** Ticks in a millisecond. */
  readonly ticksPerMs: number;
  /** Starts the clock, without an alarm. */
  setup(): void;
  /** Ticks since the clock started; exact up to 2^53. */
  now(): number;
  /** Interrupts when the clock reaches `deadline`, at once when it has passed already. Replaces an earlier alarm. */
  setAlarm(deadline: number): void;
  /** Ends the interrupt of an alarm; the alarm is off then. */
  acknowledge(): void;
}
