/**
 * A seL4 kernel configuration: every number of the ABI that depends on the kernel's version and build.
 *
 * Nothing outside this package hard-codes one of these numbers.
 */
export interface KernelConfig {
  /** Name of the profile. */
  readonly name: string;
  /** Bits of a machine word. */
  readonly wordBits: 32 | 64;
  /** System call numbers: negative, as loaded into `a7` (sign-extended). `undefined`: the kernel has no such call. */
  readonly syscall: SyscallNumbers;
  /** Invocation labels (`gen_config`'s `invocation_label` enumerations). */
  readonly label: InvocationLabels;
  /** Object type numbers for `seL4_Untyped_Retype`. */
  readonly objectType: ObjectTypes;
  /** log2 of the bytes of each object of fixed size; `slotBits` for one CNode slot. */
  readonly sizeBits: ObjectSizeBits;
  /** Whether `seL4_Untyped_Describe`, tainted untypeds, and binding a scheduling context to both a thread and a notification exist. */
  readonly cantripFork: boolean;
  readonly checks: KernelChecks;
  readonly costs: KernelCosts;
  readonly settings: KernelSettings;
  readonly bootInfo: BootInfoLayout;
  /** First free slot of the initial CSpace: `seL4_NumInitialCaps`. */
  readonly numInitialCaps: number;
}

/** System calls of the MCS kernel. */
export interface SyscallNumbers {
  readonly call: number;
  readonly replyRecv: number;
  readonly nbSendRecv: number;
  readonly nbSendWait: number;
  readonly send: number;
  readonly nbSend: number;
  readonly recv: number;
  readonly nbRecv: number;
  readonly wait: number;
  readonly nbWait: number;
  readonly yield: number;
  readonly debugPutChar: number;
  readonly debugDumpScheduler: number;
  readonly debugDumpCNode?: number;
  readonly debugHalt: number;
  readonly debugCapIdentify: number;
  readonly debugSnapshot: number;
  readonly debugNameThread: number;
}

/** Invocation labels, named after the C enumerations without their prefix. */
export interface InvocationLabels {
  readonly untypedRetype: number;
  readonly untypedDescribe?: number;
  readonly tcbReadRegisters: number;
  readonly tcbWriteRegisters: number;
  readonly tcbCopyRegisters: number;
  readonly tcbConfigure: number;
  readonly tcbSetPriority: number;
  readonly tcbSetMCPriority: number;
  readonly tcbSetSchedParams: number;
  readonly tcbSetTimeoutEndpoint: number;
  readonly tcbSetIPCBuffer: number;
  readonly tcbSetSpace: number;
  readonly tcbSuspend: number;
  readonly tcbResume: number;
  readonly tcbBindNotification: number;
  readonly tcbUnbindNotification: number;
  readonly tcbSetTLSBase: number;
  readonly tcbSetFlags?: number;
  readonly cnodeRevoke: number;
  readonly cnodeDelete: number;
  readonly cnodeCancelBadgedSends: number;
  readonly cnodeCopy: number;
  readonly cnodeMint: number;
  readonly cnodeMove: number;
  readonly cnodeMutate: number;
  readonly cnodeRotate: number;
  readonly irqIssueIRQHandler: number;
  readonly irqAckIRQ: number;
  readonly irqSetIRQHandler: number;
  readonly irqClearIRQHandler: number;
  readonly domainSetSet: number;
  readonly domainScheduleConfigure?: number;
  readonly domainScheduleSetStart?: number;
  readonly schedControlConfigureFlags: number;
  readonly schedContextBind: number;
  readonly schedContextUnbind: number;
  readonly schedContextUnbindObject: number;
  readonly schedContextConsumed: number;
  readonly schedContextYieldTo: number;
  readonly riscvPageTableMap: number;
  readonly riscvPageTableUnmap: number;
  readonly riscvPageMap: number;
  readonly riscvPageUnmap: number;
  readonly riscvPageGetAddress: number;
  readonly riscvASIDControlMakePool: number;
  readonly riscvASIDPoolAssign: number;
  readonly riscvIRQIssueIRQHandlerTrigger: number;
}

/** Object types of `seL4_Untyped_Retype` on RISC-V with MCS. */
export interface ObjectTypes {
  readonly untyped: number;
  readonly tcb: number;
  readonly endpoint: number;
  readonly notification: number;
  readonly capTable: number;
  readonly schedContext: number;
  readonly reply: number;
  /** 64-bit kernels only. */
  readonly gigaPage?: number;
  readonly page4K: number;
  readonly megaPage: number;
  readonly pageTable: number;
}

/** log2 of object sizes in bytes. */
export interface ObjectSizeBits {
  /** One slot of a CNode (`seL4_SlotBits`). */
  readonly slot: number;
  readonly tcb: number;
  readonly endpoint: number;
  readonly notification: number;
  readonly reply: number;
  /** Smallest scheduling context (`seL4_MinSchedContextBits`). */
  readonly minSchedContext: number;
  readonly page4K: number;
  readonly megaPage: number;
  /** 64-bit kernels only. */
  readonly gigaPage?: number;
  readonly pageTable: number;
  /** One entry of a page table (`seL4_PageTableEntryBits`). */
  readonly pageTableEntry: number;
  readonly asidPool: number;
  readonly minUntyped: number;
  readonly maxUntyped: number;
  readonly ipcBuffer: number;
}

/** Build-time settings of the kernel (`gen_config`). */
export interface KernelSettings {
  /** `CONFIG_ROOT_CNODE_SIZE_BITS`: radix of the initial task's CNode. */
  readonly rootCNodeSizeBits: number;
  /** `CONFIG_RETYPE_FAN_OUT_LIMIT`. */
  readonly retypeFanOutLimit: number;
  /** `CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION`. */
  readonly maxNumWorkUnitsPerPreemption: number;
  /** `CONFIG_RESET_CHUNK_BITS`: log2 of the bytes cleared per work unit. */
  readonly resetChunkBits: number;
  /** `CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS`. */
  readonly maxNumBootInfoUntypedCaps: number;
  /** `CONFIG_PADDR_USER_DEVICE_TOP`: end of the physical addresses that become device untypeds at boot, at most 2^32, or 2^39 on a 64-bit kernel. */
  readonly paddrUserDeviceTop: number;
  /** `CONFIG_BOOT_THREAD_TIME_SLICE`, milliseconds. */
  readonly bootThreadTimeSliceMs: number;
  /** `CONFIG_NUM_DOMAINS`. */
  readonly numDomains: number;
  readonly domainSchedule: DomainSchedule;
  /** Flags that `seL4_TCB_SetFlags` can set (`seL4_TCBFlag_MASK`): none on a kernel without FPU. */
  readonly tcbFlagMask: number;
  readonly numPriorities: number;
  /** `CONFIG_KERNEL_WCET` based: the least budget that is worth running, microseconds (`MIN_BUDGET_US`). */
  readonly minBudgetUs: number;
  /** Entries of an ASID pool and number of pools. */
  readonly asidPoolEntries: number;
  readonly numAsidPools: number;
  /** `CONFIG_PT_LEVELS`: page tables from the root to a page of 4 KiB. */
  readonly pageTableLevels: 2 | 3;
  /** First virtual address that user code cannot map (`seL4_UserTop`). */
  readonly userTop: number;
  /** Significant bits of an endpoint or notification badge. */
  readonly badgeBits: number;
  /**
   * Exceptions of user code (`mcause`) that the kernel's own machine mode keeps and stops at; they are no faults.
   * Empty where other firmware passes everything on.
   */
  readonly machineModeExceptions: readonly number[];
  /** Whether the debug system calls exist (`CONFIG_DEBUG_BUILD`, `CONFIG_PRINTING`). */
  readonly debugBuild: boolean;
}

/** A domain's turn in the schedule (`dschedule_t`). */
export interface DomainTurn {
  readonly domain: number;
  /** Milliseconds. */
  readonly length: number;
}

/** Where the schedule of the domains comes from. */
export type DomainSchedule =
  /** Compiled into the kernel (`src/config/default_domain.c`); at least one turn. */
  | { readonly kind: "compiled"; readonly turns: readonly DomainTurn[] }
  /**
   * Set at run time, at first domain 0 for ever. `length` is `CONFIG_NUM_DOMAIN_SCHEDULES`, with the end marker that is
   * always last; at least 2.
   */
  | { readonly kind: "runtime"; readonly length: number };

/** What kernel versions check in another order, or differently. */
export interface KernelChecks {
  /** `SchedControl_ConfigureFlags` looks at the scheduling context's capability before budget and period. */
  readonly schedContextBeforeTimes: boolean;
  /** `TCB_SetSchedParams` accepts the scheduling context that the thread has already. */
  readonly acceptsOwnSchedContext: boolean;
  /** A receive whose reply capability is none reports a missing capability; otherwise the failure of an earlier lookup. */
  readonly reportsWrongReply: boolean;
  /** The message of a cap fault says how the lookup failed; otherwise always that the root is invalid. */
  readonly reportsLookupFailure: boolean;
  /**
   * `SchedContext_Consumed`, `SchedContext_YieldTo` and `RISCV_Page_GetAddress` answer a `Call` only, and with a message
   * length; otherwise they write into the caller's registers in any case, and the answer to a `Call` has length 0.
   */
  readonly answersCallsWithLength: boolean;
  /** `TCB_SetTimeoutEndpoint` without a capability is a truncated message; otherwise the error before is reported again. */
  readonly reportsMissingTimeoutEndpoint: boolean;
  /** Least message length of `SchedControl_ConfigureFlags`, words. With 6 the flags may lie behind it; a time is one word on a 64-bit kernel. */
  readonly configureFlagsLength: 5 | 6 | 7;
  /** `SchedControl_ConfigureFlags` compares its extra refills without overflow. */
  readonly comparesExtraRefillsSafely: boolean;
  /** A refill counts as ready a kernel entry's time (`getKernelWcetTicks`) before it is. */
  readonly readiesRefillsEarly: boolean;
  /** The time of a scheduling context that deleted itself is charged to whoever runs next, on the timer that was set. */
  readonly keepsTimeOfDeletedContext: boolean;
}

/** Instructions that the kernel takes from a trap until the thread that runs next goes on. */
export interface KernelCosts {
  /** `Call` and `ReplyRecv` of a server, on either path: whoever observes the kernel must not change its time. */
  readonly call: number;
  readonly replyRecv: number;
  /** `Send`, and the receive of all but `ReplyRecv`. A system call with both phases takes both. */
  readonly send: number;
  readonly receive: number;
  /** What an invocation of a kernel object takes more than that. */
  readonly invocation: number;
  readonly yield: number;
  /** A debug system call, and any number that is no system call. */
  readonly debug: number;
  readonly fault: number;
  /** An interrupt of a device whose handler waits, and one of the timer. */
  readonly interrupt: number;
  readonly timerInterrupt: number;
  /** Clearing one chunk of an untyped (`CONFIG_RESET_CHUNK_BITS`). */
  readonly resetChunk: number;
}

/** Byte offsets inside `seL4_BootInfo`. */
export interface BootInfoLayout {
  readonly extraLen: number;
  readonly nodeID: number;
  readonly numNodes: number;
  readonly numIOPTLevels: number;
  readonly ipcBuffer: number;
  readonly empty: number;
  readonly sharedFrames: number;
  readonly userImageFrames: number;
  readonly userImagePaging: number;
  readonly ioSpaceCaps: number;
  readonly extraBIPages: number;
  readonly initThreadCNodeSizeBits: number;
  readonly initThreadDomain: number;
  /** CantripOS fork only. */
  readonly kernelReservedBytes?: number;
  readonly schedcontrol: number;
  readonly untyped: number;
  readonly untypedList: number;
  /** Bytes of one `seL4_UntypedDesc`: paddr word, sizeBits u8, isDevice u8, then isTainted u8 (fork) and padding to a word. */
  readonly untypedDescBytes: number;
}
