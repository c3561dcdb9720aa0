import { SlotAllocator } from "@cantrip/slot-allocator";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

/** First fit over a set, as slow as it is simple. */
class Model {
  readonly used = new Set<number>();
  readonly base: number;
  readonly end: number;
  constructor(base: number, end: number) {
    this.base = base;
    this.end = end;
  }
  alloc(count: number): number | undefined {
    for (let first = this.base; count > 0 && first + count <= this.end; first++) {
      const run = Array.from({ length: count }, (_, index) => first + index);
      if (run.some((slot) => this.used.has(slot))) continue;
      for (const slot of run) this.used.add(slot);
      return first;
    }
    return undefined;
  }
}

describe("SlotAllocator", () => {
  it("is first fit", () => {
    const report = new FuzzReport("slot allocator");
    const operation = fc.record({
      kind: fc.constantFrom("alloc", "alloc", "alloc", "free", "free", "wrong free"),
      count: fc.nat(6),
      pick: fc.nat(100),
    });
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.array(operation, { maxLength: 60, size: "max" }),
        (size, operations) => {
          const slots = new SlotAllocator(10, 10 + size);
          const model = new Model(10, 10 + size);
          const held: [number, number][] = [];
          for (const { kind, count, pick } of operations) {
            if (kind === "wrong free" && model.used.size < size) {
              const free = Array.from({ length: size }, (_, index) => 10 + index).filter(
                (slot) => !model.used.has(slot),
              );
              expect(() => {
                slots.free(free[pick % free.length] ?? 0, 1 + count);
              }).toThrow(RangeError);
              report.refused("not allocated");
            } else if (kind === "alloc" || held.length === 0) {
              const first = slots.alloc(count);
              expect(first).toBe(model.alloc(count));
              if (first !== undefined) held.push([first, count]);
              report.count(
                first !== undefined ? undefined : count === 0 ? "none wanted" : "no room",
              );
            } else {
              report.succeeded();
              const [[first, length] = [0, 0]] = held.splice(pick % held.length, 1);
              slots.free(first, length);
              for (let slot = first; slot < first + length; slot++) model.used.delete(slot);
            }
            expect(slots.usedSlots).toBe(model.used.size);
            expect(slots.freeSlots).toBe(size - model.used.size);
          }
        },
      ),
    );
    report.finish();
  });

  it("refuses to free what is not allocated, and changes nothing then", () => {
    const slots = new SlotAllocator(10, 20);
    slots.alloc(2);
    for (const [first, count] of [
      [9, 1],
      [11, 2],
      [12, 1],
      [19, 2],
      [25, 1],
    ] as const) {
      expect(() => {
        slots.free(first, count);
      }).toThrow(RangeError);
    }
    expect([slots.usedSlots, slots.alloc()]).toEqual([2, 12]);
  });

  it("has no room in an empty or inverted range", () => {
    expect(new SlotAllocator(5, 5).alloc()).toBeUndefined();
    expect(new SlotAllocator(5, 2).totalSlots).toBe(0);
  });
});
