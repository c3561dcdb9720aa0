import {
  bootHostedRootTask,
  type HostedRootTaskSystem,
  type RootTask,
} from "@cantrip/assembly/riscv";
import type { HostedComponent, Task } from "@cantrip/hosted";

/** Room for a CNode of 2^17 slots and what is made beside it. */
const RAM_BYTES = 32 * 1024 * 1024;

/** Boots an initial task that runs `main`; a thread that fails ends the bench. */
export function bootWorld(
  main: (root: RootTask) => Task<void>,
  components: readonly HostedComponent[] = [],
): HostedRootTaskSystem {
  return bootHostedRootTask({
    ...{ main, components, ramSize: RAM_BYTES },
    onHostedError: (error) => {
      throw new Error(`${error.component}: ${error.message}`, { cause: error.error });
    },
  });
}
