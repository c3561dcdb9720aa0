/** A thread of a component. */
export interface ThreadBirth {
  /** Slot of its TCB. */
  readonly tcb: number;
  /** Virtual address of its IPC buffer. */
  readonly ipcBuffer: number;
  /** Of a thread that serves on its callers' time (a passive interface). */
  readonly passive?: {
    /** Slot of the scheduling context that it starts with, and is then without. */
    readonly schedContext: number;
    /** Slot of the notification by which it says that it waits at {@link go}. */
    readonly ready: number;
    /** Slot of the endpoint from which the control thread sends it, without time, to wait for its first request. */
    readonly go: number;
  };
}

/** With what a thread calls a service. */
export interface CallerBirth {
  /** Slot of a capability to the service's endpoint, with a badge. */
  readonly endpoint: number;
  /** Page shared with the server (shared transport). */
  readonly sharedPage?: number;
}

/** A `from` end of an RPC connection. What is in it directly is the first calling thread's. */
export interface ClientBirth extends CallerBirth {
  /** With what each thread calls; the others may not. Absent where any thread may, with the same. */
  readonly callers?: Readonly<Record<string, CallerBirth>>;
  /** Slot of the notification of the page's mutex, when several threads share it. */
  readonly pageMutex?: number;
  /** Slot of the notification that the server signals (`cantripRPCCallSignal`). */
  readonly notification?: number;
  /** With what badge it does: other servers signal the same notification with others. */
  readonly notificationBadge?: number;
  /** Thread that waits for this notification together with others': all of them are the same. */
  readonly sharedBy?: string;
}

/** A `to` end of an RPC connection. */
export interface ServerBirth {
  readonly endpoint: number;
  readonly reply: number;
  /** Page shared with each calling thread, by its badge. */
  readonly sharedPages: Readonly<Record<string, number>>;
  /** Whose each badge is: the component, and the badge of its first calling thread, which stands for the component. */
  readonly clients: Readonly<Record<string, { readonly name: string; readonly badge: number }>>;
  /** Notification capability of each client, by its first badge. */
  readonly notifications: Readonly<Record<string, number>>;
  /** What the system's description allows clients beyond the usual, by first badge: see `hasPrivilege`. */
  readonly privileges?: Readonly<Record<string, readonly string[]>>;
}

/** Mapped memory of a connection. */
export interface DataportBirth {
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** Whether the component may only read it; the kernel sees to that. */
  readonly isReadOnly?: boolean;
  /** Slots of the frames, for device memory. */
  readonly frames: readonly number[];
}

/** An interrupt of an interface. */
export interface InterruptSource {
  readonly name: string;
  readonly irq: number;
  /** Badge bit with which it signals the notification. */
  readonly mask: number;
  readonly handler: number;
}

/** Interrupts that signal one notification. */
export interface InterruptBirth {
  readonly notification: number;
  /** Thread that waits for this notification together with others': all of them are the same. */
  readonly sharedBy?: string;
  readonly sources: readonly InterruptSource[];
}

/** What a component instance is given at birth: what CAmkES templates compile in as statics. Plain data. */
export interface ComponentBirth {
  readonly name: string;
  /** Name of the kernel's profile. */
  readonly profile: string;
  readonly selfCNode: number;
  readonly selfVSpaceRoot: number;
  /** Zeroed memory of the size of the original's heap; TypeScript objects are not in it. */
  readonly heap?: { readonly address: number; readonly size: number };
  /** Free slots of the CSpace: `firstSlot`..`lastSlot`-1. */
  readonly firstSlot: number;
  readonly lastSlot: number;
  /** CNode into which the memory manager puts new objects (`MEMORY_RECV_CNODE`). */
  readonly recvCNode: number;
  readonly recvCNodeDepth: number;
  /** `control` and one for each interface that has a thread. */
  readonly threads: Readonly<Record<string, ThreadBirth>>;
  readonly preInit: number;
  readonly interfaceInit: number;
  readonly postInit: number;
  readonly semaphores: Readonly<Record<string, number>>;
  readonly semaphoreValues: Readonly<Record<string, number>>;
  /** Slot of each mutex's notification. */
  readonly mutexes: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<string, ClientBirth>>;
  readonly servers: Readonly<Record<string, ServerBirth>>;
  readonly dataports: Readonly<Record<string, DataportBirth>>;
  readonly interrupts: Readonly<Record<string, InterruptBirth>>;
  readonly copyRegions: Readonly<
    Record<string, { readonly address: number; readonly size: number }>
  >;
  /** Page with the boot info (`BOOTINFO_FRAME`). */
  readonly bootInfo?: number;
  readonly asidPool?: number;
  readonly schedControl?: number;
  readonly domainControl?: number;
}
