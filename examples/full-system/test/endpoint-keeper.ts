import { type ComponentType, type Connection, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import {
  type ComponentThread,
  MemoryClient,
  ReplyWithCap,
  RpcClient,
  RpcError,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { SDK_REQUEST_BYTES } from "@cantrip/interfaces/sdk";
import {
  SdkManagerError,
  sdkManagerInterface,
  SdkManagerPrivilege,
} from "@cantrip/interfaces/sdk-manager";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import type { CSpaceSlot } from "@cantrip/slot-allocator";

const PAGE_BYTES = 4096;
const DEPTH = 32;
/** What `seL4_DebugCapIdentify` says of an empty slot. */
const NULL_CAP = 0;

/** A request through a copy of an application's endpoint. */
export interface KeptRequest {
  readonly appId: string;
  readonly label: number;
  readonly bytes: Uint8Array;
}

/** What became of it; `undefined` where the copy is gone. */
export type KeptAnswer = { readonly label: number; readonly reply: Uint8Array } | undefined;

/** What the test has a keeper do. */
export interface KeeperOrders {
  /** Taken by the keeper, which leaves answers. */
  readonly requests: KeptRequest[];
  readonly answers: KeptAnswer[];
}

/**
 * Between process manager and SDK runtime: it hands on the endpoints of applications, and keeps a copy of each. Who asks
 * for one by name again loses nothing: the first copy of a name is the one that is used.
 */
class Keeper {
  readonly #copies = new Map<string, CSpaceSlot>();

  *serve(thread: ComponentThread): Task<void> {
    const { sel4, birth } = thread;
    const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
    const memory = new MemoryClient(thread);
    const refuse = function* (): Task<never> {
      yield* [];
      throw new RpcFailure(SdkManagerError.UnknownError);
    };
    const copies = this.#copies;
    yield* serve(thread, "proxy", sdkManagerInterface, {
      *GetEndpoint(appId) {
        const endpoint = memory.newSlot();
        yield* forward(sdk.call("GetEndpoint", appId, { receiveSlot: endpoint.slot }));
        if (!copies.has(appId)) {
          const copy = memory.newSlot();
          yield* copy.dupTo({ root: birth.selfCNode, index: endpoint.slot, depth: DEPTH });
          copies.set(appId, copy);
        }
        return new ReplyWithCap(undefined, endpoint.release());
      },
      *ReleaseEndpoint(appId) {
        yield* forward(sdk.call("ReleaseEndpoint", appId));
        return undefined;
      },
      *Capscan() {
        yield* sel4.debugDumpCNode(birth.selfCNode);
        return undefined;
      },
      Events: refuse,
      Watch: refuse,
      AllowModel: refuse,
    });
  }

  /** Makes the requests that it is told to make. */
  *obey(thread: ComponentThread, { requests, answers }: KeeperOrders): Task<void> {
    const { sel4, birth, runtime } = thread;
    const memory = new MemoryClient(thread);
    const { page4K } = runtime.config.objectType;
    const bundle = yield* memory.allocInToplevel([{ type: page4K, count: 1 }]);
    const frame = bundle.objs[0]?.cptr ?? 0;
    const place = birth.copyRegions["PAGE"]?.address ?? 0;
    const region = new CopyRegion(sel4, birth.selfVSpaceRoot, place);
    for (;;) {
      const request = requests.shift();
      if (request === undefined) {
        yield* sel4.yield();
        continue;
      }
      const { appId, label, bytes } = request;
      const endpoint = this.#copies.get(appId)?.slot ?? 0;
      if (endpoint === 0 || (yield* sel4.debugCapIdentify(endpoint)) === NULL_CAP) {
        answers.push(undefined);
        continue;
      }
      yield* region.map(frame);
      region.write(0, new Uint8Array(PAGE_BYTES));
      region.write(0, bytes);
      yield* region.unmap();
      sel4.setCap(0, frame);
      const info = yield* sel4.call(endpoint, messageInfo(label, 0, 1));
      yield* region.map(frame);
      const reply = new Uint8Array(PAGE_BYTES - SDK_REQUEST_BYTES);
      region.read(SDK_REQUEST_BYTES, reply);
      yield* region.unmap();
      answers.push({ label: messageLabel(info), reply });
    }
  }
}

function* forward<T>(call: Task<T>): Task<T> {
  try {
    return yield* call;
  } catch (error) {
    if (error instanceof RpcError) throw new RpcFailure(error.code, error.message);
    throw error;
  }
}

/** Sparrow with a keeper in the way of the process manager. */
export function sparrowWithKeeper(orders: KeeperOrders): SystemDescription {
  const system = sparrow();
  const type: ComponentType = {
    ...{ name: "Keeper", uses: ["sdk_manager", "memory"], provides: ["proxy"] },
    grants: { proxy: Object.values(SdkManagerPrivilege) },
    ...{ copyRegions: ["PAGE"], cnodeHeadroom: 64, stackBytes: { control: 16_384 } },
    program: {
      name: "Keeper",
      create: () => new Keeper(),
      threads: {
        control: { run: (thread, keeper: Keeper) => keeper.obey(thread, orders) },
        proxy: { run: (thread, keeper: Keeper) => keeper.serve(thread) },
      },
    },
  };
  const joined: Record<string, string> = { multi_memory: "keeper.memory" };
  const connections = system.connections.map((connection): Connection => {
    if (connection.name === "multi_sdk_manager")
      return { ...connection, from: ["debug_console.sdk_manager", "keeper.sdk_manager"] };
    const end = joined[connection.name];
    return end === undefined ? connection : { ...connection, from: [...connection.from, end] };
  });
  return {
    ...system,
    components: { ...system.components, keeper: { type } },
    connections: [
      ...connections,
      {
        ...{ name: "kept", connector: "cantripRPCCall" },
        ...{ from: ["process_manager.sdk_manager"], to: "keeper.proxy" },
      },
    ],
  };
}
