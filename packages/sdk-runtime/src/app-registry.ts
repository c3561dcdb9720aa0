/** An application that has an endpoint. */
export interface RegisteredApp {
  readonly appId: string;
  /** Badge of its endpoint capability. */
  readonly badge: number;
}

/** Badges have 28 bits on 32-bit kernels. */
const LAST_BADGE = 2 ** 28 - 1;
/** First badge of an application: lower ones are those of signals, which arrive at the same place. */
export const FIRST_APP_BADGE = 0x100;

/**
 * Applications by the badge of their endpoint.
 *
 * The original derives badges from a hash, which can collide; here they count up and are not used again soon.
 */
export class AppRegistry {
  readonly #byBadge = new Map<number, RegisteredApp>();
  readonly #byId = new Map<string, RegisteredApp>();
  #nextBadge = FIRST_APP_BADGE;

  /** Gives an application its badge; `undefined` when it has one already. */
  register(appId: string): RegisteredApp | undefined {
    if (this.#byId.has(appId)) return undefined;
    while (this.#byBadge.has(this.#nextBadge)) this.#advance();
    const app: RegisteredApp = { appId, badge: this.#nextBadge };
    this.#advance();
    this.#byBadge.set(app.badge, app);
    this.#byId.set(appId, app);
    return app;
  }

  /** Forgets an application; `undefined` when it is not known. */
  release(appId: string): RegisteredApp | undefined {
    const app = this.#byId.get(appId);
    if (app === undefined) return undefined;
    this.#byId.delete(appId);
    this.#byBadge.delete(app.badge);
    return app;
  }

  find(badge: number): RegisteredApp | undefined {
    return this.#byBadge.get(badge);
  }

  get size(): number {
    return this.#byBadge.size;
  }

  #advance(): void {
    this.#nextBadge = this.#nextBadge === LAST_BADGE ? FIRST_APP_BADGE : this.#nextBadge + 1;
  }
}
