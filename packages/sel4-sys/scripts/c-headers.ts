import type { KernelConfig } from "@cantrip/sel4-config";
import {
  ErrorCode,
  FaultLabel,
  InitialCap,
  IpcBufferWord,
  MESSAGE_MAX_LENGTH,
} from "@cantrip/sel4-sys";
import { header } from "./c-header.ts";
import { cInvocations, cInvocationText } from "./c-invocations.ts";
import { syscallsHeader } from "./c-syscalls.ts";

/** The C headers of a kernel configuration: file name below the profile's folder, and text. */
export function cHeaders(config: KernelConfig): ReadonlyMap<string, string> {
  return new Map([
    ["sel4/constants.h", constants(config)],
    ["sel4/types.h", types(config)],
    ["sel4/syscalls.h", syscallsHeader(config)],
    ["sel4/invocations.h", invocations(config)],
    ["sel4/sel4.h", umbrella()],
  ]);
}

function define(name: string, value: number): string {
  return `#define ${name} ${value < 0 ? `(${value})` : value}\n`;
}

function enumeration(entries: readonly (readonly [string, number])[]): string {
  return `enum {\n${entries.map(([name, value]) => `    ${name} = ${value},\n`).join("")}};\n`;
}

const objectTypeNames: Readonly<Record<string, string>> = {
  untyped: "seL4_UntypedObject",
  tcb: "seL4_TCBObject",
  endpoint: "seL4_EndpointObject",
  notification: "seL4_NotificationObject",
  capTable: "seL4_CapTableObject",
  schedContext: "seL4_SchedContextObject",
  reply: "seL4_ReplyObject",
  page4K: "seL4_RISCV_4K_Page",
  megaPage: "seL4_RISCV_Mega_Page",
  pageTable: "seL4_RISCV_PageTableObject",
};

const sizeNames: Readonly<Record<string, string>> = {
  slot: "seL4_SlotBits",
  tcb: "seL4_TCBBits",
  endpoint: "seL4_EndpointBits",
  notification: "seL4_NotificationBits",
  reply: "seL4_ReplyBits",
  minSchedContext: "seL4_MinSchedContextBits",
  page4K: "seL4_PageBits",
  megaPage: "seL4_LargePageBits",
  pageTable: "seL4_PageTableBits",
  asidPool: "seL4_ASIDPoolBits",
  minUntyped: "seL4_MinUntypedBits",
  maxUntyped: "seL4_MaxUntypedBits",
  ipcBuffer: "seL4_IPCBufferSizeBits",
};

const initialCapNames: readonly (readonly [string, number])[] = [
  ["seL4_CapNull", InitialCap.Null],
  ["seL4_CapInitThreadTCB", InitialCap.InitThreadTcb],
  ["seL4_CapInitThreadCNode", InitialCap.InitThreadCNode],
  ["seL4_CapInitThreadVSpace", InitialCap.InitThreadVSpace],
  ["seL4_CapIRQControl", InitialCap.IrqControl],
  ["seL4_CapASIDControl", InitialCap.AsidControl],
  ["seL4_CapInitThreadASIDPool", InitialCap.InitThreadAsidPool],
  ["seL4_CapIOPortControl", InitialCap.IoPortControl],
  ["seL4_CapIOSpace", InitialCap.IoSpace],
  ["seL4_CapBootInfoFrame", InitialCap.BootInfoFrame],
  ["seL4_CapInitThreadIPCBuffer", InitialCap.InitThreadIpcBuffer],
  ["seL4_CapDomain", InitialCap.Domain],
  ["seL4_CapInitThreadSC", InitialCap.InitThreadSchedContext],
];

function constants(config: KernelConfig): string {
  const { settings } = config;
  let text = `#define CANTRIP_KERNEL_PROFILE "${config.name}"\n`;
  text += define("seL4_WordBits", config.wordBits);
  text += define("seL4_MsgMaxLength", MESSAGE_MAX_LENGTH);
  text += define("seL4_MsgMaxExtraCaps", 3);
  text += define("CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS", settings.maxNumBootInfoUntypedCaps);
  text += define("CONFIG_RETYPE_FAN_OUT_LIMIT", settings.retypeFanOutLimit);
  for (const [key, value] of Object.entries(config.sizeBits)) {
    const name = sizeNames[key];
    if (name !== undefined) text += define(name, Number(value));
  }
  text += "\n/* System call numbers, for a7. */\n";
  for (const [key, value] of Object.entries(config.syscall)) {
    text += define(`seL4_Sys${capitalised(key)}`, Number(value));
  }
  text += "\n/* Object types for seL4_Untyped_Retype. */\n";
  text += enumeration(
    Object.entries(config.objectType).map(([key, value]) => [
      objectTypeNames[key] ?? key,
      Number(value),
    ]),
  );
  text += "\n/* Invocation labels. */\n";
  text += enumeration(
    Object.entries(config.label).map(([key, value]) => [`label_${key}`, Number(value)]),
  );
  text += "\ntypedef enum {\n";
  for (const [name, value] of Object.entries(ErrorCode)) text += `    seL4_${name} = ${value},\n`;
  text += "} seL4_Error;\n";
  text += "\n/* Labels of fault messages. */\n";
  text += enumeration(
    Object.entries(FaultLabel).map(([name, value]) => [`seL4_Fault_${name}`, value]),
  );
  text += "\n/* Slots of the initial task. */\n";
  text += enumeration([...initialCapNames, ["seL4_NumInitialCaps", config.numInitialCaps]]);
  return header("constants", `Numbers of the ${config.name} kernel.`, text);
}

function capitalised(key: string): string {
  // nbSendRecv is NBSendRecv in libsel4.
  return key.startsWith("nb")
    ? `NB${key.slice(2)}`
    : `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

function types(config: KernelConfig): string {
  const { bootInfo } = config;
  const fields: readonly (readonly [string, string, number | undefined])[] = [
    ["seL4_Word", "extraLen", bootInfo.extraLen],
    ["seL4_Word", "nodeID", bootInfo.nodeID],
    ["seL4_Word", "numNodes", bootInfo.numNodes],
    ["seL4_Word", "numIOPTLevels", bootInfo.numIOPTLevels],
    ["seL4_IPCBuffer *", "ipcBuffer", bootInfo.ipcBuffer],
    ["seL4_SlotRegion", "empty", bootInfo.empty],
    ["seL4_SlotRegion", "sharedFrames", bootInfo.sharedFrames],
    ["seL4_SlotRegion", "userImageFrames", bootInfo.userImageFrames],
    ["seL4_SlotRegion", "userImagePaging", bootInfo.userImagePaging],
    ["seL4_SlotRegion", "ioSpaceCaps", bootInfo.ioSpaceCaps],
    ["seL4_SlotRegion", "extraBIPages", bootInfo.extraBIPages],
    ["seL4_Word", "initThreadCNodeSizeBits", bootInfo.initThreadCNodeSizeBits],
    ["seL4_Word", "initThreadDomain", bootInfo.initThreadDomain],
    ["seL4_Word", "kernelReservedBytes", bootInfo.kernelReservedBytes],
    ["seL4_SlotRegion", "schedcontrol", bootInfo.schedcontrol],
    ["seL4_SlotRegion", "untyped", bootInfo.untyped],
  ];
  const present = fields.filter(([, , offset]) => offset !== undefined);
  const members = present
    .map(([type, name]) => `    ${type}${type.endsWith("*") ? "" : " "}${name};\n`)
    .join("");
  const checks = present
    .map(([, name, offset]) => bootInfoCheck(name, offset ?? 0))
    .concat(bootInfoCheck("untypedList", bootInfo.untypedList))
    .join("");
  const taint = config.cantripFork ? "    seL4_Uint8 isTainted;\n" : "    seL4_Uint8 padding0;\n";
  const body = `#include <stddef.h>
#include <stdint.h>
#include <sel4/constants.h>

typedef uint8_t seL4_Uint8;
typedef uint32_t seL4_Uint32;
typedef uint64_t seL4_Uint64;
typedef uint32_t seL4_Word;
typedef uint64_t seL4_Time;
typedef uint8_t seL4_Bool;
typedef seL4_Word seL4_CPtr;
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_Domain;
${[
  "CNode",
  "TCB",
  "Untyped",
  "IRQControl",
  "IRQHandler",
  "SchedControl",
  "SchedContext",
  "DomainSet",
  "RISCV_Page",
  "RISCV_PageTable",
  "RISCV_ASIDControl",
  "RISCV_ASIDPool",
]
  .map((name) => `typedef seL4_CPtr seL4_${name};\n`)
  .join("")}
typedef enum {
    seL4_RISCV_Default_VMAttributes = 0,
    seL4_RISCV_ExecuteNever = 1,
} seL4_RISCV_VMAttributes;

typedef struct {
    seL4_Word words[1];
} seL4_MessageInfo_t;

static inline seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Word label, seL4_Word capsUnwrapped, seL4_Word extraCaps, seL4_Word length)
{
    seL4_MessageInfo_t info = {{(label << 12) | ((capsUnwrapped & 7u) << 9) | ((extraCaps & 3u) << 7) | (length & 0x7fu)}};
    return info;
}

static inline seL4_Word seL4_MessageInfo_get_label(seL4_MessageInfo_t info)
{
    return info.words[0] >> 12;
}

static inline seL4_Word seL4_MessageInfo_get_capsUnwrapped(seL4_MessageInfo_t info)
{
    return (info.words[0] >> 9) & 7u;
}

static inline seL4_Word seL4_MessageInfo_get_extraCaps(seL4_MessageInfo_t info)
{
    return (info.words[0] >> 7) & 3u;
}

static inline seL4_Word seL4_MessageInfo_get_length(seL4_MessageInfo_t info)
{
    return info.words[0] & 0x7fu;
}

typedef struct {
    seL4_Word words[1];
} seL4_CapRights_t;

static inline seL4_CapRights_t seL4_CapRights_new(seL4_Word grantReply, seL4_Word grant, seL4_Word read, seL4_Word write)
{
    seL4_CapRights_t rights = {{((grantReply & 1u) << 3) | ((grant & 1u) << 2) | ((read & 1u) << 1) | (write & 1u)}};
    return rights;
}

#define seL4_AllRights seL4_CapRights_new(1, 1, 1, 1)
#define seL4_ReadWrite seL4_CapRights_new(0, 0, 1, 1)
#define seL4_CanRead seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite seL4_CapRights_new(0, 0, 0, 1)
#define seL4_NoRights seL4_CapRights_new(0, 0, 0, 0)

/* Guard word of a CNode capability. */
static inline seL4_Word seL4_CNode_CapData(seL4_Word guard, seL4_Word guardSize)
{
    return ((guard & 0x3ffffu) << 8) | ((guardSize & 31u) << 3);
}

typedef struct {
    seL4_MessageInfo_t tag;
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData;
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} seL4_IPCBuffer;

_Static_assert(offsetof(seL4_IPCBuffer, caps_or_badges) == ${4 * IpcBufferWord.caps}, "IPC buffer layout");
_Static_assert(offsetof(seL4_IPCBuffer, receiveDepth) == ${4 * IpcBufferWord.receiveDepth}, "IPC buffer layout");
_Static_assert(sizeof(seL4_IPCBuffer) == 1u << seL4_IPCBufferSizeBits, "IPC buffer size");

typedef struct {
    seL4_Word start;
    seL4_Word end; /* exclusive */
} seL4_SlotRegion;

typedef struct {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
${taint}    seL4_Uint8 padding;
} seL4_UntypedDesc;

typedef struct {
${members}    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

${checks}_Static_assert(sizeof(seL4_UntypedDesc) == ${bootInfo.untypedDescBytes}, "untyped description size");

/* Registers of a thread, in the order of the message. */
typedef struct {
    seL4_Word pc, ra, sp, gp;
    seL4_Word s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    seL4_Word a0, a1, a2, a3, a4, a5, a6, a7;
    seL4_Word t0, t1, t2, t3, t4, t5, t6, tp;
} seL4_UserContext;
`;
  return header("types", `Types of the ${config.name} kernel.`, body);
}

function bootInfoCheck(name: string, offset: number): string {
  return `_Static_assert(offsetof(seL4_BootInfo, ${name}) == ${offset}, "boot info layout");\n`;
}

function invocations(config: KernelConfig): string {
  const functions = cInvocations
    .filter(({ label }) => config.label[label] !== undefined)
    .map(cInvocationText);
  const registers = `static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target, seL4_Uint8 arch_flags, seL4_Word count, const seL4_UserContext *regs)
{
    const seL4_Word *words = (const seL4_Word *)regs;
    seL4_SetMR(0, (resume_target != 0) | ((seL4_Word)arch_flags << 8));
    seL4_SetMR(1, count);
    for (seL4_Word i = 0; i < count && i < sizeof *regs / sizeof *words; i++) {
        seL4_SetMR((int)i + 2, words[i]);
    }
    seL4_MessageInfo_t reply = seL4_Call(_service, seL4_MessageInfo_new(label_tcbWriteRegisters, 0, 0, count + 2));
    return (seL4_Error)seL4_MessageInfo_get_label(reply);
}

static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source, seL4_Uint8 arch_flags, seL4_Word count, seL4_UserContext *regs)
{
    seL4_Word *words = (seL4_Word *)regs;
    seL4_SetMR(0, (suspend_source != 0) | ((seL4_Word)arch_flags << 8));
    seL4_SetMR(1, count);
    seL4_MessageInfo_t reply = seL4_Call(_service, seL4_MessageInfo_new(label_tcbReadRegisters, 0, 0, 2));
    seL4_Word error = seL4_MessageInfo_get_label(reply);
    for (seL4_Word i = 0; error == 0 && i < count && i < sizeof *regs / sizeof *words; i++) {
        words[i] = seL4_GetMR((int)i);
    }
    return (seL4_Error)error;
}`;
  const body = `#include <sel4/syscalls.h>\n\n${[...functions, registers].join("\n\n")}\n`;
  return header("invocations", `Invocations of the ${config.name} kernel.`, body);
}

function umbrella(): string {
  const body = ["constants", "types", "syscalls", "invocations"]
    .map((name) => `#include <sel4/${name}.h>\n`)
    .join("");
  return header("sel4", "The user side of seL4, riscv32 MCS.", body);
}
