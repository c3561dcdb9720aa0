import {
  ComponentRuntime,
  ComponentThread,
  MemoryClient,
  RpcError,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  memoryInterface,
  MemoryManagerError,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { birthOf } from "./birth-of.ts";
import { FakeSystem } from "./fake-system.ts";

const PAGE = 0x10000;

/** What a client asks of a memory manager that refuses objects of type `refused`. */
function withMemory(
  body: (memory: MemoryClient, thread: ComponentThread) => Task<void>,
  refused = -1,
): { readonly log: [string, ObjDescBundle][]; readonly client: ComponentRuntime } {
  const system = new FakeSystem();
  system.caps.set(2, { kind: "cnode", object: 2, badge: 0 });
  const log: [string, ObjDescBundle][] = [];
  const server = new ComponentRuntime(
    birthOf("memory_manager", { memory: 0x2000 }, 100, {
      servers: {
        memory: {
          endpoint: system.endpoint(20, 500),
          reply: system.reply(21, 21),
          sharedPages: { "1": PAGE },
          clients: {},
          notifications: {},
        },
      },
    }),
  );
  system.addThread(0x2000, (context) =>
    serve(new ComponentThread("memory", server, context), "memory", memoryInterface, {
      *Alloc({ bundle }) {
        log.push(["alloc", bundle]);
        if (bundle.objs.some(({ type }) => type === refused)) {
          throw new RpcFailure(MemoryManagerError.AllocFailed);
        }
        return undefined;
      },
      *Free(bundle) {
        log.push(["free", bundle]);
        return undefined;
      },
      *Stats() {
        throw new RpcFailure(MemoryManagerError.UnknownError);
      },
      *Debug() {
        return undefined;
      },
      *Capscan() {
        return undefined;
      },
      *AllocDevice({ bundle }) {
        log.push(["device", bundle]);
        return undefined;
      },
      *Usage() {
        throw new RpcFailure(MemoryManagerError.UnknownError);
      },
    }),
  );
  const client = new ComponentRuntime(
    birthOf("c", { control: 0x1000 }, 300, {
      clients: { memory: { endpoint: system.endpoint(30, 500, 1), sharedPage: PAGE } },
    }),
  );
  system.addThread(0x1000, (context) => {
    const thread = new ComponentThread("control", client, context);
    return body(new MemoryClient(thread), thread);
  });
  system.run();
  return { log, client };
}

const { endpoint, tcb, page4K, capTable, schedContext } = cantrip.objectType;

describe("MemoryClient", () => {
  it("allocates in a row in the own CSpace; sized objects take one slot", () => {
    const { log, client } = withMemory(function* (memory) {
      const bundle = yield* memory.allocInToplevel([
        { type: tcb, count: 1 },
        { type: schedContext, count: 8 },
        { type: page4K, count: 4 },
      ]);
      expect(memory.countOf(bundle)).toBe(6);
      yield* memory.freeToplevel(bundle);
    });
    const expected = {
      cnode: 2,
      depth: 32,
      objs: [
        { type: tcb, count: 1, cptr: 300 },
        { type: schedContext, count: 8, cptr: 301 },
        { type: page4K, count: 4, cptr: 302 },
      ],
    };
    expect(log).toEqual([
      ["alloc", expected],
      ["free", expected],
    ]);
    expect(client.slots.usedSlots).toBe(0);
  });

  it("allocates frames in a fresh CNode, 256 in a descriptor, and frees both", () => {
    const { log, client } = withMemory(function* (memory) {
      const bundle = yield* memory.frameAllocInCNode(300 * 4096 - 1);
      expect(memory.pathsOf(bundle)[299]).toEqual({ root: 300, index: 299, depth: bundle.depth });
      yield* memory.freeInCNode(bundle);
    });
    expect(log.map(([what, { cnode, depth, objs }]) => [what, cnode, depth, objs])).toEqual([
      ["alloc", 2, 32, [{ type: capTable, count: 9, cptr: 300 }]],
      [
        "alloc",
        300,
        9,
        [
          { type: page4K, count: 256, cptr: 0 },
          { type: page4K, count: 44, cptr: 256 },
        ],
      ],
      ["free", 300, 9, expect.anything()],
      ["free", 2, 32, [{ type: capTable, count: 9, cptr: 300 }]],
    ]);
    expect(client.slots.usedSlots).toBe(0);
  });

  it("gives slots and the CNode back when an allocation fails", () => {
    const { log, client } = withMemory(function* (memory) {
      let failures = 0;
      const isRefusal = (error: unknown): boolean =>
        error instanceof RpcError && error.errorName === "AllocFailed";
      try {
        yield* memory.allocInCNode([{ type: endpoint, count: 1 }]);
      } catch (error) {
        if (isRefusal(error)) failures++;
      }
      try {
        yield* memory.allocInToplevel([{ type: endpoint, count: 1 }]);
      } catch (error) {
        if (isRefusal(error)) failures++;
      }
      expect(failures).toBe(2);
    }, endpoint);
    expect(log.map(([what]) => what)).toEqual(["alloc", "alloc", "free", "alloc"]);
    expect(client.slots.usedSlots).toBe(0);
  });

  it("takes several requests for what one does not hold, and undoes all when one is refused", () => {
    const many = (count: number): ObjDescBundle => ({
      ...{ cnode: 2, depth: 32 },
      objs: Array.from({ length: count }, (_, index) => ({
        ...{ type: index === 299 ? endpoint : tcb, count: 1 },
        cptr: 400 + index,
      })),
    });
    const { log } = withMemory(function* (memory) {
      yield* memory.alloc(many(299));
      yield* memory.free(many(299));
      let failure: unknown;
      try {
        yield* memory.alloc(many(300));
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(RpcError);
    }, endpoint);
    const firsts = log.map(([what, { objs }]) => [what, objs.length, objs[0]?.cptr]);
    const inOrder = [
      [119, 400],
      [119, 519],
      [61, 638],
    ];
    expect(firsts).toEqual([
      ...inOrder.map((part) => ["alloc", ...part]),
      ...inOrder.map((part) => ["free", ...part]),
      ["alloc", 119, 400],
      ["alloc", 119, 519],
      ["alloc", 62, 638],
      ["free", 119, 400],
      ["free", 119, 519],
    ]);
  });
});
