import { cantrip } from "@cantrip/sel4-config";
import { expect, test } from "vitest";
import { confinedCalls } from "./confined-calls.ts";
import type { ConfinedProgram } from "./confined-program.ts";
import { WatchedPort } from "./watched-port.ts";

const CALLS = 10_000;
/** Of a compartment's CNode. */
const EMPTY_SLOT = 40;

/** A port that, once it is watched, does something wrong each time that the kernel does something right. */
class DefectivePort extends WatchedPort {
  program: ConfinedProgram | undefined;
  protected get victim(): ConfinedProgram["victim"] | undefined {
    return this.isWatching ? this.program?.victim : undefined;
  }
}

/** Words go to the victim's page, too. */
class LeakingPort extends DefectivePort {
  override writeWord(paddr: number, value: number): void {
    super.writeWord(paddr, value);
    if (this.victim !== undefined && this.isInKernel) super.writeWord(this.victim.page, value);
  }
}

/** The same, by a way on which nobody watches. */
class SilentPort extends DefectivePort {
  override saveContext(into: Int32Array): void {
    super.saveContext(into);
    if (this.victim === undefined) return;
    this.isWatching = false;
    super.writeWord(this.program?.victim.page ?? 0, into[10] ?? 0);
    this.isWatching = true;
  }
}

/** Clears a page that is not being asked for. */
class ClearingPort extends DefectivePort {
  override clearMemory(paddr: number, bytes: number): void {
    super.clearMemory(this.victim?.page ?? paddr, bytes);
  }
}

/** Saves registers of the thread that runs as the victim's. */
class MixingPort extends DefectivePort {
  override saveContext(into: Int32Array): void {
    super.saveContext(into);
    if (this.victim === undefined) return;
    for (const object of this.victim.closure.objects)
      if (object.kind === "tcb") object.context.set(into.subarray(0, 4));
  }
}

/** Goes on in the victim's address space. */
class SwitchingPort extends DefectivePort {
  override setRootTable(rootPaddr: number): void {
    super.setRootTable(this.victim?.closure.tables[0]?.base ?? rootPaddr);
  }
}

test.each([
  ["a word written elsewhere", LeakingPort, "is nobody's"],
  ["a word written elsewhere unseen", SilentPort, "the victim's word at"],
  ["other memory cleared", ClearingPort, "are nobody's"],
  ["registers mixed up", MixingPort, "of the victim, tcb"],
  ["another address space", SwitchingPort, "runs with the table"],
])("a kernel with a defect is found out: %s", (_name, Port, message) => {
  let port: DefectivePort | undefined;
  const run = (): unknown =>
    confinedCalls(cantrip, CALLS, 1, {
      port: () => (port = new Port()),
      tamper: (program) => {
        if (port !== undefined) port.program = program;
      },
    });
  expect(run).toThrow(message);
});

/** Gives compartments a capability that they must not have. */
function smuggled(slotOf: (program: ConfinedProgram) => number, looksAtReach: boolean): () => void {
  return () => {
    confinedCalls(cantrip, CALLS, 1, {
      tamper: (program) => {
        program.looksAtReach = looksAtReach;
        program.asInitialTask(() => {
          // Untyped memory cannot be copied twice.
          for (const { space } of program.compartments.slice(-1))
            space.copy(slotOf(program), EMPTY_SLOT);
        });
      },
    });
  };
}

test.each([
  ["the victim's thread", (program: ConfinedProgram) => program.victim.tcb],
  ["the victim's memory", (program: ConfinedProgram) => program.victim.untyped],
  ["an endpoint", (program: ConfinedProgram) => program.world.endpoint()],
])("a smuggled capability is found: %s", (_name, slotOf) => {
  expect(smuggled(slotOf, true)).toThrow(/hostile 2.\d has got/);
});

test("what is done with a smuggled capability is found", () => {
  expect(smuggled(({ victim }) => victim.tcb, false)).toThrow("of the victim");
  const used = /are nobody's|is in the victim's memory/;
  expect(smuggled(({ victim }) => victim.untyped, false)).toThrow(used);
});
