import { LogBudget } from "./log-budget.ts";

/** An application that has an endpoint. */
export interface RegisteredApp {
  readonly appId: string;
  /** Badge of its endpoint capability. */
  readonly badge: number;
  /** What it may write to the log. */
  readonly log: LogBudget;
  /** It has faulted, or sent what looks like it: it is served no more. */
  hasFaulted: boolean;
  /** Models that it may start; any when absent. */
  models?: ReadonlySet<string>;
}

/** Badges have 28 bits on 32-bit kernels. */
const LAST_BADGE = 2 ** 28 - 1;
/** First badge of an application: lower ones are those of signals, which arrive at the same place. */
export const FIRST_APP_BADGE = 0x100;

/**
 * Applications by the badge of their endpoint.
 *
 * The original derives badges from a hash, which can collide; here they count up, and none is used a second time while a
 * copy of a capability with it can exist.
 */
export class AppRegistry {
  readonly #byBadge = new Map<number, RegisteredApp>();
  readonly #byId = new Map<string, RegisteredApp>();
  readonly #lastBadge: number;
  #nextBadge = FIRST_APP_BADGE;

  /** @param lastBadge - greatest badge, at least 256 */
  constructor(lastBadge: number = LAST_BADGE) {
    this.#lastBadge = lastBadge;
  }

  /** Whether all badges were used: no application can be registered until {@link renew}. */
  get isExhausted(): boolean {
    return this.#nextBadge > this.#lastBadge;
  }

  /** Gives an application its badge; `undefined` when it has one already, or all badges were used. */
  register(appId: string): RegisteredApp | undefined {
    if (this.#byId.has(appId) || this.isExhausted) return undefined;
    const badge = this.#nextBadge++;
    const app: RegisteredApp = { appId, badge, log: new LogBudget(), hasFaulted: false };
    this.#byBadge.set(app.badge, app);
    this.#byId.set(appId, app);
    return app;
  }

  /**
   * Badges are counted from the first one again. All copies of the applications' capabilities have been deleted.
   *
   * @throws RangeError while there are applications
   */
  renew(): void {
    if (this.size > 0) throw new RangeError("there are applications with badges");
    this.#nextBadge = FIRST_APP_BADGE;
  }

  /** Forgets an application; `undefined` when it is not known. */
  release(appId: string): RegisteredApp | undefined {
    const app = this.#byId.get(appId);
    if (app === undefined) return undefined;
    this.#byId.delete(appId);
    this.#byBadge.delete(app.badge);
    return app;
  }

  /**
   * From now on an application may only start models that were named. Says whether the application is known.
   *
   * @param modelId - one more that it may start, if any
   */
  allowModel(appId: string, modelId: string | undefined): boolean {
    const app = this.#byId.get(appId);
    if (app === undefined) return false;
    app.models = new Set([...(app.models ?? []), ...(modelId === undefined ? [] : [modelId])]);
    return true;
  }

  find(badge: number): RegisteredApp | undefined {
    return this.#byBadge.get(badge);
  }

  /** Whether the application has its endpoint still. */
  isRegistered(app: RegisteredApp): boolean {
    return this.#byBadge.get(app.badge) === app;
  }

  has(appId: string): boolean {
    return this.#byId.has(appId);
  }

  get size(): number {
    return this.#byBadge.size;
  }
}
