/* SPDX-License-Identifier: Apache-2.0 */
#include "rv-timer.h"

/* The clock that the prescaler divides; sparrow's by default. */
#ifndef RV_TIMER_CLOCK_HZ
#define RV_TIMER_CLOCK_HZ 24000000u
#endif
#define TICKS_PER_SECOND (RV_TIMER_TICKS_PER_MS * 1000u)
#define PRESCALE (RV_TIMER_CLOCK_HZ / TICKS_PER_SECOND - 1)
_Static_assert(RV_TIMER_CLOCK_HZ % TICKS_PER_SECOND == 0 && PRESCALE <= 0xfff, "the clock cannot be divided to 10 kHz");

/* The low half starts here, so that its first wrap comes early and is no surprise after five days. */
#define INITIAL_LOW 0xffff0000u

/* Register offsets of one hart with one comparator. */
enum {
    CTRL = 0x004,
    INTR_ENABLE0 = 0x100,
    INTR_STATE0 = 0x104,
    CFG0 = 0x10c,
    TIMER_V_LOWER0 = 0x110,
    TIMER_V_UPPER0 = 0x114,
    COMPARE_LOWER0_0 = 0x118,
    COMPARE_UPPER0_0 = 0x11c,
};
#define CFG0_STEP_SHIFT 16

volatile uint8_t *rv_timer;

static uint32_t read(unsigned offset)
{
    return *(volatile uint32_t *)(rv_timer + offset);
}

static void write(unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(rv_timer + offset) = value;
}

void rv_timer_setup(void)
{
    write(CFG0, PRESCALE | (1u << CFG0_STEP_SHIFT));
    write(COMPARE_UPPER0_0, 0);
    write(TIMER_V_LOWER0, INITIAL_LOW);
    rv_timer_acknowledge();
    write(CTRL, 1);
}

uint64_t rv_timer_now(void)
{
    for (;;) {
        uint32_t high = read(TIMER_V_UPPER0);
        uint32_t low = read(TIMER_V_LOWER0);
        /* The low half may wrap between the two reads. */
        if (read(TIMER_V_UPPER0) == high) {
            return ((uint64_t)high << 32) | low;
        }
    }
}

void rv_timer_set_alarm(uint64_t deadline)
{
    /* No intermediate value may lie below the deadline. */
    write(COMPARE_LOWER0_0, 0xffffffffu);
    write(COMPARE_UPPER0_0, (uint32_t)(deadline >> 32));
    write(COMPARE_LOWER0_0, (uint32_t)deadline);
    write(INTR_ENABLE0, 1);
}

void rv_timer_acknowledge(void)
{
    write(INTR_STATE0, 1);
    write(INTR_ENABLE0, 0);
}
