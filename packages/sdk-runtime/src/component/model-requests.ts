import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { MlCoordError, mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import {
  modelOutputResponse,
  modelStartResponse,
  modelWaitResponse,
  SDK_MODEL_ID,
  SdkRuntimeError,
} from "@cantrip/interfaces/sdk";
import { codec } from "@cantrip/postcard";
import type { AppRegistry, RegisteredApp } from "../app-registry.ts";
import { type Answer, SUCCESS } from "./answer.ts";

/** The model of an application: the last one that it started. */
interface AppModel {
  readonly modelId: string;
  readonly isPeriodic: boolean;
  /** More runs will complete. */
  isActive: boolean;
  /** Number of the last run whose completion the application was told of. */
  lastJobnum: number | undefined;
}

/** Models by the badge of their application. */
export type AppModels = Map<number, AppModel>;

const format = { format: "0.7" } as const;
const COMPLETED_MASK = 2 ** SDK_MODEL_ID;

const ERRORS: Readonly<Partial<Record<MlCoordError, SdkRuntimeError>>> = {
  [MlCoordError.InvalidImage]: SdkRuntimeError.SDKLoadModelFailed,
  [MlCoordError.InvalidTimer]: SdkRuntimeError.SDKInvalidTimer,
  [MlCoordError.LoadModelFailed]: SdkRuntimeError.SDKLoadModelFailed,
  [MlCoordError.NoModelSlotsLeft]: SdkRuntimeError.SDKOutOfResources,
  [MlCoordError.NoSuchModel]: SdkRuntimeError.SDKNoSuchModel,
  [MlCoordError.NoOutputHeader]: SdkRuntimeError.SDKNoModelOutput,
  [MlCoordError.SerializeError]: SdkRuntimeError.SDKSerializeFailed,
  [MlCoordError.DeserializeError]: SdkRuntimeError.SDKDeserializeFailed,
};

/** What is written to an application's page when its model has completed. */
export function completedReply(mask: number): Uint8Array {
  return codec(modelWaitResponse, format).encode({ mask });
}

/**
 * Requests of applications about models, in the name of the application: its id is the bundle id.
 *
 * An application has one model at a time. The coordinator's mask of jobs does not tell whose job it was, so completion is
 * read off the model's output.
 */
export class ModelRequests {
  readonly #models: AppModels;
  readonly #registry: AppRegistry;
  readonly #coordinator: RpcClient<typeof mlCoordinatorInterface>;

  constructor(thread: ComponentThread, models: AppModels, registry: AppRegistry) {
    this.#models = models;
    this.#registry = registry;
    this.#coordinator = new RpcClient(thread, "mlcoord", mlCoordinatorInterface);
  }

  /** Starts a model. @param rateMs - of a periodic model */
  *start(app: RegisteredApp, modelId: string, rateMs?: number): Task<Answer> {
    const { appId, badge, models } = app;
    // Models that its manifest does not name do not exist for it.
    if (models?.has(modelId) === false) return { error: SdkRuntimeError.SDKNoSuchModel };
    const previous = this.#models.get(badge);
    if (previous?.isActive === true) return { error: SdkRuntimeError.SDKOutOfResources };
    const model = { bundleId: appId, modelId };
    try {
      if (previous !== undefined && previous.modelId !== modelId) yield* this.#forget(appId, badge);
      if (rateMs === undefined) yield* this.#coordinator.call("Oneshot", model);
      else yield* this.#coordinator.call("Periodic", { ...model, rateMs });
    } catch (error) {
      return refusal(error);
    }
    this.#models.set(badge, {
      modelId,
      isPeriodic: rateMs !== undefined,
      isActive: true,
      lastJobnum: undefined,
    });
    // It may have gone while the coordinator answered.
    if (!this.#registry.isRegistered(app)) {
      yield* this.release(app);
      return { error: SdkRuntimeError.SDKInvalidBadge };
    }
    const reply = codec(modelStartResponse, format).encode({ id: SDK_MODEL_ID });
    return { ...SUCCESS, reply };
  }

  *cancel({ appId, badge }: RegisteredApp, id: number): Task<Answer> {
    if (id !== SDK_MODEL_ID) return { error: SdkRuntimeError.SDKNoSuchModel };
    try {
      yield* this.#forget(appId, badge);
    } catch (error) {
      return refusal(error);
    }
    return SUCCESS;
  }

  *output({ appId, badge }: RegisteredApp, id: number): Task<Answer> {
    const model = this.#models.get(badge);
    if (id !== SDK_MODEL_ID || model === undefined)
      return { error: SdkRuntimeError.SDKNoSuchModel };
    try {
      const output = yield* this.#coordinator.call("GetOutput", {
        bundleId: appId,
        modelId: model.modelId,
      });
      return { ...SUCCESS, reply: codec(modelOutputResponse, format).encode(output) };
    } catch (error) {
      return refusal(error);
    }
  }

  /** Whether runs of the application's model are to be expected. */
  isActive({ badge }: RegisteredApp): boolean {
    return this.#models.get(badge)?.isActive === true;
  }

  /** The mask of models that completed since it was last asked for: bit 31 or nothing. */
  *completed({ appId, badge }: RegisteredApp): Task<number> {
    const model = this.#models.get(badge);
    if (model?.isActive !== true) return 0;
    let jobnum: number;
    try {
      const { modelId } = model;
      const { output } = yield* this.#coordinator.call("GetOutput", { bundleId: appId, modelId });
      jobnum = output.jobnum;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return 0;
    }
    if (jobnum === model.lastJobnum) return 0;
    model.lastJobnum = jobnum;
    if (!model.isPeriodic) model.isActive = false;
    return COMPLETED_MASK;
  }

  /** The mask, or that there is one to wait for. */
  *wait(app: RegisteredApp): Task<Answer> {
    const mask = yield* this.completed(app);
    if (mask === 0 && this.isActive(app)) return { ...SUCCESS, awaits: "model" };
    return { ...SUCCESS, reply: completedReply(mask) };
  }

  /** Stops what an application that is gone has left behind. */
  *release({ appId, badge }: RegisteredApp): Task<void> {
    try {
      yield* this.#forget(appId, badge);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
  }

  *#forget(appId: string, badge: number): Task<void> {
    const model = this.#models.get(badge);
    if (model === undefined) return;
    this.#models.delete(badge);
    yield* this.#coordinator.call("Cancel", { bundleId: appId, modelId: model.modelId });
  }
}

/** The requests about models, where the system has an ML coordinator. */
export function modelRequests(
  thread: ComponentThread,
  models: AppModels,
  registry: AppRegistry,
): ModelRequests | undefined {
  if (thread.birth.clients["mlcoord"] === undefined) return undefined;
  return new ModelRequests(thread, models, registry);
}

function refusal(error: unknown): Answer {
  if (!(error instanceof RpcError)) throw error;
  const known = ERRORS[error.code as MlCoordError];
  return { error: known ?? SdkRuntimeError.SDKUnknownResponse };
}
