import type { KernelConfig } from "@cantrip/sel4-config";

/** An invocation of a kernel object as the seL4 manual writes it. */
export interface InvocationText {
  readonly name: string;
  /** Arguments in the manual's order: `cap` comes from the extra capabilities, `word` and `time` from message registers. */
  readonly arguments: readonly { readonly name: string; readonly from: "cap" | "word" | "time" }[];
  /** Words of a successful answer. */
  readonly results: readonly string[];
}

type Label = keyof KernelConfig["label"];

/** `+name`: a capability; `name:64`: two words; others: a word. Source: the manual's API reference, MCS. */
const TABLE: Readonly<Record<Label, readonly [name: string, args: string, results?: string]>> = {
  untypedRetype: [
    "seL4_Untyped_Retype",
    "type size_bits +root node_index node_depth node_offset num_objects",
  ],
  untypedDescribe: ["seL4_Untyped_Describe", "", "remainingBytes sizeBits"],
  tcbReadRegisters: ["seL4_TCB_ReadRegisters", "flags count", "pc"],
  tcbWriteRegisters: ["seL4_TCB_WriteRegisters", "flags count pc"],
  tcbCopyRegisters: ["seL4_TCB_CopyRegisters", "+source flags"],
  tcbConfigure: [
    "seL4_TCB_Configure",
    "+cspace_root cspace_root_data +vspace_root vspace_root_data buffer +bufferFrame",
  ],
  tcbSetPriority: ["seL4_TCB_SetPriority", "+authority priority"],
  tcbSetMCPriority: ["seL4_TCB_SetMCPriority", "+authority mcp"],
  tcbSetSchedParams: [
    "seL4_TCB_SetSchedParams",
    "+authority mcp priority +sched_context +fault_ep",
  ],
  tcbSetTimeoutEndpoint: ["seL4_TCB_SetTimeoutEndpoint", "+timeout_fault_ep"],
  tcbSetIPCBuffer: ["seL4_TCB_SetIPCBuffer", "buffer +bufferFrame"],
  tcbSetSpace: [
    "seL4_TCB_SetSpace",
    "+fault_ep +cspace_root cspace_root_data +vspace_root vspace_root_data",
  ],
  tcbSuspend: ["seL4_TCB_Suspend", ""],
  tcbResume: ["seL4_TCB_Resume", ""],
  tcbBindNotification: ["seL4_TCB_BindNotification", "+notification"],
  tcbUnbindNotification: ["seL4_TCB_UnbindNotification", ""],
  tcbSetTLSBase: ["seL4_TCB_SetTLSBase", "tls_base"],
  tcbSetFlags: ["seL4_TCB_SetFlags", "clear set", "flags"],
  cnodeRevoke: ["seL4_CNode_Revoke", "index depth"],
  cnodeDelete: ["seL4_CNode_Delete", "index depth"],
  cnodeCancelBadgedSends: ["seL4_CNode_CancelBadgedSends", "index depth"],
  cnodeCopy: ["seL4_CNode_Copy", "dest_index dest_depth +src_root src_index src_depth rights"],
  cnodeMint: [
    "seL4_CNode_Mint",
    "dest_index dest_depth +src_root src_index src_depth rights badge",
  ],
  cnodeMove: ["seL4_CNode_Move", "dest_index dest_depth +src_root src_index src_depth"],
  cnodeMutate: ["seL4_CNode_Mutate", "dest_index dest_depth +src_root src_index src_depth badge"],
  cnodeRotate: [
    "seL4_CNode_Rotate",
    "dest_index dest_depth dest_badge +pivot_root pivot_index pivot_depth pivot_badge +src_root src_index src_depth",
  ],
  irqIssueIRQHandler: ["seL4_IRQControl_Get", "irq +root index depth"],
  irqAckIRQ: ["seL4_IRQHandler_Ack", ""],
  irqSetIRQHandler: ["seL4_IRQHandler_SetNotification", "+notification"],
  irqClearIRQHandler: ["seL4_IRQHandler_Clear", ""],
  domainSetSet: ["seL4_DomainSet_Set", "domain +thread"],
  domainScheduleConfigure: ["seL4_DomainSet_ScheduleConfigure", "index domain duration:64"],
  domainScheduleSetStart: ["seL4_DomainSet_ScheduleSetStart", "index"],
  schedControlConfigureFlags: [
    "seL4_SchedControl_ConfigureFlags",
    "+schedcontext budget:64 period:64 extra_refills badge flags",
  ],
  schedContextBind: ["seL4_SchedContext_Bind", "+cap"],
  schedContextUnbind: ["seL4_SchedContext_Unbind", ""],
  schedContextUnbindObject: ["seL4_SchedContext_UnbindObject", "+cap"],
  schedContextConsumed: ["seL4_SchedContext_Consumed", "", "consumed"],
  schedContextYieldTo: ["seL4_SchedContext_YieldTo", "", "consumed"],
  riscvPageTableMap: ["seL4_RISCV_PageTable_Map", "+vspace vaddr attr"],
  riscvPageTableUnmap: ["seL4_RISCV_PageTable_Unmap", ""],
  riscvPageMap: ["seL4_RISCV_Page_Map", "+vspace vaddr rights attr"],
  riscvPageUnmap: ["seL4_RISCV_Page_Unmap", ""],
  riscvPageGetAddress: ["seL4_RISCV_Page_GetAddress", "", "paddr"],
  riscvASIDControlMakePool: ["seL4_RISCV_ASIDControl_MakePool", "+untyped +root index depth"],
  riscvASIDPoolAssign: ["seL4_RISCV_ASIDPool_Assign", "+vspace"],
  riscvIRQIssueIRQHandlerTrigger: ["seL4_IRQControl_GetTrigger", "irq trigger +root index depth"],
};

/** The invocations of a kernel configuration by label. */
export function invocationTexts(config: KernelConfig): ReadonlyMap<number, InvocationText> {
  const texts = new Map<number, InvocationText>();
  for (const key of Object.keys(TABLE) as Label[]) {
    const label = config.label[key];
    if (label === undefined) continue;
    const [name, args, results = ""] = TABLE[key];
    texts.set(label, { name, arguments: words(args).map(argument), results: words(results) });
  }
  return texts;
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

function argument(text: string): InvocationText["arguments"][number] {
  if (text.startsWith("+")) return { name: text.slice(1), from: "cap" };
  if (text.endsWith(":64")) return { name: text.slice(0, -3), from: "time" };
  return { name: text, from: "word" };
}

/** System calls by number: `seL4_Call`, `seL4_DebugPutChar`. */
export function syscallNames(config: KernelConfig): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [key, number] of Object.entries(config.syscall)) {
    const name = key.startsWith("nb")
      ? `NB${key.slice(2)}`
      : key.charAt(0).toUpperCase() + key.slice(1);
    if (typeof number === "number") names.set(number, `seL4_${name}`);
  }
  return names;
}

const OBJECT_TYPES: Readonly<Record<keyof KernelConfig["objectType"], string>> = {
  untyped: "seL4_UntypedObject",
  tcb: "seL4_TCBObject",
  endpoint: "seL4_EndpointObject",
  notification: "seL4_NotificationObject",
  capTable: "seL4_CapTableObject",
  schedContext: "seL4_SchedContextObject",
  reply: "seL4_ReplyObject",
  gigaPage: "seL4_RISCV_Giga_Page",
  page4K: "seL4_RISCV_4K_Page",
  megaPage: "seL4_RISCV_Mega_Page",
  pageTable: "seL4_RISCV_PageTableObject",
};

/** Object types of `seL4_Untyped_Retype` by number. */
export function objectTypeNames(config: KernelConfig): ReadonlyMap<number, string> {
  const keys = Object.keys(OBJECT_TYPES) as (keyof typeof OBJECT_TYPES)[];
  const names = new Map<number, string>();
  for (const key of keys) {
    const type = config.objectType[key];
    if (type !== undefined) names.set(type, OBJECT_TYPES[key]);
  }
  return names;
}
