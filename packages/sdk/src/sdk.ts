import type { Task, UserContext } from "@cantrip/hosted";
import {
  exitRequest,
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelOutputResponse,
  modelPeriodicRequest,
  modelStartResponse,
  modelWaitResponse,
  readKeyResponse,
  SDK_REQUEST_BYTES,
  SdkRequest,
  type SdkRuntimeError,
  timerCancelRequest,
  timerStartRequest,
  timerWaitResponse,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import type { MlOutput } from "@cantrip/interfaces/ml-coordinator";
import { codec, encodeUtf8, type Schema } from "@cantrip/postcard";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo, messageLabel, SeL4 } from "@cantrip/sel4-sys";
import { SdkError } from "./sdk-error.ts";

const PARAMS_BYTES = 4096;
const format = { format: "0.7" } as const;
/** Registers in which the process manager tells an application what it has. */
const Register = { a0: 10, a1: 11, a2: 12, a3: 13 } as const;

/** What an application is started with. */
export interface SdkStart {
  /** Virtual address of the IPC buffer. */
  readonly ipcBuffer: number;
  /** Slot of the endpoint of the SDK runtime. */
  readonly endpoint: number;
  /** Slot of the page that is lent with each request. */
  readonly frame: number;
  /** Virtual address of that page. */
  readonly params: number;
}

/** Reads what the process manager put into the registers of a fresh thread. */
export function sdkStart(context: UserContext): SdkStart {
  return {
    ipcBuffer: context.register(Register.a0),
    endpoint: context.register(Register.a1),
    frame: context.register(Register.a2),
    params: context.register(Register.a3),
  };
}

/** Requests of an application to the SDK runtime. They throw {@link SdkError} when they are refused. */
export class Sdk {
  /** System calls of the application's thread. */
  readonly sel4: SeL4;
  /** Its registers and memory. */
  readonly context: UserContext;
  /** What the application was started with. */
  readonly start: SdkStart;

  constructor(context: UserContext, start: SdkStart) {
    this.context = context;
    this.start = start;
    this.sel4 = new SeL4(context, cantrip, start.ipcBuffer);
  }

  /** Asks whether the runtime knows this application. */
  ping(): Task<void> {
    return this.#tell("Ping");
  }

  /** Logs a text; the console shows `[application]::text`. */
  log(text: string): Task<void> {
    return this.#tell("Log", logRequest, { msg: encodeUtf8(text) });
  }

  /** The value of one of the application's keys: 100 bytes, padded with zeros. */
  *readKey(key: string): Task<Uint8Array> {
    return (yield* this.#ask("ReadKey", readKeyResponse, keyRequest, { key })).value;
  }

  /** Keeps a value of at most 100 bytes. */
  writeKey(key: string, value: Uint8Array): Task<void> {
    return this.#tell("WriteKey", writeKeyRequest, { key, value });
  }

  /** Forgets a key; one that is not there is no error. */
  deleteKey(key: string): Task<void> {
    return this.#tell("DeleteKey", keyRequest, { key });
  }

  /** Starts a timer that expires once. @param id - 0..30 */
  timerOneshot(id: number, durationMs: number): Task<void> {
    return this.#tell("OneshotTimer", timerStartRequest, { id, durationMs });
  }

  /** Starts a timer that expires every `durationMs` milliseconds, at least 1. @param id - 0..30 */
  timerPeriodic(id: number, durationMs: number): Task<void> {
    return this.#tell("PeriodicTimer", timerStartRequest, { id, durationMs });
  }

  /** Stops a timer. That it has expired before is still told. */
  timerCancel(id: number): Task<void> {
    return this.#tell("CancelTimer", timerCancelRequest, { id });
  }

  /** Waits until a timer expires: its bit of the mask is set. The mask is 0 at once when no timer is running. */
  *timerWait(): Task<number> {
    return (yield* this.#ask("WaitForTimers", timerWaitResponse)).mask;
  }

  /** The timers that expired since they were last asked for, without waiting. */
  *timerPoll(): Task<number> {
    return (yield* this.#ask("PollForTimers", timerWaitResponse)).mask;
  }

  /** Runs a model once; returns its id. An application has one model at a time. */
  *modelOneshot(modelId: string): Task<number> {
    const request = { modelId };
    return (yield* this.#ask("OneshotModel", modelStartResponse, modelOneshotRequest, request)).id;
  }

  /** Runs a model now and every `durationMs` milliseconds; returns its id. */
  *modelPeriodic(modelId: string, durationMs: number): Task<number> {
    const request = { modelId, durationMs };
    return (yield* this.#ask("PeriodicModel", modelStartResponse, modelPeriodicRequest, request))
      .id;
  }

  /** Stops the application's model and forgets it. */
  modelCancel(id: number): Task<void> {
    return this.#tell("CancelModel", modelIdRequest, { id });
  }

  /** Waits until a run completes: bit `id` of the mask is set. The mask is 0 at once when nothing is to be expected. */
  *modelWait(): Task<number> {
    return (yield* this.#ask("WaitForModel", modelWaitResponse)).mask;
  }

  /** The same without waiting. */
  *modelPoll(): Task<number> {
    return (yield* this.#ask("PollForModels", modelWaitResponse)).mask;
  }

  /** The output of the last run. */
  *modelOutput(id: number): Task<MlOutput> {
    const request = { id };
    return (yield* this.#ask("GetModelOutput", modelOutputResponse, modelIdRequest, request))
      .output;
  }

  /** Ends the application; its state is `Exited` with this code, of one byte. */
  *exit(code: number): Task<never> {
    yield* this.request(SdkRequest.Exit, codec(exitRequest, format).encode({ code: code & 0xff }));
    // A runtime that does not know the request answers: CantripOS's applications spin.
    for (;;) yield* this.sel4.yield();
  }

  /** Writes to the kernel's debug console. */
  *debugPrint(text: string): Task<void> {
    for (const byte of encodeUtf8(text)) yield* this.sel4.debugPutChar(byte);
  }

  /**
   * Any request.
   *
   * @param bytes - what is put into the first half of the page
   * @returns the label of the answer
   */
  *request(label: number, bytes: Uint8Array): Task<number> {
    const { params, frame, endpoint } = this.start;
    this.context.copyOut(params, bytes);
    this.context.fill(params + SDK_REQUEST_BYTES, PARAMS_BYTES - SDK_REQUEST_BYTES, 0);
    this.sel4.setCap(0, frame);
    return messageLabel(yield* this.sel4.call(endpoint, messageInfo(label, 0, 1)));
  }

  /** What the answer to the last request has left in the second half of the page. */
  reply(): Uint8Array {
    const bytes = new Uint8Array(PARAMS_BYTES - SDK_REQUEST_BYTES);
    this.context.copyIn(this.start.params + SDK_REQUEST_BYTES, bytes);
    return bytes;
  }

  *#tell<T>(name: keyof typeof SdkRequest, schema?: Schema<T>, value?: T): Task<void> {
    const bytes =
      schema === undefined ? new Uint8Array() : codec(schema, format).encode(value as T);
    const code = yield* this.request(SdkRequest[name], bytes);
    if (code !== 0) throw new SdkError(name, code as SdkRuntimeError);
  }

  *#ask<R, T = undefined>(
    name: keyof typeof SdkRequest,
    reply: Schema<R>,
    schema?: Schema<T>,
    value?: T,
  ): Task<R> {
    yield* this.#tell(name, schema, value);
    return codec(reply, format).decode(this.reply());
  }
}
