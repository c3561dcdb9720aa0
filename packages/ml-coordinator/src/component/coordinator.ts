import { type ComponentThread, emit, type Mutex, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { MlCoordError, type MlOutput, MlRunFailure } from "@cantrip/interfaces/ml-coordinator";
import { timerInterface } from "@cantrip/interfaces/timer";
import { Logger } from "@cantrip/logger";
import { InvocationError } from "@cantrip/sel4-sys";
import { ImageManager } from "../image-manager.ts";
import { JobTable, type Model, type ModelName, nameOf } from "../job-table.ts";
import { MlFailure } from "../ml-failure.ts";
import { failedOutput } from "../output-header.ts";
import { SpringbokDriver } from "../springbok-driver.ts";
import { ModelMemory } from "./model-memory.ts";

export const TARGET = "cantrip_ml_coordinator";

/** What the threads of the coordinator share. */
export interface CoordinatorState {
  readonly mutex: Mutex;
  readonly jobs: JobTable;
  readonly images: ImageManager;
  /** Physical address of the core's memory. */
  readonly tcmPaddr: number;
}

/** State of a coordinator for a core whose memory is at `tcmPaddr`. */
export function newState(mutex: Mutex, tcmPaddr: number, tcmBytes: number): CoordinatorState {
  return { mutex, jobs: new JobTable(), images: new ImageManager(tcmBytes), tcmPaddr };
}

/** The coordinator as one of its threads sees it. What changes something holds the mutex until it is done. */
export class Coordinator {
  readonly core: SpringbokDriver;
  readonly #thread: ComponentThread;
  readonly #state: CoordinatorState;
  readonly #logger: Logger;
  readonly #memory: ModelMemory;
  readonly #timer: RpcClient<typeof timerInterface>;

  constructor(thread: ComponentThread, state: CoordinatorState) {
    const csr = thread.birth.dataports["CSR"];
    if (csr === undefined) throw new RangeError(`${thread.birth.name} has no dataport "CSR"`);
    this.#thread = thread;
    this.#state = state;
    this.#logger = new Logger(thread);
    this.#memory = new ModelMemory(thread, state.images, state.tcmPaddr);
    this.#timer = new RpcClient(thread, "timer", timerInterface);
    this.core = new SpringbokDriver(thread.context, csr.address);
  }

  #locked<T>(body: () => Task<T>): Task<T> {
    return this.#state.mutex.with(this.#thread.sel4, body);
  }

  /** Runs a model once. @throws MlFailure */
  oneshot(name: ModelName): Task<void> {
    return this.#locked(() => this.#start(name));
  }

  *#start(name: ModelName): Task<void> {
    const { jobs } = this.#state;
    const model = yield* this.#ready(name);
    if (jobs.running !== model) model.output = undefined;
    jobs.enqueue(model);
    yield* this.#schedule();
  }

  /** Runs a model now and every `rateMs` milliseconds. @throws MlFailure */
  periodic(name: ModelName, rateMs: number): Task<void> {
    return this.#locked(() => this.#startPeriodic(name, rateMs));
  }

  *#startPeriodic(name: ModelName, rateMs: number): Task<void> {
    if (rateMs === 0) throw new MlFailure(MlCoordError.InvalidTimer, "a period of 0 ms");
    const known = this.#state.jobs.find(name);
    const model = yield* this.#ready(name);
    yield* this.#stopTimer(model);
    try {
      yield* this.#timer.call("Periodic", { timerId: model.index, durationMs: rateMs });
    } catch (error) {
      if (known === undefined) this.#state.jobs.remove(model);
      if (!(error instanceof RpcError)) throw error;
      throw new MlFailure(MlCoordError.InvalidTimer, error.message, { cause: error });
    }
    model.rateMs = rateMs;
    yield* this.#start(name);
  }

  /** The model of that name; one that is new is read and checked first, and remembered only when it is sound. */
  *#ready(name: ModelName): Task<Model> {
    const { jobs } = this.#state;
    const known = jobs.find(name);
    if (known !== undefined) return known;
    yield* whileLoading(() => this.#memory.validate(name));
    return jobs.add(name);
  }

  /** Forgets a model; stops it when it runs. @throws MlFailure `NoSuchModel` */
  cancel(name: ModelName): Task<void> {
    return this.#locked(() => this.#cancel(name));
  }

  *#cancel(name: ModelName): Task<void> {
    const { jobs, images } = this.#state;
    const model = jobs.get(name);
    yield* this.#stopTimer(model);
    if (jobs.running === model) this.core.reset();
    jobs.remove(model);
    images.remove(model.index);
    // Nobody is to wait for it.
    yield* emit(this.#thread, "mlcoord", model.client);
    yield* this.#schedule();
  }

  *#stopTimer(model: Model): Task<void> {
    if (model.rateMs === undefined) return;
    model.rateMs = undefined;
    try {
      yield* this.#timer.call("Cancel", model.index);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      yield* this.#logger.warn(TARGET, `cancel of the timer of ${nameOf(model)}: ${error.message}`);
    }
  }

  /** What a model's last run gave. @throws MlFailure `NoSuchModel`, `NoOutputHeader` */
  output(name: ModelName): MlOutput {
    const { output } = this.#state.jobs.get(name);
    if (output === undefined) {
      throw new MlFailure(MlCoordError.NoOutputHeader, `${nameOf(name)} has no output`);
    }
    return output;
  }

  /** Jobs of a client that ended since it last asked. */
  completedJobs(client: number): number {
    return this.#state.jobs.takeCompleted(client);
  }

  /** Puts models whose time has come into the queue. */
  timersCompleted(mask: number): Task<void> {
    return this.#locked(() => this.#queuePeriodic(mask));
  }

  *#queuePeriodic(mask: number): Task<void> {
    const { jobs } = this.#state;
    for (let index = 0; index < 32; index++) {
      const model = (mask >>> index) & 1 ? jobs.at(index) : undefined;
      if (model?.rateMs === undefined) continue;
      if (!jobs.enqueue(model)) {
        const text = `Dropping ${nameOf(model)} duplicate periodic execution.`;
        yield* this.#logger.warn(TARGET, text);
      }
    }
    yield* this.#schedule();
  }

  /**
   * The core raised an interrupt that ends a run.
   *
   * @param failure - return code of a run that did not come to its end; the model's own is taken when absent
   * @param text - for the log
   */
  runEnded(interrupt: number, failure?: MlRunFailure, text?: string): Task<void> {
    return this.#locked(() => this.#endRun(interrupt, failure, text));
  }

  *#endRun(interrupt: number, failure?: MlRunFailure, text?: string): Task<void> {
    // An interrupt of a run that was cancelled meanwhile is not there any more.
    if (!this.core.take(interrupt)) return;
    const { running } = this.#state.jobs;
    this.core.reset();
    if (running === undefined) return;
    if (text !== undefined) yield* this.#logger.error(TARGET, text);
    yield* this.#complete(
      failure === undefined ? this.#memory.output(running) : failedOutput(failure),
    );
    yield* this.#schedule();
  }

  *#complete(output: Omit<MlOutput, "jobnum">): Task<void> {
    const model = this.#state.jobs.complete(output);
    if (model === undefined) return;
    if (output.returnCode !== 0) {
      const code = `0x${output.returnCode.toString(16)}`;
      yield* this.#logger.error(TARGET, `${nameOf(model)} finished: return code ${code}`);
    }
    yield* emit(this.#thread, "mlcoord", model.client);
  }

  /** Starts the next job when the core stands; a job whose model cannot be loaded ends at once. */
  *#schedule(): Task<void> {
    const { jobs } = this.#state;
    for (;;) {
      const model = jobs.startNext();
      if (model === undefined) return;
      try {
        yield* whileLoading(() => this.#memory.load(model));
      } catch (error) {
        if (!(error instanceof MlFailure)) throw error;
        jobs.loadFailures++;
        yield* this.#logger.error(TARGET, `${nameOf(model)} not loaded: ${error.message}`);
        yield* this.#complete(failedOutput(MlRunFailure.LoadFailed));
        continue;
      }
      this.#memory.prepare(model, this.core);
      this.core.run();
      return;
    }
  }

  /** Logs what the coordinator knows. */
  *debugState(): Task<void> {
    const { jobs, images } = this.#state;
    for (const line of [...jobs.describe(), ...images.describe()]) {
      yield* this.#logger.info(TARGET, line);
    }
  }
}

/** Whatever goes wrong between the services is a model that could not be loaded. */
function* whileLoading(body: () => Task<void>): Task<void> {
  try {
    yield* body();
  } catch (error) {
    if (!(error instanceof RpcError) && !(error instanceof InvocationError)) throw error;
    throw new MlFailure(MlCoordError.LoadModelFailed, error.message, { cause: error });
  }
}
