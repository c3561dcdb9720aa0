/* SPDX-License-Identifier: Apache-2.0 */
/* A moving average: one interface takes samples, another tells their mean and signals every few samples. */
#include <cantrip/component.h>
#include <cantrip/rpc.h>

/* Error codes of src/interfaces.ts. */
enum { SUCCESS = 0, DESERIALIZE_FAILED = 16, SERIALIZE_FAILED = 17, NO_SAMPLES = 19 };

#define REQUEST_BYTES 16 /* requestSize of both interfaces */
#define WINDOW 8         /* samples of a mean */
#define SIGNAL_EVERY 4   /* samples between signals */

/* What the threads of the two interfaces share. */
static struct cantrip_mutex lock;
static uint16_t window[WINDOW];
static uint32_t count;

static void pre_init(void)
{
    lock = cantrip_mutex("window");
}

static void signal_clients(void)
{
    const struct cantrip_server *server = cantrip_find_server("average");
    for (seL4_Word i = 0; server != NULL && i < server->peer_count; i++) {
        cantrip_emit(server, server->peers[i].badge);
    }
}

/* samples: Add(u16) */
static seL4_Word handle_samples(struct cantrip_request *request)
{
    uint32_t kind = postcard_read_varint(&request->in);
    uint16_t sample = postcard_read_u16(&request->in);
    if (request->in.failed || kind != 0) {
        return DESERIALIZE_FAILED;
    }
    cantrip_mutex_lock(&lock);
    window[count++ % WINDOW] = sample;
    int is_due = count % SIGNAL_EVERY == 0;
    cantrip_mutex_unlock(&lock);
    if (is_due) {
        signal_clients();
    }
    return SUCCESS;
}

/* average: Get -> (count: u32, mean: u16) */
static seL4_Word handle_average(struct cantrip_request *request)
{
    uint32_t kind = postcard_read_varint(&request->in);
    if (request->in.failed || kind != 0) {
        return DESERIALIZE_FAILED;
    }
    cantrip_mutex_lock(&lock);
    uint32_t total = count;
    uint32_t samples = total < WINDOW ? total : WINDOW;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < samples; i++) {
        sum += window[i];
    }
    cantrip_mutex_unlock(&lock);
    if (samples == 0) {
        return NO_SAMPLES;
    }
    postcard_write_u32(&request->out, total);
    postcard_write_u16(&request->out, (uint16_t)(sum / samples));
    return SUCCESS;
}

static void serve_samples(void)
{
    static uint8_t request[REQUEST_BYTES];
    static const struct cantrip_service service = {
        .handle = handle_samples,
        .serialize_failed = SERIALIZE_FAILED,
        .request = request,
        .request_size = sizeof request,
    };
    cantrip_serve("samples", &service);
}

static void serve_average(void)
{
    static uint8_t request[REQUEST_BYTES], reply[sizeof(uint32_t) + sizeof(uint16_t)];
    static const struct cantrip_service service = {
        .handle = handle_average,
        .serialize_failed = SERIALIZE_FAILED,
        .request = request,
        .request_size = sizeof request,
        .reply = reply,
        .reply_size = sizeof reply,
    };
    cantrip_serve("average", &service);
}

const struct cantrip_thread cantrip_threads[] = {
    {.name = "control", .pre_init = pre_init},
    {.name = "samples", .run = serve_samples},
    {.name = "average", .run = serve_average},
    {.name = NULL},
};
