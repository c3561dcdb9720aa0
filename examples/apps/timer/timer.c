/* SPDX-License-Identifier: Apache-2.0 */
#include "cantrip.h"

enum {
    TICKS_PER_MS = 24000,
    PERIOD_MS = 75,
    LONG_PERIOD_MS = 150,
    PERIODS = 10,
    PERIODS_OF_TWO = 21,
};

static char line[120];

static void log_line(size_t length)
{
    cantrip_sdk_log(line, length);
}

/* `0b0101`: at least four digits. */
static const char *binary(uint32_t mask)
{
    static char text[35];
    int digits = 4;
    while (digits < 32 && (mask >> digits) != 0) {
        digits++;
    }
    text[0] = '0';
    text[1] = 'b';
    for (int digit = 0; digit < digits; digit++) {
        text[2 + digit] = (mask >> (digits - 1 - digit) & 1) != 0 ? '1' : '0';
    }
    text[2 + digits] = '\0';
    return text;
}

static void expect(const char *what, cantrip_sdk_error_t error, cantrip_sdk_error_t expected)
{
    if (error != expected) {
        log_line(cantrip_format(line, sizeof line, "%s returned %d, not %d", what, (int)error, (int)expected));
    }
}

static void check_errors(void)
{
    uint32_t mask = CANTRIP_TIMERS;
    log_line(cantrip_format(line, sizeof line, "sdk_timer_cancel returned %d with nothing running",
                            (int)cantrip_sdk_timer_cancel(0)));
    cantrip_sdk_error_t error = cantrip_sdk_timer_poll(&mask);
    log_line(cantrip_format(line, sizeof line, "sdk_timer_poll returned %d, %u with nothing running", (int)error,
                            (unsigned)mask));
    error = cantrip_sdk_timer_wait(&mask);
    log_line(cantrip_format(line, sizeof line, "sdk_timer_wait returned %d, %u with nothing running", (int)error,
                            (unsigned)mask));
    expect("oneshot", cantrip_sdk_timer_oneshot(CANTRIP_TIMERS, 1), CANTRIP_SDK_NO_SUCH_TIMER);
    expect("periodic", cantrip_sdk_timer_periodic(CANTRIP_TIMERS, 1), CANTRIP_SDK_NO_SUCH_TIMER);
    expect("cancel", cantrip_sdk_timer_cancel(CANTRIP_TIMERS), CANTRIP_SDK_NO_SUCH_TIMER);
}

static void run_oneshot(void)
{
    uint32_t mask;
    expect("oneshot", cantrip_sdk_timer_oneshot(0, 100), CANTRIP_SDK_SUCCESS);
    expect("oneshot", cantrip_sdk_timer_oneshot(0, 100), CANTRIP_SDK_TIMER_ALREADY_EXISTS);
    log_line(cantrip_format(line, sizeof line, "Timer 0 started"));
    expect("wait", cantrip_sdk_timer_wait(&mask), CANTRIP_SDK_SUCCESS);
    if (mask == 1) {
        log_line(cantrip_format(line, sizeof line, "Timer 0 completed"));
    }
}

static void run_periodic(void)
{
    uint64_t began = cantrip_rdtime();
    expect("periodic", cantrip_sdk_timer_periodic(1, PERIOD_MS), CANTRIP_SDK_SUCCESS);
    for (int period = 0; period < PERIODS; period++) {
        uint32_t mask;
        expect("wait", cantrip_sdk_timer_wait(&mask), CANTRIP_SDK_SUCCESS);
        uint64_t now = cantrip_rdtime();
        uint32_t ms = (uint32_t)(now - began) / TICKS_PER_MS;
        began = now;
        log_line(cantrip_format(line, sizeof line, "Timer completed: mask %s ms %u", binary(mask), (unsigned)ms));
    }
    expect("cancel", cantrip_sdk_timer_cancel(1), CANTRIP_SDK_SUCCESS);
    log_line(cantrip_format(line, sizeof line, "Timer 1 canceld"));
}

static void run_two(void)
{
    unsigned counts[2] = {0, 0};
    expect("periodic", cantrip_sdk_timer_periodic(1, PERIOD_MS), CANTRIP_SDK_SUCCESS);
    expect("periodic", cantrip_sdk_timer_periodic(2, LONG_PERIOD_MS), CANTRIP_SDK_SUCCESS);
    for (int period = 0; period < PERIODS_OF_TWO; period++) {
        uint32_t mask;
        expect("wait", cantrip_sdk_timer_wait(&mask), CANTRIP_SDK_SUCCESS);
        counts[0] += mask >> 1 & 1;
        counts[1] += mask >> 2 & 1;
        log_line(cantrip_format(line, sizeof line, "Timer completed: mask %s 1 %2u 2 %2u", binary(mask), counts[0],
                                counts[1]));
    }
    expect("cancel", cantrip_sdk_timer_cancel(1), CANTRIP_SDK_SUCCESS);
    expect("cancel", cantrip_sdk_timer_cancel(2), CANTRIP_SDK_SUCCESS);
}

int main(void)
{
    check_errors();
    run_oneshot();
    run_periodic();
    run_two();
    log_line(cantrip_format(line, sizeof line, "DONE!"));
    return 0;
}
