import { AppRegistry, type RegisteredApp } from "@cantrip/sdk-runtime";
import type { SdkRuntimeState } from "@cantrip/sdk-runtime/component";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { HeapWatch } from "../../../tools/fuzz/heap.ts";
import { fuzzSdk } from "./sdk-fuzz.ts";
import { withState } from "./watched-services.ts";

const MINUTES = 60_000;
/** Most bytes of the host's heap for each request. What is not a leak grows ever slower: caches and tables of the engine. */
const MOST_KEPT = 4;

/** Remembers who asked. */
class RememberingRegistry extends AppRegistry {
  readonly #asked: string[] = [];

  override find(badge: number): RegisteredApp | undefined {
    this.#asked.push(`badge ${badge}, request ${this.#asked.length}`);
    return super.find(badge);
  }
}

function heapOf(report: FuzzReport): (transcript: () => string) => HeapWatch {
  return (transcript) => new HeapWatch("applications", () => report.total, transcript);
}

describe("100,000 random requests of applications", () => {
  it(
    "do no harm to the services, and leave nothing behind, neither in the system nor in the host's heap",
    { timeout: 10 * MINUTES },
    () => {
      const report = new FuzzReport("SDK requests");
      const kept = fuzzSdk(24, 2000, report, { heap: heapOf(report) });
      expect(report.total).toBeGreaterThan(100_000);
      report.finish();
      expect(kept).toBeLessThan(MOST_KEPT);
    },
  );

  it("notice a runtime that keeps something of each request", { timeout: 10 * MINUTES }, () => {
    const report = new FuzzReport("SDK requests to a runtime with a leak");
    const kept = fuzzSdk(4, 1000, report, {
      heap: heapOf(report),
      change: (system) =>
        withState<SdkRuntimeState>(system, "sdk_runtime", (state) =>
          Object.assign(state, { registry: new RememberingRegistry() }),
        ),
    });
    expect(kept).toBeGreaterThan(MOST_KEPT);
  });
});
