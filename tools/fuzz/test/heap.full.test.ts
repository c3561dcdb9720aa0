import { describe, expect, it } from "vitest";
import { HeapWatch } from "../heap.ts";

const REQUESTS = 20_000;

/** Bytes that are kept of a request. */
function keptOf(request: (index: number) => void): number {
  let done = 0;
  const serve = (): void => {
    for (let index = 0; index < REQUESTS; index++) request(done++);
  };
  const heap = new HeapWatch("requests", () => done);
  serve();
  heap.begin();
  serve();
  return heap.end();
}

describe("the watch over the heap", () => {
  it("sees a number that is kept of each request, and nothing where nothing is kept", () => {
    const kept: number[] = [];
    expect(keptOf((index) => kept.push(index))).toBeGreaterThan(4);
    let sum = 0;
    const nothing = keptOf((index) => {
      sum += `${index}`.length;
    });
    expect(nothing).toBeLessThan(2);
    expect(kept.length + sum).toBeGreaterThan(REQUESTS);
  });

  it("sees what is kept in buffers", () => {
    const kept: Uint8Array[] = [];
    expect(keptOf(() => kept.push(new Uint8Array(200)))).toBeGreaterThan(200);
  });
});
