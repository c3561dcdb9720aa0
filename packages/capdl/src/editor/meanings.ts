/** What types of objects are, in a line. Sources: capDL's manual, seL4's manual. */
export const TYPE_MEANINGS: Readonly<Record<string, string>> = {
  ep: "endpoint: threads send messages to each other through it",
  notification: "notification: a word of flags that threads and interrupts signal",
  tcb: "thread",
  cnode: "CNode: a table of capabilities",
  ut: "untyped memory, and the objects in it",
  irq: "interrupt handler; slot 0 holds the notification that it signals",
  ioapic_irq: "interrupt of an I/O APIC",
  msi_irq: "message-signalled interrupt",
  arm_irq: "interrupt with trigger and target core",
  arm_sgi_signal: "software-generated interrupt",
  asid_pool: "pool of address space identifiers",
  pt: "page table",
  pd: "page directory",
  pml4: "page map level 4, the root of an x86_64 address space",
  pdpt: "page directory pointer table",
  pud: "page upper directory",
  pgd: "page global directory, the root of an aarch64 address space",
  frame: "page of memory",
  io_ports: "range of x86 I/O ports",
  io_device: "device behind an I/O MMU",
  arm_io_device: "device behind an SMMU",
  io_pt: "page table of an I/O MMU",
  vcpu: "virtual processor",
  sc: "scheduling context: a budget of processor time in each period",
  rtreply: "reply object",
  streamid: "stream of an SMMU",
  contextbank: "context bank of an SMMU",
  smc: "permission for secure monitor calls",
};

/** What parameters are, in a line. */
export const PARAMETER_MEANINGS: Readonly<Record<string, string>> = {
  addr: "virtual address of the thread's IPC buffer",
  ip: "program counter at the start",
  sp: "stack pointer at the start, a multiple of 16",
  prio: "priority, 0 to 255",
  max_prio: "maximum controlled priority: the highest that the thread can give",
  affinity: "core that the thread runs on",
  resume: "whether the thread is started",
  fpu_disabled: "whether the thread has no floating point",
  dom: "scheduling domain, 0 to 255",
  fault_ep: "capability pointer of the fault handler, on kernels without MCS",
  init: "arguments at the start: in the argument registers, then on the stack",
  paddr: "physical address",
  fill: 'what the frame contains at the start: `{dest_offset dest_len CDL_FrameFill_FileData "file" file_offset}`',
  period: "microseconds from one budget to the next",
  budget: "microseconds of processor time in each period",
  data: "word that is passed to the fault handler of timeouts",
  asid_high: "number of the pool, from 1",
  level: "level of the table",
  untyped: "CantripOS: whether this CNode receives the untyped memory at hand-over",
  target: "core that the interrupt goes to",
  trigger: "whether the interrupt is told by level or edge",
  irq: "number of the interrupt",
  ports: "first and last port",
  domainID: "domain of the I/O MMU",
  iospace: "number of the I/O space",
  bank: "number of the context bank",
  ioapic_num: "number of the I/O APIC",
  ioapic_pin: "pin of the I/O APIC",
  ioapic_level: "1: triggered by level, 0: by edge",
  ioapic_polarity: "1: active low, 0: active high",
  msi_handle: "handle that the device sends",
  msi_pci_bus: "PCI bus of the device",
  msi_pci_dev: "PCI device",
  msi_pci_fun: "PCI function",
  badge: "number that receivers see, to tell senders apart",
  guard: "bits that an address must begin with",
  guard_size: "number of the guard's bits",
  masked: "rights that the copy keeps",
  asid: "address space identifier, high and low part",
  mapping: "slot of the page table whose mapping this capability is",
  core: "core whose time the capability hands out",
  schedule: "domains and durations in turn; (0, 0) ends the schedule",
  domain_set_start: "index of the first entry to run",
  index_shift: "index that the first entry gets in the kernel",
};

/** What the slots of a thread hold. */
export const SLOT_MEANINGS: Readonly<Record<string, string>> = {
  cspace: "root of the thread's capability space",
  vspace: "root of the thread's address space",
  reply_slot: "capability to reply to the thread",
  caller_slot: "capability to reply to the thread's caller",
  ipc_buffer_slot: "frame of the thread's IPC buffer",
  fault_ep_slot: "endpoint that faults are sent to",
  sc_slot: "scheduling context",
  temp_fault_ep_slot: "endpoint that timeouts are sent to",
  bound_notification: "notification that the thread receives while it waits for messages",
  bound_vcpu: "virtual processor that the thread runs",
};

/** What words inside parameters are. */
export const VALUE_MEANINGS: Readonly<Record<string, string>> = {
  bits: "the size is a power of two, this many bits",
  k: "times 1,024 bytes",
  M: "times 1,048,576 bytes",
  cached: "mapped with caching, as it is without a word",
  uncached: "mapped without caching",
  reply: "a capability to reply to the thread",
  master_reply: "the capability from which replies to the thread are derived",
};

const LETTERS: Readonly<Record<string, string>> = {
  R: "read",
  W: "write",
  G: "grant",
  X: "execute, or grant",
  P: "grant reply",
};

/** Rights in words. */
export function rightsMeaning(letters: string): string {
  return [...new Set(letters)].map((letter) => LETTERS[letter] ?? letter).join(", ");
}
