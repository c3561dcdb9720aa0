import { forEachTask, type Task } from "@cantrip/hosted";
import { type BundleState, ProcessManagerError } from "@cantrip/interfaces/process-control";
import type { ApplicationEnd, FaultRecord } from "@cantrip/interfaces/sdk-manager";

/** When an application that ended by itself is started again. */
export interface Restarts {
  readonly policy: "never" | "on-failure" | "always";
  /** Most restarts in a row. */
  readonly max: number;
}

/** What the manager asks of the rest of the system. Every operation undoes what it did when it fails. */
export interface ProcessOperations<Application> {
  /** Loads a bundle and starts it as an application. Throws {@link ProcessFailure}. */
  start(bundleId: string): Task<Application>;
  /** Stops an application and gives everything it had back. */
  stop(application: Application): Task<void>;
  /** Prints the capabilities of an application on the kernel's console. */
  capScan(application: Application): Task<void>;
  /** When the application is to be started again; never when absent. */
  restarts?(application: Application): Restarts;
}

/** A request that the manager refuses, with the code that goes back to the client. */
export class ProcessFailure extends Error {
  override readonly name = "ProcessFailure";
  readonly code: ProcessManagerError;
  constructor(code: ProcessManagerError, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

interface Bundle<Application> {
  /** What it has: while it runs, and after a fault, for whoever looks for the reason. */
  application: Application | undefined;
  /** How it ended by itself since it was last started. */
  end: ApplicationEnd | undefined;
  /** Restarts since a client started it. */
  restarts: number;
}

/** Longest bundle id, bytes (`SmallString<64>`). */
export const MAX_BUNDLE_ID_BYTES = 64;

/**
 * Which bundles are known and what has become of them.
 *
 * Follows `cantrip-proc-manager`; a bundle that was never installed counts as built-in and is registered when it starts.
 * The states `Exited` and `Faulted`, which the original never reaches, come from {@link ProcessManager.ended}.
 */
export class ProcessManager<Application> {
  readonly #operations: ProcessOperations<Application>;
  readonly #bundles = new Map<string, Bundle<Application>>();

  constructor(operations: ProcessOperations<Application>) {
    this.#operations = operations;
  }

  /** Whether a bundle of this id may be installed. @throws ProcessFailure `BundleFound` */
  checkUnknown(bundleId: string): void {
    checkBundleId(bundleId);
    if (this.#bundles.has(bundleId))
      throw new ProcessFailure(ProcessManagerError.BundleFound, `${bundleId} is known`);
  }

  /** Registers an installed bundle. */
  register(bundleId: string): void {
    this.checkUnknown(bundleId);
    this.#bundles.set(bundleId, { application: undefined, end: undefined, restarts: 0 });
  }

  /**
   * Forgets a bundle when `uninstall` has taken it away, and also when that fails because there is none. What an
   * application that faulted still had is given back before.
   */
  *unregister(bundleId: string, uninstall: () => Task<void>): Task<void> {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle !== undefined) {
      if (isRunning(bundle))
        throw new ProcessFailure(ProcessManagerError.BundleRunning, `${bundleId} is running`);
      yield* this.#release(bundle);
    }
    try {
      yield* uninstall();
    } catch (error) {
      const isGone =
        error instanceof ProcessFailure && error.code === ProcessManagerError.BundleNotFound;
      if (isGone) this.#bundles.delete(bundleId);
      throw error;
    }
    this.#bundles.delete(bundleId);
  }

  /** Starts a bundle; one that runs already is left alone. */
  *start(bundleId: string): Task<void> {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle !== undefined) {
      if (isRunning(bundle)) return;
      yield* this.#release(bundle);
    }
    const application = yield* this.#operations.start(bundleId);
    this.#bundles.set(bundleId, { application, end: undefined, restarts: 0 });
  }

  /** Stops a bundle; one that is stopped already is left alone. */
  *stop(bundleId: string): Task<void> {
    const bundle = this.#known(bundleId);
    bundle.end = undefined;
    yield* this.#release(bundle);
  }

  /**
   * An application ended by itself. One that exited gives back what it had; one that faulted keeps it until it is
   * stopped, started or uninstalled. Either is started again if its manifest says so.
   */
  *ended(bundleId: string, end: ApplicationEnd): Task<void> {
    const bundle = this.#bundles.get(bundleId);
    if (bundle?.application === undefined || !isRunning(bundle)) return;
    const restarts = this.#operations.restarts?.(bundle.application);
    bundle.end = end;
    const isFailure = end.type === "Faulted" || end.value !== 0;
    const isWanted =
      restarts?.policy === "always" || (restarts?.policy === "on-failure" && isFailure);
    if (isWanted && bundle.restarts < restarts.max) {
      yield* this.#release(bundle);
      bundle.restarts++;
      bundle.application = yield* this.#operations.start(bundleId);
      bundle.end = undefined;
    } else if (end.type === "Exited") yield* this.#release(bundle);
  }

  /** Ids of the running bundles, in the order in which they were registered. */
  runningBundles(): string[] {
    return [...this.#bundles].filter(([, bundle]) => isRunning(bundle)).map(([id]) => id);
  }

  state(bundleId: string): BundleState {
    const bundle = this.#known(bundleId);
    switch (bundle.end?.type) {
      case "Exited":
        return { type: "Exited", value: bundle.end.value };
      case "Faulted":
        return { type: "Faulted" };
      case undefined:
        return isRunning(bundle) ? { type: "Running" } : { type: "Stopped" };
    }
  }

  /** The fault of a bundle whose state is `Faulted`. */
  fault(bundleId: string): FaultRecord | undefined {
    const { end } = this.#known(bundleId);
    return end?.type === "Faulted" ? end.value : undefined;
  }

  *capScan(bundleId: string): Task<void> {
    const { application } = this.#known(bundleId);
    if (application === undefined) {
      throw new ProcessFailure(ProcessManagerError.BundleNotRunning, `${bundleId} is not running`);
    }
    yield* this.#operations.capScan(application);
  }

  /** Stops everything. */
  *stopAll(): Task<void> {
    yield* forEachTask([...this.#bundles.keys()], (id) => this.stop(id));
  }

  *#release(bundle: Bundle<Application>): Task<void> {
    const { application } = bundle;
    if (application === undefined) return;
    // What cannot be given back now will not be later either: the bundle counts as stopped.
    bundle.application = undefined;
    yield* this.#operations.stop(application);
  }

  #known(bundleId: string): Bundle<Application> {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle === undefined)
      throw new ProcessFailure(ProcessManagerError.BundleNotFound, `no bundle ${bundleId}`);
    return bundle;
  }
}

function isRunning<Application>({ application, end }: Bundle<Application>): boolean {
  return application !== undefined && end === undefined;
}

function checkBundleId(bundleId: string): void {
  if (bundleId.length === 0 || bundleId.length > MAX_BUNDLE_ID_BYTES) {
    throw new ProcessFailure(
      ProcessManagerError.BundleIdInvalid,
      `bundle id of ${bundleId.length} characters`,
    );
  }
}
