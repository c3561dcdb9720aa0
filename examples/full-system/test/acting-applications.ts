import { PageFault, type Task } from "@cantrip/hosted";
import { SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { decodeUtf8, encodeUtf8 } from "@cantrip/postcard";
import { type ApplicationMain, type Sdk, SdkError } from "@cantrip/sdk";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

/** The timer that wakes an application to see what it is to do. */
const HEARTBEAT = 30;
const HEARTBEAT_MS = 2;
const TIMERS = 12;
const KEYS = 6;
const VALUE_BYTES = 100;
/** Most milliseconds of a timer. */
const LONGEST_MS = 12;

/** What an application does when it is told to. */
export type Act = "key" | "timer";

/** Where an application counts what it did, and gets its random numbers from. */
export interface World {
  readonly below: (limit: number) => number;
  readonly report: FuzzReport;
  /** Requests that were answered, whatever the answer. */
  readonly done: Record<Act, number>;
  /** What is wrong, for the test: an application that throws ends, and nobody else. */
  readonly errors: unknown[];
}

/**
 * An application that makes requests about keys and timers while it runs, and looks at each answer. It outlives its
 * processes: what it knows of its keys is true until its bundle is uninstalled.
 */
export class ActingApplication {
  readonly name: string;
  readonly #world: World;
  readonly #acts: Act[] = [];
  /** What a key can hold: a write that was under way when the application was stopped may have been done, or not. */
  readonly #keys = new Map<string, Set<string | undefined>>();
  #writes = 0;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
  }

  /** Tells a process of it to act, when it is woken next. */
  ask(act: Act): void {
    this.#acts.push(act);
  }

  /** The bundle has been uninstalled, and its keys with it. */
  forget(): void {
    this.#acts.length = 0;
    this.#keys.clear();
  }

  /** Keys that can hold something. */
  get keys(): readonly string[] {
    return [...this.#keys.keys()];
  }

  readonly main: ApplicationMain = (sdk) => this.#run(sdk);

  *#run(sdk: Sdk): Task<number> {
    this.#acts.length = 0;
    try {
      // Nothing is there of an earlier process, or of another application's.
      this.#check((yield* sdk.timerPoll()) === 0, "was told of timers that it does not have");
      yield* sdk.timerPeriodic(HEARTBEAT, HEARTBEAT_MS);
      const timers = new Timers(sdk, this.#world.below);
      for (;;) {
        const act = this.#acts.shift();
        if (act === undefined) this.#heard(timers, yield* timers.wait());
        else {
          const refusal = yield* act === "key" ? this.#actOnKey(sdk) : this.#actOnTimer(timers);
          this.#world.report.count(refusal);
          this.#world.done[act]++;
        }
      }
    } catch (error) {
      if (error instanceof PageFault) throw error;
      this.#world.errors.push(error);
      throw error;
    }
  }

  *#actOnKey(sdk: Sdk): Task<string | undefined> {
    const { below } = this.#world;
    const key = `k${below(KEYS)}`;
    const known = this.#keys.get(key) ?? new Set([undefined]);
    switch (below(6)) {
      case 0:
      case 1:
      case 2: {
        const isLong = below(12) === 0;
        const value = `${this.name} ${this.#writes++}`.padEnd(isLong ? VALUE_BYTES + 1 : 0, "x");
        this.#keys.set(key, new Set([...known, value]));
        const refusal = yield* refusalOf(sdk.writeKey(key, encodeUtf8(value)));
        const isRefused = refusal === "SDKWriteKeyFailed";
        this.#check(isLong === isRefused, `write of ${value}: ${refusal ?? "done"}`);
        this.#keys.set(key, isRefused ? known : new Set([value]));
        return refusal;
      }
      case 3:
      case 4: {
        let value: string | undefined;
        const refusal = yield* refusalOf(sdk.readKey(key), (bytes) => {
          value = decodeUtf8(bytes)?.replace(/\0+$/, "");
        });
        this.#check(known.has(value), `${key}: ${value ?? refusal ?? ""}`);
        return refusal;
      }
      default: {
        this.#keys.set(key, new Set([...known, undefined]));
        const refusal = yield* refusalOf(sdk.deleteKey(key));
        this.#check(refusal === undefined, `delete: ${refusal ?? ""}`);
        this.#keys.delete(key);
        return refusal;
      }
    }
  }

  *#actOnTimer(timers: Timers): Task<string | undefined> {
    const { below } = this.#world;
    switch (below(7)) {
      case 0:
      case 1:
        return yield* this.#start(timers, below(TIMERS), "oneshot");
      case 2:
        return yield* this.#start(timers, below(TIMERS), "periodic");
      case 3: {
        const id = below(2) === 0 ? below(TIMERS) : (timers.anyStarted() ?? 0);
        const wasStarted = timers.isStarted(id);
        const refusal = yield* timers.cancel(id);
        const isWrong = refusal !== undefined && refusal !== "SDKInvalidTimer";
        this.#check(!isWrong && (wasStarted || refusal !== undefined), `cancel: ${refusal ?? ""}`);
        return refusal;
      }
      case 4:
        this.#heard(timers, yield* timers.wait());
        return undefined;
      default:
        this.#heard(timers, yield* timers.poll());
        return undefined;
    }
  }

  *#start(timers: Timers, id: number, kind: "oneshot" | "periodic"): Task<string | undefined> {
    const wasStarted = timers.isStarted(id);
    const refusal = yield* timers.start(id, kind, 1 + this.#world.below(LONGEST_MS));
    const isExpected = refusal === undefined || (wasStarted && refusal === "SDKTimerAlreadyExists");
    this.#check(isExpected, `${kind} of ${id}: ${refusal ?? ""}`);
    return refusal;
  }

  #heard(timers: Timers, mask: number): void {
    this.#check(timers.hear(mask), `was told ${mask.toString(2)}`);
  }

  #check(isRight: boolean, what: string): void {
    if (!isRight) throw new Error(`${this.name}: ${what}`);
  }
}

/** What is known of a timer that was started. */
interface Known {
  readonly isPeriodic: boolean;
  /** It was not cancelled, and not told of in such a way that it must be over. */
  readonly mayRun: boolean;
  /** Timers of this id that may have expired, or may yet, without being told of. */
  readonly untold: number;
}

/** The timers of a process, as far as it can know of them. */
class Timers {
  readonly #sdk: Sdk;
  readonly #below: (limit: number) => number;
  readonly #known = new Map<number, Known>([
    [HEARTBEAT, { isPeriodic: true, mayRun: true, untold: 1 }],
  ]);

  constructor(sdk: Sdk, below: (limit: number) => number) {
    this.#sdk = sdk;
    this.#below = below;
  }

  /** Whether the timer may be running. */
  isStarted(id: number): boolean {
    return this.#known.get(id)?.mayRun === true;
  }

  anyStarted(): number | undefined {
    const ids = [...this.#known.keys()].filter((id) => id !== HEARTBEAT && this.isStarted(id));
    return ids[this.#below(Math.max(1, ids.length))];
  }

  *start(id: number, kind: "oneshot" | "periodic", ms: number): Task<string | undefined> {
    const sdk = this.#sdk;
    const isPeriodic = kind === "periodic";
    const request = isPeriodic ? sdk.timerPeriodic(id, ms) : sdk.timerOneshot(id, ms);
    const refusal = yield* refusalOf(request);
    const untold = (this.#known.get(id)?.untold ?? 0) + 1;
    if (refusal === undefined) this.#known.set(id, { isPeriodic, mayRun: true, untold });
    return refusal;
  }

  *cancel(id: number): Task<string | undefined> {
    const refusal = yield* refusalOf(this.#sdk.timerCancel(id));
    const known = this.#known.get(id);
    if (known !== undefined) this.#known.set(id, { ...known, mayRun: false });
    return refusal;
  }

  /** Where there is no memory for a call that waits, the application comes again. */
  *wait(): Task<number> {
    for (;;) {
      let mask = 0;
      const refusal = yield* refusalOf(this.#sdk.timerWait(), (value) => {
        mask = value;
      });
      if (refusal === undefined) return mask;
      if (refusal !== "SDKOutOfResources") throw new Error(`wait: ${refusal}`);
      yield* this.#sdk.sel4.yield();
    }
  }

  poll(): Task<number> {
    return this.#sdk.timerPoll();
  }

  /** Notes what has expired; `false` when there is what cannot have. */
  hear(mask: number): boolean {
    for (let id = 0; id < 32; id++) {
      if ((mask & (1 << id)) === 0) continue;
      const known = this.#known.get(id);
      if (known === undefined) return false;
      if (known.mayRun && known.isPeriodic) continue;
      if (!known.mayRun || known.untold === 1) this.#known.delete(id);
      else this.#known.set(id, { ...known, untold: 1 });
    }
    return true;
  }
}

function* refusalOf<T>(
  request: Task<T>,
  use: (value: T) => void = () => undefined,
): Task<string | undefined> {
  try {
    use(yield* request);
    return undefined;
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    const found = Object.entries(SdkRuntimeError).find(([, code]) => code === error.code);
    return found?.[0] ?? `code ${error.code}`;
  }
}
