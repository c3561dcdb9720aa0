/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

enum {
    LAST_THAT_FITS = 47,
    TICKS_PER_SECOND = 24000000,
    /* Ten lines a second. */
    TICKS_PER_LINE = TICKS_PER_SECOND / 10,
};

static void wait_until(uint64_t deadline)
{
    while ((int64_t)(cantrip_rdtime() - deadline) < 0) {
        cantrip_yield();
    }
}

int main(void)
{
    cantrip_debug_puts("\nFibonacci:\n");
    uint64_t deadline = cantrip_rdtime();
    for (;;) {
        unsigned current = 0, next = 1;
        for (int n = 0; n <= LAST_THAT_FITS; n++) {
            deadline += TICKS_PER_LINE;
            wait_until(deadline);
            char line[80];
            size_t length = cantrip_format(line, sizeof line, "[%2d] %10u", n, current);
            cantrip_sdk_log(line, length);
            unsigned sum = current + next;
            current = next;
            next = sum;
        }
    }
}
