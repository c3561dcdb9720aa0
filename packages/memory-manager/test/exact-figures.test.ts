import { runTask, type Task } from "@cantrip/hosted";
import { MemoryManagerError, type ObjDesc, type ObjDescBundle } from "@cantrip/interfaces/memory";
import { MemoryFailure, MemoryManager } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { FakeKernel, OWN } from "./fake-kernel.ts";

const { objectType } = cantrip;
const CLIENT = 7;
const SLAB = 10;

function setUp(bits = 20, slots?: number): { kernel: FakeKernel; manager: MemoryManager } {
  const kernel = new FakeKernel(slots);
  kernel.addUntyped(SLAB, bits);
  const manager = new MemoryManager(kernel, cantrip);
  runTask(manager.setUp([{ slot: SLAB, sizeBits: bits, remainingBytes: 2 ** bits }]));
  return { kernel, manager };
}

function bundleOf(...objs: readonly ObjDesc[]): ObjDescBundle {
  return { cnode: 0, depth: 32, objs };
}

function codeOf(task: Task<unknown>): MemoryManagerError | undefined {
  try {
    runTask(task);
  } catch (error) {
    if (error instanceof MemoryFailure) return error.code;
    throw error;
  }
  return undefined;
}

const pages = (count: number, cptr = 0): ObjDesc => ({ type: objectType.page4K, count, cptr });
const endpoint = (cptr: number): ObjDesc => ({ type: objectType.endpoint, count: 1, cptr });

describe("figures of the memory manager", () => {
  it.each(["Short", "Static"] as const)("are as before a refused %s request", (lifetime) => {
    const { kernel, manager } = setUp();
    // Another static object, so that their shared block does not become empty.
    runTask(manager.alloc(bundleOf(endpoint(1)), "Static", CLIENT));
    const before = runTask(manager.stats());
    kernel.occupy(CLIENT, 30);
    const bundle = bundleOf(endpoint(20), endpoint(30));
    expect(codeOf(manager.alloc(bundle, lifetime, CLIENT))).toBe(MemoryManagerError.UnknownError);
    expect(kernel.countIn(CLIENT)).toBe(2);
    const after = runTask(manager.stats());
    expect(after.allocatedBytes).toBe(before.allocatedBytes);
    expect(after.allocatedObjs).toBe(before.allocatedObjs);
    expect(after.freeBytes).toBe(before.freeBytes);
  });

  it("are what they were after 300 starts and stops in changing order", () => {
    const programme = [
      bundleOf({ type: objectType.capTable, count: 7, cptr: 0 }),
      bundleOf(pages(37)),
      bundleOf({ type: objectType.tcb, count: 1, cptr: 0 }, pages(2, 2)),
      bundleOf(endpoint(0)),
    ];
    const { kernel, manager } = setUp();
    const before = runTask(manager.stats());
    const slots = kernel.countIn(OWN);
    for (let round = 0; round < 300; round++) {
      programme.forEach((bundle, index) => {
        runTask(manager.alloc({ ...bundle, cnode: index }, "Short", CLIENT + index));
      });
      programme.forEach((_, index) => {
        const which = (index * 3 + round) % programme.length;
        const bundle = programme[which] ?? bundleOf();
        runTask(manager.free({ ...bundle, cnode: which }, CLIENT + which));
      });
    }
    const { totalRequestedBytes, totalRequestedObjs, ...after } = runTask(manager.stats());
    expect({ ...before, ...after }).toEqual(before);
    expect(totalRequestedObjs).toBe(300 * 42);
    expect(totalRequestedBytes).toBeGreaterThan(300 * 39 * 4096);
    expect(kernel.countIn(OWN)).toBe(slots);
  });

  it("come back when the own slots ran out", () => {
    const { manager } = setUp(20, 6);
    const before = runTask(manager.stats());
    const made: ObjDescBundle[] = [];
    let code: MemoryManagerError | undefined;
    while (code === undefined && made.length < 1000) {
      const bundle = bundleOf(endpoint(made.length));
      code = codeOf(manager.alloc(bundle, "Short", CLIENT));
      if (code === undefined) made.push(bundle);
    }
    expect(code).toBe(MemoryManagerError.AllocFailed);
    for (const bundle of made) runTask(manager.free(bundle, CLIENT));
    const { freeBytes, allocatedBytes } = runTask(manager.stats());
    expect({ freeBytes, allocatedBytes }).toEqual({
      freeBytes: before.freeBytes,
      allocatedBytes: 0,
    });
  });

  it("are the bytes of the live objects in any order of requests", () => {
    const report = new FuzzReport("figures of the memory manager");
    const request = fc.record({ count: fc.integer({ min: 1, max: 40 }), frees: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        const { kernel, manager } = setUp();
        const before = runTask(manager.stats());
        const live = new Map<number, number>();
        requests.forEach(({ count, frees }, index) => {
          const cnode = CLIENT + index;
          const bundle = { ...bundleOf(pages(count)), cnode };
          const code = codeOf(manager.alloc(bundle, "Short", cnode));
          expect(kernel.countIn(cnode)).toBe(code === undefined ? count : 0);
          report.count(code === undefined ? undefined : `code ${code}`);
          if (code === undefined) live.set(cnode, count);
          for (const [client, held] of [...live].slice(0, frees)) {
            runTask(manager.free({ ...bundleOf(pages(held)), cnode: client }, client));
            live.delete(client);
            report.succeeded();
          }
          const held = [...live.values()].reduce((sum, value) => sum + value, 0);
          const { allocatedBytes, allocatedObjs } = runTask(manager.stats());
          expect({ allocatedBytes, allocatedObjs }).toEqual({
            allocatedBytes: held * 4096,
            allocatedObjs: held,
          });
        });
        for (const [client, held] of live)
          runTask(manager.free({ ...bundleOf(pages(held)), cnode: client }, client));
        expect(runTask(manager.stats()).freeBytes).toBe(before.freeBytes);
      }),
      { numRuns: 50 },
    );
    report.finish();
  });
});
