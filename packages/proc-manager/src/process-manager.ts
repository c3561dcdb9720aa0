import { forEachTask, type Task } from "@cantrip/hosted";
import { type BundleState, ProcessManagerError } from "@cantrip/interfaces/process-control";

/** What the manager asks of the rest of the system. Every operation undoes what it did when it fails. */
export interface ProcessOperations<Application> {
  /** Loads a bundle and starts it as an application. Throws {@link ProcessFailure}. */
  start(bundleId: string): Task<Application>;
  /** Stops an application and gives everything it had back. */
  stop(application: Application): Task<void>;
  /** Prints the capabilities of an application on the kernel's console. */
  capScan(application: Application): Task<void>;
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
  application: Application | undefined;
}

/** Longest bundle id, bytes (`SmallString<64>`). */
export const MAX_BUNDLE_ID_BYTES = 64;

/**
 * Which bundles are known and which of them run.
 *
 * Follows `cantrip-proc-manager`; a bundle that was never installed counts as built-in and is registered when it starts.
 */
export class ProcessManager<Application> {
  readonly #operations: ProcessOperations<Application>;
  readonly #bundles = new Map<string, Bundle<Application>>();

  constructor(operations: ProcessOperations<Application>) {
    this.#operations = operations;
  }

  /** Registers an installed bundle. */
  register(bundleId: string): void {
    checkBundleId(bundleId);
    if (this.#bundles.has(bundleId))
      throw new ProcessFailure(ProcessManagerError.BundleFound, `${bundleId} is known`);
    this.#bundles.set(bundleId, { application: undefined });
  }

  /** Whether a bundle may be uninstalled now; forgets it. */
  unregister(bundleId: string): void {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle?.application !== undefined) {
      throw new ProcessFailure(ProcessManagerError.BundleRunning, `${bundleId} is running`);
    }
    this.#bundles.delete(bundleId);
  }

  /** Starts a bundle; one that runs already is left alone. */
  *start(bundleId: string): Task<void> {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle?.application !== undefined) return;
    const application = yield* this.#operations.start(bundleId);
    this.#bundles.set(bundleId, { application });
  }

  /** Stops a bundle; one that is stopped already is left alone. */
  *stop(bundleId: string): Task<void> {
    const bundle = this.#known(bundleId);
    const { application } = bundle;
    if (application === undefined) return;
    // What cannot be given back now will not be later either: the bundle counts as stopped.
    bundle.application = undefined;
    yield* this.#operations.stop(application);
  }

  /** Ids of the running bundles, in the order in which they were registered. */
  runningBundles(): string[] {
    return [...this.#bundles]
      .filter(([, bundle]) => bundle.application !== undefined)
      .map(([id]) => id);
  }

  state(bundleId: string): BundleState {
    return this.#known(bundleId).application === undefined
      ? { type: "Stopped" }
      : { type: "Running" };
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
    yield* forEachTask(this.runningBundles(), (id) => this.stop(id));
  }

  #known(bundleId: string): Bundle<Application> {
    checkBundleId(bundleId);
    const bundle = this.#bundles.get(bundleId);
    if (bundle === undefined)
      throw new ProcessFailure(ProcessManagerError.BundleNotFound, `no bundle ${bundleId}`);
    return bundle;
  }
}

function checkBundleId(bundleId: string): void {
  if (bundleId.length === 0 || bundleId.length > MAX_BUNDLE_ID_BYTES) {
    throw new ProcessFailure(
      ProcessManagerError.BundleIdInvalid,
      `bundle id of ${bundleId.length} characters`,
    );
  }
}
