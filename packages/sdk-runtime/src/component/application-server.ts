import { type ComponentThread, MemoryClient, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import {
  exitRequest,
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelPeriodicRequest,
  readKeyResponse,
  SDK_MODEL_ID,
  SDK_REQUEST_BYTES,
  SdkRequest,
  SdkRuntimeError,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { securityInterface } from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import { codec, decodeUtf8, PostcardError, type Schema } from "@cantrip/postcard";
import {
  InvocationError,
  messageExtraCaps,
  messageInfo,
  messageLabel,
  messageLength,
} from "@cantrip/sel4-sys";
import { OutOfSlotsError, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { type AppRegistry, FIRST_APP_BADGE, type RegisteredApp } from "../app-registry.ts";
import { describeFault, FIRST_REQUEST_LABEL } from "../fault-report.ts";
import { type Answer, SUCCESS } from "./answer.ts";
import type { ApplicationEnds } from "./application-ends.ts";
import {
  type AppModels,
  completedReply,
  modelRequests,
  type ModelRequests,
} from "./model-requests.ts";

const PARAMS_BYTES = 4096;
/** Longest fault message of this kernel: an unknown system call's. */
const MAX_FAULT_WORDS = 13;
/** Type of a frame capability, as `seL4_DebugCapIdentify` gives it. */
const FRAME_CAP = 1;
const format = { format: "0.7" } as const;
const NO_PAGE: Answer = { error: SdkRuntimeError.SDKMapPageFailed };

const MODEL_REQUESTS: readonly number[] = [
  SdkRequest.OneshotModel,
  SdkRequest.PeriodicModel,
  SdkRequest.CancelModel,
  SdkRequest.WaitForModel,
  SdkRequest.PollForModels,
  SdkRequest.GetModelOutput,
];

/** An application whose call returns when its model has completed. */
interface Waiter {
  readonly app: RegisteredApp;
  /** Reply object of its call. */
  readonly reply: number;
}

/** What the server shares with the manager of endpoints. */
interface Served {
  readonly registry: AppRegistry;
  readonly models: AppModels;
  readonly ends: ApplicationEnds;
}

/** Serves applications on one endpoint: requests with a lent page, and their faults. */
export class ApplicationServer {
  readonly #thread: ComponentThread;
  readonly #registry: AppRegistry;
  readonly #ends: ApplicationEnds;
  readonly #logger: Logger;
  readonly #security: RpcClient<typeof securityInterface>;
  readonly #params: CopyRegion;
  readonly #receiveSlot: number;
  readonly #endpoint: number;
  /** Absent where the system has no ML coordinator. */
  readonly #models: ModelRequests | undefined;
  readonly #firstReply: number;
  /** Reply object of the next call. */
  #reply: number;
  #waiters: Waiter[] = [];
  /** A reply object for the call after one that is to be deferred. */
  #spareReply: number | undefined;

  /** @param receiveSlot - a free slot for the page that comes with a request */
  constructor(
    thread: ComponentThread,
    { registry, models, ends }: Served,
    slots: { readonly endpoint: number; readonly reply: number; readonly receiveSlot: number },
  ) {
    const place = thread.birth.copyRegions["SDK_PARAMS"];
    if (place === undefined)
      throw new RangeError(`${thread.birth.name} has no copy region "SDK_PARAMS"`);
    this.#thread = thread;
    this.#registry = registry;
    this.#ends = ends;
    this.#logger = new Logger(thread);
    this.#security = new RpcClient(thread, "security", securityInterface);
    this.#params = new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
    this.#receiveSlot = slots.receiveSlot;
    this.#endpoint = slots.endpoint;
    this.#firstReply = slots.reply;
    this.#reply = slots.reply;
    this.#models = modelRequests(thread, models);
  }

  /** Serves for ever. */
  *run(): Task<never> {
    const { sel4 } = this.#thread;
    this.#offerReceiveSlot();
    let info = yield* sel4.recv(this.#endpoint, this.#reply);
    for (;;) {
      if (sel4.badge < FIRST_APP_BADGE) {
        if (this.#models !== undefined) yield* this.#wakeWaiters(this.#models);
        this.#offerReceiveSlot();
        info = yield* sel4.recv(this.#endpoint, this.#reply);
        continue;
      }
      const app = this.#registry.find(sel4.badge);
      const label = messageLabel(info);
      if (label < FIRST_REQUEST_LABEL) {
        // A fault is never answered: the application stays stopped.
        yield* this.#reportFault(app, label, messageLength(info));
        yield* this.#dropReceived(info);
        this.#offerReceiveSlot();
        info = yield* sel4.recv(this.#endpoint, this.#reply);
        continue;
      }
      const hasPage = messageExtraCaps(info) > 0;
      const { error, isDeferred, hasEnded } = yield* this.#serve(app, label, hasPage);
      yield* this.#dropReceived(info);
      if (hasEnded === true) {
        this.#offerReceiveSlot();
        info = yield* sel4.recv(this.#endpoint, this.#reply);
        continue;
      }
      if (app !== undefined && isDeferred === true) this.#defer(app);
      this.#offerReceiveSlot();
      info =
        isDeferred === true
          ? yield* sel4.recv(this.#endpoint, this.#reply)
          : yield* sel4.replyRecv(this.#endpoint, messageInfo(error, 0), this.#reply);
    }
  }

  /** Keeps the call that is being served; later ones use another reply object. */
  #defer(app: RegisteredApp): void {
    this.#waiters.push({ app, reply: this.#reply });
    if (this.#spareReply === undefined)
      throw new Error("a call was deferred without a spare reply object");
    this.#reply = this.#spareReply;
    this.#spareReply = undefined;
  }

  /** Makes sure that a call can be deferred; `false` when there is no memory for it. */
  *#hasSpareReply(): Task<boolean> {
    if (this.#spareReply !== undefined) return true;
    const { objectType } = this.#thread.runtime.config;
    try {
      const memory = new MemoryClient(this.#thread);
      const bundle = yield* memory.allocInToplevel([{ type: objectType.reply, count: 1 }]);
      this.#spareReply = bundle.objs[0]?.cptr;
      return true;
    } catch (error) {
      if (error instanceof RpcError || error instanceof OutOfSlotsError) return false;
      throw error;
    }
  }

  /** Takes those out of the list for whom `isOver` holds, answers them, and frees their reply objects. */
  *#endWaits(isOver: (waiter: Waiter) => Task<boolean>): Task<void> {
    const { sel4, birth, runtime } = this.#thread;
    for (const waiter of [...this.#waiters]) {
      if (!(yield* isOver(waiter))) continue;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      yield* sel4.send(waiter.reply, messageInfo(SdkRuntimeError.SDKSuccess, 0));
      let unused = waiter.reply;
      if (unused === this.#firstReply) {
        // It was made for good: the one that took its place goes. No call hangs on that one while the server is here.
        unused = this.#reply;
        this.#reply = this.#firstReply;
      }
      yield* new MemoryClient(this.#thread).freeToplevel({
        cnode: birth.selfCNode,
        depth: TOP_LEVEL_DEPTH,
        objs: [{ type: runtime.config.objectType.reply, count: 1, cptr: unused }],
      });
    }
  }

  /** The ML coordinator signalled: answers those whose model has completed, and forgets those who are gone. */
  *#wakeWaiters(models: ModelRequests): Task<void> {
    const registry = this.#registry;
    yield* this.#endWaits(function* ({ app }) {
      return registry.find(app.badge) !== app || (yield* models.completed(app)) !== 0;
    });
  }

  #offerReceiveSlot(): void {
    const { sel4, birth } = this.#thread;
    sel4.setReceivePath(birth.selfCNode, this.#receiveSlot, TOP_LEVEL_DEPTH);
  }

  *#dropReceived(info: number): Task<void> {
    if (messageExtraCaps(info) === 0) return;
    const { sel4, birth } = this.#thread;
    yield* sel4.cnode.delete({
      root: birth.selfCNode,
      index: this.#receiveSlot,
      depth: TOP_LEVEL_DEPTH,
    });
  }

  *#reportFault(app: RegisteredApp | undefined, label: number, length: number): Task<void> {
    const { sel4 } = this.#thread;
    const registers = Array.from({ length }, (_, index) => sel4.messageRegister(index));
    const name = app?.appId ?? `badge ${sel4.badge}`;
    for (const { target, text } of describeFault(name, label, registers))
      yield* this.#logger.error(target, text);
    if (app !== undefined) {
      const value = { label, words: registers.slice(0, MAX_FAULT_WORDS) };
      yield* this.#ends.add(sel4, app.appId, { type: "Faulted", value });
    }
  }

  *#serve(app: RegisteredApp | undefined, label: number, hasPage: boolean): Task<Answer> {
    if (app === undefined) return { error: SdkRuntimeError.SDKInvalidBadge };
    if (!hasPage) return NO_PAGE;
    // An application may send any capability; invoking one that is no frame could block.
    const type = yield* this.#thread.sel4.debugCapIdentify(this.#receiveSlot);
    if (type !== FRAME_CAP) return NO_PAGE;
    try {
      yield* this.#params.map(this.#receiveSlot);
    } catch (error) {
      if (error instanceof InvocationError) return NO_PAGE;
      throw error;
    }
    const request = new Uint8Array(SDK_REQUEST_BYTES);
    this.#params.read(0, request);
    const answer = yield* this.#answer(app, label, request);
    if (answer.reply !== undefined && answer.reply.length <= PARAMS_BYTES - SDK_REQUEST_BYTES) {
      this.#params.write(SDK_REQUEST_BYTES, answer.reply);
    }
    try {
      yield* this.#params.unmap();
    } catch (error) {
      // Whoever lent the page took it away meanwhile, and the mapping with it.
      if (!(error instanceof InvocationError)) throw error;
      this.#params.forget();
    }
    return answer;
  }

  *#answer(app: RegisteredApp, label: number, request: Uint8Array): Task<Answer> {
    try {
      return yield* this.#dispatch(app, label, request);
    } catch (error) {
      if (error instanceof PostcardError) return { error: SdkRuntimeError.SDKDeserializeFailed };
      throw error;
    }
  }

  *#dispatch(app: RegisteredApp, label: number, request: Uint8Array): Task<Answer> {
    const decode = <T>(schema: Schema<T>): T => codec(schema, format).decode(request);
    switch (label) {
      case SdkRequest.Ping:
        return SUCCESS;
      case SdkRequest.Log: {
        const text = decodeUtf8(decode(logRequest).msg);
        if (text === undefined) return { error: SdkRuntimeError.SDKInvalidString };
        yield* this.#logger.info(`[${app.appId}]`, text);
        return SUCCESS;
      }
      case SdkRequest.ReadKey: {
        const { key } = decode(keyRequest);
        return yield* this.#keyRequest(SdkRuntimeError.SDKReadKeyFailed, () =>
          this.#readKey(app, key),
        );
      }
      case SdkRequest.WriteKey: {
        const { key, value } = decode(writeKeyRequest);
        return yield* this.#keyRequest(SdkRuntimeError.SDKWriteKeyFailed, () =>
          this.#writeKey(app, key, value),
        );
      }
      case SdkRequest.DeleteKey: {
        const { key } = decode(keyRequest);
        return yield* this.#keyRequest(SdkRuntimeError.SDKDeleteKeyFailed, () =>
          this.#deleteKey(app, key),
        );
      }
      case SdkRequest.Exit: {
        const { code } = decode(exitRequest);
        yield* this.#ends.add(this.#thread.sel4, app.appId, { type: "Exited", value: code });
        return { ...SUCCESS, hasEnded: true };
      }
      default: {
        if (MODEL_REQUESTS.includes(label) && this.#models !== undefined)
          return yield* this.#modelRequest(app, label, request, this.#models);
        const isKnown = Object.values<number>(SdkRequest).includes(label);
        return {
          error: isKnown ? SdkRuntimeError.SDKNoPlatformSupport : SdkRuntimeError.SDKUnknownRequest,
        };
      }
    }
  }

  *#modelRequest(
    app: RegisteredApp,
    label: number,
    request: Uint8Array,
    models: ModelRequests,
  ): Task<Answer> {
    const decode = <T>(schema: Schema<T>): T => codec(schema, format).decode(request);
    switch (label) {
      case SdkRequest.OneshotModel:
        return yield* models.start(app, decode(modelOneshotRequest).modelId);
      case SdkRequest.PeriodicModel: {
        const { modelId, durationMs } = decode(modelPeriodicRequest);
        return yield* models.start(app, modelId, durationMs);
      }
      case SdkRequest.CancelModel:
        return yield* models.cancel(app, decode(modelIdRequest).id);
      case SdkRequest.PollForModels:
        return { ...SUCCESS, reply: completedReply(yield* models.completed(app)) };
      case SdkRequest.WaitForModel:
        return yield* this.#waitForModel(app, models);
      default:
        return yield* models.output(app, decode(modelIdRequest).id);
    }
  }

  *#waitForModel(app: RegisteredApp, models: ModelRequests): Task<Answer> {
    const mask = yield* models.completed(app);
    if (mask !== 0 || !models.isActive(app)) return { ...SUCCESS, reply: completedReply(mask) };
    if (!(yield* this.#hasSpareReply())) return { error: SdkRuntimeError.SDKOutOfResources };
    // There is one thing that can complete: the page can say so before it has.
    return { ...SUCCESS, reply: completedReply(2 ** SDK_MODEL_ID), isDeferred: true };
  }

  *#keyRequest(failure: SdkRuntimeError, body: () => Task<Answer>): Task<Answer> {
    try {
      return yield* body();
    } catch (error) {
      if (error instanceof RpcError) return { error: failure };
      throw error;
    }
  }

  *#readKey(app: RegisteredApp, key: string): Task<Answer> {
    const { value } = yield* this.#security.call("ReadKey", { bundleId: app.appId, key });
    return {
      error: SdkRuntimeError.SDKSuccess,
      reply: codec(readKeyResponse, format).encode({ value }),
    };
  }

  *#writeKey(app: RegisteredApp, key: string, value: Uint8Array): Task<Answer> {
    yield* this.#security.call("WriteKey", { bundleId: app.appId, key, value });
    return SUCCESS;
  }

  *#deleteKey(app: RegisteredApp, key: string): Task<Answer> {
    yield* this.#security.call("DeleteKey", { bundleId: app.appId, key });
    return SUCCESS;
  }
}
