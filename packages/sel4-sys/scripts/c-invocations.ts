import type { InvocationLabels } from "@cantrip/sel4-config";

/** Where an argument travels: a message register, two of them (low word first), or an extra capability. */
type Place = "word" | "double" | "cap";

/** A parameter of a C function. */
interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly place: Place;
}

/** An invocation as a C function. Message registers and capabilities are filled in the order of `order`. */
export interface CInvocation {
  readonly name: string;
  readonly label: keyof InvocationLabels;
  readonly service: string;
  readonly parameters: readonly Parameter[];
  /** Names of results, read from the first message registers; then the function returns a struct. */
  readonly results?: readonly string[];
}

const word = (name: string): Parameter => ({ name, type: "seL4_Word", place: "word" });
const byte = (name: string): Parameter => ({ name, type: "seL4_Uint8", place: "word" });
const time = (name: string): Parameter => ({ name, type: "seL4_Time", place: "double" });
const cap = (name: string, type = "seL4_CPtr"): Parameter => ({ name, type, place: "cap" });
const rights: Parameter = { name: "rights", type: "seL4_CapRights_t", place: "word" };
const attributes: Parameter = { name: "attr", type: "seL4_RISCV_VMAttributes", place: "word" };

const destination = [word("dest_index"), byte("dest_depth")];
const source = [cap("src_root", "seL4_CNode"), word("src_index"), byte("src_depth")];

/** Parameters in the order of libsel4; words and capabilities reach the kernel in the same relative order. */
export const cInvocations: readonly CInvocation[] = [
  {
    name: "seL4_Untyped_Retype",
    label: "untypedRetype",
    service: "seL4_Untyped",
    parameters: [
      word("type"),
      word("size_bits"),
      cap("root", "seL4_CNode"),
      word("node_index"),
      word("node_depth"),
      word("node_offset"),
      word("num_objects"),
    ],
  },
  {
    name: "seL4_Untyped_Describe",
    label: "untypedDescribe",
    service: "seL4_Untyped",
    parameters: [],
    results: ["remainingBytes", "sizeBits"],
  },
  {
    name: "seL4_CNode_Copy",
    label: "cnodeCopy",
    service: "seL4_CNode",
    parameters: [...destination, ...source, rights],
  },
  {
    name: "seL4_CNode_Mint",
    label: "cnodeMint",
    service: "seL4_CNode",
    parameters: [...destination, ...source, rights, word("badge")],
  },
  {
    name: "seL4_CNode_Move",
    label: "cnodeMove",
    service: "seL4_CNode",
    parameters: [...destination, ...source],
  },
  {
    name: "seL4_CNode_Mutate",
    label: "cnodeMutate",
    service: "seL4_CNode",
    parameters: [...destination, ...source, word("badge")],
  },
  {
    name: "seL4_CNode_Rotate",
    label: "cnodeRotate",
    service: "seL4_CNode",
    parameters: [
      ...destination,
      word("dest_badge"),
      cap("pivot_root", "seL4_CNode"),
      word("pivot_index"),
      byte("pivot_depth"),
      word("pivot_badge"),
      ...source,
    ],
  },
  {
    name: "seL4_CNode_Delete",
    label: "cnodeDelete",
    service: "seL4_CNode",
    parameters: [word("index"), byte("depth")],
  },
  {
    name: "seL4_CNode_Revoke",
    label: "cnodeRevoke",
    service: "seL4_CNode",
    parameters: [word("index"), byte("depth")],
  },
  {
    name: "seL4_CNode_CancelBadgedSends",
    label: "cnodeCancelBadgedSends",
    service: "seL4_CNode",
    parameters: [word("index"), byte("depth")],
  },
  {
    name: "seL4_TCB_Configure",
    label: "tcbConfigure",
    service: "seL4_TCB",
    parameters: [
      cap("cspace_root", "seL4_CNode"),
      word("cspace_root_data"),
      cap("vspace_root", "seL4_CPtr"),
      word("vspace_root_data"),
      word("buffer"),
      cap("bufferFrame"),
    ],
  },
  {
    name: "seL4_TCB_SetPriority",
    label: "tcbSetPriority",
    service: "seL4_TCB",
    parameters: [cap("authority", "seL4_TCB"), word("priority")],
  },
  {
    name: "seL4_TCB_SetMCPriority",
    label: "tcbSetMCPriority",
    service: "seL4_TCB",
    parameters: [cap("authority", "seL4_TCB"), word("mcp")],
  },
  {
    name: "seL4_TCB_SetSchedParams",
    label: "tcbSetSchedParams",
    service: "seL4_TCB",
    parameters: [
      cap("authority", "seL4_TCB"),
      word("mcp"),
      word("priority"),
      cap("sched_context"),
      cap("fault_ep"),
    ],
  },
  {
    name: "seL4_TCB_SetTimeoutEndpoint",
    label: "tcbSetTimeoutEndpoint",
    service: "seL4_TCB",
    parameters: [cap("timeout_fault_ep")],
  },
  {
    name: "seL4_TCB_SetIPCBuffer",
    label: "tcbSetIPCBuffer",
    service: "seL4_TCB",
    parameters: [word("buffer"), cap("bufferFrame")],
  },
  {
    name: "seL4_TCB_SetSpace",
    label: "tcbSetSpace",
    service: "seL4_TCB",
    parameters: [
      cap("fault_ep"),
      cap("cspace_root", "seL4_CNode"),
      word("cspace_root_data"),
      cap("vspace_root"),
      word("vspace_root_data"),
    ],
  },
  { name: "seL4_TCB_Suspend", label: "tcbSuspend", service: "seL4_TCB", parameters: [] },
  { name: "seL4_TCB_Resume", label: "tcbResume", service: "seL4_TCB", parameters: [] },
  {
    name: "seL4_TCB_BindNotification",
    label: "tcbBindNotification",
    service: "seL4_TCB",
    parameters: [cap("notification")],
  },
  {
    name: "seL4_TCB_UnbindNotification",
    label: "tcbUnbindNotification",
    service: "seL4_TCB",
    parameters: [],
  },
  {
    name: "seL4_TCB_SetTLSBase",
    label: "tcbSetTLSBase",
    service: "seL4_TCB",
    parameters: [word("tls_base")],
  },
  {
    name: "seL4_IRQControl_Get",
    label: "irqIssueIRQHandler",
    service: "seL4_IRQControl",
    parameters: [word("irq"), cap("root", "seL4_CNode"), word("index"), byte("depth")],
  },
  {
    name: "seL4_IRQControl_GetTrigger",
    label: "riscvIRQIssueIRQHandlerTrigger",
    service: "seL4_IRQControl",
    parameters: [
      word("irq"),
      word("trigger"),
      cap("root", "seL4_CNode"),
      word("index"),
      byte("depth"),
    ],
  },
  { name: "seL4_IRQHandler_Ack", label: "irqAckIRQ", service: "seL4_IRQHandler", parameters: [] },
  {
    name: "seL4_IRQHandler_SetNotification",
    label: "irqSetIRQHandler",
    service: "seL4_IRQHandler",
    parameters: [cap("notification")],
  },
  {
    name: "seL4_IRQHandler_Clear",
    label: "irqClearIRQHandler",
    service: "seL4_IRQHandler",
    parameters: [],
  },
  {
    name: "seL4_SchedControl_ConfigureFlags",
    label: "schedControlConfigureFlags",
    service: "seL4_SchedControl",
    parameters: [
      cap("schedcontext", "seL4_SchedContext"),
      time("budget"),
      time("period"),
      word("extra_refills"),
      word("badge"),
      word("flags"),
    ],
  },
  {
    name: "seL4_SchedContext_Bind",
    label: "schedContextBind",
    service: "seL4_SchedContext",
    parameters: [cap("object")],
  },
  {
    name: "seL4_SchedContext_Unbind",
    label: "schedContextUnbind",
    service: "seL4_SchedContext",
    parameters: [],
  },
  {
    name: "seL4_SchedContext_UnbindObject",
    label: "schedContextUnbindObject",
    service: "seL4_SchedContext",
    parameters: [cap("object")],
  },
  {
    name: "seL4_RISCV_PageTable_Map",
    label: "riscvPageTableMap",
    service: "seL4_RISCV_PageTable",
    parameters: [cap("vspace"), word("vaddr"), attributes],
  },
  {
    name: "seL4_RISCV_PageTable_Unmap",
    label: "riscvPageTableUnmap",
    service: "seL4_RISCV_PageTable",
    parameters: [],
  },
  {
    name: "seL4_RISCV_Page_Map",
    label: "riscvPageMap",
    service: "seL4_RISCV_Page",
    parameters: [cap("vspace"), word("vaddr"), rights, attributes],
  },
  {
    name: "seL4_RISCV_Page_Unmap",
    label: "riscvPageUnmap",
    service: "seL4_RISCV_Page",
    parameters: [],
  },
  {
    name: "seL4_RISCV_Page_GetAddress",
    label: "riscvPageGetAddress",
    service: "seL4_RISCV_Page",
    parameters: [],
    results: ["paddr"],
  },
  {
    name: "seL4_RISCV_ASIDControl_MakePool",
    label: "riscvASIDControlMakePool",
    service: "seL4_RISCV_ASIDControl",
    parameters: [
      cap("untyped", "seL4_Untyped"),
      cap("root", "seL4_CNode"),
      word("index"),
      byte("depth"),
    ],
  },
  {
    name: "seL4_RISCV_ASIDPool_Assign",
    label: "riscvASIDPoolAssign",
    service: "seL4_RISCV_ASIDPool",
    parameters: [cap("vspace")],
  },
  {
    name: "seL4_DomainSet_Set",
    label: "domainSetSet",
    service: "seL4_DomainSet",
    parameters: [byte("domain"), cap("thread", "seL4_TCB")],
  },
];

/** The function's text. */
export function cInvocationText(invocation: CInvocation): string {
  const { name, service, parameters, results } = invocation;
  const list = [`${service} _service`, ...parameters.map((p) => `${p.type} ${p.name}`)].join(", ");
  const result = results === undefined ? "seL4_Error" : `${name}_t`;
  const lines: string[] = [];
  if (results !== undefined) {
    lines.push("typedef struct {", "    int error;");
    lines.push(...results.map((field) => `    seL4_Word ${field};`), `} ${name}_t;`, "");
  }
  lines.push(`static inline ${result} ${name}(${list})`, "{");
  let words = 0;
  let caps = 0;
  for (const { name: parameter, type, place } of parameters) {
    if (place === "cap") lines.push(`    seL4_SetCap(${caps++}, ${parameter});`);
    else if (place === "double") {
      lines.push(`    seL4_SetMR(${words++}, (seL4_Word)${parameter});`);
      lines.push(`    seL4_SetMR(${words++}, (seL4_Word)(${parameter} >> 32));`);
    } else {
      const value = type === "seL4_CapRights_t" ? `${parameter}.words[0]` : parameter;
      lines.push(`    seL4_SetMR(${words++}, ${value});`);
    }
  }
  const label = `label_${invocation.label}`;
  const call = `seL4_Call(_service, seL4_MessageInfo_new(${label}, 0, ${caps}, ${words}))`;
  lines.push(`    seL4_MessageInfo_t reply = ${call};`);
  if (results === undefined) {
    lines.push("    return (seL4_Error)seL4_MessageInfo_get_label(reply);");
  } else {
    lines.push(`    ${name}_t result;`);
    lines.push("    result.error = (int)seL4_MessageInfo_get_label(reply);");
    if (invocation.label === "untypedDescribe") {
      lines.push(
        "    /* The kernel leaves the info as it was sent; an error always has a length. */",
      );
      lines.push(`    if (result.error == ${label} && seL4_MessageInfo_get_length(reply) == 0) {`);
      lines.push("        result.error = seL4_NoError;", "    }");
    }
    results.forEach((field, index) => {
      lines.push(`    result.${field} = seL4_GetMR(${index});`);
    });
    lines.push("    return result;");
  }
  lines.push("}");
  return lines.join("\n");
}
