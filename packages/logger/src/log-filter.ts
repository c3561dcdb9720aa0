import type { LogLevel } from "@cantrip/interfaces/logger";

/** Most targets with a level of their own. */
export const MAX_FILTERED_TARGETS = 32;

/** Which records are printed: those up to a level, which may differ by target. */
export class LogFilter {
  /** Level of targets that have none of their own. */
  level: LogLevel;
  readonly #targets = new Map<string, LogLevel>();

  constructor(level: LogLevel) {
    this.level = level;
  }

  /** Targets with a level of their own, in the order of their names. */
  get targets(): readonly (readonly [string, LogLevel])[] {
    return [...this.#targets].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * Gives a target a level of its own: a whole one, or the beginning of those that go on with `::`.
   *
   * @param level - `undefined` takes it away again
   * @returns whether there was room for it
   */
  setTarget(target: string, level: LogLevel | undefined): boolean {
    if (level === undefined) {
      this.#targets.delete(target);
      return true;
    }
    if (!this.#targets.has(target) && this.#targets.size === MAX_FILTERED_TARGETS) return false;
    this.#targets.set(target, level);
    return true;
  }

  /** Whether a record is printed: `target::text`, as it arrives at the console. The longest target that fits counts. */
  prints(level: number, record: string): boolean {
    let [longest, limit]: [number, number] = [-1, this.level];
    for (const [target, own] of this.#targets) {
      if (target.length > longest && record.startsWith(`${target}::`))
        [longest, limit] = [target.length, own];
    }
    return level <= limit;
  }
}
