import { runTask, type Task } from "@cantrip/hosted";
import {
  type MemoryLifetime,
  MemoryManagerError,
  type ObjDesc,
  type ObjDescBundle,
} from "@cantrip/interfaces/memory";
import { type DevicePiece, MemoryFailure, MemoryManager } from "@cantrip/memory-manager";
import { cantrip } from "@cantrip/sel4-config";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { FakeKernel } from "./fake-kernel.ts";

const { objectType, sizeBits } = cantrip;
const RAM_BITS = 20;
/** Device memory of which the first three pages are in use, and some that nobody has touched. */
const USED = { slot: 11, paddr: 0x4000_0000, sizeBits: 24, remainingBytes: 2 ** 24 - 0x3000 };
const UNUSED = { slot: 12, paddr: 0, sizeBits: 16, remainingBytes: 2 ** 16 };
/** log2 of the bytes of the first two of those. */
const HELD_BITS = 13;
/** Most pieces that the first is cut into, for good, and the one below them. */
const PIECES = 13;
/** A slot that names an endpoint: whoever invokes it waits for ever. */
const ENDPOINT = 90;

/** Objects of a client in a CNode; the client's name for the CNode is its number. */
interface Held {
  readonly client: number;
  readonly cnode: number;
  readonly isDevice: boolean;
  /** It may share a block with others. */
  readonly isStatic: boolean;
  /** It is not where it was made. */
  readonly isMoved: boolean;
  objs: readonly ObjDesc[];
}

const KINDS = [
  ...["alloc", "alloc", "alloc", "alloc", "device", "free", "part", "part", "move", "move"],
  ...["hand over", "lie", "lie", "noise"],
] as const;
type Kind = (typeof KINDS)[number];

interface Act {
  readonly client: number;
  readonly kind: Kind;
  readonly descs: readonly Omit<ObjDesc, "cptr">[];
  readonly lifetime: MemoryLifetime;
  readonly which: number;
}

const plain = fc.record({
  type: fc.constantFrom(objectType.page4K, objectType.tcb, objectType.endpoint),
  count: fc.integer({ min: 1, max: 12 }),
});
const cnodes = fc.record({
  type: fc.constant(objectType.capTable),
  count: fc.integer({ min: 2, max: 8 }),
});
const act: fc.Arbitrary<Act> = fc.record({
  client: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom(...KINDS),
  descs: fc.array(fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: cnodes }), {
    minLength: 1,
    maxLength: 4,
  }),
  lifetime: fc.constantFrom("Short" as const, "Medium" as const, "Static" as const),
  which: fc.nat(1000),
});

function slotsOf({ type, count }: Omit<ObjDesc, "cptr">): number {
  return type === objectType.capTable ? 1 : count;
}

function bytesOf({ type, count }: ObjDesc): number {
  switch (type) {
    case objectType.capTable:
      return 2 ** (count + sizeBits.slot);
    case objectType.tcb:
      return count * 2 ** sizeBits.tcb;
    case objectType.endpoint:
      return count * 2 ** sizeBits.endpoint;
    default:
      return count * 2 ** sizeBits.page4K;
  }
}

const bytesHeld = (held: readonly Held[]): number =>
  held.flatMap(({ objs }) => objs).reduce((sum, desc) => sum + bytesOf(desc), 0);
const bundle = (cnode: number, objs: readonly ObjDesc[]): ObjDescBundle => ({
  ...{ cnode, depth: 32 },
  objs,
});

function outcome(task: Task<unknown>): string {
  try {
    runTask(task);
    return "Success";
  } catch (error) {
    if (!(error instanceof MemoryFailure)) throw error;
    return Object.entries(MemoryManagerError).find(([, code]) => code === error.code)?.[0] ?? "";
  }
}

/** The first two pages of the device memory that is in use, below the system's: somebody has kept them. */
function heldPiece(kernel: FakeKernel): DevicePiece {
  return {
    ...{ paddr: USED.paddr, sizeBits: HELD_BITS },
    *fetch() {
      const slot = kernel.allocSlots(1);
      if (slot !== undefined) kernel.addUntyped(slot, HELD_BITS);
      return slot;
    },
  };
}

/** The manager and, beside it, what it must say. */
class LedgerModel {
  readonly kernel: FakeKernel;
  readonly #manager: MemoryManager;
  readonly #report: FuzzReport;
  #held: Held[] = [];
  #nextCNode = 1000;

  constructor(ownSlots: number, report: FuzzReport) {
    this.#report = report;
    this.kernel = new FakeKernel(ownSlots);
    this.kernel.addUntyped(10, RAM_BITS);
    this.kernel.addUntyped(USED.slot, USED.sizeBits, 0x3000);
    this.kernel.addUntyped(UNUSED.slot, UNUSED.sizeBits);
    this.kernel.endpoints.add(ENDPOINT);
    this.#manager = new MemoryManager(this.kernel, cantrip);
    const ram = { slot: 10, sizeBits: RAM_BITS, remainingBytes: 2 ** RAM_BITS };
    runTask(this.#manager.setUp([ram], [USED, UNUSED], [heldPiece(this.kernel)]));
  }

  get freeBytes(): number {
    return runTask(this.#manager.stats()).freeBytes;
  }

  do(what: Act): void {
    const target = this.#held[what.which % Math.max(1, this.#held.length)];
    if (what.kind === "alloc") this.#alloc(what);
    else if (what.kind === "device") this.#allocDevice(what);
    else if (what.kind === "noise") this.#noise(what, target);
    else if (target !== undefined) this.#change(what, target);
  }

  freeAll(): void {
    for (const held of this.#held) this.#free(held);
    this.#held = [];
  }

  /** Compares the figures with what is held. */
  check(): void {
    const stats = runTask(this.#manager.stats());
    const { clients, deviceBytes } = runTask(this.#manager.usage());
    const inRam = this.#held.filter(({ isDevice }) => !isDevice);
    expect(stats.allocatedBytes).toBe(bytesHeld(inRam));
    expect(stats.allocatedBytes + stats.freeBytes + stats.overheadBytes).toBe(2 ** RAM_BITS);
    expect(deviceBytes).toBe(bytesHeld(this.#held.filter(({ isDevice }) => isDevice)));
    for (const { client, bytes } of clients)
      expect(bytes).toBe(bytesHeld(this.#held.filter((held) => held.client === client)));
  }

  #alloc({ client, descs, lifetime }: Act): void {
    const cnode = this.#nextCNode++;
    let cptr = 0;
    const objs = descs.map((desc) => {
      const placed = { ...desc, cptr };
      cptr += slotsOf(desc);
      return placed;
    });
    this.#allocAt(client, cnode, objs, lifetime);
  }

  #allocAt(client: number, cnode: number, objs: ObjDesc[], lifetime: MemoryLifetime): void {
    const task = this.#manager.alloc(bundle(cnode, objs), lifetime, cnode, client);
    const isStatic = lifetime === "Static";
    const made = { client, cnode, objs, isStatic, isDevice: false, isMoved: false };
    this.#note(outcome(task), made);
  }

  #allocDevice({ client, descs, which }: Act): void {
    const cnode = this.#nextCNode++;
    const type = which % 7 === 0 ? (descs[0]?.type ?? 0) : objectType.page4K;
    const objs: ObjDesc[] = [{ type, count: descs[0]?.count ?? 1, cptr: 0 }];
    if (which % 9 === 0) objs.push({ type: objectType.megaPage, count: 1, cptr: 100 });
    if (which % 23 === 0) objs.length = 0;
    // The third page is the system's, and the last reach beyond.
    const base = which % 3 === 0 ? UNUSED.paddr : USED.paddr;
    const offset = (which % 40) * 0x1000 + (which % 11 === 0 ? 2 ** 24 - 0x4000 : 0);
    const odd = which % 17 === 0 ? 0x800 : 0;
    if (which % 13 === 0) this.kernel.occupy(cnode, 0);
    const paddr = base + offset + odd;
    const result = outcome(this.#manager.allocDevice(bundle(cnode, objs), paddr, cnode, client));
    if (objs.length === 0) this.#note(result);
    else
      this.#note(result, { client, cnode, objs, isStatic: false, isDevice: true, isMoved: false });
  }

  /** What makes no sense, or comes with no CNode. */
  #noise({ client, descs, which }: Act, target: Held | undefined): void {
    const before = runTask(this.#manager.stats());
    const desc = { type: descs[0]?.type ?? 0, count: 2, cptr: which % 5 };
    const objs = which % 2 === 0 ? [desc, desc] : [desc];
    const odd = { ...bundle(this.#nextCNode++, objs), depth: which % 3 === 0 ? 0 : 2 };
    const request =
      target === undefined || which % 4 === 0 ? odd : bundle(target.cnode, target.objs);
    const stranger = which % 8 === 1 ? { ...request, cnode: this.#nextCNode++ } : request;
    const result = outcome(this.#manager.free(stranger, ENDPOINT, target?.client ?? client));
    if (request.objs.length > 0) expect(result).not.toBe("Success");
    expect(runTask(this.#manager.stats())).toEqual(before);
    this.#report.refused(result);
  }

  #change(what: Act, target: Held): void {
    switch (what.kind) {
      case "free":
        this.#free(target);
        this.#remove(target);
        break;
      case "part":
        this.#freePart(what, target);
        break;
      case "lie":
        this.#lie(what, target);
        break;
      default:
        // Of what shares a block nothing says that it is gone, while others are there.
        if (target.isStatic) return;
        if (what.kind === "hand over") {
          // Under a name that says nothing to the ledger.
          const taker = (target.client % 3) + 1;
          const { cnode, objs } = target;
          const task = this.#manager.free(bundle(this.#nextCNode++, objs), cnode, taker);
          this.#note(outcome(task));
          this.#remove(target);
        } else this.#move(what, target);
    }
  }

  #free({ client, cnode, objs }: Held): void {
    this.#note(outcome(this.#manager.free(bundle(cnode, objs), cnode, client)));
  }

  /** Frees one slot of a run, or one descriptor. */
  #freePart({ which }: Act, target: Held): void {
    const { client, cnode, objs, isMoved } = target;
    const desc = objs[which % objs.length];
    // Of what was moved, nothing says how much is left until all is gone.
    if (desc === undefined || isMoved) return;
    const others = objs.filter((other) => other !== desc);
    const { cptr, count } = desc;
    const at = which % slotsOf(desc);
    const isWhole = which % 3 === 0 || slotsOf(desc) === 1;
    const part = isWhole ? desc : { ...desc, cptr: cptr + at, count: 1 };
    const rest = isWhole
      ? []
      : [
          { ...desc, count: at },
          { ...desc, cptr: cptr + at + 1, count: count - at - 1 },
        ].filter((each) => each.count > 0);
    this.#note(outcome(this.#manager.free(bundle(cnode, [part]), cnode, client)));
    target.objs = [...others, ...rest];
    if (target.objs.length === 0) this.#remove(target);
  }

  /** To another CNode; new objects may be made where they were. */
  #move({ client, which }: Act, target: Held): void {
    const other = this.#nextCNode++;
    for (const desc of target.objs) {
      for (let slot = desc.cptr; slot < desc.cptr + slotsOf(desc); slot++)
        this.kernel.move(target.cnode, slot, other, slot);
    }
    this.#remove(target);
    this.#held.push({ ...target, cnode: other, isMoved: true });
    this.#report.succeeded();
    if (which % 2 === 0 || target.isMoved || client !== target.client) return;
    const objs = [{ type: objectType.tcb, count: 1 + (which % 6), cptr: which % 3 }];
    this.#allocAt(client, target.cnode, objs, "Short");
  }

  /** Says something else than what was made there. */
  #lie({ which }: Act, target: Held): void {
    const before = runTask(this.#manager.stats());
    const { client, cnode, objs, isMoved } = target;
    const lies = objs.map((desc) => {
      const isSized = desc.type === objectType.capTable;
      if (isSized && which % 2 === 0 && !isMoved) return { ...desc, count: desc.count + 1 };
      return { ...desc, type: objectType.reply, count: slotsOf(desc) };
    });
    const result = outcome(this.#manager.free(bundle(cnode, lies), cnode, client));
    expect(result).not.toBe("Success");
    expect(runTask(this.#manager.stats())).toEqual(before);
    this.#report.refused(result);
  }

  #note(result: string, made?: Held): void {
    this.#report.count(result === "Success" ? undefined : result);
    if (made === undefined) expect(result).toBe("Success");
    else if (result === "Success") this.#held.push(made);
  }

  #remove(target: Held): void {
    this.#held = this.#held.filter((held) => held !== target);
  }
}

describe("random requests of several clients", () => {
  it("leave what a reference ledger says, in any order of requests", () => {
    const report = new FuzzReport("ledger of the memory manager");
    const acts = fc.array(act, { minLength: 5, maxLength: 80, size: "max" });
    fc.assert(
      fc.property(acts, fc.constantFrom(300, 300, 300, 24), (all, ownSlots) => {
        const model = new LedgerModel(ownSlots, report);
        const { freeBytes } = model;
        const { usedSlots } = model.kernel.slots;
        for (const each of all) {
          model.do(each);
          model.check();
        }
        model.freeAll();
        model.check();
        expect(model.freeBytes).toBe(freeBytes);
        // The pieces that a used untyped of device memory was cut into stay: the kernel cannot go back.
        expect(model.kernel.slots.usedSlots - usedSlots).toBeLessThanOrEqual(PIECES);
      }),
      { numRuns: runs(80) },
    );
    report.finish();
  });
});
