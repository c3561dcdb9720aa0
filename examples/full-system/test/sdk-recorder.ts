import { type ComponentType, extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import {
  type ComponentThread,
  MemoryClient,
  ReplyWithCap,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { SdkRequest } from "@cantrip/interfaces/sdk";
import { sdkManagerInterface, SdkManagerError } from "@cantrip/interfaces/sdk-manager";
import { CapRights, messageExtraCaps, messageInfo, messageLabel } from "@cantrip/sel4-sys";
import { CSpaceSlot, TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { SdkExchange } from "./sdk-table.ts";

const REQUEST_BYTES = 2048;
const BADGE = 0x100;
const RIGHTS = CapRights.Write | CapRights.Grant | CapRights.GrantReply;

/** What an application asked: the request, and as many of its bytes as the table has. */
export interface Asked {
  readonly request: string;
  readonly bytes: string;
}

interface Slots {
  endpoint: number;
  reply: number;
}

/** Sparrow with a runtime that answers one application from a table, and notes what it was asked. */
export function sparrowWithRecorder(
  table: readonly SdkExchange[],
  asked: Asked[],
): SystemDescription {
  const runtime = sparrow().components["sdk_runtime"];
  if (runtime === undefined) throw new Error("sparrow has no SDK runtime");
  const type: ComponentType = {
    ...runtime.type,
    program: {
      name: "SdkRecorder",
      create: (): Slots => ({ endpoint: 0, reply: 0 }),
      threads: {
        control: {
          *preInit(thread, slots: Slots): Task<void> {
            const { objectType } = thread.runtime.config;
            const { objs } = yield* new MemoryClient(thread).allocInToplevel([
              { type: objectType.endpoint, count: 1 },
              { type: objectType.reply, count: 1 },
            ]);
            slots.endpoint = objs[0]?.cptr ?? 0;
            slots.reply = objs[1]?.cptr ?? 0;
          },
          run: (thread, slots: Slots) => answer(thread, slots, table, asked),
        },
        sdk_manager: { run: manage },
      },
    },
  };
  return extendSystem(sparrow(), { replace: { sdk_runtime: { type } } });
}

function* answer(
  thread: ComponentThread,
  { endpoint, reply }: Slots,
  table: readonly SdkExchange[],
  asked: Asked[],
): Task<void> {
  const { sel4, birth } = thread;
  const slot = thread.runtime.slots.alloc() ?? 0;
  const address = birth.copyRegions["SDK_PARAMS"]?.address ?? 0;
  const page = new CopyRegion(sel4, birth.selfVSpaceRoot, address);
  for (const exchange of table) {
    sel4.setReceivePath(birth.selfCNode, slot, TOP_LEVEL_DEPTH);
    const info = yield* sel4.recv(endpoint, reply);
    const label = messageLabel(info);
    const request = Object.entries(SdkRequest).find(([, value]) => value === label)?.[0] ?? "none";
    const bytes = new Uint8Array(exchange.bytes.length / 2);
    if (messageExtraCaps(info) > 0) {
      yield* page.map(slot);
      page.read(0, bytes);
      page.write(REQUEST_BYTES, Buffer.from(exchange.reply ?? "", "hex"));
      yield* sel4.cnode.delete({ root: birth.selfCNode, index: slot, depth: TOP_LEVEL_DEPTH });
      page.forget();
    }
    asked.push({ request, bytes: Buffer.from(bytes).toString("hex") });
    yield* sel4.send(reply, messageInfo(exchange.error ?? 0, 0));
  }
}

function* manage(thread: ComponentThread, { endpoint }: Slots): Task<void> {
  const refuse = function* (): Task<never> {
    yield* [];
    throw new RpcFailure(SdkManagerError.UnknownError);
  };
  yield* serve(thread, "sdk_manager", sdkManagerInterface, {
    *GetEndpoint() {
      const slot = new CSpaceSlot(thread.sel4, thread.runtime);
      const source = { root: thread.birth.selfCNode, index: endpoint, depth: TOP_LEVEL_DEPTH };
      yield* slot.mintTo(source, RIGHTS, BADGE);
      return new ReplyWithCap(undefined, slot.release());
    },
    ReleaseEndpoint: refuse,
    Capscan: refuse,
    Events: refuse,
    Watch: refuse,
    AllowModel: refuse,
  });
}
