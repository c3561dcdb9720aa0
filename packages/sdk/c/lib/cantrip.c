/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

enum {
    SYSCALL_CALL = -1,
    SYSCALL_YIELD = -11,
    SYSCALL_DEBUG_PUT_CHAR = -12,
    SDK_PING = 64,
    SDK_LOG = 65,
    SDK_READ_KEY = 66,
    SDK_WRITE_KEY = 67,
    SDK_DELETE_KEY = 68,
    SDK_ONESHOT_TIMER = 69,
    SDK_PERIODIC_TIMER = 70,
    SDK_CANCEL_TIMER = 71,
    SDK_WAIT_FOR_TIMERS = 72,
    SDK_POLL_FOR_TIMERS = 73,
    SDK_ONESHOT_MODEL = 74,
    SDK_PERIODIC_MODEL = 75,
    SDK_CANCEL_MODEL = 76,
    SDK_WAIT_FOR_MODEL = 77,
    SDK_POLL_FOR_MODELS = 78,
    SDK_GET_MODEL_OUTPUT = 79,
    SDK_EXIT = 80,
    REQUEST_BYTES = 2048,
    /* The longest reply but a key's: the output of a model. */
    MODEL_OUTPUT_REPLY_BYTES = 8 + 4 + 5 + CANTRIP_MODEL_OUTPUT_BYTES,
    PANIC_CODE = 101,
    MAX_LOG_BYTES = 2044,
    /* Word of the IPC buffer that holds the first capability to transfer. */
    IPC_CAPS = 122,
};

/* Set by crt0. */
uint32_t *__sel4_ipc_buffer;
uint32_t cantrip_sdk_endpoint;
uint32_t cantrip_sdk_frame;
uint8_t *cantrip_sdk_params;

void *memset(void *target, int value, size_t count)
{
    uint8_t *bytes = target;
    while (count-- > 0) {
        *bytes++ = (uint8_t)value;
    }
    return target;
}

void *memcpy(void *target, const void *source, size_t count)
{
    uint8_t *to = target;
    const uint8_t *from = source;
    while (count-- > 0) {
        *to++ = *from++;
    }
    return target;
}

/* Lends the parameter page with a call for a reply of so many bytes; the label of the reply is the result. */
static cantrip_sdk_error_t sdk_call(uint32_t request, size_t reply_bytes)
{
    /* Before the registers are loaded: a call in between would clobber them. */
    memset(cantrip_sdk_params + REQUEST_BYTES, 0, reply_bytes);
    __sel4_ipc_buffer[IPC_CAPS] = cantrip_sdk_frame;

    register uint32_t a0 __asm__("a0") = cantrip_sdk_endpoint;
    register uint32_t a1 __asm__("a1") = (request << 12) | (1u << 7);
    register uint32_t a2 __asm__("a2") = 0;
    register uint32_t a3 __asm__("a3") = 0;
    register uint32_t a4 __asm__("a4") = 0;
    register uint32_t a5 __asm__("a5") = 0;
    register int32_t a7 __asm__("a7") = SYSCALL_CALL;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5)
                     : "r"(a7)
                     : "memory");
    return (cantrip_sdk_error_t)(a1 >> 12);
}

cantrip_sdk_error_t cantrip_sdk_ping(void)
{
    return sdk_call(SDK_PING, 0);
}

/* postcard: the length as a varint, then the bytes. At most MAX_LOG_BYTES. */
static uint8_t *put_bytes(uint8_t *request, const void *bytes, size_t length)
{
    if (length > MAX_LOG_BYTES) {
        length = MAX_LOG_BYTES;
    }
    size_t rest = length;
    while (rest >= 0x80) {
        *request++ = (uint8_t)(rest | 0x80);
        rest >>= 7;
    }
    *request++ = (uint8_t)rest;
    memcpy(request, bytes, length);
    return request + length;
}

/* postcard 0.7: four bytes, little endian. */
static uint8_t *put_u32(uint8_t *request, uint32_t value)
{
    for (int byte = 0; byte < 4; byte++) {
        *request++ = (uint8_t)(value >> (8 * byte));
    }
    return request;
}

static uint32_t get_u32(const uint8_t *reply)
{
    return reply[0] | (uint32_t)reply[1] << 8 | (uint32_t)reply[2] << 16 | (uint32_t)reply[3] << 24;
}

/* A call whose reply is one word. */
static cantrip_sdk_error_t call_for_u32(uint32_t request, uint32_t *value)
{
    cantrip_sdk_error_t error = sdk_call(request, 4);
    if (error == CANTRIP_SDK_SUCCESS) {
        *value = get_u32(cantrip_sdk_params + REQUEST_BYTES);
    }
    return error;
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

cantrip_sdk_error_t cantrip_sdk_log(const char *text, size_t length)
{
    put_bytes(cantrip_sdk_params, text, length);
    return sdk_call(SDK_LOG, 0);
}

cantrip_sdk_error_t cantrip_sdk_read_key(const char *key, uint8_t value[CANTRIP_KEY_VALUE_BYTES])
{
    put_bytes(cantrip_sdk_params, key, length_of(key));
    cantrip_sdk_error_t error = sdk_call(SDK_READ_KEY, 1 + CANTRIP_KEY_VALUE_BYTES);
    if (error != CANTRIP_SDK_SUCCESS) {
        return error;
    }
    const uint8_t *reply = cantrip_sdk_params + REQUEST_BYTES;
    size_t length = reply[0] < CANTRIP_KEY_VALUE_BYTES ? reply[0] : CANTRIP_KEY_VALUE_BYTES;
    memset(value, 0, CANTRIP_KEY_VALUE_BYTES);
    memcpy(value, reply + 1, length);
    return error;
}

cantrip_sdk_error_t cantrip_sdk_write_key(const char *key, const void *value, size_t length)
{
    uint8_t *rest = put_bytes(cantrip_sdk_params, key, length_of(key));
    put_bytes(rest, value, length);
    return sdk_call(SDK_WRITE_KEY, 0);
}

cantrip_sdk_error_t cantrip_sdk_delete_key(const char *key)
{
    put_bytes(cantrip_sdk_params, key, length_of(key));
    return sdk_call(SDK_DELETE_KEY, 0);
}

static cantrip_sdk_error_t start_timer(uint32_t request, uint32_t id, uint32_t ms)
{
    put_u32(put_u32(cantrip_sdk_params, id), ms);
    return sdk_call(request, 0);
}

cantrip_sdk_error_t cantrip_sdk_timer_oneshot(uint32_t id, uint32_t duration_ms)
{
    return start_timer(SDK_ONESHOT_TIMER, id, duration_ms);
}

cantrip_sdk_error_t cantrip_sdk_timer_periodic(uint32_t id, uint32_t period_ms)
{
    return start_timer(SDK_PERIODIC_TIMER, id, period_ms);
}

cantrip_sdk_error_t cantrip_sdk_timer_cancel(uint32_t id)
{
    put_u32(cantrip_sdk_params, id);
    return sdk_call(SDK_CANCEL_TIMER, 0);
}

cantrip_sdk_error_t cantrip_sdk_timer_wait(uint32_t *mask)
{
    return call_for_u32(SDK_WAIT_FOR_TIMERS, mask);
}

cantrip_sdk_error_t cantrip_sdk_timer_poll(uint32_t *mask)
{
    return call_for_u32(SDK_POLL_FOR_TIMERS, mask);
}

_Noreturn void cantrip_sdk_exit(uint32_t code)
{
    cantrip_sdk_params[0] = (uint8_t)code;
    sdk_call(SDK_EXIT, 0);
    /* A runtime that does not know the request answers: CantripOS's applications spin. */
    for (;;) {
        cantrip_yield();
    }
}

_Noreturn void cantrip_panic(const char *text)
{
    cantrip_sdk_log(text, length_of(text));
    cantrip_sdk_exit(PANIC_CODE);
}

cantrip_sdk_error_t cantrip_sdk_model_oneshot(const char *model, uint32_t *id)
{
    put_bytes(cantrip_sdk_params, model, length_of(model));
    return call_for_u32(SDK_ONESHOT_MODEL, id);
}

cantrip_sdk_error_t cantrip_sdk_model_periodic(const char *model, uint32_t period_ms, uint32_t *id)
{
    put_u32(put_bytes(cantrip_sdk_params, model, length_of(model)), period_ms);
    return call_for_u32(SDK_PERIODIC_MODEL, id);
}

cantrip_sdk_error_t cantrip_sdk_model_cancel(uint32_t id)
{
    put_u32(cantrip_sdk_params, id);
    return sdk_call(SDK_CANCEL_MODEL, 0);
}

cantrip_sdk_error_t cantrip_sdk_model_wait(uint32_t *mask)
{
    return call_for_u32(SDK_WAIT_FOR_MODEL, mask);
}

cantrip_sdk_error_t cantrip_sdk_model_poll(uint32_t *mask)
{
    return call_for_u32(SDK_POLL_FOR_MODELS, mask);
}

cantrip_sdk_error_t cantrip_sdk_model_output(uint32_t id, cantrip_model_output_t *output)
{
    put_u32(cantrip_sdk_params, id);
    cantrip_sdk_error_t error = sdk_call(SDK_GET_MODEL_OUTPUT, MODEL_OUTPUT_REPLY_BYTES);
    if (error != CANTRIP_SDK_SUCCESS) {
        return error;
    }
    const uint8_t *reply = cantrip_sdk_params + REQUEST_BYTES;
    output->jobnum = get_u32(reply) | (uint64_t)get_u32(reply + 4) << 32;
    output->return_code = get_u32(reply + 8);
    output->has_epc = reply[12];
    reply += 13;
    output->epc = 0;
    if (output->has_epc != 0) {
        output->epc = get_u32(reply);
        reply += 4;
    }
    memcpy(output->data, reply, CANTRIP_MODEL_OUTPUT_BYTES);
    return error;
}

void cantrip_debug_putchar(char byte)
{
    register uint32_t a0 __asm__("a0") = (uint8_t)byte;
    register int32_t a7 __asm__("a7") = SYSCALL_DEBUG_PUT_CHAR;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

void cantrip_debug_puts(const char *text)
{
    while (*text != '\0') {
        cantrip_debug_putchar(*text++);
    }
}

void cantrip_debug_printf(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    cantrip_vformat(line, sizeof line, format, arguments);
    va_end(arguments);
    cantrip_debug_puts(line);
}

void cantrip_yield(void)
{
    register int32_t a7 __asm__("a7") = SYSCALL_YIELD;
    __asm__ volatile("ecall" : : "r"(a7) : "memory");
}

uint64_t cantrip_rdtime(void)
{
    uint32_t high, low, again;
    do {
        __asm__ volatile("rdtimeh %0\n\trdtime %1\n\trdtimeh %2" : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return ((uint64_t)high << 32) | low;
}
