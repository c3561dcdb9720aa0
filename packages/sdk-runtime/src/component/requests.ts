import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  exitRequest,
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelPeriodicRequest,
  readKeyResponse,
  SdkRequest,
  SdkRuntimeError,
  timerCancelRequest,
  timerStartRequest,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { securityInterface } from "@cantrip/interfaces/security";
import { codec, PostcardError, type Schema } from "@cantrip/postcard";
import type { RegisteredApp } from "../app-registry.ts";
import { type Answer, refused, SUCCESS } from "./answer.ts";
import type { LogRequests } from "./log-requests.ts";
import { completedReply, type ModelRequests } from "./model-requests.ts";
import type { SdkRuntimeState } from "./runtime-state.ts";
import type { TimerRequests } from "./timer-requests.ts";

const format = { format: "0.7" } as const;

/** A request: who asks, and what the page holds. */
type Handler = (app: RegisteredApp, request: Uint8Array) => Task<Answer> | Answer;

/** A handler of a request with contents. */
function taking<T>(
  schema: Schema<T>,
  handle: (app: RegisteredApp, value: T) => Task<Answer> | Answer,
): Handler {
  const contents = codec(schema, format);
  return (app, request) => handle(app, contents.decode(request));
}

/** What serves the requests; timers and models are absent where the system has none. */
interface Services {
  readonly logs: LogRequests;
  readonly timers: TimerRequests | undefined;
  readonly models: ModelRequests | undefined;
}

/** The requests of applications, by label. */
export class Requests {
  readonly #handlers: ReadonlyMap<number, Handler>;

  constructor(thread: ComponentThread, state: SdkRuntimeState, services: Services) {
    const { sel4 } = thread;
    const { logs, timers, models } = services;
    this.#handlers = new Map<number, Handler>([
      [SdkRequest.Ping, () => SUCCESS],
      [SdkRequest.Log, taking(logRequest, (app, { msg }) => logs.log(app, msg))],
      ...keyHandlers(thread),
      ...(timers === undefined ? [] : timerHandlers(timers)),
      ...(models === undefined ? [] : modelHandlers(models)),
      [
        SdkRequest.Exit,
        taking(exitRequest, function* ({ appId }, { code }): Task<Answer> {
          yield* state.ends.add(sel4, appId, { type: "Exited", value: code });
          return { ...SUCCESS, hasEnded: true };
        }),
      ],
    ]);
  }

  /** Serves a request. */
  *serve(app: RegisteredApp, label: number, request: Uint8Array): Task<Answer> {
    const handler = this.#handlers.get(label);
    if (handler === undefined) {
      const isKnown = Object.values<number>(SdkRequest).includes(label);
      return refused(
        isKnown ? SdkRuntimeError.SDKNoPlatformSupport : SdkRuntimeError.SDKUnknownRequest,
      );
    }
    try {
      const answer = handler(app, request);
      return "error" in answer ? answer : yield* answer;
    } catch (error) {
      if (error instanceof PostcardError) return refused(SdkRuntimeError.SDKDeserializeFailed);
      throw error;
    }
  }
}

function keyHandlers(thread: ComponentThread): [number, Handler][] {
  const security = new RpcClient(thread, "security", securityInterface);
  const replyCodec = codec(readKeyResponse, format);
  return [
    [
      SdkRequest.ReadKey,
      taking(keyRequest, function* ({ appId: bundleId }, { key }): Task<Answer> {
        try {
          const { value } = yield* security.call("ReadKey", { bundleId, key });
          return { ...SUCCESS, reply: replyCodec.encode({ value }) };
        } catch (error) {
          return failed(error, SdkRuntimeError.SDKReadKeyFailed);
        }
      }),
    ],
    [
      SdkRequest.WriteKey,
      taking(writeKeyRequest, function* ({ appId: bundleId }, { key, value }): Task<Answer> {
        try {
          yield* security.call("WriteKey", { bundleId, key, value });
          return SUCCESS;
        } catch (error) {
          return failed(error, SdkRuntimeError.SDKWriteKeyFailed);
        }
      }),
    ],
    [
      SdkRequest.DeleteKey,
      taking(keyRequest, function* ({ appId: bundleId }, { key }): Task<Answer> {
        try {
          yield* security.call("DeleteKey", { bundleId, key });
          return SUCCESS;
        } catch (error) {
          return failed(error, SdkRuntimeError.SDKDeleteKeyFailed);
        }
      }),
    ],
  ];
}

function failed(error: unknown, code: SdkRuntimeError): Answer {
  if (error instanceof RpcError) return refused(code);
  throw error;
}

function timerHandlers(timers: TimerRequests): [number, Handler][] {
  return [
    [
      SdkRequest.OneshotTimer,
      taking(timerStartRequest, (app, timer) => timers.oneshot(app, timer)),
    ],
    [
      SdkRequest.PeriodicTimer,
      taking(timerStartRequest, (app, timer) => timers.periodic(app, timer)),
    ],
    [SdkRequest.CancelTimer, taking(timerCancelRequest, (app, { id }) => timers.cancel(app, id))],
    [SdkRequest.WaitForTimers, (app) => timers.wait(app)],
    [SdkRequest.PollForTimers, (app) => timers.poll(app)],
  ];
}

function modelHandlers(models: ModelRequests): [number, Handler][] {
  return [
    [
      SdkRequest.OneshotModel,
      taking(modelOneshotRequest, (app, { modelId }) => models.start(app, modelId)),
    ],
    [
      SdkRequest.PeriodicModel,
      taking(modelPeriodicRequest, (app, { modelId, durationMs }) =>
        models.start(app, modelId, durationMs),
      ),
    ],
    [SdkRequest.CancelModel, taking(modelIdRequest, (app, { id }) => models.cancel(app, id))],
    [SdkRequest.WaitForModel, (app) => models.wait(app)],
    [
      SdkRequest.PollForModels,
      function* (app): Task<Answer> {
        return { ...SUCCESS, reply: completedReply(yield* models.completed(app)) };
      },
    ],
    [SdkRequest.GetModelOutput, taking(modelIdRequest, (app, { id }) => models.output(app, id))],
  ];
}
