/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

#define KEY "foo"
#define VALUE "123"

static void log_line(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    cantrip_sdk_log(text, length);
}

static void log_result(const char *what, cantrip_sdk_error_t error)
{
    char line[80];
    if (error == CANTRIP_SDK_SUCCESS) {
        cantrip_format(line, sizeof line, "%s ok", what);
    } else {
        cantrip_format(line, sizeof line, "%s failed: %d", what, (int)error);
    }
    log_line(line);
}

/* `[49, 50, 51, 0, ...]`, as Rust prints bytes. */
static void log_value(const uint8_t value[CANTRIP_KEY_VALUE_BYTES])
{
    char line[600];
    size_t length = cantrip_format(line, sizeof line, "read returned [");
    for (int index = 0; index < CANTRIP_KEY_VALUE_BYTES; index++) {
        const char *separator = index == 0 ? "" : ", ";
        length += cantrip_format(line + length, sizeof line - length, "%s%u", separator, value[index]);
    }
    cantrip_format(line + length, sizeof line - length, "]");
    log_line(line);
}

int main(void)
{
    uint8_t value[CANTRIP_KEY_VALUE_BYTES];
    if (cantrip_sdk_read_key(KEY, value) == CANTRIP_SDK_SUCCESS) {
        log_line("read(" KEY ") did not fail");
    } else {
        log_line("read(" KEY ") failed as expected");
    }
    log_result("write", cantrip_sdk_write_key(KEY, VALUE, sizeof VALUE - 1));
    cantrip_sdk_error_t error = cantrip_sdk_read_key(KEY, value);
    if (error == CANTRIP_SDK_SUCCESS) {
        log_value(value);
    } else {
        log_result("read", error);
    }
    log_result("delete", cantrip_sdk_delete_key(KEY));
    error = cantrip_sdk_delete_key(KEY);
    if (error == CANTRIP_SDK_SUCCESS) {
        log_line("delete ok (for missing key)");
    } else {
        log_result("delete", error);
    }
    return 0;
}
