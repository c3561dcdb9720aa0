import { AppTimers } from "@cantrip/sdk-runtime";
import type { SdkRuntimeState } from "@cantrip/sdk-runtime/component";
import { KeyStore } from "@cantrip/security-coordinator";
import type { SecurityCoordinatorState } from "@cantrip/security-coordinator/component";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runRandomBundles } from "./random-bundles.ts";
import { withState } from "./watched-services.ts";

const OPERATIONS = 10_000;
const MINUTES = 60_000;

/** Keeps the timers of applications that are gone. */
class KeptTimers extends AppTimers {
  override release(): void {
    // They run on.
  }
}

/** Keeps the keys of bundles that are gone. */
class KeptKeys extends KeyStore {
  override forget(): void {
    // The next bundle of that name has them.
  }
}

describe("random start, stop, install, uninstall, key and timer operations over 50 bundles", () => {
  it(`${OPERATIONS} of them leave nothing behind`, { timeout: 20 * MINUTES }, () => {
    const report = new FuzzReport(`${OPERATIONS} random operations over bundles`);
    for (const seed of [2, 3]) runRandomBundles(seed, OPERATIONS / 2, report);
    report.finish();
  });

  it("notice timers that outlive their application", () => {
    const run = (): void => {
      runRandomBundles(4, 300, new FuzzReport("kept timers"), (system) =>
        withState<SdkRuntimeState>(system, "sdk_runtime", (state) =>
          Object.assign(state, { timers: new KeptTimers() }),
        ),
      );
    };
    expect(run).toThrow(/to match object/);
  });

  it("notice keys that outlive their bundle", () => {
    const run = (): void => {
      runRandomBundles(4, 300, new FuzzReport("kept keys"), (system) =>
        withState<SecurityCoordinatorState>(system, "security_coordinator", () => ({
          keys: new KeptKeys(),
        })),
      );
    };
    expect(run).toThrow(/expected 'Success' to be 'KeyNotFound'/);
  });
});
