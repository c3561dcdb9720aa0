import type { ComponentDefinition } from "@cantrip/camkes-rpc";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import type { KernelConfig } from "@cantrip/sel4-config";

/**
 * A kind of component: what a `.camkes` component declares, and the code behind it. A software component has either a
 * {@link ComponentType.program | program} or an {@link ComponentType.image | image}.
 */
export interface ComponentType {
  /** Name of the type, for example `MemoryManager`. */
  readonly name: string;
  /** The code of a software component in TypeScript. */
  readonly program?: AnyComponentDefinition;
  /**
   * The code of a software component in machine code: an ELF32 executable for RISC-V that was built for the system's
   * kernel, on the C runtime of `@cantrip/camkes-rpc`.
   */
  readonly image?: Uint8Array;
  /** A hardware component has no code: it is only the other end of MMIO and interrupt connections. */
  readonly hardware?: boolean;
  /** Interfaces that clients call. */
  readonly provides?: readonly string[];
  /** Interfaces of other components that this one calls. */
  readonly uses?: readonly string[];
  /**
   * Messages of RPC ends, by the name of the end in {@link provides} or {@link uses}: for traces. The code of the component
   * does not read them.
   */
  readonly interfaces?: Readonly<Record<string, InterfaceDefinition>>;
  /**
   * Threads that call an interface of {@link uses}, by the interface; the one first that has CantripOS's badge. All threads
   * where absent. Over `cantripRPCOverMultiSharedData` each of them costs a page: name those that really call.
   */
  readonly callers?: Readonly<Record<string, readonly string[]>>;
  /** Shared memory and device memory. */
  readonly dataports?: readonly string[];
  /** Bytes of dataports of `cantripSharedData`, 1 to 4 MiB; 4096 where absent. Both ends say the same. */
  readonly dataportBytes?: Readonly<Record<string, number>>;
  /** Dataports that the component only reads (CAmkES's `<port>_access = "R"`): a store there is a fault. */
  readonly readOnly?: readonly string[];
  /** Interrupts that the component waits for. */
  readonly consumes?: readonly string[];
  /** Interrupts that a hardware component raises. */
  readonly emits?: readonly string[];
  /** Semaphores and their initial values. */
  readonly semaphores?: Readonly<Record<string, number>>;
  /** Mutexes between the component's threads. */
  readonly mutexes?: readonly string[];
  /** Copy regions: holes of 4 KiB in the address space. */
  readonly copyRegions?: readonly string[];
  /** Interfaces whose thread is left out (`<iface>_has_thread = false`). */
  readonly threadless?: readonly string[];
  /**
   * Threads that wait for several interfaces at once, and for which: {@link consumes}, and {@link uses} over
   * `cantripRPCCallSignal`. They get one notification with a badge bit for each source, and the interfaces no threads of
   * their own. The thread is `control` or that of an interface. Only for components in TypeScript: `serveShared`.
   */
  readonly sharedThreads?: Readonly<Record<string, readonly string[]>>;
  /**
   * Provided interfaces that are served on their callers' time: their threads lose their own when they wait for their first
   * request. Only for components in TypeScript.
   */
  readonly passive?: readonly string[];
  /**
   * What clients of a provided interface may be allowed beyond the usual, by interface: the names that
   * {@link ComponentInstance.privileges} may have. Only for components in TypeScript.
   */
  readonly grants?: Readonly<Record<string, readonly string[]>>;
  /** Stack bytes by thread (`control` or an interface); 4096 where absent. */
  readonly stackBytes?: Readonly<Record<string, number>>;
  /** Heap of the Rust original, bytes: held as zeroed pages of the component's image. Machine code has its own. */
  readonly heapBytes?: number;
  /** The component receives the untyped memory and a boot info page. */
  readonly untypedMemory?: boolean;
  readonly asidPool?: boolean;
  readonly schedControl?: boolean;
  readonly domainControl?: boolean;
  /** Free slots to reserve in the CSpace. */
  readonly cnodeHeadroom?: number;
  /** log2 of the slots of the CNode for received capabilities (`MEMORY_RECV_CNODE`); 8 where absent. */
  readonly recvCNodeSizeBits?: number;
  /** log2 of the slots of the CSpace, instead of what the capabilities and the headroom need. */
  readonly cnodeSizeBits?: number;
}

/** A component definition whose state type does not matter to whoever wires it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the state is private to the definition
export type AnyComponentDefinition = ComponentDefinition<any>;

/** An instance of a component type in a system. */
export interface ComponentInstance {
  readonly type: ComponentType;
  /** Hardware: physical ranges of its dataports. */
  readonly memory?: Readonly<Record<string, { readonly paddr: number; readonly size: number }>>;
  /** What the server at the other end of an interface that this instance uses allows it beyond the usual. */
  readonly privileges?: Readonly<Record<string, readonly string[]>>;
  /** Hardware: interrupt numbers of what it emits. */
  readonly interrupts?: Readonly<Record<string, number>>;
}

/** CAmkES connectors that CantripOS uses. */
export type ConnectorKind =
  | "cantripRPCCall"
  | "cantripRPCCallSignal"
  | "cantripRPCOverMultiSharedData"
  | "cantripSharedData"
  | "cantripMMIO"
  | "cantripIRQ";

/** The known connectors. */
export const connectorKinds: readonly ConnectorKind[] = [
  "cantripRPCCall",
  "cantripRPCCallSignal",
  "cantripRPCOverMultiSharedData",
  "cantripSharedData",
  "cantripMMIO",
  "cantripIRQ",
];

/** `connection KIND name(from instance.interface, …, to instance.interface)`; the order of `from` ends is the order of badges. */
export interface Connection {
  readonly name: string;
  readonly connector: ConnectorKind;
  /**
   * Who has a page of a `cantripRPCOverMultiSharedData`: each calling thread, with a badge of its own (default), so that
   * threads do not wait for each other's pages; or each client component, whose threads take turns at a mutex. The second
   * saves pages where a client has many threads that seldom call; its threads wait until the server has answered one.
   */
  readonly buffers?: "thread" | "component";
  readonly from: readonly string[];
  readonly to: string;
}

/** A whole system: components, connections, kernel and platform. */
export interface SystemDescription {
  readonly name: string;
  readonly kernel: KernelConfig;
  /** Name of the platform: see `@cantrip/hw-riscv/platforms`. */
  readonly platform: string;
  readonly components: Readonly<Record<string, ComponentInstance>>;
  readonly connections: readonly Connection[];
}
