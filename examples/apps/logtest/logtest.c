/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

static void log_line(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    if (cantrip_sdk_log(text, length) != CANTRIP_SDK_SUCCESS) {
        cantrip_debug_puts("sdk_log failed\n");
    }
}

int main(void)
{
    if (cantrip_sdk_ping() == CANTRIP_SDK_SUCCESS) {
        log_line("ping!");
    } else {
        cantrip_debug_puts("sdk_ping failed\n");
    }
    log_line("DONE");
    return 0;
}
