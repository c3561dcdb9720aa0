/** One row of a bench's result. */
export interface Measurement {
  readonly name: string;
  /** What else was measured in the same run, where something was. */
  readonly peer?: string;
  readonly ours: number;
  readonly theirs?: number;
  readonly unit: string;
  /** `ours` over `theirs`. */
  readonly ratio?: number;
  readonly opsPerSecond?: number;
}

/** The middle one of several values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
