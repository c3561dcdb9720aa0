import { type ComponentThread, MemoryClient, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import { type ApplicationEnd, sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { CapRights } from "@cantrip/sel4-sys";
import { OutOfSlotsError, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";

/** A badge that is no client's: they count from 1. */
const SIGNAL_BADGE = 2 ** 27;

/** A notification of this component's that another one signals. */
export interface Watch {
  readonly slot: number;
  readonly badge: number;
}

/** An application has ended by itself. */
export interface EndEvent {
  readonly appId: string;
  readonly end: ApplicationEnd;
}

/**
 * Makes a notification and has the SDK runtime signal it; `undefined` where the runtime does not know such a request, as
 * CantripOS's, or there is no memory: applications do not end by themselves then.
 */
export function* watchApplications(thread: ComponentThread): Task<Watch | undefined> {
  const { objectType } = thread.runtime.config;
  const memory = new MemoryClient(thread);
  try {
    const bundle = yield* memory.allocInToplevel(
      [{ type: objectType.notification, count: 1 }],
      "Static",
    );
    const slot = bundle.objs[0]?.cptr ?? 0;
    const signal = memory.newSlot();
    const path = { root: thread.birth.selfCNode, index: slot, depth: TOP_LEVEL_DEPTH };
    try {
      yield* signal.mintTo(path, CapRights.Write, SIGNAL_BADGE);
      const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
      yield* sdk.call("Watch", undefined, { cap: signal.slot });
    } finally {
      yield* signal.drop();
    }
    return { slot, badge: SIGNAL_BADGE };
  } catch (error) {
    if (error instanceof RpcError || error instanceof OutOfSlotsError) return undefined;
    throw error;
  }
}

/** Takes all that the SDK runtime has to say. */
export function* receiveEnds(
  thread: ComponentThread,
  take: (event: EndEvent) => Task<void>,
): Task<void> {
  const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
  for (;;) {
    const { events, hasMore } = yield* sdk.call("Events", undefined);
    yield* forEachTask(events, take);
    if (!hasMore) return;
  }
}
