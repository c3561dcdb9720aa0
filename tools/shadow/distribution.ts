import type { Fields, KernelState, ObjectState } from "./kernel-state.ts";

/** Fields that tell when something happened, or for how long. */
const TIMES: readonly string[] = ["time", "workUnits", "consumed"];

/**
 * Objects, capabilities and who waits for what: a state without times, which depend on how fast a kernel is, and without
 * what threads compute. Two runs of one system on different kernels are compared so.
 */
export function distributionOf(state: KernelState): KernelState {
  return {
    ...state,
    globals: withoutTimes(state.globals),
    objects: new Map([...state.objects].map(([address, object]) => [address, timeless(object)])),
  };
}

function timeless({ kind, fields, slots, queue, words }: ObjectState): ObjectState {
  return {
    kind,
    fields: kind === "schedContext" ? withoutTimes(fields) : fields,
    ...(slots === undefined ? {} : { slots }),
    ...(queue === undefined ? {} : { queue }),
    // Those of a scheduling context are refills: amounts and times.
    ...(words === undefined || kind === "schedContext" ? {} : { words }),
  };
}

function withoutTimes(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !TIMES.includes(name)));
}
