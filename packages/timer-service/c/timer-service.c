/* SPDX-License-Identifier: Apache-2.0 */
/* The timer service in C: the same interface, answers and signals as the one in TypeScript. */
#include <cantrip/component.h>
#include <cantrip/rpc.h>
#include "rv-timer.h"
#include "timer-manager.h"

/* TimerServiceRequest */
enum {
    COMPLETED_TIMERS,
    ONESHOT,
    PERIODIC,
    CANCEL,
    CAPSCAN,
    /* Not CantripOS's. */
    NOW,
    AT,
};

#define REQUEST_BYTES 128

static const struct cantrip_server *server;
/* The interrupt and the clients come in different threads. */
static struct cantrip_mutex manager_lock;

static void pre_init(void)
{
    const struct cantrip_dataport *csr = cantrip_find_dataport("csr");
    server = cantrip_find_server("timer");
    if (csr == NULL || server == NULL) {
        cantrip_fail("needs a dataport \"csr\" and an interface \"timer\"");
    }
    manager_lock = cantrip_mutex("timers");
    /* Peers are in the order of their badges. */
    seL4_Word clients = server->peer_count == 0 ? 0 : server->peers[server->peer_count - 1].badge;
    if (clients > MAX_CLIENTS) {
        cantrip_fail("has room for four clients");
    }
    timer_manager_init(clients);
    rv_timer = csr->address;
    rv_timer_setup();
}

static int handle_timer_interrupt(void)
{
    uint32_t clients[MAX_CLIENTS];
    cantrip_mutex_lock(&manager_lock);
    size_t count = timer_service_interrupt(clients);
    cantrip_mutex_unlock(&manager_lock);
    for (size_t i = 0; i < count; i++) {
        cantrip_emit(server, clients[i]);
    }
    return 1;
}

static void serve_interrupt(void)
{
    static const struct cantrip_interrupt_handler handlers[] = {{"timer_interrupt", handle_timer_interrupt}, {NULL, NULL}};
    cantrip_serve_interrupts("timer_interrupt", handlers);
}

/* A request with a timer and, for all but Cancel, a duration. */
static seL4_Word change_timer(uint32_t kind, struct cantrip_request *request)
{
    uint32_t timer_id = postcard_read_u32(&request->in);
    uint32_t duration_ms = kind == CANCEL ? 0 : postcard_read_u32(&request->in);
    if (request->in.failed) {
        return TIMER_DESERIALIZE_FAILED;
    }
    enum timer_error error;
    cantrip_mutex_lock(&manager_lock);
    if (kind == ONESHOT) {
        error = timer_add_oneshot(request->badge, timer_id, duration_ms);
    } else if (kind == PERIODIC) {
        error = timer_add_periodic(request->badge, timer_id, duration_ms);
    } else {
        error = timer_cancel(request->badge, timer_id);
    }
    cantrip_mutex_unlock(&manager_lock);
    return error;
}

static seL4_Word completed_timers(struct cantrip_request *request)
{
    uint32_t mask = 0;
    cantrip_mutex_lock(&manager_lock);
    enum timer_error error = timer_completed(request->badge, &mask);
    cantrip_mutex_unlock(&manager_lock);
    postcard_write_u32(&request->out, mask);
    return error;
}

static uint64_t read_u64(struct postcard_reader *in)
{
    uint64_t low = postcard_read_u32(in);
    return low | (uint64_t)postcard_read_u32(in) << 32;
}

/* Numbers up to 2^53 - 1, as the service in TypeScript has it. */
#define MAX_DEADLINE 0x1fffffffffffffull

static seL4_Word start_at(struct cantrip_request *request)
{
    uint32_t timer_id = postcard_read_u32(&request->in);
    uint64_t deadline = read_u64(&request->in);
    if (request->in.failed || deadline > MAX_DEADLINE) {
        return TIMER_DESERIALIZE_FAILED;
    }
    cantrip_mutex_lock(&manager_lock);
    enum timer_error error = timer_add_at(request->badge, timer_id, deadline);
    cantrip_mutex_unlock(&manager_lock);
    return error;
}

static seL4_Word now(struct cantrip_request *request)
{
    uint64_t ticks = rv_timer_now();
    postcard_write_u32(&request->out, (uint32_t)ticks);
    postcard_write_u32(&request->out, (uint32_t)(ticks >> 32));
    return TIMER_SUCCESS;
}

static seL4_Word handle(struct cantrip_request *request)
{
    uint32_t kind = postcard_read_varint(&request->in);
    if (request->in.failed) {
        return TIMER_DESERIALIZE_FAILED;
    }
    switch (kind) {
    case COMPLETED_TIMERS:
        return completed_timers(request);
    case ONESHOT:
    case PERIODIC:
    case CANCEL:
        return change_timer(kind, request);
    case CAPSCAN:
#ifdef seL4_SysDebugDumpCNode
        (void)seL4_DebugDumpCNode(cantrip_birth.self_cnode);
#endif
        return TIMER_SUCCESS;
    case NOW:
        return now(request);
    case AT:
        return start_at(request);
    default:
        return TIMER_DESERIALIZE_FAILED;
    }
}

static void serve_clients(void)
{
    static uint8_t request[REQUEST_BYTES], reply[sizeof(uint64_t)];
    static const struct cantrip_service service = {
        .handle = handle,
        .serialize_failed = TIMER_SERIALIZE_FAILED,
        .request = request,
        .request_size = sizeof request,
        .reply = reply,
        .reply_size = sizeof reply,
    };
    cantrip_serve("timer", &service);
}

const struct cantrip_thread cantrip_threads[] = {
    {.name = "control", .pre_init = pre_init, .run = serve_interrupt},
    {.name = "timer", .run = serve_clients},
    {.name = NULL},
};
