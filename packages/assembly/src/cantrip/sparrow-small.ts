import { cantrip, type KernelConfig } from "@cantrip/sel4-config";
import { CELL_BYTES, PAGE_BYTES } from "../component-plan.ts";
import type { ComponentInstance, ComponentType, SystemDescription } from "../description.ts";
import { sparrow, type SparrowChoices } from "./sparrow.ts";

/** What is smaller than in `sparrow`, and why that does. */
export interface SmallChange {
  readonly what: string;
  readonly reason: string;
  readonly change: (type: ComponentType) => Partial<ComponentType>;
}

/** log2 of the slots of a CNode that nothing is received into: the smallest that is no interrupt's. */
const LEAST_CNODE_BITS = 1;
/** Free slots of whoever loads applications: more than any command of the console uses at a time. */
const LOADER_HEADROOM = 32;

/** Everything that `sparrow-small` changes; `docs/kmem.md` is made from it. */
export const SMALL_CHANGES: readonly SmallChange[] = [
  {
    what: "stacks: one page for each thread",
    reason:
      "Hosted code keeps its calls in the host; `sparrow` has the original's pages (up to four).",
    change: ({ image }) => (image === undefined ? { stackBytes: {} } : {}),
  },
  {
    what: "heaps: what is left of the page of the instance cell",
    reason: "Objects of TypeScript are in the host; only the console's `test_alloc` uses a heap.",
    change: ({ heapBytes }) =>
      heapBytes === undefined ? {} : { heapBytes: Math.min(heapBytes, PAGE_BYTES - CELL_BYTES) },
  },
  {
    what: "CNodes for received capabilities: 2 slots, not 256",
    reason:
      "Our components receive into a slot of their allocator. The capability stays, so that no other slot moves.",
    change: () => ({ recvCNodeSizeBits: LEAST_CNODE_BITS }),
  },
  {
    what: `CSpaces of the process manager and the security coordinator: headroom for ${LOADER_HEADROOM} capabilities, not 1024`,
    reason:
      "What an application consists of is in a CNode of its own; the loaders hold a few capabilities for each one that runs.",
    change: ({ cnodeHeadroom = 0 }) =>
      cnodeHeadroom > LOADER_HEADROOM ? { cnodeHeadroom: LOADER_HEADROOM } : {},
  },
];

/**
 * `sparrow` with less memory: the same components, threads and connections, and the same slots.
 *
 * @param choices - as for {@link sparrow}
 */
export function sparrowSmall(
  kernel: KernelConfig = cantrip,
  choices: SparrowChoices = {},
): SystemDescription {
  const system = sparrow(kernel, choices);
  const components = Object.entries(system.components).map(
    ([name, instance]): [string, ComponentInstance] => [name, smaller(instance)],
  );
  return { ...system, name: "sparrow-small", components: Object.fromEntries(components) };
}

function smaller(instance: ComponentInstance): ComponentInstance {
  if (instance.type.hardware === true) return instance;
  const type = SMALL_CHANGES.reduce(
    (changed, { change }): ComponentType => ({ ...changed, ...change(changed) }),
    instance.type,
  );
  return { ...instance, type };
}
