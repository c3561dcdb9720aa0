import type { ExpectedDifference } from "@cantrip/capdl/diff";

/** A difference between our `sparrow` and the specimen that CantripOS's tools generated. */
export interface SparrowDifference {
  readonly what: string;
  readonly reason: string;
  /** What of the comparison it explains; absent where the comparison leaves it out. */
  readonly expected?: Omit<ExpectedDifference, "reason">;
}

/** Mutexes of ours: each is an object and a capability. */
export const MUTEXES = 4;
/** Threads of ours with a page and a badge of their own: each is an object, a capability, and a page in two address spaces. */
export const FURTHER_THREADS = 13;

/** Clients of the original, by the connection: further badges are those of further threads. */
const CLIENTS = new Map([
  ["multi_memory", 5],
  ["multi_security", 4],
  ["multi_logger", 8],
]);

/** Whether a frame is the page of a client's second or later thread. */
export function isFurtherPage(name: string): boolean {
  const [, connection = "", badge = ""] = /^(.*)_(\d+)_data_0_obj$/.exec(name) ?? [];
  return Number(badge) > (CLIENTS.get(connection) ?? Infinity);
}

/** Everything that is different; `docs/sparrow-spec.md` is made from it. */
export const sparrowDifferences: readonly SparrowDifference[] = [
  {
    what: "fault handlers: a thread, its scheduling context, stack, IPC buffer and endpoint in each component, the `fault_ep_slot` of the others",
    reason:
      "The specimen was generated with camkes-tool's `--debug-fault-handlers`. CantripOS's build has `CAmkESFaultHandlers OFF`, and so has ours: the kernel tells faults. In the comparison the specimen's capabilities behind the handler's two move down by two slots.",
  },
  {
    what: "frames of the components' images (`frame_*_group_bin_*`): how many there are, and their contents",
    reason:
      "The specimen's come from stub programs. Ours hold what hosted code needs: stubs, an instance cell, and the pages of the original's heap.",
  },
  {
    what: "virtual addresses: of stacks, IPC buffers, shared pages and entry points; `addr`, `ip` and `sp` of threads, slots of page tables and how many leaf tables there are",
    reason:
      "A linker places the specimen's, behind stub programs; ours follow the image in the order in which they are made. What is mapped in which address space, with which rights and attributes, is compared, and that stacks and IPC buffers have an unmapped page on either side.",
  },
  {
    what: "physical address of the mailbox",
    reason:
      "The build takes it from a header that is generated for the hardware and that the specimen's had to be invented for. Ours is the one of KataOS's `system.camkes`, where the kernel's boot code looks, too.",
    expected: {
      kind: "parameter",
      object: "mailbox_driver_mmio_DATA_0_obj",
      field: "paddr",
      count: 1,
    },
  },
  {
    what: "`sdk_runtime_cnode`: 512 slots, not 32",
    reason:
      "An application that waits for a timer or a model has a slot for its page and one for its reply object. In the original one application waits at a time, and everybody else with it.",
    expected: { kind: "parameter", object: "sdk_runtime_cnode", field: "sizeBits", count: 1 },
  },
  {
    what: "the guards of the capabilities to it",
    reason: "They follow from its size.",
    expected: {
      ...{ kind: "cap-changed", field: "guardSize", right: /^sdk_runtime_cnode /, count: 3 },
    },
  },
  {
    what: "a notification for each mutex: `debug_console_output`, `ml_coordinator_coordinator`, `process_manager_manager`, `sdk_runtime_lent_page`",
    reason:
      "The original's threads spin at `spin::Mutex`; ours wait in the kernel. Capabilities that the original lacks come behind all that it has.",
    expected: { kind: "object-added", right: "notification", count: MUTEXES },
  },
  {
    what: "the capabilities to them",
    reason: "Each component has its own.",
    expected: {
      kind: "cap-added",
      object: /_cnode$/,
      right: /_(output|coordinator|manager|lent_page) \(WR\)$/,
      count: MUTEXES,
    },
  },
  {
    what: "a page for each further thread that calls the memory manager (5), the security coordinator (3) or the logger (5)",
    reason:
      "The original's threads share their component's page unsynchronised. Ours have one each; the component's first thread has the original's page and badge, and further badges come behind those of all components.",
    expected: {
      ...{ kind: "object-added", object: /_data_0_obj$/, right: "frame", count: FURTHER_THREADS },
    },
  },
  {
    what: "the capabilities to their endpoints, with those badges",
    reason:
      "It is by the badge that the server finds the page. They come behind all that the original has.",
    expected: {
      kind: "cap-added",
      object: /_cnode$/,
      right: /^multi_(memory|security|logger)_ep /,
      count: FURTHER_THREADS,
    },
  },
  {
    what: "those pages in the address spaces of the client and the server",
    reason: "They are shared between the two.",
    expected: {
      kind: "cap-added",
      object: /_group_bin_pd$/,
      right: /^multi_(memory|security|logger)_\d+_data_0_obj /,
      count: 2 * FURTHER_THREADS,
    },
  },
  {
    what: "`BOOTINFO_FRAME_0_obj`",
    reason:
      "A frame that camkes-tool makes and nothing maps or names. It would cost 4 KiB for nothing.",
    expected: { kind: "object-removed", object: "BOOTINFO_FRAME_0_obj", count: 1 },
  },
];
