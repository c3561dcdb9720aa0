/* SPDX-License-Identifier: Apache-2.0 */
/* The CantripOS SDK for applications in C: requests to the SDK runtime, and the kernel's debug console. */
#ifndef CANTRIP_H
#define CANTRIP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* SDKRuntimeError: what the SDK runtime answers. */
typedef enum {
    CANTRIP_SDK_SUCCESS = 0,
    CANTRIP_SDK_DESERIALIZE_FAILED = 1,
    CANTRIP_SDK_SERIALIZE_FAILED = 2,
    CANTRIP_SDK_INVALID_BADGE = 3,
    CANTRIP_SDK_INVALID_STRING = 4,
    CANTRIP_SDK_READ_KEY_FAILED = 5,
    CANTRIP_SDK_WRITE_KEY_FAILED = 6,
    CANTRIP_SDK_DELETE_KEY_FAILED = 7,
    CANTRIP_SDK_MAP_PAGE_FAILED = 8,
    CANTRIP_SDK_UNKNOWN_REQUEST = 9,
    CANTRIP_SDK_UNKNOWN_RESPONSE = 10,
    CANTRIP_SDK_NO_SUCH_TIMER = 11,
    CANTRIP_SDK_TIMER_ALREADY_EXISTS = 12,
    CANTRIP_SDK_NO_PLATFORM_SUPPORT = 13,
    CANTRIP_SDK_NO_SUCH_MODEL = 14,
    CANTRIP_SDK_INVALID_TIMER = 15,
    CANTRIP_SDK_LOAD_MODEL_FAILED = 16,
    CANTRIP_SDK_OUT_OF_RESOURCES = 17,
    CANTRIP_SDK_NO_MODEL_OUTPUT = 18,
} cantrip_sdk_error_t;

/* Asks the SDK runtime whether it knows this application. */
cantrip_sdk_error_t cantrip_sdk_ping(void);

/* Logs `length` bytes of UTF-8 text; the console shows `[application]::text`. At most 2044 bytes. */
cantrip_sdk_error_t cantrip_sdk_log(const char *text, size_t length);

/* Bytes of a key's value. */
#define CANTRIP_KEY_VALUE_BYTES 100

/* Reads the value of one of the application's keys, padded with zeros. */
cantrip_sdk_error_t cantrip_sdk_read_key(const char *key, uint8_t value[CANTRIP_KEY_VALUE_BYTES]);

/* Keeps a value of at most 100 bytes. */
cantrip_sdk_error_t cantrip_sdk_write_key(const char *key, const void *value, size_t length);

/* Forgets a key; one that is not there is no error. */
cantrip_sdk_error_t cantrip_sdk_delete_key(const char *key);

/* An application has timers 0 to 30. */
#define CANTRIP_TIMERS 31

/* Starts a timer that expires once. */
cantrip_sdk_error_t cantrip_sdk_timer_oneshot(uint32_t id, uint32_t duration_ms);

/* Starts a timer that expires every `period_ms` milliseconds, at least 1. */
cantrip_sdk_error_t cantrip_sdk_timer_periodic(uint32_t id, uint32_t period_ms);

/* Stops a timer. That it has expired before is still told. */
cantrip_sdk_error_t cantrip_sdk_timer_cancel(uint32_t id);

/* Waits until a timer expires: bit `id` of `mask` is set. The mask is 0 at once when no timer is running. */
cantrip_sdk_error_t cantrip_sdk_timer_wait(uint32_t *mask);

/* The timers that expired since they were last asked for, without waiting. */
cantrip_sdk_error_t cantrip_sdk_timer_poll(uint32_t *mask);

/* Ends the application with a code of one byte, which is then its state; so does a return from main. */
_Noreturn void cantrip_sdk_exit(uint32_t code);

/* Logs a text and ends the application with code 101. */
_Noreturn void cantrip_panic(const char *text);

/* Bytes of a model's output that the ML coordinator keeps. */
#define CANTRIP_MODEL_OUTPUT_BYTES 64

/* What a run of a model left behind. */
typedef struct {
    uint64_t jobnum;      /* counts the runs of all models from 0 */
    uint32_t return_code; /* 0x80000002 instruction fault, 0x80000010 data fault, others are the model's */
    int has_epc;
    uint32_t epc;         /* where the model trapped, if it says so */
    uint8_t data[CANTRIP_MODEL_OUTPUT_BYTES];
} cantrip_model_output_t;

/* Runs a model of the package store once; an application has one model at a time. `id` gets what names the model. */
cantrip_sdk_error_t cantrip_sdk_model_oneshot(const char *model, uint32_t *id);

/* Runs a model now and every `period_ms` milliseconds. */
cantrip_sdk_error_t cantrip_sdk_model_periodic(const char *model, uint32_t period_ms, uint32_t *id);

/* Stops the application's model and forgets it. */
cantrip_sdk_error_t cantrip_sdk_model_cancel(uint32_t id);

/* Waits until a run completes. Bit `id` of `mask` is set; the mask is 0 at once when nothing is to be expected. */
cantrip_sdk_error_t cantrip_sdk_model_wait(uint32_t *mask);

/* The same without waiting. */
cantrip_sdk_error_t cantrip_sdk_model_poll(uint32_t *mask);

/* The output of the last run. */
cantrip_sdk_error_t cantrip_sdk_model_output(uint32_t id, cantrip_model_output_t *output);

/* Prints one byte on the kernel's debug console (seL4_DebugPutChar). */
void cantrip_debug_putchar(char byte);

/* Prints a string on the kernel's debug console. */
void cantrip_debug_puts(const char *text);

/* printf on the kernel's debug console: %d %u %x %s %c %% with an optional width. */
void cantrip_debug_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* snprintf with the same conversions; returns the length without the terminating zero. */
size_t cantrip_format(char *buffer, size_t capacity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with an argument list. */
size_t cantrip_vformat(char *buffer, size_t capacity, const char *format, va_list arguments);

/* Gives up the rest of the time slice (seL4_Yield). */
void cantrip_yield(void);

/* Reads the 64-bit time counter. */
uint64_t cantrip_rdtime(void);

#endif
