import { type TestOptions, type TestSystem, bootSystem } from "@cantrip/testing";
import { sparrow } from "@cantrip/assembly/cantrip";

import { builtinApplications, makeFlash } from "@cantrip/cli";

/** Boots sparrow to its prompt. */
export function boot(options: TestOptions = {}): TestSystem {
  const session = bootSystem({
    system: sparrow(),
    flash: makeFlash(builtinApplications()),
    ...options,
  });
  session.expectPrompt();
  // What services say when they start may come after the prompt.
  session.advance(0.05);
  session.discardOutput();
  return session;
}

/** Bytes and objects in use, as `mstats` prints them. */
export function inUse(session: TestSystem): readonly string[] {
  const text = session.command("mstats");
  return [...text.matchAll(/(\d+) (bytes|objs) in-use/g)].map(([whole]) => whole);
}
