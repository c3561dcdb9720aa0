/** A kind of capability whose removal nobody notices in the sweep's script, and why it is there all the same. */
export interface UnusedCapabilities {
  /** For people. */
  readonly which: string;
  /** Matches the words of such a capability: `holder slot: object`. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Everything that the capability sweep finds unused. `docs/unused-capabilities.md` is made from it. */
export const unusedCapabilities: readonly UnusedCapabilities[] = [
  {
    which: "a component's own TCBs and scheduling contexts",
    pattern: /_cnode \d+: .*_(tcb|sc)$/,
    reason:
      "CAmkES's templates give them to every component. Only the process manager uses one, the TCB of `proc_ctrl`: the authority for priorities.",
  },
  {
    which: "a component's own CNode and root page table",
    pattern: /_cnode [12]: \w+_(cnode|group_bin_pd)$/,
    reason:
      "Needed by those that move capabilities or map frames. The drivers and the timer service do neither, and the memory manager maps nothing; the templates make no difference.",
  },
  {
    which: "CNodes for received capabilities",
    pattern: /: \w+_recv_cnode$/,
    reason:
      "The original receives there. Our components receive into a slot of their allocator; the CNode is kept, so that objects and memory are the original's.",
  },
  {
    which: "frames of devices in CSpaces",
    pattern: /_cnode \d+: .*_DATA_0_obj$/,
    reason: "The root server maps them; their holder never maps them again.",
  },
  {
    which: "loggers of components and threads that have nothing to say",
    pattern: /: multi_logger_(ep|\d+_data_0_obj)$/,
    reason:
      "The security coordinator, the timer service, the UART driver, the mailbox driver and most threads of the others report failures that the script does not provoke.",
  },
  {
    which: "mutexes",
    pattern:
      /_cnode \d+: (debug_console_output|ml_coordinator_coordinator|process_manager_manager|sdk_runtime_lent_page)$/,
    reason: "No two threads of a component want theirs at one time in the script.",
  },
  {
    which:
      "the ways to the memory manager and the security coordinator of threads that load and free at other times",
    pattern:
      /(process_manager_cnode 25|ml_coordinator_cnode 3[34]): multi_memory_ep$|ml_coordinator_cnode 3[56]: multi_security_ep$|: multi_(memory_(6|9|10)|security_[67])_data_0_obj$/,
    reason:
      "The process manager's `pkg_mgmt` uninstalls an application that has ended; the ML coordinator's control and timer threads start the next model and one that is due again. The script has no such.",
  },
  {
    which: "stacks and heaps",
    pattern: /_group_bin_\d+ \d+: (stack__camkes_stack_|frame_\w+_group_bin_)/,
    reason:
      "Hosted code keeps its state in the host. The pages of the Rust original are held, so that footprints mean something.",
  },
  {
    which: "IPC buffers of threads that only wait",
    pattern: /: \w+_ipc_buffer_\w+$/,
    reason: "Their messages fit into registers.",
  },
  {
    which: "write-threshold and error interrupt of the mailbox",
    pattern: /mailbox_driver_irq/,
    reason:
      "The write threshold stays disabled as in the original, and the error interrupt comes only when a FIFO is misused.",
  },
  {
    which: "host request and fault interrupts of the ML core",
    pattern: /vctop_irq_(host_req|instruction_fault|data_fault)/,
    reason: "The script's model neither asks the host for anything nor faults.",
  },
  {
    which: "the ML coordinator's way to signal the console",
    pattern:
      /(ml_coordinator_cnode \d+|debug_console_cnode 15): timer_rpc_debug_console_global_endpoint$/,
    reason: "For models that the console runs; the script's model belongs to an application.",
  },
  {
    which: "the UART driver's semaphore `rx_empty`",
    pattern: /: uart_driver_rx_empty$/,
    reason:
      "The original's backpressure; our receive buffer needs none. Kept for the same objects.",
  },
  {
    which: "the SDK runtime's second capability to its notification",
    pattern: /sdk_runtime_cnode 14: shell_ml_sdk_runtime_global_endpoint$/,
    reason:
      "The templates give one for each interface that signals, all to the same notification. The runtime binds it by the timer service's.",
  },
];
