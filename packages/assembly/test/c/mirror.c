/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component that uses every part of the C runtime. "mirror" decodes a value and encodes it again (message registers),
 * "pages" echoes a string (shared page) and takes a capability along, "control" counts the echoes that a semaphore tells
 * it of and logs them. "twin" asks another mirror.
 */
#include <cantrip/component.h>
#include <cantrip/log.h>
#include <cantrip/rpc.h>

enum {
    SERIALIZE_FAILED = 1,
    DESERIALIZE_FAILED = 2,
    UNKNOWN_ERROR = 3,
    REFUSED = 4,
};

#define MIRROR_REQUEST_BYTES 240
#define PAGE_REQUEST_BYTES 2048

static struct cantrip_semaphore echoed;
static struct cantrip_mutex lock;
static unsigned echoes;
/* Every thread has a copy with this value. */
static __thread unsigned handled = 40;
/* Tells that pre_init came before init, and init before post_init. */
static unsigned order = 1;

static void pre_init(void)
{
    echoed = cantrip_semaphore("echoed");
    lock = cantrip_mutex("order");
    order = order * 10 + 2;
}

static void init(void)
{
    cantrip_mutex_lock(&lock);
    order = order * 10 + 3;
    cantrip_mutex_unlock(&lock);
}

static void post_init(void)
{
    order = order * 10 + 4;
}

/* Value: bool, u8, u16, u32, u64, usize, string. */
static seL4_Word mirror(struct cantrip_request *request)
{
    struct postcard_reader *in = &request->in;
    struct postcard_writer *out = &request->out;
    size_t length;
    if (postcard_read_varint(in) != 0 || in->failed) {
        return DESERIALIZE_FAILED;
    }
    int flag = postcard_read_bool(in);
    uint8_t byte = postcard_read_u8(in);
    uint16_t half = postcard_read_u16(in);
    uint32_t word = postcard_read_u32(in);
    uint64_t wide = postcard_read_u64(in);
    size_t size = postcard_read_usize(in);
    const uint8_t *text = postcard_read_bytes(in, &length);
    if (in->failed) {
        return DESERIALIZE_FAILED;
    }
    postcard_write_u8(out, (uint8_t)flag);
    postcard_write_u8(out, byte);
    postcard_write_u16(out, half);
    postcard_write_u32(out, word);
    postcard_write_u64(out, wide);
    postcard_write_usize(out, size);
    postcard_write_bytes(out, text, length);
    return 0;
}

static void write_number(struct postcard_writer *out, unsigned value)
{
    if (value >= 10) {
        write_number(out, value / 10);
    }
    postcard_write_u8(out, (uint8_t)('0' + value % 10));
}

/* Echo: string. Facts: how many requests this thread has handled, the order of the start, and the capability's type. */
static seL4_Word page(struct cantrip_request *request)
{
    size_t length;
    handled++;
    switch (postcard_read_varint(&request->in)) {
    case 0: {
        const uint8_t *text = postcard_read_bytes(&request->in, &length);
        if (request->in.failed) {
            return DESERIALIZE_FAILED;
        }
        postcard_write_bytes(&request->out, text, length);
        cantrip_semaphore_post(&echoed);
        return 0;
    }
    case 1:
        postcard_write_u32(&request->out, handled);
        postcard_write_u32(&request->out, order);
        postcard_write_u32(&request->out, request->cap == 0 ? 0 : seL4_DebugCapIdentify(request->cap));
        return 0;
    default:
        return request->in.failed ? DESERIALIZE_FAILED : REFUSED;
    }
}

static void serve_mirror(void)
{
    static uint8_t request[MIRROR_REQUEST_BYTES], reply[MIRROR_REQUEST_BYTES];
    static const struct cantrip_service service = {
        .handle = mirror,
        .serialize_failed = SERIALIZE_FAILED,
        .request = request,
        .request_size = sizeof request,
        .reply = reply,
        .reply_size = sizeof reply,
    };
    cantrip_serve("mirror", &service);
}

static void serve_pages(void)
{
    static uint8_t request[PAGE_REQUEST_BYTES], reply[PAGE_REQUEST_BYTES];
    static struct cantrip_service service = {
        .handle = page,
        .serialize_failed = SERIALIZE_FAILED,
        .request = request,
        .request_size = sizeof request,
        .reply = reply,
        .reply_size = sizeof reply,
    };
    service.receive_slot = cantrip_birth.first_slot;
    cantrip_serve("pages", &service);
}

/* What the other mirror makes of a request over message registers and over its page. */
static void ask_twin(void)
{
    const struct cantrip_client *mirror_client = cantrip_find_client("twin_mirror");
    const struct cantrip_client *page_client = cantrip_find_client("twin_pages");
    if (mirror_client == NULL || page_client == NULL) {
        cantrip_fail("has no twin");
    }
    uint8_t request[64], reply[64];
    struct postcard_writer out = postcard_writer(request, sizeof request);
    postcard_write_varint(&out, 0);
    postcard_write_u8(&out, 1);
    postcard_write_u8(&out, 2);
    postcard_write_u16(&out, 3);
    postcard_write_u32(&out, 4);
    postcard_write_u64(&out, 5);
    postcard_write_usize(&out, 6);
    postcard_write_bytes(&out, "registers", 9);
    seL4_Word code = cantrip_call(mirror_client, MIRROR_REQUEST_BYTES, request, postcard_length(&out), reply, sizeof reply);
    int is_same = code == 0;
    for (size_t i = 1; i < postcard_length(&out); i++) {
        is_same = is_same && reply[i - 1] == request[i];
    }
    cantrip_log(CANTRIP_LOG_INFO, "twin", is_same ? "mirrors" : "does not mirror");

    out = postcard_writer(request, sizeof request);
    postcard_write_varint(&out, 0);
    postcard_write_bytes(&out, "page", 4);
    code = cantrip_call(page_client, PAGE_REQUEST_BYTES, request, postcard_length(&out), reply, sizeof reply);
    cantrip_log(CANTRIP_LOG_INFO, "twin", code == 0 && reply[0] == 4 && reply[1] == 'p' ? "echoes" : "does not echo");
    out = postcard_writer(request, sizeof request);
    postcard_write_varint(&out, 2);
    code = cantrip_call(page_client, PAGE_REQUEST_BYTES, request, postcard_length(&out), reply, sizeof reply);
    cantrip_log(CANTRIP_LOG_WARN, "twin", code == REFUSED ? "refuses" : "does not refuse");
}

static void run(void)
{
    if (cantrip_find_client("twin_mirror") != NULL) {
        ask_twin();
    }
    for (;;) {
        cantrip_semaphore_wait(&echoed);
        char text[16] = "echo ";
        struct postcard_writer out = postcard_writer((uint8_t *)text + 5, sizeof text - 6);
        write_number(&out, ++echoes);
        cantrip_log(CANTRIP_LOG_INFO, "mirror", text);
    }
}

const struct cantrip_thread cantrip_threads[] = {
    {.name = "control", .pre_init = pre_init, .post_init = post_init, .run = run},
    {.name = "mirror", .init = init, .run = serve_mirror},
    {.name = "pages", .init = init, .run = serve_pages},
    {.name = NULL},
};
