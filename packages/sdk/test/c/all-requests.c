/* SPDX-License-Identifier: Apache-2.0 */
/* Makes every request, and puts what it is told into the next ones. A test answers, and looks at the bytes. */
#include "cantrip.h"

int main(void)
{
    char text[40];
    uint8_t value[CANTRIP_KEY_VALUE_BYTES];
    uint32_t mask = 0, id = 0;
    cantrip_model_output_t output;

    cantrip_sdk_ping();
    cantrip_sdk_log("hi", 2);
    cantrip_sdk_read_key("foo", value);
    cantrip_sdk_write_key("foo", value, sizeof value);
    cantrip_sdk_write_key("foo", "123", 3);
    cantrip_sdk_delete_key("foo");
    cantrip_sdk_timer_oneshot(0, 100);
    cantrip_sdk_timer_periodic(1, 75);
    cantrip_sdk_timer_wait(&mask);
    cantrip_sdk_timer_cancel(mask);
    cantrip_sdk_timer_poll(&mask);
    cantrip_sdk_timer_cancel(mask);
    cantrip_sdk_model_oneshot("m", &id);
    cantrip_sdk_model_wait(&mask);
    cantrip_sdk_timer_cancel(mask);
    cantrip_sdk_model_poll(&mask);
    cantrip_sdk_timer_cancel(mask);
    for (int run = 0; run < 2; run++) {
        cantrip_sdk_model_output(id, &output);
        cantrip_sdk_timer_oneshot((uint32_t)output.jobnum, output.return_code);
        cantrip_sdk_timer_cancel(output.epc);
        cantrip_sdk_log((const char *)output.data, sizeof output.data);
    }
    cantrip_sdk_model_periodic("m", 1000, &id);
    cantrip_sdk_model_cancel(id);
    cantrip_sdk_error_t error = cantrip_sdk_ping();
    cantrip_sdk_log(text, cantrip_format(text, sizeof text, "refused: %d", (int)error));
    return 7;
}
