import { runTask, type Task } from "@cantrip/hosted";
import { MemoryManagerError, type ObjDesc, type ObjDescBundle } from "@cantrip/interfaces/memory";
import { MemoryFailure, MemoryManager } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { FakeKernel } from "./fake-kernel.ts";

const { objectType } = cantrip;
const SLAB = 10;
const DEVICE = 11;
const PADDR = 0x4000_0000;
/** A slot that names an endpoint: whoever invokes it waits for ever. */
const ENDPOINT = 90;

function setUp(bits = 22, slots = 300): { kernel: FakeKernel; manager: MemoryManager } {
  const kernel = new FakeKernel(slots);
  kernel.addUntyped(SLAB, bits);
  kernel.addUntyped(DEVICE, 24, 0x3000);
  kernel.endpoints.add(ENDPOINT);
  const manager = new MemoryManager(kernel, cantrip);
  const device = { slot: DEVICE, paddr: PADDR, sizeBits: 24, remainingBytes: 2 ** 24 - 0x3000 };
  const slab = { slot: SLAB, sizeBits: bits, remainingBytes: 2 ** bits };
  runTask(manager.setUp([slab], [device]));
  return { kernel, manager };
}

function outcome(task: Task<unknown>): string {
  try {
    runTask(task);
    return "Success";
  } catch (error) {
    if (!(error instanceof MemoryFailure)) throw error;
    return Object.entries(MemoryManagerError).find(([, code]) => code === error.code)?.[0] ?? "";
  }
}

const bundle = (cnode: number, ...objs: readonly ObjDesc[]): ObjDescBundle => ({
  ...{ cnode, depth: 32 },
  objs,
});
const pages = (cptr: number, count: number): ObjDesc => ({ type: objectType.page4K, count, cptr });

describe("the ledger of the memory manager", () => {
  it("says who has what, exactly, also after a part was freed", () => {
    const { manager } = setUp();
    const tcb = { type: objectType.tcb, count: 1, cptr: 9 };
    runTask(manager.alloc(bundle(1, pages(0, 5), tcb), "Short", 71, 1));
    runTask(manager.alloc(bundle(1, pages(0, 2)), "Medium", 72, 2));
    runTask(manager.alloc(bundle(8, pages(0, 1)), "Static", 73, 2));
    runTask(manager.free(bundle(1, pages(1, 3)), 71, 1));
    const usage = runTask(manager.usage());
    expect(usage.clients).toEqual([
      { client: 1, bytes: 2 * 4096 + 512, objects: 3, containers: 1 },
      { client: 2, bytes: 3 * 4096, objects: 3, containers: 2 },
    ]);
    const { allocatedBytes, allocatedObjs } = runTask(manager.stats());
    expect([allocatedBytes, allocatedObjs]).toEqual([5 * 4096 + 512, 6]);
    // The first request has blocks of four pages and of two.
    expect(usage.shortBytes).toBe(6 * 4096);
    expect(usage.strandedBytes).toBe(4 * 4096 - 512);
    expect([usage.mediumBytes, usage.staticBytes]).toEqual([2 * 4096, 4096]);
    runTask(manager.free(bundle(1, pages(0, 1), pages(4, 1), tcb), 71, 1));
    expect(runTask(manager.usage()).clients.map(({ client }) => client)).toEqual([2]);
  });

  it("counts each of several parts of one run", () => {
    const { manager } = setUp();
    runTask(manager.alloc(bundle(1, pages(0, 3)), "Short", 71, 1));
    for (const [slot, left] of [
      [1, 2],
      [0, 1],
      [2, 0],
    ] as const) {
      expect(outcome(manager.free(bundle(1, pages(slot, 1)), 71, 1))).toBe("Success");
      expect(runTask(manager.stats()).allocatedBytes).toBe(left * 4096);
    }
  });

  it("lets a client free what it was handed in a CNode, and charges it to the one who asked", () => {
    const { kernel, manager } = setUp();
    runTask(manager.alloc(bundle(5, pages(0, 3)), "Short", 71, 3));
    runTask(manager.alloc(bundle(6, pages(0, 3)), "Short", 72, 2));
    // Client 2 has the CNode now, in another slot.
    expect(outcome(manager.free(bundle(9, pages(0, 3)), 71, 2))).toBe("Success");
    expect(kernel.countIn(71)).toBe(0);
    expect(runTask(manager.usage()).clients).toEqual([
      { client: 2, bytes: 3 * 4096, objects: 3, containers: 1 },
    ]);
  });

  it.each<readonly [string, ObjDescBundle, number, string]>([
    [
      "another type",
      bundle(5, { ...pages(0, 3), type: objectType.pageTable }),
      71,
      "ObjTypeInvalid",
    ],
    [
      "another size",
      bundle(5, { type: objectType.capTable, count: 5, cptr: 3 }),
      71,
      "ObjCountInvalid",
    ],
    ["more than there is", bundle(5, pages(4, 8)), 71, "FreeFailed"],
    ["what never was", bundle(5, { type: objectType.reply, count: 1, cptr: 40 }), 71, "FreeFailed"],
    ["an empty slot", bundle(5, pages(40, 1)), 71, "FreeFailed"],
    ["a slot twice", bundle(5, pages(0, 2), pages(1, 1)), 71, "ObjCountInvalid"],
    ["slots beyond the depth", { ...bundle(5, pages(0, 3)), depth: 1 }, 71, "ObjCapInvalid"],
    ["no depth", { ...bundle(5, pages(0, 3)), depth: 0 }, 71, "ObjCapInvalid"],
    ["through an endpoint", bundle(5, pages(0, 3)), ENDPOINT, "ObjCapInvalid"],
    ["through an endpoint, as a stranger", bundle(6, pages(0, 3)), ENDPOINT, "ObjCapInvalid"],
  ])("refuses to free %s, and deletes nothing", (_what, request, cnode, error) => {
    const { kernel, manager } = setUp();
    const cnodeDesc = { type: objectType.capTable, count: 4, cptr: 3 };
    runTask(manager.alloc(bundle(5, pages(0, 3), cnodeDesc), "Short", 71, 3));
    const before = runTask(manager.stats());
    expect(outcome(manager.free(request, cnode, 3))).toBe(error);
    expect(runTask(manager.stats())).toEqual(before);
    expect(kernel.countIn(71)).toBe(4);
  });

  it("is right where slots were used again after objects were moved away", () => {
    const { kernel, manager } = setUp();
    runTask(manager.alloc(bundle(1, pages(10, 4)), "Short", 71, 1));
    for (let slot = 10; slot < 14; slot++) kernel.move(71, slot, 72, slot);
    const tcbs = { type: objectType.tcb, count: 3, cptr: 9 };
    runTask(manager.alloc(bundle(1, tcbs), "Short", 71, 1));
    expect(outcome(manager.free(bundle(1, { ...tcbs, count: 1, cptr: 10 }), 71, 1))).toBe(
      "Success",
    );
    expect(outcome(manager.free(bundle(1, { ...tcbs, count: 1, cptr: 11 }), 71, 1))).toBe(
      "Success",
    );
    expect(outcome(manager.free(bundle(1, { ...tcbs, count: 1, cptr: 9 }), 71, 1))).toBe("Success");
    expect(outcome(manager.free(bundle(2, pages(10, 4)), 72, 1))).toBe("Success");
    expect(runTask(manager.stats()).allocatedBytes).toBe(0);
  });
});

describe("device memory", () => {
  const frames = (count: number): ObjDescBundle => bundle(1, pages(0, count));

  it("is handed out by address, only once, and again when it was freed", () => {
    const { manager } = setUp();
    const before = runTask(manager.stats());
    expect(outcome(manager.allocDevice(frames(5), PADDR + 0xf000, 71, 1))).toBe("Success");
    expect(runTask(manager.usage())).toMatchObject({
      deviceBytes: 5 * 4096,
      clients: [{ client: 1, bytes: 5 * 4096, objects: 5, containers: 1 }],
    });
    expect(runTask(manager.stats())).toEqual(before);
    expect(outcome(manager.allocDevice(frames(5), PADDR + 0x12000, 72, 1))).toBe("AllocFailed");
    runTask(manager.free(frames(5), 71, 1));
    expect(outcome(manager.allocDevice(frames(5), PADDR + 0x12000, 72, 1))).toBe("Success");
    expect(runTask(manager.usage()).deviceBytes).toBe(5 * 4096);
  });

  it("has no addresses that the system uses, or that are no device's", () => {
    const { kernel, manager } = setUp();
    for (const paddr of [PADDR, PADDR + 0x2000, PADDR + 2 ** 24 - 0x1000, PADDR - 0x1000, 0]) {
      expect(outcome(manager.allocDevice(frames(2), paddr, 71, 1))).toBe("AllocFailed");
    }
    expect(kernel.countIn(71)).toBe(0);
    expect(runTask(manager.usage()).deviceBytes).toBe(0);
    expect(outcome(manager.allocDevice(frames(1), PADDR + 0x3000, 71, 1))).toBe("Success");
    const last = manager.allocDevice(frames(1), PADDR + 2 ** 24 - 0x1000, 72, 1);
    expect(outcome(last)).toBe("Success");
  });

  it.each<readonly [string, ObjDescBundle, number, string]>([
    ["a thread", bundle(1, { type: objectType.tcb, count: 1, cptr: 0 }), PADDR, "ObjTypeInvalid"],
    [
      "frames of two sizes",
      bundle(1, pages(0, 1), { type: objectType.megaPage, count: 1, cptr: 1 }),
      PADDR,
      "ObjTypeInvalid",
    ],
    ["an odd address", bundle(1, pages(0, 1)), PADDR + 0x3800, "ObjCountInvalid"],
    ["an address that is no number of bytes", bundle(1, pages(0, 1)), 0.5, "ObjCountInvalid"],
    ["an address beyond the last", bundle(1, pages(0, 2)), 2 ** 32 - 0x1000, "ObjCountInvalid"],
  ])("is refused for %s", (_what, request, paddr, error) => {
    const { manager } = setUp();
    expect(outcome(manager.allocDevice(request, paddr, 71, 1))).toBe(error);
  });

  it("gives its blocks back when one object cannot be made, or slots are missing", () => {
    const { kernel, manager } = setUp();
    kernel.occupy(71, 3);
    expect(outcome(manager.allocDevice(frames(4), PADDR + 0xf000, 71, 1))).toBe("UnknownError");
    expect(kernel.countIn(71)).toBe(1);
    expect(outcome(manager.allocDevice(frames(4), PADDR + 0xf000, 72, 1))).toBe("Success");
    const few = setUp(22, 20).manager;
    expect(outcome(few.allocDevice(frames(1), PADDR + 0xabc000, 71, 1))).toBe("AllocFailed");
    expect(outcome(few.alloc(frames(1), "Short", 72, 1))).toBe("Success");
  });
});
