/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of the OpenTitan rv_timer at 10 kHz. Corresponds to OpenTitanTimer. */
#ifndef RV_TIMER_H
#define RV_TIMER_H

#include <stdint.h>

#define RV_TIMER_TICKS_PER_MS 10u

/* Registers of the timer, once the thread that starts it has set this. */
extern volatile uint8_t *rv_timer;

/* Starts the clock, without an alarm. */
void rv_timer_setup(void);
/* Ticks since the clock started. */
uint64_t rv_timer_now(void);
/* Interrupts when the clock reaches the deadline, at once when it has passed already. Replaces an earlier alarm. */
void rv_timer_set_alarm(uint64_t deadline);
/* Ends the interrupt of an alarm; the alarm is off then. */
void rv_timer_acknowledge(void);

#endif
