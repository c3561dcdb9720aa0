import { runTask, type Task } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  MemoryManagerError,
  type MemoryManagerStats,
  type ObjDesc,
} from "@cantrip/interfaces/memory";
import {
  MemoryFailure,
  MemoryManager,
  planPieces,
  type UntypedSlab,
} from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { FakeMemory } from "./fake-memory.ts";

const { objectType } = cantrip;
const CNODE = 1000;
const MIB = 0x100000;

/** Two whole untypeds and one of which the first 20 KiB and 64 bytes are in use. */
const SLABS: readonly UntypedSlab[] = [
  { slot: 1, sizeBits: 20, remainingBytes: MIB },
  { slot: 2, sizeBits: 14, remainingBytes: 2 ** 14 },
  { slot: 3, sizeBits: 17, remainingBytes: 2 ** 17 - 20544 },
];

function setUp(slabs = SLABS, slots = 128): { fake: FakeMemory; manager: MemoryManager } {
  const fake = new FakeMemory(slots);
  slabs.forEach(({ slot, sizeBits, remainingBytes }, index) => {
    fake.addUntyped(slot, sizeBits, (index + 1) * 2 ** 26, 2 ** sizeBits - remainingBytes);
  });
  const manager = new MemoryManager(fake, cantrip);
  runTask(manager.setUp(slabs));
  return { fake, manager };
}

function failureOf(task: Task<void>): string | undefined {
  try {
    runTask(task);
    return undefined;
  } catch (error) {
    if (!(error instanceof MemoryFailure)) throw error;
    return Object.entries(MemoryManagerError).find(([, code]) => code === error.code)?.[0];
  }
}

/** A bundle with its descriptors' slots one after another. */
function bundleOf(descs: readonly Omit<ObjDesc, "cptr">[], firstSlot = 0) {
  let cptr = firstSlot;
  const sized: readonly number[] = [
    objectType.untyped,
    objectType.capTable,
    objectType.schedContext,
  ];
  const objs = descs.map((desc) => {
    const placed = { ...desc, cptr };
    cptr += sized.includes(desc.type) ? 1 : desc.count;
    return placed;
  });
  return { cnode: 0, depth: 32, objs };
}

/** What must be the same again. */
function held({ allocatedBytes, allocatedObjs, freeBytes, overheadBytes }: MemoryManagerStats) {
  return { allocatedBytes, allocatedObjs, freeBytes, overheadBytes };
}

const application = bundleOf([
  { type: objectType.tcb, count: 1 },
  { type: objectType.schedContext, count: 8 },
  { type: objectType.page4K, count: 13 },
  { type: objectType.pageTable, count: 2 },
]);

describe("memory manager", () => {
  it("counts what it is given", () => {
    const { manager } = setUp();
    const stats = runTask(manager.stats());
    const total = SLABS.reduce((sum, { sizeBits }) => sum + 2 ** sizeBits, 0);
    expect(stats.allocatedBytes).toBe(0);
    expect(stats.freeBytes + stats.overheadBytes).toBe(total);
    // Of the third, 20544 bytes are in use and 448 up to the next 512 are not worth a slot.
    expect(stats.overheadBytes).toBe(20544 + 448);
  });

  it("makes objects of every type, and takes all memory back", () => {
    const { fake, manager } = setUp();
    const before = held(runTask(manager.stats()));
    const slots = fake.usedSlots;
    const bundle = bundleOf([
      { type: objectType.endpoint, count: 3 },
      { type: objectType.untyped, count: 10 },
      { type: objectType.notification, count: 1 },
      { type: objectType.capTable, count: 5 },
      { type: objectType.reply, count: 2 },
      ...application.objs,
    ]);
    runTask(manager.alloc(bundle, "Short", CNODE));
    fake.checkObjects();
    expect(fake.cnodes.get(CNODE)?.size).toBe(3 + 1 + 1 + 1 + 2 + 1 + 1 + 13 + 2);
    const during = runTask(manager.stats());
    const bytes = 3 * 16 + 1024 + 32 + 512 + 2 * 16 + 512 + 256 + 15 * 4096;
    expect(during.allocatedBytes).toBe(bytes);
    expect(during.allocatedObjs).toBe(25);
    expect(during.totalRequestedBytes).toBe(bytes);
    runTask(manager.free(bundle, CNODE));
    expect(held(runTask(manager.stats()))).toEqual(before);
    expect(fake.usedSlots).toBe(slots);
  });

  it("is what it was after 300 rounds, and clears no more memory than a round needs", () => {
    const { fake, manager } = setUp();
    const before = held(runTask(manager.stats()));
    const slots = fake.usedSlots;
    for (let round = 0; round < 300; round++) {
      runTask(manager.alloc(application, "Short", CNODE));
      runTask(manager.free(application, CNODE));
    }
    expect(held(runTask(manager.stats()))).toEqual(before);
    expect(fake.usedSlots).toBe(slots);
    expect(fake.clearedBytes / 300).toBeLessThan(4 * 16 * 4096);
  });

  it("frees memory whose capabilities were moved, when the last one is gone", () => {
    const { fake, manager } = setUp();
    const before = held(runTask(manager.stats()));
    runTask(manager.alloc(application, "Short", CNODE));
    const moved = new Map(fake.cnodes.get(CNODE));
    fake.cnodes.get(CNODE)?.clear();
    fake.cnodes.set(2000, moved);
    // Nothing is there any more.
    runTask(manager.free(application, CNODE));
    expect(runTask(manager.stats()).allocatedObjs).toBe(17);
    // One page is deleted behind the manager's back, the rest is freed from where it is.
    const page = { ...bundleOf([{ type: objectType.page4K, count: 1 }], 2), cnode: 2000 };
    runTask(fake.deleteIn(2000, 2));
    runTask(manager.free({ ...application, cnode: 2000 }, 2000));
    // The first of them was not there.
    expect(failureOf(manager.free(page, 2000))).toBe("FreeFailed");
    expect(held(runTask(manager.stats()))).toEqual(before);
  });

  it("does not believe the types and counts of a client that frees", () => {
    const { manager } = setUp();
    runTask(manager.alloc(application, "Short", CNODE));
    const during = held(runTask(manager.stats()));
    const lie = bundleOf([{ type: objectType.megaPage, count: 40 }], 500);
    expect(failureOf(manager.free(lie, CNODE))).toBe("FreeFailed");
    expect(held(runTask(manager.stats()))).toEqual(during);
  });

  it("undoes everything when one object cannot be made", () => {
    const { fake, manager } = setUp();
    const before = held(runTask(manager.stats()));
    const slots = fake.usedSlots;
    runTask(manager.alloc(bundleOf([{ type: objectType.tcb, count: 1 }], 16), "Short", CNODE));
    // Slot 16 is the second page table's.
    expect(failureOf(manager.alloc(application, "Short", CNODE))).toBe("UnknownError");
    expect([...(fake.cnodes.get(CNODE)?.keys() ?? [])]).toEqual([16]);
    runTask(manager.free(bundleOf([{ type: objectType.tcb, count: 1 }], 16), CNODE));
    expect(held(runTask(manager.stats()))).toEqual(before);
    expect(fake.usedSlots).toBe(slots);
  });

  it("refuses what is too much, and counts it", () => {
    const { manager } = setUp();
    const before = held(runTask(manager.stats()));
    const pages = bundleOf([{ type: objectType.page4K, count: 300 }]);
    expect(failureOf(manager.alloc(pages, "Short", CNODE))).toBe("AllocFailed");
    const large = bundleOf([{ type: objectType.untyped, count: 21 }]);
    expect(failureOf(manager.alloc(large, "Short", CNODE))).toBe("AllocFailed");
    const stats = runTask(manager.stats());
    expect(held(stats)).toEqual(before);
    expect(stats.outOfMemory).toBe(2);
    expect(stats.totalRequestedObjs).toBe(301);
  });

  it("uses memory to the last page, in pieces where it must", () => {
    const { fake, manager } = setUp(SLABS, 1000);
    const before = held(runTask(manager.stats()));
    const bundles = [];
    for (let slot = 0; ; slot += 3) {
      const bundle = bundleOf([{ type: objectType.page4K, count: 3 }], slot);
      if (failureOf(manager.alloc(bundle, "Medium", CNODE)) !== undefined) break;
      bundles.push(bundle);
    }
    fake.checkObjects();
    expect(runTask(manager.stats()).freeBytes).toBeLessThan(4 * 4096);
    for (const bundle of bundles) runTask(manager.free(bundle, CNODE));
    expect(held(runTask(manager.stats()))).toEqual(before);
  });

  it("uses larger blocks when its own slots are used up, then refuses, and stays whole", () => {
    const { fake, manager } = setUp(SLABS, 20);
    const before = held(runTask(manager.stats()));
    const slots = fake.usedSlots;
    const bundles = [];
    for (let slot = 0; slot < 64; slot++) {
      const bundle = bundleOf([{ type: objectType.tcb, count: 1 }], slot);
      if (failureOf(manager.alloc(bundle, "Short", CNODE)) === undefined) bundles.push(bundle);
    }
    expect(bundles.length).toBeGreaterThan(10);
    expect(bundles.length).toBeLessThan(64);
    expect(runTask(manager.stats()).freeBytes).toBe(0);
    for (const bundle of bundles) runTask(manager.free(bundle, CNODE));
    expect(held(runTask(manager.stats()))).toEqual(before);
    expect(fake.usedSlots).toBe(slots);
  });

  it("lets small static requests share a block", () => {
    const { manager } = setUp();
    const before = runTask(manager.stats());
    for (let slot = 0; slot < 64; slot += 2) {
      const pair = bundleOf(
        [
          { type: objectType.endpoint, count: 1 },
          { type: objectType.reply, count: 1 },
        ],
        slot,
      );
      runTask(manager.alloc(pair, "Static", CNODE));
    }
    const during = runTask(manager.stats());
    expect(before.freeBytes - during.freeBytes).toBe(1024);
    const leaves = runTask(manager.leaves());
    expect(leaves.filter(({ isStatic }) => isStatic)).toEqual([
      expect.objectContaining({ sizeBits: 10, usedBytes: 1024, isCurrent: true }),
    ]);
    for (let slot = 0; slot < 64; slot++) {
      const type = slot % 2 === 0 ? objectType.endpoint : objectType.reply;
      expect(runTask(manager.stats()).allocatedBytes).toBe((64 - slot) * 16);
      runTask(manager.free(bundleOf([{ type, count: 1 }], slot), CNODE));
    }
    expect(held(runTask(manager.stats()))).toEqual(held(before));
  });

  it.each([
    ["an unknown type", { type: 10, count: 1 }, "ObjTypeInvalid"],
    ["no objects", { type: objectType.tcb, count: 0 }, "ObjCountInvalid"],
    ["too many objects", { type: objectType.endpoint, count: 2 ** 40 }, "ObjCountInvalid"],
    ["a tiny scheduling context", { type: objectType.schedContext, count: 7 }, "ObjCountInvalid"],
    ["a CNode without slots", { type: objectType.capTable, count: 0 }, "ObjCountInvalid"],
    ["a huge untyped", { type: objectType.untyped, count: 40 }, "ObjCountInvalid"],
  ])("refuses %s", (_what, desc, error) => {
    const { fake, manager } = setUp();
    const bundle = bundleOf([{ type: objectType.page4K, count: 1 }, desc]);
    expect(failureOf(manager.alloc(bundle, "Short", CNODE))).toBe(error);
    expect(failureOf(manager.free(bundle, CNODE))).toBe(error);
    expect(fake.cnodes.get(CNODE)?.size).toBe(0);
  });

  it("reports capabilities that cannot be deleted", () => {
    const { manager } = setUp();
    expect(failureOf(manager.free(application, 4711))).toBe("FreeFailed");
  });

  it("keeps account under random requests and gives everything back (property)", () => {
    const { tcb, endpoint, page4K, notification, reply, pageTable, capTable, schedContext } =
      objectType;
    const plain = fc.constantFrom(tcb, endpoint, page4K, page4K, notification, reply, pageTable);
    const desc = fc.oneof(
      { weight: 8, arbitrary: fc.record({ type: plain, count: fc.integer({ min: 1, max: 40 }) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constantFrom(objectType.untyped, schedContext, capTable),
          count: fc.integer({ min: 8, max: 15 }),
        }),
      },
      // More than there is, and what is no request.
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constantFrom(page4K, objectType.megaPage, capTable, 99),
          count: fc.constantFrom(0, 1, 200, 300, 0x20000, 0.5),
        }),
      },
    );
    const action = fc.record({
      descs: fc.oneof(
        fc.array(desc, { minLength: 1, maxLength: 5 }),
        // Little, so that static requests share a block.
        fc.array(fc.record({ type: fc.constantFrom(endpoint, tcb), count: fc.nat(3) }), {
          maxLength: 2,
        }),
      ),
      lifetime: fc.constantFrom<MemoryLifetime>("Short", "Medium", "Static", "Static"),
      frees: fc.nat({ max: 3 }),
      /** The slots of a request before, which are in use. */
      clash: rarely(fc.nat(5), 6),
    });
    const slabs = fc.oneof(
      { weight: 4, arbitrary: fc.constant(SLABS) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<readonly UntypedSlab[]>(
          [...SLABS, { slot: 4, sizeBits: 6, remainingBytes: 64 }],
          [{ slot: 1, sizeBits: 13, remainingBytes: 2 ** 13 }, ...SLABS.slice(2)],
          SLABS.slice(0, 1),
        ),
      },
    );
    const ownSlots = fc.constantFrom(400, 400, 400, 40, 6, 2);
    const report = new FuzzReport("memory manager");
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), slabs, ownSlots, (actions, given, own) => {
        const { fake, manager } = setUp(given, own);
        const before = held(runTask(manager.stats()));
        const slots = fake.usedSlots;
        const live: ReturnType<typeof bundleOf>[] = [];
        actions.forEach(({ descs, lifetime, frees, clash }, index) => {
          const bundle = bundleOf(
            descs,
            (clash === undefined ? index : Math.max(0, index - clash)) * 1000,
          );
          const failure = failureOf(manager.alloc(bundle, lifetime, CNODE));
          if (failure === undefined) live.push(bundle);
          report.count(failure);
          fake.checkObjects();
          for (const freed of live.splice(0, frees)) {
            runTask(manager.free(freed, CNODE));
            report.succeeded();
          }
          const stats = runTask(manager.stats());
          expect(stats.overheadBytes).toBeGreaterThanOrEqual(before.overheadBytes);
        });
        for (const freed of live) runTask(manager.free(freed, CNODE));
        expect(held(runTask(manager.stats()))).toEqual(before);
        expect(fake.usedSlots).toBe(slots);
      }),
      { numRuns: runs(60) },
    );
    report.finish();
  });
});

describe("planPieces", () => {
  it("gives few blocks that hold the request closely (property)", () => {
    const report = new FuzzReport("plan of pieces");
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 2 ** 26 })),
        (bytes) => {
          const pieces = planPieces(bytes);
          const room = pieces.reduce((sum, bits) => sum + 2 ** bits, 0);
          expect(pieces.length).toBeLessThanOrEqual(4);
          expect(room).toBeGreaterThanOrEqual(bytes);
          if (bytes > 8 * 4096) expect(room).toBeLessThanOrEqual(bytes * 1.125);
          expect(pieces).toEqual([...new Set(pieces)].sort((a, b) => b - a));
          report.succeeded();
        },
      ),
    );
    report.finish();
  });
});
