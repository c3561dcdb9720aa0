import {
  type ComponentDefinition,
  type ComponentThread,
  MemoryClient,
  ReplyWithCap,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { sdkManagerInterface, SdkManagerError } from "@cantrip/interfaces/sdk-manager";
import { Logger } from "@cantrip/logger";
import { CapRights } from "@cantrip/sel4-sys";
import { CSpaceSlot, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { AppRegistry } from "../app-registry.ts";
import { ApplicationEnds } from "./application-ends.ts";
import { ApplicationServer } from "./application-server.ts";
import { type AppModels, modelRequests } from "./model-requests.ts";

const TARGET = "cantrip_sdk_runtime";
/** What an application may do with its endpoint: call, and send capabilities. */
const APPLICATION_RIGHTS = CapRights.Write | CapRights.Grant | CapRights.GrantReply;

/** What application server and manager share. */
export interface SdkRuntimeState {
  readonly registry: AppRegistry;
  readonly models: AppModels;
  /** Applications that ended by themselves, for the process manager. */
  readonly ends: ApplicationEnds;
  /** Slots of the endpoint that applications call, and of its reply object. */
  endpoint: number;
  reply: number;
}

/** Makes the endpoint; it lives as long as the component. */
function* setUp(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const { objectType } = thread.runtime.config;
  const bundle = yield* new MemoryClient(thread).allocInToplevel(
    [
      { type: objectType.endpoint, count: 1 },
      { type: objectType.reply, count: 1 },
    ],
    "Static",
  );
  state.endpoint = bundle.objs[0]?.cptr ?? 0;
  state.reply = bundle.objs[1]?.cptr ?? 0;
}

function* serveApplications(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const receiveSlot = thread.runtime.slots.alloc();
  if (receiveSlot === undefined) throw new RangeError(`${thread.birth.name} has no free slot`);
  const { endpoint, reply } = state;
  // Signals arrive where requests do, so that a waiting application keeps nobody else waiting.
  const notification = thread.birth.clients["mlcoord"]?.notification;
  if (notification !== undefined)
    yield* thread.sel4.tcb.bindNotification(thread.own.tcb, notification);
  const slots = { endpoint, reply, receiveSlot };
  yield* new ApplicationServer(thread, state, slots).run();
}

function* serveManager(thread: ComponentThread, state: SdkRuntimeState): Task<void> {
  const { sel4, runtime, birth } = thread;
  const models = modelRequests(thread, state.models);
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
        const app = state.registry.register(appId);
        if (app === undefined) throw new RpcFailure(SdkManagerError.AppIdInvalid);
        try {
          return new ReplyWithCap(undefined, yield* mintBadged(app.badge));
        } catch (error) {
          state.registry.release(appId);
          const text = error instanceof Error ? error.message : String(error);
          throw new RpcFailure(SdkManagerError.GetEndpointFailed, text, { cause: error });
        }
      },
      *ReleaseEndpoint(appId) {
        const app = state.registry.release(appId);
        if (app === undefined) throw new RpcFailure(SdkManagerError.AppIdInvalid);
        state.ends.forget(appId);
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
  create: () => ({
    registry: new AppRegistry(),
    models: new Map(),
    ends: new ApplicationEnds(),
    endpoint: 0,
    reply: 0,
  }),
  threads: {
    control: { preInit: setUp, run: serveApplications },
    sdk_manager: { run: serveManager },
  },
};
