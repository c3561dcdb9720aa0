import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import {
  type ComponentDefinition,
  type ComponentThread,
  MemoryClient,
  type Mutex,
  ReplyWithCap,
  RpcClient,
  RpcError,
  RpcFailure,
  serve,
  waitNotification,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import {
  keyRequest,
  logRequest,
  readKeyResponse,
  SDK_REQUEST_BYTES,
  SdkRequest,
  SdkRuntimeError,
  timerCancelRequest,
  timerStartRequest,
  timerWaitResponse,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { sdkManagerInterface, SdkManagerError } from "@cantrip/interfaces/sdk-manager";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { Logger } from "@cantrip/logger";
import { codec, decodeUtf8 } from "@cantrip/postcard";
import { CapRights, messageExtraCaps, messageInfo, messageLabel } from "@cantrip/sel4-sys";

const format = { format: "0.7" } as const;
const DEPTH = 32;
const VALUE_BYTES = 100;
const FIRST_REQUEST_LABEL = 64;
const TIMERS = 32;
const RIGHTS = CapRights.Write | CapRights.Grant | CapRights.GrantReply;

interface App {
  readonly appId: string;
  /** Ids of its timers to those of the timer service, which are there once for all applications. */
  readonly timers: Map<number, { readonly global: number; readonly isPeriodic: boolean }>;
}

/** What both threads share behind one mutex, which is held while an application waits. */
interface State {
  readonly mutex: Mutex;
  readonly apps: Map<number, App>;
  readonly taken: Set<number>;
  pending: number;
  endpoint: number;
  reply: number;
}

/** An assertion of the original's failed: it prints, and spins. */
class Panic extends Error {
  override readonly name = "Panic";
}

class Server {
  readonly #thread: ComponentThread;
  readonly #state: State;
  readonly #security: RpcClient<typeof securityInterface>;
  readonly #timer: RpcClient<typeof timerInterface>;

  constructor(thread: ComponentThread, state: State) {
    this.#thread = thread;
    this.#state = state;
    this.#security = new RpcClient(thread, "security", securityInterface);
    this.#timer = new RpcClient(thread, "timer", timerInterface);
  }

  *run(): Task<void> {
    const { sel4, birth, runtime } = this.#thread;
    const { endpoint, reply, mutex, apps } = this.#state;
    const logger = new Logger(this.#thread);
    const slot = runtime.slots.alloc() ?? 0;
    const address = birth.copyRegions["SDK_PARAMS"]?.address ?? 0;
    const region = new CopyRegion(sel4, birth.selfVSpaceRoot, address);
    let error: number | undefined;
    for (;;) {
      sel4.setReceivePath(birth.selfCNode, slot, DEPTH);
      const info =
        error === undefined
          ? yield* sel4.recv(endpoint, reply)
          : yield* sel4.replyRecv(endpoint, messageInfo(error, 0), reply);
      const label = messageLabel(info);
      const { badge } = sel4;
      error = undefined;
      if (label < FIRST_REQUEST_LABEL) {
        // The process manager is not told.
        yield* logger.error("", `Fault tag ${label} from ${badge}`);
        continue;
      }
      try {
        if (messageExtraCaps(info) === 0) {
          // As its conversion of errors has it.
          error = SdkRuntimeError.SDKDeleteKeyFailed;
          continue;
        }
        yield* region.map(slot);
        const request = new Uint8Array(SDK_REQUEST_BYTES);
        region.read(0, request);
        const served = yield* mutex.with(sel4, () => this.#serve(apps.get(badge), label, request));
        error = served.error;
        if (served.reply !== undefined) region.write(SDK_REQUEST_BYTES, served.reply);
        yield* region.unmap();
        yield* sel4.cnode.delete({ root: birth.selfCNode, index: slot, depth: DEPTH });
      } catch (thrown) {
        if (!(thrown instanceof Panic)) throw thrown;
        yield* logger.error("cantrip_sdk_runtime", `panicked: ${thrown.message}`);
        return;
      }
    }
  }

  *#serve(
    app: App | undefined,
    label: number,
    request: Uint8Array,
  ): Task<{ readonly error: number; readonly reply?: Uint8Array }> {
    if (app === undefined) return { error: SdkRuntimeError.SDKInvalidBadge };
    const { appId: bundleId } = app;
    switch (label) {
      case SdkRequest.Ping:
        return { error: 0 };
      case SdkRequest.Log: {
        const { msg } = codec(logRequest, format).decode(request);
        const text = decodeUtf8(msg);
        if (text === undefined) return { error: SdkRuntimeError.SDKInvalidString };
        yield* new Logger(this.#thread).info(`[${bundleId}]`, text);
        return { error: 0 };
      }
      case SdkRequest.ReadKey: {
        const { key } = codec(keyRequest, format).decode(request);
        const read = this.#security.call("ReadKey", { bundleId, key });
        const value = yield* this.#orUndefined(read);
        if (value === undefined) return { error: SdkRuntimeError.SDKReadKeyFailed };
        return { error: 0, reply: codec(readKeyResponse, format).encode(value) };
      }
      case SdkRequest.WriteKey: {
        const { key, value } = codec(writeKeyRequest, format).decode(request);
        if (value.length > VALUE_BYTES)
          throw new Panic(`range end index ${value.length} out of range for slice of length 100`);
        yield* this.#security.call("WriteKey", { bundleId, key, value });
        return { error: 0 };
      }
      case SdkRequest.DeleteKey: {
        const { key } = codec(keyRequest, format).decode(request);
        yield* this.#security.call("DeleteKey", { bundleId, key });
        return { error: 0 };
      }
      case SdkRequest.OneshotTimer:
      case SdkRequest.PeriodicTimer: {
        const start = codec(timerStartRequest, format).decode(request);
        return { error: yield* this.#startTimer(app, start, label === SdkRequest.PeriodicTimer) };
      }
      case SdkRequest.CancelTimer: {
        const { id } = codec(timerCancelRequest, format).decode(request);
        return { error: yield* this.#cancelTimer(app, id) };
      }
      case SdkRequest.WaitForTimers:
      case SdkRequest.PollForTimers: {
        const mask = yield* this.#completed(app, label === SdkRequest.WaitForTimers);
        return { error: 0, reply: codec(timerWaitResponse, format).encode({ mask }) };
      }
      default:
        return { error: SdkRuntimeError.SDKUnknownRequest };
    }
  }

  *#startTimer(
    app: App,
    { id, durationMs }: { readonly id: number; readonly durationMs: number },
    isPeriodic: boolean,
  ): Task<number> {
    if (id >= TIMERS - 1) return SdkRuntimeError.SDKNoSuchTimer;
    const { taken } = this.#state;
    const global = Array.from({ length: TIMERS }, (_, at) => at).find((at) => !taken.has(at));
    if (global === undefined) return SdkRuntimeError.SDKNoSuchTimer;
    taken.add(global);
    const request = { timerId: global, durationMs };
    yield* this.#timer.call(isPeriodic ? "Periodic" : "Oneshot", request);
    // A timer of the same id is lost with that.
    app.timers.set(id, { global, isPeriodic });
    return 0;
  }

  *#cancelTimer(app: App, id: number): Task<number> {
    if (id >= TIMERS - 1) return SdkRuntimeError.SDKNoSuchTimer;
    const timer = app.timers.get(id);
    if (timer === undefined) return SdkRuntimeError.SDKInvalidTimer;
    yield* this.#orUndefined(this.#timer.call("Cancel", timer.global));
    app.timers.delete(id);
    this.#state.taken.delete(timer.global);
    return 0;
  }

  /** Blocks the thread, and everybody who needs it or the mutex. */
  *#completed(app: App, waits: boolean): Task<number> {
    for (;;) {
      const { timerMask } = yield* this.#timer.call("CompletedTimers", undefined);
      this.#state.pending |= timerMask;
      let mask = 0;
      for (const [id, { global, isPeriodic }] of app.timers) {
        if ((this.#state.pending & (1 << global)) === 0) continue;
        this.#state.pending &= ~(1 << global);
        mask |= 1 << id;
        if (isPeriodic) continue;
        app.timers.delete(id);
        this.#state.taken.delete(global);
      }
      if (mask !== 0 || !waits || app.timers.size === 0) return mask >>> 0;
      yield* waitNotification(this.#thread, "timer");
    }
  }

  *#orUndefined<T>(call: Task<T>): Task<T | undefined> {
    try {
      return yield* call;
    } catch (error) {
      if (error instanceof RpcError) return undefined;
      throw error;
    }
  }
}

function* serveManager(thread: ComponentThread, state: State): Task<void> {
  const { sel4, birth } = thread;
  const memory = new MemoryClient(thread);
  const timer = new RpcClient(thread, "timer", timerInterface);
  let nextBadge = 0x100;
  const refuse = function* (): Task<never> {
    yield* [];
    throw new RpcFailure(SdkManagerError.DeserializeFailed);
  };
  yield* serve(thread, "sdk_manager", sdkManagerInterface, {
    *GetEndpoint(appId) {
      yield* state.mutex.lock(sel4);
      const badge = nextBadge++;
      state.apps.set(badge, { appId, timers: new Map() });
      yield* state.mutex.unlock(sel4);
      const slot = memory.newSlot();
      const endpoint = { root: birth.selfCNode, index: state.endpoint, depth: DEPTH };
      yield* slot.mintTo(endpoint, RIGHTS, badge);
      return new ReplyWithCap(undefined, slot.release());
    },
    *ReleaseEndpoint(appId) {
      yield* state.mutex.lock(sel4);
      for (const [badge, app] of state.apps) {
        if (app.appId !== appId) continue;
        state.apps.delete(badge);
        for (const { global } of app.timers.values()) {
          try {
            yield* timer.call("Cancel", global);
          } catch (error) {
            if (!(error instanceof RpcError)) throw error;
          }
          state.taken.delete(global);
        }
      }
      yield* state.mutex.unlock(sel4);
      return undefined;
    },
    *Capscan() {
      yield* sel4.debugDumpCNode(birth.selfCNode);
      return undefined;
    },
    ...{ Events: refuse, Watch: refuse, AllowModel: refuse },
  });
}

const originalSdkRuntime: ComponentDefinition<State> = {
  name: "SDKRuntime",
  create: (runtime) => ({
    ...{ mutex: runtime.mutex("lent_page"), apps: new Map(), taken: new Set() },
    ...{ pending: 0, endpoint: 0, reply: 0 },
  }),
  threads: {
    control: {
      *preInit(thread, state) {
        const { endpoint, reply } = thread.runtime.config.objectType;
        const memory = new MemoryClient(thread);
        for (const type of [endpoint, reply] as const) {
          const bundle = yield* memory.allocInToplevel([{ type, count: 1 }], "Static");
          state[type === endpoint ? "endpoint" : "reply"] = bundle.objs[0]?.cptr ?? 0;
        }
      },
      run: (thread, state) => new Server(thread, state).run(),
    },
    sdk_manager: { run: serveManager },
  },
};

/**
 * Sparrow with an SDK runtime that does what CantripOS's does (release build, without models): one thread that serves and
 * waits, 32 timers for all, faults that nobody is told of, panics. Badges are those of ours, which have tests of their own.
 */
export function sparrowWithOriginalSdk(): SystemDescription {
  const system = sparrow();
  const type = system.components["sdk_runtime"]?.type;
  if (type === undefined) throw new RangeError("sparrow has no SDK runtime");
  const original: ComponentType = { ...type, program: originalSdkRuntime };
  return extendSystem(system, { replace: { sdk_runtime: { type: original } } });
}
