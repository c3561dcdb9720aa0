/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

enum {
    SYSCALL_CALL = -1,
    SYSCALL_YIELD = -11,
    SYSCALL_DEBUG_PUT_CHAR = -12,
    SDK_PING = 64,
    SDK_LOG = 65,
    REQUEST_BYTES = 2048,
    PARAMS_BYTES = 4096,
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

/* Lends the parameter page with a call; the label of the reply is the result. */
static cantrip_sdk_error_t sdk_call(uint32_t request)
{
    /* Before the registers are loaded: a call in between would clobber them. */
    memset(cantrip_sdk_params + REQUEST_BYTES, 0, PARAMS_BYTES - REQUEST_BYTES);
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
    return sdk_call(SDK_PING);
}

cantrip_sdk_error_t cantrip_sdk_log(const char *text, size_t length)
{
    uint8_t *request = cantrip_sdk_params;
    if (length > MAX_LOG_BYTES) {
        length = MAX_LOG_BYTES;
    }
    /* postcard: the length as a varint, then the bytes. */
    size_t rest = length;
    while (rest >= 0x80) {
        *request++ = (uint8_t)(rest | 0x80);
        rest >>= 7;
    }
    *request++ = (uint8_t)rest;
    memcpy(request, text, length);
    return sdk_call(SDK_LOG);
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
