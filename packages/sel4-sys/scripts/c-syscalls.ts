import type { KernelConfig } from "@cantrip/sel4-config";
import { header } from "./c-header.ts";

/** `sel4/syscalls.h`: the system calls, and the IPC buffer that they use. */
export function syscallsHeader(config: KernelConfig): string {
  const { syscall } = config;
  const dumpCNode =
    syscall.debugDumpCNode === undefined
      ? ""
      : `
/* Prints a CNode's slots; seL4_InvalidCapability when cptr is no CNode. */
static inline seL4_Error seL4_DebugDumpCNode(seL4_CPtr cptr)
{
    seL4_Word result = seL4_DebugCall(seL4_SysDebugDumpCNode, cptr);
    return cptr != seL4_InvalidCapability && result == seL4_InvalidCapability ? seL4_InvalidCapability : seL4_NoError;
}
`;
  const body = `#include <sel4/types.h>

/* The program defines this variable and points it to its IPC buffer. Threads that share it set SEL4_TLS to __thread. */
#ifndef SEL4_TLS
#define SEL4_TLS
#endif
extern SEL4_TLS seL4_IPCBuffer *__sel4_ipc_buffer;

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}

static inline seL4_Word seL4_GetMR(int i)
{
    return __sel4_ipc_buffer->msg[i];
}

static inline void seL4_SetMR(int i, seL4_Word value)
{
    __sel4_ipc_buffer->msg[i] = value;
}

static inline seL4_Word seL4_GetBadge(int i)
{
    return __sel4_ipc_buffer->caps_or_badges[i];
}

static inline void seL4_SetCap(int i, seL4_CPtr cptr)
{
    __sel4_ipc_buffer->caps_or_badges[i] = cptr;
}

static inline void seL4_SetCapReceivePath(seL4_CPtr root, seL4_CPtr index, seL4_Word depth)
{
    __sel4_ipc_buffer->receiveCNode = root;
    __sel4_ipc_buffer->receiveIndex = index;
    __sel4_ipc_buffer->receiveDepth = depth;
}

/* a7 = number, a0 and a1 in and out, a6 = reply object, t0 = second destination; MR0..3 pass through the IPC buffer. */
static inline seL4_MessageInfo_t seL4_SystemCall(int number, seL4_Word destination, seL4_Word info, seL4_Word reply, seL4_Word second, seL4_Word *badge)
{
    seL4_Word *msg = __sel4_ipc_buffer->msg;
    register seL4_Word a0 __asm__("a0") = destination;
    register seL4_Word a1 __asm__("a1") = info;
    register seL4_Word a2 __asm__("a2") = msg[0];
    register seL4_Word a3 __asm__("a3") = msg[1];
    register seL4_Word a4 __asm__("a4") = msg[2];
    register seL4_Word a5 __asm__("a5") = msg[3];
    register seL4_Word a6 __asm__("a6") = reply;
    register seL4_Word t0 __asm__("t0") = second;
    register int a7 __asm__("a7") = number;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5)
                     : "r"(a6), "r"(t0), "r"(a7)
                     : "memory");
    msg[0] = a2;
    msg[1] = a3;
    msg[2] = a4;
    msg[3] = a5;
    if (badge != NULL) {
        *badge = a0;
    }
    seL4_MessageInfo_t received = {{a1}};
    return received;
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    return seL4_SystemCall(seL4_SysCall, dest, msgInfo.words[0], 0, 0, NULL);
}

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SystemCall(seL4_SysReplyRecv, src, msgInfo.words[0], reply, 0, sender);
}

static inline seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SystemCall(seL4_SysNBSendRecv, src, msgInfo.words[0], reply, dest, sender);
}

static inline seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_CPtr src, seL4_Word *sender)
{
    return seL4_SystemCall(seL4_SysNBSendWait, src, msgInfo.words[0], dest, 0, sender);
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    (void)seL4_SystemCall(seL4_SysSend, dest, msgInfo.words[0], 0, 0, NULL);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    (void)seL4_SystemCall(seL4_SysNBSend, dest, msgInfo.words[0], 0, 0, NULL);
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SystemCall(seL4_SysRecv, src, 0, reply, 0, sender);
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SystemCall(seL4_SysNBRecv, src, 0, reply, 0, sender);
}

static inline seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_SystemCall(seL4_SysWait, src, 0, 0, 0, sender);
}

static inline seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_SystemCall(seL4_SysNBWait, src, 0, 0, 0, sender);
}

static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 0, 0));
}

/* A system call of one argument that needs no IPC buffer; returns a0. */
static inline seL4_Word seL4_DebugCall(int number, seL4_Word argument)
{
    register seL4_Word a0 __asm__("a0") = argument;
    register int a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    return a0;
}

static inline void seL4_Yield(void)
{
    (void)seL4_DebugCall(seL4_SysYield, 0);
}

static inline void seL4_DebugPutChar(char c)
{
    (void)seL4_DebugCall(seL4_SysDebugPutChar, (seL4_Uint8)c);
}

static inline void seL4_DebugPutString(const char *text)
{
    while (*text != '\\0') {
        seL4_DebugPutChar(*text++);
    }
}

static inline void seL4_DebugDumpScheduler(void)
{
    (void)seL4_DebugCall(seL4_SysDebugDumpScheduler, 0);
}
${dumpCNode}
static inline void seL4_DebugHalt(void)
{
    (void)seL4_DebugCall(seL4_SysDebugHalt, 0);
}

static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cptr)
{
    return seL4_DebugCall(seL4_SysDebugCapIdentify, cptr);
}

static inline void seL4_DebugSnapshot(void)
{
    (void)seL4_DebugCall(seL4_SysDebugSnapshot, 0);
}

static inline void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)__sel4_ipc_buffer->msg;
    size_t length = 0;
    while (name[length] != '\\0' && length < sizeof __sel4_ipc_buffer->msg - 1) {
        to[length] = name[length];
        length++;
    }
    to[length] = '\\0';
    (void)seL4_DebugCall(seL4_SysDebugNameThread, tcb);
}
`;
  return header("syscalls", `System calls of the ${config.name} kernel.`, body);
}
