import { extendSystem, type SystemDescription } from "@cantrip/assembly";
import type { ComponentDefinition, ComponentRuntime } from "@cantrip/camkes-rpc";
import type { SdkRuntimeState } from "@cantrip/sdk-runtime/component";
import type { SecurityCoordinatorState } from "@cantrip/security-coordinator/component";
import type { TimerManager } from "@cantrip/timer-service";

/** What the services keep, as numbers: those of an idle system are always the same. */
export interface ServiceSizes {
  /** Slots that each component has taken from its allocator, with a capability or without. */
  readonly slots: Readonly<Record<string, number>>;
  readonly badges: number;
  readonly applicationTimers: number;
  /** Applications that have timers, or that were not told of all that expired. */
  readonly timerOwners: number;
  readonly waitingCalls: number;
  readonly applicationModels: number;
  readonly hardwareTimers: number;
  readonly keys: number;
  readonly bundlesWithKeys: number;
}

/** What services keep of applications when there are none. */
export const NOTHING: Partial<ServiceSizes> = {
  ...{ badges: 0, applicationTimers: 0, timerOwners: 0, waitingCalls: 0, applicationModels: 0 },
  ...{ hardwareTimers: 0, keys: 0, bundlesWithKeys: 0 },
};

/** A system whose services can be looked into. They are the same services. */
export interface WatchedSystem {
  readonly system: SystemDescription;
  /** @throws Error before the services have begun */
  sizes(): ServiceSizes;
}

/** Makes a description whose components note the state that they are created with. */
export function watchServices(system: SystemDescription): WatchedSystem {
  const runtimes = new Map<string, ComponentRuntime>();
  const states = new Map<string, unknown>();
  const replace = Object.fromEntries(
    Object.entries(system.components).flatMap(([name, { type }]) => {
      if (type.program === undefined) return [];
      const definition: ComponentDefinition<unknown> = type.program;
      const program: ComponentDefinition<unknown> = {
        ...definition,
        create(runtime) {
          const state = definition.create(runtime);
          runtimes.set(name, runtime);
          states.set(name, state);
          return state;
        },
      };
      return [[name, { type: { ...type, program } }]];
    }),
  );
  const stateOf = (name: string): unknown => {
    const state = states.get(name);
    if (state === undefined) throw new Error(`${name} has not begun`);
    return state;
  };
  return {
    system: extendSystem(system, { replace }),
    sizes() {
      const { registry, timers, waiting, models } = stateOf("sdk_runtime") as SdkRuntimeState;
      const { keys } = stateOf("security_coordinator") as SecurityCoordinatorState;
      const slots = [...runtimes].map(([name, runtime]) => [name, runtime.slots.usedSlots]);
      return {
        slots: Object.fromEntries(slots) as Record<string, number>,
        badges: registry.size,
        ...{ applicationTimers: timers.size, timerOwners: timers.owners },
        ...{ waitingCalls: waiting.size, applicationModels: models.size },
        hardwareTimers: (stateOf("timer_service") as TimerManager).size,
        ...{ keys: keys.size, bundlesWithKeys: keys.bundles },
      };
    },
  };
}

/** The same system with a component that begins with another state than its own. */
export function withState<State>(
  system: SystemDescription,
  name: string,
  create: (state: State) => State,
): SystemDescription {
  const type = system.components[name]?.type;
  if (type?.program === undefined) throw new RangeError(`${system.name} has no program ${name}`);
  const definition = type.program as ComponentDefinition<State>;
  const program: ComponentDefinition<State> = {
    ...definition,
    create: (runtime) => create(definition.create(runtime)),
  };
  return extendSystem(system, { replace: { [name]: { type: { ...type, program } } } });
}
