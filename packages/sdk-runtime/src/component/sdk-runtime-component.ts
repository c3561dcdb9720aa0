import {
  type ComponentDefinition,
  type ComponentThread,
  hasPrivilege,
  MemoryClient,
  ReplyWithCap,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  SdkManagerError,
  sdkManagerInterface,
  SdkManagerPrivilege,
} from "@cantrip/interfaces/sdk-manager";
import { Logger } from "@cantrip/logger";
import { CapRights } from "@cantrip/sel4-sys";
import { CSpaceSlot, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { ApplicationServer } from "./application-server.ts";
import { modelRequests } from "./model-requests.ts";
import { SdkRuntimeState } from "./runtime-state.ts";

const TARGET = "cantrip_sdk_runtime";
/** What an application may do with its endpoint: call, and send capabilities. */
const APPLICATION_RIGHTS = CapRights.Write | CapRights.Grant | CapRights.GrantReply;

/** Makes the endpoint, which lives as long as the component, and the first reply object, which may be freed. */
function* setUp(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const { objectType } = thread.runtime.config;
  const memory = new MemoryClient(thread);
  const one = function* (type: number, lifetime: "Short" | "Static"): Task<number> {
    const bundle = yield* memory.allocInToplevel([{ type, count: 1 }], lifetime);
    return bundle.objs[0]?.cptr ?? 0;
  };
  state.endpoint = yield* one(objectType.endpoint, "Static");
  state.reply = yield* one(objectType.reply, "Short");
}

function* serveApplications(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const { clients } = thread.birth;
  // Signals arrive where requests do, so that a waiting application keeps nobody else waiting. There is one notification
  // for all services.
  const notification = clients["timer"]?.notification ?? clients["mlcoord"]?.notification;
  if (notification !== undefined)
    yield* thread.sel4.tcb.bindNotification(thread.own.tcb, notification);
  yield* new ApplicationServer(thread, state).run();
}

function* serveManager(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const { sel4, runtime, birth } = thread;
  const { registry } = state;
  const models = modelRequests(thread, state.models, registry);
  const mintBadged = function* (badge: number): Task<number> {
    const slot = new CSpaceSlot(sel4, runtime);
    const endpoint = { root: birth.selfCNode, index: state.endpoint, depth: TOP_LEVEL_DEPTH };
    try {
      yield* slot.mintTo(endpoint, APPLICATION_RIGHTS, badge);
    } catch (error) {
      yield* slot.drop();
      throw error;
    }
    return slot.release();
  };
  yield* serve(
    thread,
    "sdk_manager",
    sdkManagerInterface,
    {
      *GetEndpoint(appId) {
        if (registry.has(appId)) throw new RpcFailure(SdkManagerError.AppIdInvalid);
        if (registry.isExhausted && registry.size === 0) {
          // Whoever kept a capability has it no longer, and all badges are free.
          const { endpoint: index } = state;
          yield* sel4.cnode.revoke({ root: birth.selfCNode, index, depth: TOP_LEVEL_DEPTH });
          registry.renew();
        }
        const app = registry.register(appId);
        if (app === undefined) throw new RpcFailure(SdkManagerError.GetEndpointFailed);
        try {
          return new ReplyWithCap(undefined, yield* mintBadged(app.badge));
        } catch (error) {
          registry.release(appId);
          const text = error instanceof Error ? error.message : String(error);
          throw new RpcFailure(SdkManagerError.GetEndpointFailed, text, { cause: error });
        }
      },
      *ReleaseEndpoint(appId) {
        // Not while its page is mapped.
        yield* state.pageLock.lock(sel4);
        const app = registry.release(appId);
        yield* state.pageLock.unlock(sel4);
        if (app === undefined) throw new RpcFailure(SdkManagerError.AppIdInvalid);
        state.ends.forget(appId);
        for (const badge of [app.badge, -app.badge]) state.timers.release(badge);
        yield* state.waiting.release(thread, app);
        if (models !== undefined) yield* models.release(app);
        return undefined;
      },
      *Events(_nothing, { badge }) {
        // They are for the one who watches.
        if (state.ends.watcher?.client !== badge) return { events: [], hasMore: false };
        return state.ends.take();
      },
      *Watch(_nothing, { cap, badge }) {
        const { watcher } = state.ends;
        if (cap === undefined) throw new RpcFailure(SdkManagerError.UnknownError, "no capability");
        if (watcher !== undefined && watcher.client !== badge)
          throw new RpcFailure(SdkManagerError.UnknownError, "somebody else watches");
        const slot = new CSpaceSlot(sel4, runtime);
        try {
          yield* slot.moveTo({ root: birth.selfCNode, index: cap, depth: TOP_LEVEL_DEPTH });
        } catch (error) {
          yield* slot.drop();
          throw error;
        }
        state.ends.watcher = { slot, client: badge };
        if (watcher !== undefined) yield* watcher.slot.drop();
        return undefined;
      },
      *AllowModel({ appId, modelId }, { badge }) {
        if (!hasPrivilege(thread, "sdk_manager", badge, SdkManagerPrivilege.ModelLimits))
          throw new RpcFailure(SdkManagerError.UnknownError, "it is not yours to say");
        if (!registry.allowModel(appId, modelId))
          throw new RpcFailure(SdkManagerError.AppIdInvalid);
        return undefined;
      },
      *Capscan() {
        yield* sel4.debugDumpCNode(birth.selfCNode);
        return undefined;
      },
    },
    {
      *onError(request, error) {
        const text = error instanceof Error ? error.message : String(error);
        yield* new Logger(thread).error(TARGET, `${request} failed: ${text}`);
      },
    },
  );
}

/** `SDKRuntime`: applications on the control thread, `sdk_manager` on its own. */
export const sdkRuntimeComponent: ComponentDefinition<SdkRuntimeState> = {
  name: "SDKRuntime",
  create: (runtime) => new SdkRuntimeState(runtime.mutex("lent_page")),
  threads: {
    control: { preInit: setUp, run: serveApplications },
    sdk_manager: { run: serveManager },
  },
};
