/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

int main(void)
{
    cantrip_debug_puts("Goodbye, cruel world!\n");
    /* The address is hidden from the compiler, which would turn a plain null store into a trap instruction. */
    volatile int *nowhere = 0;
    __asm__ volatile("" : "+r"(nowhere));
    *nowhere = 1;
    return 0;
}
