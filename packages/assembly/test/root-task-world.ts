import {
  bootHostedRootTask,
  ChildAddress,
  type HostedRootTaskSystem,
  type RootTask,
} from "@cantrip/assembly/riscv";
import type { HostedComponent, Task, UserContext } from "@cantrip/hosted";
import type { HostedError } from "@cantrip/hw-riscv";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { SeL4 } from "@cantrip/sel4-sys";
import { expect } from "vitest";

export {
  type Child,
  ChildAddress,
  type ChildPlan,
  type ChildSlots,
  childStub,
  oneThread as component,
  RootTask,
} from "@cantrip/assembly/riscv";

/** A system call interface of a child's thread. */
export function childSel4(context: UserContext): SeL4 {
  return new SeL4(context, cantrip, ChildAddress.ipcBuffer);
}

/** A machine with a kernel whose initial task is TypeScript. */
export interface World extends HostedRootTaskSystem {
  readonly errors: readonly HostedError[];
  /** What the kernel's debug console printed. */
  printed(): string;
}

/**
 * Boots an initial task that runs `main` and then suspends itself.
 *
 * @param components - code of the children: entry 1 and following
 */
export function bootWorld(
  main: (root: RootTask) => Task<void>,
  components: readonly HostedComponent[] = [],
): World {
  const errors: HostedError[] = [];
  let printed = "";
  const system = bootHostedRootTask({
    main,
    components,
    onHostedError: (error) => errors.push(error),
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
  });
  return { ...system, errors, printed: () => printed };
}

/** Virtual seconds after which a world that does not come to its end is given up. */
const PATIENCE_SECONDS = 60;

/** Runs until `done` or nothing can happen any more. */
export function runWorld(world: World, done: () => boolean): void {
  const { machine, errors } = world;
  machine.run({ untilCycle: PATIENCE_SECONDS * machine.clock.cyclesPerSecond, until: done });
  expect(errors.filter(({ kind }) => kind === "threw").map(({ stack }) => stack)).toEqual([]);
  checkInvariants(world.kernel.state);
}
