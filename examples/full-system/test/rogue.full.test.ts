import { KeyStore } from "@cantrip/security-coordinator";
import type { SecurityCoordinatorState } from "@cantrip/security-coordinator/component";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { HeapWatch } from "../../../tools/fuzz/heap.ts";
import { runRogue } from "./rogue-run.ts";
import { withState } from "./watched-services.ts";

const REQUESTS = 100_000;
const MINUTES = 60_000;
/** Most bytes of the host's heap for each request. What is not a leak grows ever slower: caches and tables of the engine. */
const MOST_KEPT = 4;

/** Remembers every value that was ever written. */
class RememberingKeys extends KeyStore {
  readonly #values: Uint8Array[] = [];

  override write(...parameters: Parameters<KeyStore["write"]>): ReturnType<KeyStore["write"]> {
    this.#values.push(parameters[2].slice());
    return super.write(...parameters);
  }
}

function heapOf(report: FuzzReport): (transcript: () => string) => HeapWatch {
  return (transcript) => new HeapWatch("a rogue component", () => report.total, transcript);
}

describe("a rogue component that reaches every interface", () => {
  it(
    `${REQUESTS} requests stop no service and leave nothing behind, neither in the system nor in the host's heap`,
    { timeout: 20 * MINUTES },
    () => {
      const report = new FuzzReport(`${REQUESTS} requests of a rogue component`);
      for (const seed of [21, 22]) {
        const kept = runRogue(seed, REQUESTS / 2, report, { heap: heapOf(report) });
        expect(kept).toBeLessThan(MOST_KEPT);
      }
      report.finish();
    },
  );

  it("a service that keeps what is written is noticed", { timeout: 20 * MINUTES }, () => {
    const report = new FuzzReport("requests to a service with a leak");
    const kept = runRogue(23, REQUESTS / 4, report, {
      heap: heapOf(report),
      change: (system) =>
        withState<SecurityCoordinatorState>(system, "security_coordinator", () => ({
          keys: new RememberingKeys(),
        })),
    });
    expect(kept).toBeGreaterThan(MOST_KEPT);
  });
});
