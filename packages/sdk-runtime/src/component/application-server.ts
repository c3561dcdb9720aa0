import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import {
  keyRequest,
  logRequest,
  readKeyResponse,
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
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { AppRegistry, RegisteredApp } from "../app-registry.ts";
import { describeFault, FIRST_REQUEST_LABEL } from "../fault-report.ts";

const PARAMS_BYTES = 4096;
/** Type of a frame capability, as `seL4_DebugCapIdentify` gives it. */
const FRAME_CAP = 1;
const format = { format: "0.7" } as const;

/** What the server answers. */
interface Answer {
  readonly error: SdkRuntimeError;
  readonly reply?: Uint8Array;
}

const SUCCESS: Answer = { error: SdkRuntimeError.SDKSuccess };

/** Serves applications on one endpoint: requests with a lent page, and their faults. */
export class ApplicationServer {
  readonly #thread: ComponentThread;
  readonly #registry: AppRegistry;
  readonly #logger: Logger;
  readonly #security: RpcClient<typeof securityInterface>;
  readonly #params: CopyRegion;
  readonly #receiveSlot: number;
  readonly #endpoint: number;
  readonly #reply: number;

  /** @param receiveSlot - a free slot for the page that comes with a request */
  constructor(
    thread: ComponentThread,
    registry: AppRegistry,
    slots: { readonly endpoint: number; readonly reply: number; readonly receiveSlot: number },
  ) {
    const place = thread.birth.copyRegions["SDK_PARAMS"];
    if (place === undefined)
      throw new RangeError(`${thread.birth.name} has no copy region "SDK_PARAMS"`);
    this.#thread = thread;
    this.#registry = registry;
    this.#logger = new Logger(thread);
    this.#security = new RpcClient(thread, "security", securityInterface);
    this.#params = new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
    this.#receiveSlot = slots.receiveSlot;
    this.#endpoint = slots.endpoint;
    this.#reply = slots.reply;
  }

  /** Serves for ever. */
  *run(): Task<never> {
    const { sel4 } = this.#thread;
    this.#offerReceiveSlot();
    let info = yield* sel4.recv(this.#endpoint, this.#reply);
    for (;;) {
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
      const error = yield* this.#serve(app, label, hasPage);
      yield* this.#dropReceived(info);
      this.#offerReceiveSlot();
      info = yield* sel4.replyRecv(this.#endpoint, messageInfo(error, 0), this.#reply);
    }
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
  }

  *#serve(app: RegisteredApp | undefined, label: number, hasPage: boolean): Task<SdkRuntimeError> {
    if (app === undefined) return SdkRuntimeError.SDKInvalidBadge;
    if (!hasPage) return SdkRuntimeError.SDKMapPageFailed;
    // An application may send any capability; invoking one that is no frame could block.
    const type = yield* this.#thread.sel4.debugCapIdentify(this.#receiveSlot);
    if (type !== FRAME_CAP) return SdkRuntimeError.SDKMapPageFailed;
    try {
      yield* this.#params.map(this.#receiveSlot);
    } catch (error) {
      if (error instanceof InvocationError) return SdkRuntimeError.SDKMapPageFailed;
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
    return answer.error;
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
      default: {
        const isKnown = Object.values<number>(SdkRequest).includes(label);
        return {
          error: isKnown ? SdkRuntimeError.SDKNoPlatformSupport : SdkRuntimeError.SDKUnknownRequest,
        };
      }
    }
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
