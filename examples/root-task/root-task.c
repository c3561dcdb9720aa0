/* SPDX-License-Identifier: Apache-2.0 */
/* An initial task in C: looks around, makes an endpoint, and says so on the kernel's debug console. */
#include <sel4/sel4.h>

seL4_IPCBuffer *__sel4_ipc_buffer;

static void print_number(seL4_Word value)
{
    if (value >= 10) {
        print_number(value / 10);
    }
    seL4_DebugPutChar('0' + value % 10);
}

static void print(const char *text, seL4_Word value)
{
    seL4_DebugPutString(text);
    print_number(value);
    seL4_DebugPutChar('\n');
}

/* The first untyped that is memory, free, and at least of this size. */
static seL4_CPtr find_untyped(const seL4_BootInfo *info, seL4_Word size_bits)
{
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];
        if (!untyped->isDevice && !untyped->isTainted && untyped->sizeBits >= size_bits) {
            return info->untyped.start + i;
        }
    }
    return 0;
}

int main(const seL4_BootInfo *info)
{
    __sel4_ipc_buffer = info->ipcBuffer;
    seL4_DebugPutString("Hello from C!\n");
    print("untypeds ", info->untyped.end - info->untyped.start);
    print("root CNode bits ", info->initThreadCNodeSizeBits);

    seL4_CPtr slot = info->empty.start;
    seL4_CPtr untyped = find_untyped(info, seL4_EndpointBits);
    seL4_Error error = seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, seL4_CapInitThreadCNode, 0, 0, slot, 1);
    print("retype ", error);
    print("capability type ", seL4_DebugCapIdentify(slot));
    /* The slot is taken now. */
    error = seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, seL4_CapInitThreadCNode, 0, 0, slot, 1);
    print("retype again ", error);
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    return 0;
}
