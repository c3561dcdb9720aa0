import { runTask, type Task } from "@cantrip/hosted";
import { MemoryManagerError, type ObjDesc, type ObjDescBundle } from "@cantrip/interfaces/memory";
import { MemoryFailure, MemoryManager } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { FakeKernel } from "./fake-kernel.ts";

const { objectType, sizeBits } = cantrip;
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

/** Slots of a CNode, by what is in them. */
interface Held {
  readonly client: number;
  /** The CNode that it was made in and is in. */
  readonly cnode: number;
  readonly isDevice: boolean;
  /** It may share a block with others. */
  readonly isStatic: boolean;
  readonly objs: ObjDesc[];
  isMoved: boolean;
}

const bytesOf = (objs: readonly ObjDesc[]): number =>
  objs.reduce((sum, { type, count }) => sum + count * 2 ** bitsOf(type), 0);
function bitsOf(type: number): number {
  if (type === objectType.tcb) return sizeBits.tcb;
  return type === objectType.endpoint ? sizeBits.endpoint : sizeBits.page4K;
}

describe("random requests of several clients", () => {
  const types = fc.constantFrom(objectType.page4K, objectType.tcb, objectType.endpoint);
  const desc = fc.record({ type: types, count: fc.integer({ min: 1, max: 12 }) });
  const act = fc.record({
    client: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom(
      ...(["alloc", "alloc", "alloc", "device", "free", "part", "move"] as const),
      ...(["hand over", "lie", "noise", "odd"] as const),
    ),
    descs: fc.array(desc, { minLength: 1, maxLength: 4 }),
    lifetime: fc.constantFrom("Short" as const, "Medium" as const, "Static" as const),
    which: fc.nat(1000),
  });

  it("leave what a reference ledger says, in any order of requests", () => {
    const report = new FuzzReport("ledger of the memory manager");
    fc.assert(
      fc.property(fc.array(act, { minLength: 5, maxLength: 60, size: "max" }), (acts) => {
        const { kernel, manager } = setUp(20);
        const before = runTask(manager.stats());
        const { usedSlots } = kernel.slots;
        let held: Held[] = [];
        let next = 1000;
        for (const { client, kind, descs, lifetime, which } of acts) {
          const target = held[which % Math.max(1, held.length)];
          if (kind === "alloc") {
            const cnode = next++;
            let cptr = 0;
            const objs = descs.map((each) => {
              const placed = { ...each, cptr };
              cptr += each.count;
              return placed;
            });
            const result = outcome(manager.alloc(bundle(cnode, ...objs), lifetime, cnode, client));
            report.count(result === "Success" ? undefined : result);
            const isStatic = lifetime === "Static";
            if (result === "Success")
              held.push({ client, cnode, objs, isMoved: false, isDevice: false, isStatic });
          } else if (kind === "device") {
            const cnode = next++;
            const [{ count, type } = { count: 1, type: 0 }] = descs;
            const objs = which % 7 === 0 ? [{ ...pages(0, 1), type }] : [pages(0, count)];
            // The first pages are the system's, and the last reach beyond.
            const paddr = PADDR + (which % 40) * 0x1000 + (which % 11 === 0 ? 2 ** 24 - 0x4000 : 0);
            if (which % 13 === 0) kernel.occupy(cnode, 0);
            const result = outcome(
              manager.allocDevice(bundle(cnode, ...objs), paddr, cnode, client),
            );
            report.count(result === "Success" ? undefined : result);
            if (result === "Success")
              held.push({ client, cnode, objs, isMoved: false, isDevice: true, isStatic: false });
          } else if (kind === "odd") {
            const depth = which % 3 === 0 ? 0 : 2;
            const desc = { ...pages(which % 5, 1), type: descs[0]?.type ?? 0 };
            const objs = which % 2 === 0 ? [desc, desc] : [desc];
            const request = { ...bundle(next++, ...objs), depth };
            report.refused(outcome(manager.free(request, ENDPOINT, client)));
          } else if (target !== undefined) {
            const { cnode, objs } = target;
            const whole = bundle(cnode, ...objs);
            const figures = runTask(manager.stats());
            // Of what shares a block, nothing says that it is gone while others are there.
            if (target.isStatic && (kind === "move" || kind === "hand over")) continue;
            switch (kind) {
              case "free":
                runTask(manager.free(whole, cnode, target.client));
                held = held.filter((other) => other !== target);
                break;
              case "hand over": {
                // Under a name that says nothing to the ledger.
                const taker = (target.client % 3) + 1;
                runTask(manager.free(bundle(next++, ...objs), cnode, taker));
                held = held.filter((other) => other !== target);
                break;
              }
              case "part": {
                const [first] = objs;
                // Of what was moved, nothing says how much is left until all is gone.
                if (first === undefined || target.isMoved || objs.length < 2) continue;
                runTask(manager.free(bundle(cnode, first), cnode, target.client));
                objs.shift();
                break;
              }
              case "move": {
                const other = next++;
                for (const { cptr, count } of objs) {
                  for (let slot = cptr; slot < cptr + count; slot++)
                    kernel.move(cnode, slot, other, slot);
                }
                held = held.filter((each) => each !== target);
                held.push({ ...target, cnode: other, isMoved: true });
                break;
              }
              default: {
                const lie = objs.map((each) => ({ ...each, type: objectType.reply }));
                const request = kind === "lie" ? bundle(cnode, ...lie) : whole;
                const through = kind === "lie" ? cnode : ENDPOINT;
                const result = outcome(manager.free(request, through, target.client));
                expect(result).not.toBe("Success");
                expect(runTask(manager.stats())).toEqual(figures);
                report.refused(result);
                continue;
              }
            }
            report.succeeded();
          }
          const { allocatedBytes, freeBytes, overheadBytes } = runTask(manager.stats());
          const inRam = held.filter(({ isDevice }) => !isDevice);
          expect(allocatedBytes).toBe(inRam.reduce((sum, { objs }) => sum + bytesOf(objs), 0));
          expect(allocatedBytes + freeBytes + overheadBytes).toBe(2 ** 20);
          const { clients, deviceBytes } = runTask(manager.usage());
          const devices = held.filter(({ isDevice }) => isDevice);
          expect(deviceBytes).toBe(devices.reduce((sum, { objs }) => sum + bytesOf(objs), 0));
          for (const { client: who, bytes } of clients) {
            const own = held.filter((each) => each.client === who);
            expect(bytes).toBe(own.reduce((sum, { objs }) => sum + bytesOf(objs), 0));
          }
        }
        for (const { client, cnode, objs } of held)
          runTask(manager.free(bundle(cnode, ...objs), cnode, client));
        const { freeBytes, allocatedBytes, allocatedObjs } = runTask(manager.stats());
        expect([freeBytes, allocatedBytes, allocatedObjs]).toEqual([before.freeBytes, 0, 0]);
        // The pieces that a used untyped of device memory was cut into stay: the kernel cannot go back.
        const pieces = acts.some(({ kind }) => kind === "device") ? 24 - 12 : 0;
        expect(kernel.slots.usedSlots - usedSlots).toBeLessThanOrEqual(pieces);
      }),
      { numRuns: runs(60) },
    );
    report.finish();
  });
});
