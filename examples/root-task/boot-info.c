/* SPDX-License-Identifier: Apache-2.0 */
/* An initial task that prints what its kernel has given it: all of the boot info, and what lies in its slots. */
#include <sel4/sel4.h>

/* `seL4_BootInfoHeader`, and the one of a device tree. */
struct header {
    seL4_Word id;
    seL4_Word bytes;
};
enum { HEADER_FDT = 6, PAGE_BYTES = 4096 };

seL4_IPCBuffer *__sel4_ipc_buffer;

static void print_number(seL4_Word value)
{
    if (value >= 10) {
        print_number(value / 10);
    }
    seL4_DebugPutChar('0' + value % 10);
}

static void print_address(seL4_Word value)
{
    seL4_DebugPutString("0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
        seL4_DebugPutChar("0123456789abcdef"[value >> shift & 15]);
    }
}

static void print(const char *text, seL4_Word value)
{
    seL4_DebugPutString(text);
    seL4_DebugPutChar(' ');
    print_number(value);
    seL4_DebugPutChar('\n');
}

static void print_region(const char *text, seL4_SlotRegion region)
{
    seL4_DebugPutString(text);
    seL4_DebugPutString(" from");
    print("", region.start);
    seL4_DebugPutString(text);
    seL4_DebugPutString(" to");
    print("", region.end);
}

static void print_untypeds(const seL4_BootInfo *info)
{
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];
        seL4_DebugPutString("untyped ");
        print_address(untyped->paddr);
        if (untyped->isDevice) {
            seL4_DebugPutString(" device");
        }
#ifdef CANTRIP_FORK
        if (untyped->isTainted) {
            seL4_DebugPutString(" tainted");
        }
#endif
        print(" size bits", untyped->sizeBits);
    }
}

/* What stands behind the boot info: blocks, each with a header. Their contents depend on the board. */
static void print_extra(const seL4_BootInfo *info)
{
    const char *at = (const char *)info + PAGE_BYTES;
    const char *end = at + info->extraLen;
    while (at < end) {
        const struct header *header = (const struct header *)at;
        print("extra id", header->id);
        print("extra bytes", header->bytes);
        if (header->id == HEADER_FDT) {
            const unsigned char *tree = (const unsigned char *)(header + 1);
            print("tree magic", (seL4_Word)tree[0] << 24 | tree[1] << 16 | tree[2] << 8 | tree[3]);
            print("tree bytes", (seL4_Word)tree[4] << 24 | tree[5] << 16 | tree[6] << 8 | tree[7]);
        }
        if (header->bytes < sizeof *header) {
            return;
        }
        at += header->bytes;
    }
}

/* Runs of slots whose capabilities are of one type, as the kernel's own numbers; a region of slots begins a new one. */
static void print_slots(const seL4_BootInfo *info)
{
    seL4_Word end = info->empty.start;
    seL4_Word start = 0;
    seL4_Word type = seL4_DebugCapIdentify(0);
    for (seL4_Word slot = 1; slot <= end; slot++) {
        seL4_Word next = slot == end ? ~0u : seL4_DebugCapIdentify(slot);
        if (next != type || slot == info->untyped.start || slot == info->userImagePaging.start) {
            seL4_DebugPutString("slots ");
            print_number(start);
            seL4_DebugPutString(" to ");
            print_number(slot - 1);
            print(" type", type);
            start = slot;
            type = next;
        }
    }
}

int main(const seL4_BootInfo *info)
{
    __sel4_ipc_buffer = info->ipcBuffer;
    print("extraLen", info->extraLen);
    print("nodeID", info->nodeID);
    print("numNodes", info->numNodes);
    print("numIOPTLevels", info->numIOPTLevels);
    print("boot info at", (seL4_Word)info);
    print("ipcBuffer", (seL4_Word)info->ipcBuffer);
    print_region("empty", info->empty);
    print_region("sharedFrames", info->sharedFrames);
    print_region("userImageFrames", info->userImageFrames);
    print_region("userImagePaging", info->userImagePaging);
    print_region("ioSpaceCaps", info->ioSpaceCaps);
    print_region("extraBIPages", info->extraBIPages);
    print("initThreadCNodeSizeBits", info->initThreadCNodeSizeBits);
    print("initThreadDomain", info->initThreadDomain);
#ifdef CANTRIP_FORK
    print("kernelReservedBytes", info->kernelReservedBytes);
#endif
    print_region("schedcontrol", info->schedcontrol);
    print_region("untyped", info->untyped);
    print_untypeds(info);
    print_extra(info);
    print_slots(info);
    seL4_DebugPutString("done\n");
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    return 0;
}
