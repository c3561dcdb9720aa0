const TIMERS = 32;

/** `SDKRuntimeState` of the original: the ids of its applications' timers are those of the timer service, 32 for all. */
export class OriginalTimers {
  readonly #taken = new Set<number>();
  readonly #running: { readonly global: number; readonly deadline: number }[] = [];
  /** By badge: the id of the application to the one of the timer service. */
  readonly #maps = new Map<number, Map<number, number>>();
  readonly #pending = new Map<number, number>();

  start(badge: number, id: number, deadline: number): boolean {
    const global = Array.from({ length: TIMERS }, (_, at) => at).find((at) => !this.#taken.has(at));
    if (global === undefined) return false;
    this.#taken.add(global);
    this.#running.push({ global, deadline });
    const map = this.#maps.get(badge) ?? new Map<number, number>();
    // What stood there before is lost.
    this.#maps.set(badge, map.set(id, global));
    return true;
  }

  expire(now: number): void {
    for (const { global } of this.#running.filter(({ deadline }) => deadline <= now))
      this.#pending.set(global, 1);
  }

  take(badge: number): number {
    let mask = 0;
    for (const [id, global] of this.#maps.get(badge) ?? []) {
      if (!this.#pending.delete(global)) continue;
      mask |= 1 << id;
      this.#taken.delete(global);
    }
    return mask;
  }

  release(badge: number): void {
    for (const global of this.#maps.get(badge)?.values() ?? []) this.#taken.delete(global);
    this.#maps.delete(badge);
  }
}

/** The original's registry: a badge is 24 bits of a hash of the name (here FNV-1a, there ahash). */
export class OriginalRegistry {
  readonly #apps = new Map<number, string>();

  register(appId: string): { readonly badge: number } | undefined {
    let hash = 0x811c9dc5;
    for (const character of appId)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    const badge = hash & 0xff_ffff;
    if (this.#apps.has(badge)) throw new Error("assertion failed: insert.is_none()");
    this.#apps.set(badge, appId);
    return { badge };
  }

  release(appId: string): void {
    for (const [badge, known] of this.#apps) if (known === appId) this.#apps.delete(badge);
  }
}

/** The original's log: whatever comes is printed. */
export class OriginalLog {
  readonly dropped = 0;
  spend(): boolean {
    return true;
  }
  renew(): boolean {
    return true;
  }
  drop(): void {
    throw new Error("nothing is dropped");
  }
  takeDropped(): number {
    return 0;
  }
}
