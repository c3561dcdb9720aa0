import { type CapdlObject, type CapdlSpec, hasSlots } from "../model.ts";
import { ownersOf } from "../owners.ts";
import { SpecRight, TcbSlotNumber } from "../spec.ts";
import { authorityOf, type ControlWay, type FrameAccess } from "./authority.ts";

/** One component can read or write a frame. */
export interface MemoryReach extends FrameAccess {
  readonly component: string;
  /** Components that have the frame mapped: the one itself among them, when it has. */
  readonly mappedBy: readonly string[];
}

/** One component can send to another. */
export interface ChannelReach {
  readonly from: string;
  readonly to: string;
  /** The endpoint or notification. */
  readonly object: string;
  /** `fault`: the kernel sends its faults there. */
  readonly kind: "call" | "send" | "signal" | "fault";
  /** Whether capabilities can be sent along. */
  readonly grants: boolean;
}

/** One component decides over an object of another. */
export interface ControlReach {
  readonly from: string;
  readonly to: string;
  readonly object: string;
  /** `hand-over`: with all that the root server had. */
  readonly way: ControlWay | "hand-over";
}

/** Who can get at what. */
export interface Reach {
  readonly components: readonly string[];
  /** By component, then frame, in the order of the specification. */
  readonly memory: readonly MemoryReach[];
  readonly channels: readonly ChannelReach[];
  readonly controls: readonly ControlReach[];
}

/**
 * Who can read and write which memory, and who can call and signal whom: what the capabilities of a specification permit, not what
 * the code does. Each component stands alone: nobody gives it anything. A component that receives the untyped memory at the hand-over
 * gets what the root server had.
 */
export function reachOf(spec: CapdlSpec): Reach {
  const objects = new Map(spec.objects.map((object) => [object.name, object]));
  const { components, threads } = ownersOf(spec);
  const homes = homesOf(objects, threads);
  const authorities = components.map((component) => ({
    component,
    authority: authorityOf(spec, objects, threads.get(component) ?? []),
  }));
  const mappedBy = new Map<string, string[]>();
  const receivers = new Map<string, Set<string>>();
  for (const { component, authority } of authorities) {
    for (const { frame, way } of authority.frames) {
      if (way !== "mapping") continue;
      const list = mappedBy.get(frame);
      if (list === undefined) mappedBy.set(frame, [component]);
      else list.push(component);
    }
    for (const { object, rights = 0 } of authority.channels) {
      if ((rights & SpecRight.read) === 0) continue;
      const set = receivers.get(object) ?? new Set();
      receivers.set(object, set.add(component));
    }
  }
  const order = new Map(spec.objects.map(({ name }, index) => [name, index]));
  const place = ({ frame }: FrameAccess): number => order.get(frame) ?? 0;
  return {
    components,
    memory: authorities.flatMap(({ component, authority }) =>
      [...authority.frames]
        .sort((a, b) => place(a) - place(b))
        .map((access) => ({ component, ...access, mappedBy: mappedBy.get(access.frame) ?? [] })),
    ),
    channels: [
      ...authorities.flatMap(({ component, authority }) =>
        channelsOf(component, authority.channels, objects, receivers),
      ),
      ...faultsOf(spec, threads, receivers),
    ],
    controls: authorities.flatMap(({ component: from, authority }): ControlReach[] => [
      ...authority.controls.flatMap(({ object, way }) => {
        const users = homes.get(object) ?? [];
        return users.includes(from) ? [] : users.map((to) => ({ from, to, object, way }));
      }),
      ...(authority.receivesMemory ? components : [])
        .filter((to) => to !== from)
        .map((to) => ({ from, to, object: "", way: "hand-over" as const })),
    ]),
  };
}

/** Components whose threads are, have as CSpace, or have in their address space, an object that others could change. */
function homesOf(
  objects: ReadonlyMap<string, CapdlObject>,
  threads: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const homes = new Map<string, string[]>();
  const settle = (name: string, component: string): void => {
    const object = objects.get(name);
    const users = homes.get(name) ?? [];
    if (object === undefined || users.includes(component)) return;
    homes.set(name, [...users, component]);
    if (!hasSlots(object) || object.kind === "cnode") return;
    for (const { slot, cap } of object.slots) {
      const isSpace = object.kind !== "tcb" || slot <= TcbSlotNumber.vspace;
      if (isSpace && cap.kind === "object") settle(cap.object, component);
    }
  };
  for (const [component, names] of threads) for (const name of names) settle(name, component);
  return homes;
}

function channelsOf(
  from: string,
  caps: ReturnType<typeof authorityOf>["channels"],
  objects: ReadonlyMap<string, { readonly kind: string }>,
  receivers: ReadonlyMap<string, ReadonlySet<string>>,
): ChannelReach[] {
  const found = new Map<string, ChannelReach>();
  for (const { object, rights = 0 } of caps) {
    if ((rights & SpecRight.write) === 0) continue;
    const isEndpoint = objects.get(object)?.kind === "ep";
    const grants = isEndpoint && (rights & SpecRight.grant) !== 0;
    const canCall = (rights & (SpecRight.grant | SpecRight.grantReply)) !== 0;
    const kind = !isEndpoint ? "signal" : canCall ? "call" : "send";
    for (const to of receivers.get(object) ?? []) {
      if (to !== from) found.set(`${to} ${object} ${kind}`, { from, to, object, kind, grants });
    }
  }
  return [...found.values()];
}

function faultsOf(
  spec: CapdlSpec,
  threads: ReadonlyMap<string, readonly string[]>,
  receivers: ReadonlyMap<string, ReadonlySet<string>>,
): ChannelReach[] {
  const homes = new Map([...threads].flatMap(([home, names]) => names.map((name) => [name, home])));
  const found = new Map<string, ChannelReach>();
  for (const tcb of spec.objects) {
    if (tcb.kind !== "tcb" || !hasSlots(tcb)) continue;
    const from = homes.get(tcb.name) ?? tcb.name;
    for (const { slot, cap } of tcb.slots) {
      const isFault = slot === TcbSlotNumber.faultEp || slot === TcbSlotNumber.tempFaultEp;
      if (!isFault || cap.kind !== "object") continue;
      const { object } = cap;
      for (const to of receivers.get(object) ?? [])
        if (to !== from)
          found.set(`${from} ${to} ${object}`, { from, to, object, kind: "fault", grants: false });
    }
  }
  return [...found.values()];
}
