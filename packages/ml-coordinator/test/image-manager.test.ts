import {
  ImageManager,
  type ImagePlacement,
  MlFailure,
  type ModelSizes,
} from "@cantrip/ml-coordinator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const PAGE = 0x1000;
const PAGES = 64;
const PARTS = ["modelInput", "text", "constantData", "modelOutput", "staticData"] as const;

function sizes(pages: Partial<Record<keyof ModelSizes, number>>): ModelSizes {
  const bytes = (part: keyof ModelSizes): number => (pages[part] ?? 0) * PAGE;
  return {
    text: bytes("text"),
    constantData: bytes("constantData"),
    modelOutput: bytes("modelOutput"),
    staticData: bytes("staticData"),
    modelInput: bytes("modelInput"),
    temporaryData: bytes("temporaryData"),
  };
}

describe("ImageManager", () => {
  it("puts images behind each other, parts in order, and temporary data at the top for all", () => {
    const images = new ImageManager(PAGES * PAGE);
    const first = sizes({
      text: 2,
      constantData: 1,
      modelOutput: 1,
      staticData: 3,
      temporaryData: 4,
    });
    expect(images.place(0, first)).toEqual({ moves: [], evicted: [] });
    images.place(7, sizes({ text: 1, modelOutput: 1, temporaryData: 9 }));
    const at = (model: number): number[] =>
      PARTS.map((part) => images.offsetOf(model, part) / PAGE);
    expect(at(0)).toEqual([0, 0, 2, 3, 4]);
    expect(at(7)).toEqual([7, 7, 8, 8, 9]);
    expect(images.offsetOf(0, "temporaryData")).toBe((PAGES - 9) * PAGE);
    expect(images.offsetOf(7, "temporaryData")).toBe((PAGES - 9) * PAGE);
    expect(images.sizesOf(0)).toEqual(first);
  });

  it("evicts what was loaded last until there is room", () => {
    const images = new ImageManager(PAGES * PAGE);
    for (const model of [0, 1, 2]) images.place(model, sizes({ text: 20, temporaryData: 4 }));
    expect(images.place(3, sizes({ text: 30, temporaryData: 2 })).evicted).toEqual([2, 1]);
    expect([0, 1, 2, 3].map((model) => images.has(model))).toEqual([true, false, false, true]);
    // A need for temporary memory counts as well.
    expect(images.place(4, sizes({ text: 1, temporaryData: 20 })).evicted).toEqual([3]);
  });

  it("closes gaps only when an image is placed", () => {
    const images = new ImageManager(PAGES * PAGE);
    for (const model of [0, 1, 2]) images.place(model, sizes({ text: 10 }));
    images.remove(0);
    expect(images.offsetOf(2, "text")).toBe(20 * PAGE);
    expect(images.place(3, sizes({ text: 1 })).moves).toEqual([
      { from: 10 * PAGE, to: 0, bytes: 10 * PAGE },
      { from: 20 * PAGE, to: 10 * PAGE, bytes: 10 * PAGE },
    ]);
    expect(images.offsetOf(3, "text")).toBe(20 * PAGE);
  });

  it("refuses what can never fit, and changes nothing then", () => {
    const images = new ImageManager(PAGES * PAGE);
    images.place(0, sizes({ text: 10 }));
    const tooBig = sizes({ text: 1, temporaryData: PAGES });
    expect(() => images.place(1, tooBig)).toThrow("too big");
    expect(() => {
      images.check(tooBig);
    }).toThrow("too big");
    expect(images.has(0)).toBe(true);
    expect(images.place(1, sizes({ text: 1, temporaryData: PAGES - 1 })).evicted).toEqual([0]);
    expect(() => images.offsetOf(0, "text")).toThrow(RangeError);
  });

  it("keeps every resident image whole in its memory, whatever is placed and removed", () => {
    let placed = 0;
    let refused = 0;
    const pages = fc.nat(12);
    const operation = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          model: fc.nat(7),
          sizes: fc.record({
            text: pages,
            staticData: pages,
            modelOutput: pages,
            temporaryData: pages,
          }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ model: fc.nat(7) }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { minLength: 10, maxLength: 60 }), (operations) => {
        const memory = 40;
        const images = new ImageManager(memory * PAGE);
        /** Who owns each page of the memory; the coordinator would copy as the moves say. */
        const owner = new Int32Array(memory).fill(-1);
        const apply = ({ moves }: ImagePlacement): void => {
          for (const { from, to, bytes } of moves)
            owner.copyWithin(to / PAGE, from / PAGE, (from + bytes) / PAGE);
        };
        const resident = (): number[] =>
          [0, 1, 2, 3, 4, 5, 6, 7].filter((model) => images.has(model));
        for (const op of operations) {
          if (!("sizes" in op)) {
            images.remove(op.model);
          } else {
            try {
              apply(images.place(op.model, sizes(op.sizes)));
            } catch (error) {
              if (!(error instanceof MlFailure)) throw error;
              refused++;
              continue;
            }
            placed++;
            const start = images.offsetOf(op.model, "text") / PAGE;
            const { text, staticData, modelOutput } = op.sizes;
            owner.fill(op.model, start, start + text + staticData + modelOutput);
          }
          const temporary = Math.min(
            memory,
            ...resident().map((model) => images.offsetOf(model, "temporaryData") / PAGE),
          );
          for (const model of resident()) {
            for (const part of ["text", "staticData", "modelOutput"] as const) {
              const from = images.offsetOf(model, part) / PAGE;
              const end = from + images.sizesOf(model)[part] / PAGE;
              expect(end).toBeLessThanOrEqual(temporary);
              expect([...owner.subarray(from, end)].every((page) => page === model)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 300, seed: 7 },
    );
    console.log(`images: ${placed} placed, ${refused} refused`);
    expect(placed).toBeGreaterThan(refused);
  });
});
