import { sparrow } from "@cantrip/assembly/cantrip";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";

/** Boots sparrow to its prompt. */
export function boot(
  options: Partial<ConstructorParameters<typeof ConsoleSession>[0]> = {},
): ConsoleSession {
  const session = new ConsoleSession({
    system: sparrow(),
    flash: makeFlash(builtinApplications()),
    ...options,
  });
  session.waitForPrompt();
  // What services say when they start may come after the prompt.
  session.advance(0.05);
  session.discardOutput();
  return session;
}

/** Bytes and objects in use, as `mstats` prints them. */
export function inUse(session: ConsoleSession): readonly string[] {
  const text = session.command("mstats");
  return [...text.matchAll(/(\d+) (bytes|objs) in-use/g)].map(([whole]) => whole);
}
