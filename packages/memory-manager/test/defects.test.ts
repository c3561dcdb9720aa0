import { runTask, type Task } from "@cantrip/hosted";
import { type MemoryLifetime, MemoryManagerError, type ObjDesc } from "@cantrip/interfaces/memory";
import { MemoryFailure, MemoryManager, type UntypedSlab } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FakeMemory } from "./fake-memory.ts";
import { OriginalManager, type TestedManager } from "./original-manager.ts";

const { objectType } = cantrip;
const CNODE = 1000;
const KIB = 1024;

interface World {
  readonly fake: FakeMemory;
  readonly manager: TestedManager;
  /** Allocates; the name of the error, or `Success`. */
  alloc(objs: readonly ObjDesc[], lifetime?: MemoryLifetime): string;
  free(objs: readonly ObjDesc[]): string;
  /** Capabilities in the client's CNode. */
  readonly made: number;
  readonly allocatedBytes: number;
}

type MakeManager = (fake: FakeMemory) => TestedManager;
type Make = (...slabBits: readonly number[]) => World;

function worldOf(makeManager: MakeManager): Make {
  return (...slabBits) => {
    const fake = new FakeMemory(400);
    const slabs = slabBits.map((sizeBits, index): UntypedSlab => {
      fake.addUntyped(index + 1, sizeBits, (index + 1) * 2 ** 26);
      return { slot: index + 1, sizeBits, remainingBytes: 2 ** sizeBits };
    });
    const manager = makeManager(fake);
    runTask(manager.setUp(slabs));
    const bundle = (objs: readonly ObjDesc[]) => ({ cnode: 1, depth: 32, objs });
    return {
      fake,
      manager,
      alloc: (objs, lifetime = "Short") => outcome(manager.alloc(bundle(objs), lifetime, CNODE)),
      free: (objs) => outcome(manager.free(bundle(objs), CNODE)),
      get made() {
        return fake.cnodes.get(CNODE)?.size ?? 0;
      },
      get allocatedBytes() {
        return runTask(manager.stats()).allocatedBytes;
      },
    };
  };
}

function outcome(task: Task<void>): string {
  try {
    runTask(task);
    return "Success";
  } catch (error) {
    if (!(error instanceof MemoryFailure)) throw error;
    return Object.entries(MemoryManagerError).find(([, code]) => code === error.code)?.[0] ?? "";
  }
}

const ours: MakeManager = (fake) => new MemoryManager(fake, cantrip);
const original: MakeManager = (fake) => new OriginalManager(fake);

function memoryDefect(
  name: string,
  test: (make: Make) => void,
  failure: RegExp,
  mutant: MakeManager = original,
): void {
  defect(name, { ours: worldOf(ours), mutant: worldOf(mutant) }, test, failure);
}

const pages = (cptr: number, count: number): ObjDesc => ({ type: objectType.page4K, count, cptr });
const one = (type: number, cptr: number): ObjDesc => ({ type, count: 1, cptr });

/** What a manager that knows no lifetimes would do. */
class WithoutArenas extends MemoryManager {
  override alloc(...[bundle, , cnode]: Parameters<MemoryManager["alloc"]>): Task<void> {
    return super.alloc(bundle, "Short", cnode);
  }
}

/** Device untypeds are kept and never used: `_device_untypeds`. */
class WithoutDevices extends MemoryManager {
  override setUp(slabs: readonly UntypedSlab[]): Task<void> {
    return super.setUp(slabs);
  }
}

describe("defects of CantripOS's memory manager", () => {
  memoryDefect(
    "1: a request that fails half way leaves nothing behind",
    (make) => {
      const world = make(16, 16);
      expect(world.alloc([pages(0, 8), pages(8, 20), pages(28, 20)])).toBe("AllocFailed");
      expect(world.made).toBe(0);
      expect(world.alloc([pages(0, 16)])).toBe("Success");
    },
    /expected 8 to be \+?0/,
  );

  memoryDefect(
    "2: a static request that cannot be met is refused, and one that can is in the figures",
    (make) => {
      const world = make(20, 16);
      expect(world.alloc([one(objectType.endpoint, 0)], "Static")).toBe("Success");
      expect(world.alloc([pages(1, 5000)], "Static")).toBe("AllocFailed");
      expect(world.allocatedBytes).toBe(16);
    },
    /static object alloc failed/,
  );

  memoryDefect(
    "3: memory between objects that stay is used again",
    (make) => {
      const world = make(16, 13);
      expect(world.alloc([pages(0, 8)])).toBe("Success");
      expect(world.alloc([pages(8, 1)])).toBe("Success");
      expect(world.free([pages(0, 8)])).toBe("Success");
      expect(world.alloc([pages(0, 8)])).toBe("Success");
    },
    /expected 'AllocFailed' to be 'Success'/,
  );

  memoryDefect(
    "3: a small object does not take what a large one needs",
    (make) => {
      const world = make(16, 13, 13);
      expect(world.alloc([one(objectType.endpoint, 0)])).toBe("Success");
      expect(world.alloc([{ type: objectType.untyped, count: 16, cptr: 1 }])).toBe("Success");
    },
    /expected 'AllocFailed' to be 'Success'/,
  );

  memoryDefect(
    "4: what stays long does not keep apart what comes and goes",
    (make) => {
      const world = make(18);
      for (let slot = 0; slot < 64; slot++) {
        const lifetime = slot % 2 === 0 ? "Short" : "Medium";
        expect(world.alloc([pages(slot, 1)], lifetime)).toBe("Success");
      }
      for (let slot = 0; slot < 64; slot += 2) world.free([pages(slot, 1)]);
      expect(world.alloc([{ type: objectType.untyped, count: 16, cptr: 100 }])).toBe("Success");
    },
    /expected 'AllocFailed' to be 'Success'/,
    (fake) => new WithoutArenas(fake, cantrip),
  );

  memoryDefect(
    "5: types and counts that a client names when it frees are not believed",
    (make) => {
      const world = make(18, 16);
      expect(world.alloc([pages(0, 4)])).toBe("Success");
      const lie = [{ type: objectType.endpoint, count: 4, cptr: 0 }];
      expect(world.free(lie)).toBe("ObjTypeInvalid");
      expect(world.allocatedBytes).toBe(16 * KIB);
      expect(world.made).toBe(4);
    },
    /expected 'Success' to be 'ObjTypeInvalid'/,
  );

  memoryDefect(
    "5: what is freed twice is in the figures once",
    (make) => {
      const world = make(18, 16);
      expect(world.alloc([pages(0, 4), pages(4, 4)])).toBe("Success");
      expect(world.free([pages(0, 4)])).toBe("Success");
      world.free([pages(0, 4)]);
      expect(world.allocatedBytes).toBe(16 * KIB);
    },
    /expected \+?0 to be 16384/,
  );

  memoryDefect(
    "5: a notification has the 32 bytes that it takes",
    (make) => {
      const world = make(18, 16);
      expect(world.alloc([one(objectType.notification, 0)])).toBe("Success");
      expect(world.allocatedBytes).toBe(2 ** cantrip.sizeBits.notification);
    },
    /expected 16 to be 32/,
  );

  memoryDefect(
    "6: device memory can be had by its physical address",
    (make) => {
      const { fake, manager } = make(18);
      const paddr = 0x5000_0000;
      fake.addUntyped(50, 20, paddr);
      const device = { slot: 50, paddr, sizeBits: 20, remainingBytes: 2 ** 20 };
      if (!(manager instanceof MemoryManager)) throw new Error("no device memory");
      runTask(manager.setUp([], [device]));
      const bundle = { cnode: 1, depth: 32, objs: [pages(0, 3)] };
      expect(outcome(manager.allocDevice(bundle, paddr + 0x7000, CNODE))).toBe("Success");
      const starts = [0, 1, 2].map((slot) => fake.cnodes.get(CNODE)?.get(slot)?.start);
      expect(starts).toEqual([paddr + 0x7000, paddr + 0x8000, paddr + 0x9000]);
    },
    /expected 'AllocFailed' to be 'Success'/,
    (fake) => new WithoutDevices(fake, cantrip),
  );

  memoryDefect(
    "7: a request may ask for more frames than the kernel makes at once",
    (make) => {
      const world = make(22, 16);
      expect(world.alloc([pages(0, 600)])).toBe("Success");
      expect(world.made).toBe(600);
    },
    /expected 'AllocFailed' to be 'Success'/,
  );
});
