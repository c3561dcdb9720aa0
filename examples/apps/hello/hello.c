/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

int main(void)
{
    cantrip_debug_puts("\nI am a C app!\n");
    cantrip_debug_puts("Done, sleeping in infinite loop\n");
    for (;;) {
        cantrip_yield();
    }
}
