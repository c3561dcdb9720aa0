/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of several clients over one hardware alarm. Corresponds to TimerManager. */
#ifndef TIMER_MANAGER_H
#define TIMER_MANAGER_H

#include <stddef.h>
#include <stdint.h>

/* Greatest badge of a client: 1 and up. */
#define MAX_CLIENTS 4
#define TIMERS_PER_CLIENT 32

/* TimerServiceError */
enum timer_error {
    TIMER_SUCCESS = 0,
    TIMER_NO_SUCH_TIMER = 1,
    TIMER_ALREADY_EXISTS = 2,
    TIMER_DESERIALIZE_FAILED = 3,
    TIMER_SERIALIZE_FAILED = 4,
    TIMER_UNKNOWN_ERROR = 5,
};

/* The service has clients with badges up to this one, at most MAX_CLIENTS. */
void timer_manager_init(uint32_t clients);
/* Starts a timer that expires once. */
enum timer_error timer_add_oneshot(uint32_t client, uint32_t timer_id, uint32_t duration_ms);
/* Starts a timer that expires again and again, at multiples of its period from now: being late does not shift it. */
enum timer_error timer_add_periodic(uint32_t client, uint32_t timer_id, uint32_t period_ms);
/* Starts a timer that expires once, at `deadline` ticks, in place of one of that id that is running. */
enum timer_error timer_add_at(uint32_t client, uint32_t timer_id, uint64_t deadline);
/* Stops a timer. That it has expired before is still reported. */
enum timer_error timer_cancel(uint32_t client, uint32_t timer_id);
/* Bit mask of the client's timers that expired since it last asked. */
enum timer_error timer_completed(uint32_t client, uint32_t *mask);
/* Handles the hardware's interrupt: returns how many clients have new completed timers, in the order of expiry. */
size_t timer_service_interrupt(uint32_t clients[MAX_CLIENTS]);

#endif
