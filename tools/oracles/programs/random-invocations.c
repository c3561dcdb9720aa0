/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An initial task that makes thousands of random invocations of every kind of capability and prints each answer: two
 * kernels that decode alike print the same. Nothing that it makes ever runs, and what it prints depends neither on where
 * objects lie nor on time.
 */
#include "probe.h"

seL4_IPCBuffer *__sel4_ipc_buffer;

enum { FIRST = 600, WINDOW = 64, OPERATIONS = 6000 };

#ifndef SEED
#define SEED 104729
#endif

static word seed = SEED;

static word random_below(word limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (seed >> 4) % limit;
}

/* Invokes with a system call; caps are in the IPC buffer already. */
static void invoke(struct registers *r, long number, word cptr, word label, word length, word caps)
{
    r->a[0] = cptr;
    r->a[1] = label << 12 | caps << 7 | length;
    system_call(number, r);
}

static word retype(word untyped, word type, word bits, word slot)
{
    struct registers r;
    clear(&r);
    r.a[2] = type;
    r.a[3] = bits;
    r.a[4] = 0;
    r.a[5] = 0;
    __sel4_ipc_buffer->msg[4] = slot;
    __sel4_ipc_buffer->msg[5] = 1;
    __sel4_ipc_buffer->caps_or_badges[0] = seL4_CapInitThreadCNode;
    invoke(&r, seL4_SysCall, untyped, label_untypedRetype, 6, 1);
    return r.a[1] >> 12;
}

/* Labels that each kind of object knows, from first to last; others are tried, too. */
struct kind {
    char name;
    word first, last;
};

#ifdef CANTRIP_FORK
enum { LAST_UNTYPED = label_untypedDescribe, LAST_TCB = label_tcbSetTLSBase, LAST_DOMAIN = label_domainSetSet };
#else
enum { LAST_UNTYPED = label_untypedRetype, LAST_TCB = label_tcbSetFlags, LAST_DOMAIN = label_domainScheduleSetStart };
#endif

/* The last label of all. */
enum { LAST = label_riscvIRQIssueIRQHandlerTrigger };

static const struct kind kinds[] = {
    {'u', label_untypedRetype, LAST_UNTYPED},
    {'t', label_tcbReadRegisters, LAST_TCB},
    {'n', label_cnodeRevoke, label_cnodeRotate},
    {'e', 0, 3},
    {'o', 0, 3},
    {'s', label_schedContextBind, label_schedContextYieldTo},
    {'r', 0, 3},
    {'f', label_riscvPageMap, label_riscvPageGetAddress},
    {'h', label_irqAckIRQ, label_irqClearIRQHandler},
    {'d', label_domainSetSet, LAST_DOMAIN},
    {'b', label_schedControlConfigureFlags, label_schedControlConfigureFlags},
    {'p', label_riscvPageTableMap, label_riscvPageTableUnmap},
    {'c', label_irqIssueIRQHandler, LAST},
    {'a', label_riscvASIDControlMakePool, label_riscvASIDControlMakePool},
    {'l', label_riscvASIDPoolAssign, label_riscvASIDPoolAssign},
};

/* The first kind that comes up less. */
enum { RARE = 11 };

/* Whether there is an interrupt handler: see is_left_out. */
#ifdef CANTRIP_FORK
enum { HAS_HANDLER = 1 };
#else
enum { HAS_HANDLER = 0 };
#endif

/* Scratch slots: two of each that is retyped. */
enum {
    UNTYPED = FIRST,
    TCB = FIRST + 2,
    CNODE = FIRST + 4,
    ENDPOINT = FIRST + 6,
    NOTIFICATION = FIRST + 8,
    CONTEXT = FIRST + 10,
    REPLY = FIRST + 12,
    FRAME = FIRST + 14,
    TABLE = FIRST + 16,
    HANDLER = FIRST + 18,
    SMALL = FIRST + 20,
    /* A notification that is bound to nobody, so that this task may wait for it, and one to signal it with a badge. */
    WAITED = FIRST + 22,
    SIGNAL = FIRST + 23,
    DESTINATION = FIRST + 24,
};

static word sched_control;

static word target_of(char name)
{
    word second = random_below(2);
    switch (name) {
    case 'u':
        return random_below(4) == 0 ? SMALL : UNTYPED + second;
    case 't':
        return TCB + second;
    case 'n':
        return random_below(2) ? seL4_CapInitThreadCNode : CNODE + second;
    case 'e':
        return ENDPOINT + second;
    case 'o':
        return NOTIFICATION + second;
    case 's':
        return CONTEXT + second;
    case 'r':
        return REPLY + second;
    case 'f':
        return FRAME + second;
    case 'p':
        return random_below(8) ? TABLE : TABLE + 1;
    case 'c':
        return seL4_CapIRQControl;
    case 'h':
        return HANDLER + second;
    case 'd':
        return seL4_CapDomain;
    case 'b':
        return sched_control;
    case 'a':
        return seL4_CapASIDControl;
    default:
        return seL4_CapInitThreadASIDPool;
    }
}

/* A capability of any kind, now and then none, and hardly ever one that cannot be looked up. */
static word any_cap(void)
{
    switch (random_below(12)) {
    case 0:
        return DESTINATION + random_below(WINDOW);
    case 1:
        return seL4_CapInitThreadVSpace;
    case 2:
    case 3:
        return seL4_CapInitThreadCNode;
    case 4:
        return seL4_CapInitThreadTCB;
    default:
        return target_of(kinds[random_below(sizeof kinds / sizeof kinds[0])].name);
    }
}

static word any_word(void)
{
    static const word words[] = {
        0,          1,          2,          3,          4,          5,          6,          7,          8,
        9,          10,         12,         16,         22,         29,         31,         32,         33,
        100,        254,        255,        256,        257,        500,        1000,       4095,       4096,
        0x1000,     0x2000,     0x400000,   0x401000,   0x7ffff000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
        0x01555555, 0x55555555, 0x55555556, 0x00ffffff, 0x10000000, 0x10001000, 0x70000200, 0x70000201, 19,
    };
    switch (random_below(3)) {
    case 0:
        return DESTINATION + random_below(WINDOW);
    case 1:
        return random_below(34);
    default:
        return words[random_below(sizeof words / sizeof words[0])];
    }
}

/* Whether the operation is left out: it would stop this task or the kernel, let something run or tell an address. */
static int is_left_out(char name, word label, word first, word cap)
{
    switch (name) {
    case 't':
        /* Resume, registers with a resume flag, and a copy from or of this task. */
        return label == label_tcbResume ||
               ((label == label_tcbWriteRegisters || label == label_tcbCopyRegisters) && (first & 3) != 0) ||
               (label == label_tcbCopyRegisters && cap == seL4_CapInitThreadTCB) ||
               (label == label_tcbBindNotification && cap == 0);
    case 'c':
        /*
         * On QEMU's virt board the RV32 kernel has its interrupt controller at an address that it never maps: a handler of
         * an external interrupt that it makes ends in a fault of its own, for ever.
         */
        return !HAS_HANDLER && first > 0 && first < 128 &&
               (label == label_irqIssueIRQHandler || label == label_riscvIRQIssueIRQHandlerTrigger);
    default:
        return 0;
    }
}

static void put_answer(const struct registers *r, char name, word label, int is_sent)
{
    word length = r->a[1] & 0x7f;
    word error = r->a[1] >> 12;
    put_hex(r->a[0]);
    put_char(' ');
    put_hex(r->a[1]);
    /* What was consumed is time, and an address is an address. */
    if ((error == 0 || is_sent) && ((name == 's' && label >= label_schedContextConsumed) ||
                                    (name == 'f' && label == label_riscvPageGetAddress))) {
        return;
    }
    /* Nobody answers what was only sent: then these are the registers as they were. */
    for (word i = 0; (i < length || is_sent) && i < 4; i++) {
        put_char(' ');
        put_hex(r->a[2 + i]);
    }
    if (length > 4 && length < 32) {
        put_char(' ');
        put_hex(__sel4_ipc_buffer->msg[4]);
    }
}

/* A system call that never blocks, to where nobody waits. Replies and endpoints can be reached in no other way. */
static void send_or_poll(word number)
{
    static const long calls[] = {seL4_SysNBSend, seL4_SysNBRecv, seL4_SysNBWait};
    static const word sources[] = {ENDPOINT, ENDPOINT + 1, WAITED};
    word choice = random_below(sizeof calls / sizeof calls[0]);
    word targets[] = {ENDPOINT + random_below(2), NOTIFICATION + random_below(2), REPLY + random_below(2),
                      SIGNAL, WAITED, DESTINATION + random_below(WINDOW)};
    word target = targets[random_below(sizeof targets / sizeof targets[0])];
    word source = sources[random_below(sizeof sources / sizeof sources[0])];
    struct registers r;
    clear(&r);
    for (int i = 0; i < 3; i++) {
        __sel4_ipc_buffer->caps_or_badges[i] = any_cap();
    }
    for (int i = 0; i < 4; i++) {
        r.a[2 + i] = any_word();
    }
    word label = random_below(LAST + 4);
    /* These could make a thread run. */
    if (label == label_tcbWriteRegisters || label == label_tcbCopyRegisters || label == label_tcbResume) {
        label = label_tcbReadRegisters;
    }
    r.a[1] = label << 12 | random_below(4) << 7 | random_below(10);
    r.a[6] = REPLY + random_below(2);
    r.a[0] = calls[choice] == seL4_SysNBSend ? target : source;
    put_hex(number);
    put_char('q');
    put_hex(choice);
    put_char('/');
    put_hex(r.a[0]);
    put_text(": ");
    system_call(calls[choice], &r);
    put_hex(r.a[0]);
    for (int i = 1; i < 6; i++) {
        put_char(' ');
        put_hex(r.a[i]);
    }
    put_char('\n');
}

static void operate(word number)
{
    const struct kind *kind = &kinds[random_below(sizeof kinds / sizeof kinds[0])];
    /* What can hardly succeed more than once comes up less. */
    if ((kind >= &kinds[RARE] || (kind->name == 'h' && !HAS_HANDLER)) && random_below(8) != 0) {
        kind = &kinds[random_below(RARE)];
    }
    word label = random_below(16) == 0 ? random_below(LAST + 4) : kind->first + random_below(kind->last - kind->first + 1);
    word length = random_below(8) == 0 ? random_below(10) : 6 + random_below(4);
    word caps = random_below(8) == 0 ? random_below(4) : random_below(3) == 0 ? 2 : 3;
    word cptr = target_of(kind->name);
    struct registers r;
    clear(&r);
    for (int i = 0; i < 4; i++) {
        r.a[2 + i] = any_word();
    }
    if (kind->name == 'u' && label == label_untypedRetype && random_below(3) != 0) {
        r.a[2] = random_below(11);
        r.a[3] = random_below(8) == 0 ? any_word() : 8 + random_below(2);
        r.a[4] = 0;
        r.a[5] = random_below(4) == 0 ? 32 : 0;
        if (r.a[5] == 32) {
            r.a[4] = seL4_CapInitThreadCNode;
        }
    }
    if (kind->name == 'b' && random_below(3) != 0) {
        r.a[2] = random_below(90);
        r.a[3] = random_below(8) == 0;
        r.a[4] = random_below(3000);
        r.a[5] = random_below(4) == 0;
    }
    word extra[3];
    for (int i = 0; i < 10; i++) {
        __sel4_ipc_buffer->msg[i] = any_word();
    }
    /* Refills that overflow to none stop a debug kernel. */
    if (kind->name == 'b' && __sel4_ipc_buffer->msg[4] == 0xfffffffe) {
        __sel4_ipc_buffer->msg[4] = 0xffffffff;
    }
    if (kind->name == 'b' && random_below(3) != 0) {
        __sel4_ipc_buffer->msg[4] = random_below(7);
        __sel4_ipc_buffer->msg[6] = random_below(2);
    }
    if (kind->name == 'u' && random_below(3) != 0) {
        __sel4_ipc_buffer->msg[4] = DESTINATION + random_below(WINDOW);
        __sel4_ipc_buffer->msg[5] = 1 + random_below(3);
    }
    if (kind->name == 'n' && (cptr == seL4_CapInitThreadCNode || random_below(4) != 0)) {
        /* In this task's own CNode only the slots of the window are changed. */
        int is_own = cptr == seL4_CapInitThreadCNode;
        r.a[3] = is_own ? 32 : 5;
        r.a[5] = 32;
        r.a[2] = is_own ? DESTINATION + random_below(WINDOW) : random_below(32);
        r.a[4] = label == label_cnodeCopy || label == label_cnodeMint ? UNTYPED + random_below(20) : DESTINATION + random_below(WINDOW);
        if (is_own && label == label_cnodeRevoke) {
            r.a[2] = UNTYPED + random_below(2);
        }
        if (is_own && label == label_cnodeRotate) {
            label = label_cnodeDelete;
        }
    }
    if (kind->name == 'd' && random_below(3) != 0) {
        r.a[2] = 0;
    }
    if (kind->name == 'a' && random_below(3) != 0) {
        r.a[2] = DESTINATION + random_below(WINDOW);
        r.a[3] = 32;
    }
    for (int i = 0; i < 3; i++) {
        extra[i] = any_cap();
    }
    if (random_below(5) != 0) {
        switch (kind->name) {
        case 'u':
        case 'n':
            extra[0] = seL4_CapInitThreadCNode;
            break;
        case 't':
            if (label == label_tcbConfigure || label == label_tcbSetSpace) {
                word handlers = label == label_tcbSetSpace;
                extra[handlers] = seL4_CapInitThreadCNode;
                extra[handlers + 1] = seL4_CapInitThreadVSpace;
                r.a[2] = r.a[3] = 0;
            } else if (label >= label_tcbSetPriority && label <= label_tcbSetSchedParams) {
                extra[0] = seL4_CapInitThreadTCB;
                if (label == label_tcbSetSchedParams) {
                    extra[1] = CONTEXT + random_below(2);
                    extra[2] = ENDPOINT;
                }
            } else if (label == label_tcbBindNotification) {
                extra[0] = NOTIFICATION + random_below(2);
            }
            break;
        case 's':
            extra[0] = random_below(2) ? TCB + random_below(2) : NOTIFICATION + random_below(2);
            break;
        case 'b':
            extra[0] = CONTEXT + random_below(2);
            break;
        case 'f':
        case 'p':
            extra[0] = seL4_CapInitThreadVSpace;
            r.a[2] = 0x10000000 + random_below(4) * (random_below(4) ? 0x1000 : 0x400000);
            r.a[4] &= 1;
            break;
        case 'c':
            extra[0] = seL4_CapInitThreadCNode;
            break;
        case 'h':
            extra[0] = NOTIFICATION;
            break;
        case 'd':
            extra[0] = TCB + random_below(2);
            break;
        case 'a':
            extra[0] = UNTYPED + 1;
            extra[1] = seL4_CapInitThreadCNode;
            break;
        case 'l':
            extra[0] = TABLE + 1;
            break;
        default:
            break;
        }
    }
    if (kind->name == 'e' || kind->name == 'r') {
        send_or_poll(number);
        return;
    }
    if (is_left_out(kind->name, label, r.a[2], caps > 0 ? extra[0] : 0)) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        __sel4_ipc_buffer->caps_or_badges[i] = extra[i];
    }
    put_hex(number);
    put_char(kind->name);
    put_hex(label);
    put_char('/');
    put_hex(length);
    put_char('/');
    put_hex(caps);
    /* Some are not called, but only sent. */
    int is_sent = random_below(6) == 0;
    put_text(is_sent ? "! " : ": ");
    invoke(&r, is_sent ? seL4_SysNBSend : seL4_SysCall, cptr, label, length, caps);
    put_answer(&r, kind->name, label, is_sent);
    put_char('\n');
}

int main(const seL4_BootInfo *info)
{
    __sel4_ipc_buffer = info->ipcBuffer;
    sched_control = info->schedcontrol.start;
    word memory = 0;
    for (word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];
#ifdef CANTRIP_FORK
        if (untyped->isTainted) {
            continue;
        }
#endif
        if (!untyped->isDevice && untyped->sizeBits >= 19) {
            memory = info->untyped.start + i;
        }
    }
    static const struct {
        word slot, type, bits;
    } objects[] = {
        {UNTYPED, seL4_UntypedObject, 16},   {UNTYPED + 1, seL4_UntypedObject, 12},
        {TCB, seL4_TCBObject, 0},            {TCB + 1, seL4_TCBObject, 0},
        {CNODE, seL4_CapTableObject, 5},     {CNODE + 1, seL4_CapTableObject, 2},
        {ENDPOINT, seL4_EndpointObject, 0},  {ENDPOINT + 1, seL4_EndpointObject, 0},
        {NOTIFICATION, seL4_NotificationObject, 0}, {NOTIFICATION + 1, seL4_NotificationObject, 0},
        {CONTEXT, seL4_SchedContextObject, 8}, {CONTEXT + 1, seL4_SchedContextObject, 9},
        {REPLY, seL4_ReplyObject, 0},        {REPLY + 1, seL4_ReplyObject, 0},
        {FRAME, seL4_RISCV_4K_Page, 0},      {FRAME + 1, seL4_RISCV_4K_Page, 0},
        {TABLE, seL4_RISCV_PageTableObject, 0}, {TABLE + 1, seL4_RISCV_PageTableObject, 0},
        {SMALL, seL4_UntypedObject, 4},      {WAITED, seL4_NotificationObject, 0},
    };
    for (word i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        put_hex(retype(memory, objects[i].type, objects[i].bits, objects[i].slot));
    }
    put_char('\n');
    put_hex(seL4_CNode_Mint(seL4_CapInitThreadCNode, SIGNAL, 32, seL4_CapInitThreadCNode, WAITED, 32, seL4_AllRights, 5));
    if (HAS_HANDLER) {
        put_hex(seL4_IRQControl_Get(seL4_CapIRQControl, 11, seL4_CapInitThreadCNode, HANDLER, 32));
    }
    put_char('\n');
    for (word i = 0; i < OPERATIONS; i++) {
        operate(i);
    }
    put_text("done\n");
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    return 0;
}
