import { MAX_MODELS, MlCoordError, type MlOutput } from "@cantrip/interfaces/ml-coordinator";
import { MlFailure } from "./ml-failure.ts";

/** Whose model it is. */
export interface ModelName {
  /** Badge of the client: models of one are nothing to another. */
  readonly client: number;
  readonly bundleId: string;
  readonly modelId: string;
}

/** A model that a client asked for. */
export interface Model extends ModelName {
  /** Slot: bit in the masks of completed jobs, and id of the timer. */
  readonly index: number;
  /** Milliseconds between runs of a periodic model. */
  rateMs: number | undefined;
  /** Number of the last run that was started. */
  jobnum: number;
  output: MlOutput | undefined;
}

/** Models, the queue of jobs, and the one that runs. Corresponds to `MLCoordinator` without the hardware. */
export class JobTable {
  readonly #models: (Model | undefined)[];
  readonly #queue: Model[] = [];
  /** Completed jobs by client. */
  readonly #completed = new Map<number, number>();
  #running: Model | undefined;
  #nextJobnum = 0;
  #alreadyQueued = 0;
  /** Runs that did not begin because the model could not be loaded. */
  loadFailures = 0;

  constructor(slots: number = MAX_MODELS) {
    this.#models = Array.from({ length: slots }, () => undefined);
  }

  get running(): Model | undefined {
    return this.#running;
  }

  find({ client, bundleId, modelId }: ModelName): Model | undefined {
    return this.#models.find(
      (model) =>
        model?.client === client && model.bundleId === bundleId && model.modelId === modelId,
    );
  }

  /** @throws MlFailure `NoSuchModel` */
  get(name: ModelName): Model {
    const model = this.find(name);
    if (model === undefined) {
      throw new MlFailure(MlCoordError.NoSuchModel, `no model ${name.bundleId}:${name.modelId}`);
    }
    return model;
  }

  /** The model of a slot. */
  at(index: number): Model | undefined {
    return this.#models[index];
  }

  /** @throws MlFailure `NoModelSlotsLeft` */
  add({ client, bundleId, modelId }: ModelName): Model {
    const index = this.#models.indexOf(undefined);
    if (index < 0) throw new MlFailure(MlCoordError.NoModelSlotsLeft, "no model slot left");
    const model: Model = {
      client,
      bundleId,
      modelId,
      index,
      rateMs: undefined,
      jobnum: 0,
      output: undefined,
    };
    this.#models[index] = model;
    return model;
  }

  /** Puts a job at the end of the queue; `false` when the model waits there already. */
  enqueue(model: Model): boolean {
    if (this.#queue.includes(model)) {
      this.#alreadyQueued++;
      return false;
    }
    this.#queue.push(model);
    return true;
  }

  /** Makes the next job the running one; `undefined` when one runs already or none waits. */
  startNext(): Model | undefined {
    if (this.#running !== undefined) return undefined;
    const model = this.#queue.shift();
    if (model === undefined) return undefined;
    model.output = undefined;
    model.jobnum = this.#nextJobnum;
    this.#nextJobnum = (this.#nextJobnum + 1) % 2 ** 32;
    this.#running = model;
    return model;
  }

  /** The running job is over: keeps what it gave and marks it completed for its client. */
  complete(output: Omit<MlOutput, "jobnum">): Model | undefined {
    const model = this.#running;
    if (model === undefined) return undefined;
    this.#running = undefined;
    model.output = { ...output, jobnum: model.jobnum };
    this.#mark(model);
    return model;
  }

  /** Forgets a model, its job in the queue and its run; counts as completed, so that nobody waits for it. */
  remove(model: Model): void {
    const queued = this.#queue.indexOf(model);
    if (queued >= 0) this.#queue.splice(queued, 1);
    if (this.#running === model) this.#running = undefined;
    this.#models[model.index] = undefined;
    this.#mark(model);
  }

  /** Completed jobs of a client since it last asked. */
  takeCompleted(client: number): number {
    const mask = this.#completed.get(client) ?? 0;
    this.#completed.delete(client);
    return mask;
  }

  /** Lines for the log: models, queue and statistics. */
  describe(): string[] {
    const models = this.#models.filter((model) => model !== undefined);
    return [
      `running: ${this.#running === undefined ? "none" : nameOf(this.#running)}`,
      ...models.map((model) => {
        const rate = model.rateMs === undefined ? "one-shot" : `every ${model.rateMs} ms`;
        return `model ${model.index}: ${nameOf(model)} client ${model.client} ${rate}`;
      }),
      `queue: ${this.#queue.map(nameOf).join(" ")}`,
      `load failures ${this.loadFailures}, already queued ${this.#alreadyQueued}`,
    ];
  }

  #mark({ client, index }: Model): void {
    const mask = (this.#completed.get(client) ?? 0) | (1 << index);
    this.#completed.set(client, mask >>> 0);
  }
}

/** A model as the log names it. */
export function nameOf({ bundleId, modelId }: Pick<ModelName, "bundleId" | "modelId">): string {
  return `${bundleId}:${modelId}`;
}
