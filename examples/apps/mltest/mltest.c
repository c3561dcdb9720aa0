/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model once and then periodically, and prints what it gives. */
#include "cantrip.h"

enum { PERIOD_MS = 1000, PERIODIC_RUNS = 10, TICKS_PER_MS = 24000, LINE_BYTES = 512 };

static const char model[] = "xor.model";
static char line[LINE_BYTES];

static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = cantrip_vformat(line, sizeof line, format, arguments);
    va_end(arguments);
    cantrip_sdk_log(line, length);
}

/* 0b and at least four digits. */
static const char *binary(uint32_t value)
{
    static char text[2 + 32 + 1];
    int digits = 4;
    while (digits < 32 && (value >> digits) != 0) {
        digits++;
    }
    text[0] = '0';
    text[1] = 'b';
    for (int digit = 0; digit < digits; digit++) {
        text[2 + digit] = (char)('0' + ((value >> (digits - 1 - digit)) & 1));
    }
    text[2 + digits] = '\0';
    return text;
}

static void print_output(const cantrip_model_output_t *output)
{
    static char data[6 * CANTRIP_MODEL_OUTPUT_BYTES];
    size_t length = 0;
    for (int index = 0; index < CANTRIP_MODEL_OUTPUT_BYTES; index++) {
        length += cantrip_format(data + length, sizeof data - length, index == 0 ? "%u" : ", %u",
                                 (unsigned)output->data[index]);
    }
    char epc[20] = "None";
    if (output->has_epc) {
        cantrip_format(epc, sizeof epc, "Some(%u)", (unsigned)output->epc);
    }
    print("ModelOutput { jobnum: %u, return_code: %u, epc: %s, data: [%s] }", (unsigned)output->jobnum,
          (unsigned)output->return_code, epc, data);
}

static int show_output(uint32_t id)
{
    cantrip_model_output_t output;
    cantrip_sdk_error_t error = cantrip_sdk_model_output(id, &output);
    if (error != CANTRIP_SDK_SUCCESS) {
        print("no output: %d", (int)error);
        return 0;
    }
    print_output(&output);
    return 1;
}

static int run_once(void)
{
    uint32_t id, mask;
    cantrip_sdk_error_t error = cantrip_sdk_model_oneshot(model, &id);
    if (error != CANTRIP_SDK_SUCCESS) {
        print("%s failed: %d", model, (int)error);
        return 0;
    }
    print("%s started, id %u", model, (unsigned)id);
    error = cantrip_sdk_model_wait(&mask);
    if (error != CANTRIP_SDK_SUCCESS || mask != 1u << id) {
        print("wait failed: %d, mask %s", (int)error, binary(mask));
        return 0;
    }
    print("%s completed", model);
    return show_output(id);
}

static void run_periodically(void)
{
    uint32_t id, mask;
    cantrip_sdk_error_t error = cantrip_sdk_model_periodic(model, PERIOD_MS, &id);
    if (error != CANTRIP_SDK_SUCCESS) {
        print("%s failed: %d", model, (int)error);
        return;
    }
    print("%s started, id %u", model, (unsigned)id);
    for (int run = 0; run < PERIODIC_RUNS; run++) {
        uint64_t before = cantrip_rdtime();
        error = cantrip_sdk_model_wait(&mask);
        if (error != CANTRIP_SDK_SUCCESS) {
            print("wait failed: %d", (int)error);
            return;
        }
        uint32_t ms = (uint32_t)((uint32_t)(cantrip_rdtime() - before) / TICKS_PER_MS);
        print("Model completed: mask %s ms %u", binary(mask), (unsigned)ms);
    }
    show_output(id);
    error = cantrip_sdk_model_cancel(id);
    if (error == CANTRIP_SDK_SUCCESS) {
        print("Model %s canceled", model);
    } else {
        print("cancel failed: %d", (int)error);
    }
}

int main(void)
{
    if (run_once()) {
        run_periodically();
    }
    print("DONE!");
    return 0;
}
