import { type ComponentType, type Connection, type SystemDescription } from "@cantrip/assembly";
import { bootSystem, type RunningSystem } from "@cantrip/assembly/riscv";
import type { ComponentRuntime, ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";

/** A component whose threads `w0`, `w1`, … share a state. */
export interface Workers<State> {
  /** How many. */
  readonly threads: number;
  /** What the type has besides, for example semaphores. */
  readonly type?: Partial<ComponentType>;
  create(runtime: ComponentRuntime): State;
  /** What a thread does. */
  run(thread: ComponentThread, state: State, index: number): Task<void>;
}

/** Boots a system of one component with some threads, on the kernel model. Its name is `workers`. */
export function bootWorkers<State>(workers: Workers<State>): RunningSystem {
  const { threads } = workers;
  const names = Array.from({ length: threads }, (_, index) => `w${index}`);
  const type: ComponentType = {
    name: "Workers",
    provides: names,
    cnodeHeadroom: 16,
    ...workers.type,
    program: {
      name: "Workers",
      create: (runtime): State => workers.create(runtime),
      threads: Object.fromEntries(
        names.map((name, index) => [
          name,
          { run: (thread: ComponentThread, state: State) => workers.run(thread, state, index) },
        ]),
      ),
    },
  };
  // A thread belongs to a connection.
  const client: ComponentType = {
    name: "Client",
    uses: names,
    program: { name: "Client", create: () => ({}), threads: {} },
  };
  const connections = names.map((name): Connection => ({
    ...{ name: `rpc_${name}`, connector: "cantripRPCCall" },
    ...{ from: [`client.${name}`], to: `workers.${name}` },
  }));
  const system: SystemDescription = {
    ...{ name: "workers", kernel: cantrip, platform: "sparrow", connections },
    components: { client: { type: client }, workers: { type } },
  };
  return bootSystem({ system, onConsole: () => undefined });
}
