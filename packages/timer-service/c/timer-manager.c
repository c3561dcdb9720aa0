/* SPDX-License-Identifier: Apache-2.0 */
#include "timer-manager.h"
#include "rv-timer.h"

/* A timer; on the queue while it runs. Its place in the table tells whose it is. */
struct event {
    uint64_t deadline; /* ticks at which it expires */
    struct event *next;
    uint32_t period_ms; /* between two expiries; 0 for a oneshot */
    uint32_t sequence;  /* orders events of one deadline: first come, first served */
    int is_running;
};

static struct event events[MAX_CLIENTS][TIMERS_PER_CLIENT];
/* Running timers, the next to expire first. */
static struct event *queue;
static uint32_t completed[MAX_CLIENTS];
static uint32_t client_count;
static uint32_t next_sequence;

static int is_before(const struct event *a, const struct event *b)
{
    if (a->deadline != b->deadline) {
        return a->deadline < b->deadline;
    }
    return (int32_t)(a->sequence - b->sequence) < 0;
}

static void enqueue(struct event *event)
{
    struct event **at = &queue;
    while (*at != NULL && is_before(*at, event)) {
        at = &(*at)->next;
    }
    event->next = *at;
    *at = event;
    event->is_running = 1;
}

static void dequeue(struct event *event)
{
    struct event **at = &queue;
    while (*at != event) {
        at = &(*at)->next;
    }
    *at = event->next;
    event->is_running = 0;
}

static uint64_t ticks(uint32_t ms)
{
    return (uint64_t)ms * RV_TIMER_TICKS_PER_MS;
}

static void arm(void)
{
    if (queue == NULL) {
        rv_timer_acknowledge();
    } else {
        rv_timer_set_alarm(queue->deadline);
    }
}

static struct event *find(uint32_t client, uint32_t timer_id)
{
    return client < 1 || client > client_count || timer_id >= TIMERS_PER_CLIENT ? NULL : &events[client - 1][timer_id];
}

static enum timer_error add(uint32_t client, uint32_t timer_id, uint32_t duration_ms, int is_periodic)
{
    struct event *event = find(client, timer_id);
    if (event == NULL) {
        return TIMER_NO_SUCH_TIMER;
    }
    if (event->is_running) {
        return TIMER_ALREADY_EXISTS;
    }
    event->deadline = rv_timer_now() + ticks(duration_ms);
    event->period_ms = is_periodic ? duration_ms : 0;
    event->sequence = next_sequence++;
    enqueue(event);
    arm();
    return TIMER_SUCCESS;
}

void timer_manager_init(uint32_t clients)
{
    client_count = clients;
}

enum timer_error timer_add_oneshot(uint32_t client, uint32_t timer_id, uint32_t duration_ms)
{
    return add(client, timer_id, duration_ms, 0);
}

enum timer_error timer_add_periodic(uint32_t client, uint32_t timer_id, uint32_t period_ms)
{
    return period_ms < 1 ? TIMER_UNKNOWN_ERROR : add(client, timer_id, period_ms, 1);
}

enum timer_error timer_add_at(uint32_t client, uint32_t timer_id, uint64_t deadline)
{
    struct event *event = find(client, timer_id);
    if (event == NULL) {
        return TIMER_NO_SUCH_TIMER;
    }
    if (event->is_running) {
        dequeue(event);
    }
    event->deadline = deadline;
    event->period_ms = 0;
    event->sequence = next_sequence++;
    enqueue(event);
    arm();
    return TIMER_SUCCESS;
}

enum timer_error timer_cancel(uint32_t client, uint32_t timer_id)
{
    struct event *event = find(client, timer_id);
    if (event == NULL || !event->is_running) {
        return TIMER_NO_SUCH_TIMER;
    }
    dequeue(event);
    arm();
    return TIMER_SUCCESS;
}

enum timer_error timer_completed(uint32_t client, uint32_t *mask)
{
    if (client < 1 || client > client_count) {
        return TIMER_NO_SUCH_TIMER;
    }
    *mask = completed[client - 1];
    completed[client - 1] = 0;
    return TIMER_SUCCESS;
}

size_t timer_service_interrupt(uint32_t clients[MAX_CLIENTS])
{
    size_t count = 0;
    uint32_t known = 0;
    rv_timer_acknowledge();
    uint64_t now = rv_timer_now();
    while (queue != NULL && queue->deadline <= now) {
        struct event *event = queue;
        dequeue(event);
        uint32_t place = (uint32_t)(event - &events[0][0]);
        uint32_t client = place / TIMERS_PER_CLIENT;
        completed[client] |= 1u << (place % TIMERS_PER_CLIENT);
        if ((known & (1u << client)) == 0) {
            known |= 1u << client;
            clients[count++] = client + 1;
        }
        if (event->period_ms != 0) {
            /* The next multiple of the period that is still to come. */
            do {
                event->deadline += ticks(event->period_ms);
            } while (event->deadline <= now);
            enqueue(event);
        }
    }
    arm();
    return count;
}
