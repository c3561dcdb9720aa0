/* SPDX-License-Identifier: Apache-2.0 */
#include <cantrip/component.h>
#include <cantrip/rpc.h>

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void copy(uint8_t *to, const uint8_t *from, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        to[i] = from[i];
    }
}

/* The message registers as bytes, as far as a message of this length goes. */
static uint8_t *message(void)
{
    return (uint8_t *)seL4_GetIPCBuffer()->msg;
}

static size_t message_bytes(seL4_MessageInfo_t info)
{
    return min(seL4_MessageInfo_get_length(info) * sizeof(seL4_Word), CANTRIP_MESSAGE_BYTES);
}

/* Puts bytes into message registers; the rest of the last word is zero. Returns the words up to the last byte. */
static seL4_Word store(size_t offset, const uint8_t *bytes, size_t length)
{
    copy(message() + offset, bytes, length);
    size_t end = offset + length;
    while (end % sizeof(seL4_Word) != 0) {
        message()[end++] = 0;
    }
    return end / sizeof(seL4_Word);
}

static const struct cantrip_peer *find_peer(const struct cantrip_server *server, seL4_Word badge)
{
    for (seL4_Word i = 0; i < server->peer_count; i++) {
        if (server->peers[i].badge == badge) {
            return &server->peers[i];
        }
    }
    return NULL;
}

void cantrip_emit(const struct cantrip_server *server, seL4_Word badge)
{
    const struct cantrip_peer *peer = find_peer(server, badge);
    if (peer != NULL && peer->notification != 0) {
        seL4_Signal(peer->notification);
    }
}

static seL4_MessageInfo_t answer(const struct cantrip_server *server, const struct cantrip_service *service,
                                 seL4_MessageInfo_t info, seL4_Word badge)
{
    const struct cantrip_peer *peer = find_peer(server, badge);
    uint8_t *page = peer == NULL ? NULL : peer->shared_page;
    size_t size = service->request_size;
    size_t length = page == NULL ? min(message_bytes(info), size) : size;
    /* A handler may use the registers, and a client may change its page. */
    copy(service->request, page == NULL ? message() : page, length);
    int has_cap = service->receive_slot != 0 && seL4_MessageInfo_get_extraCaps(info) > 0;
    struct cantrip_request request = {
        .badge = peer == NULL ? badge : peer->client,
        .cap = has_cap ? service->receive_slot : 0,
        .in = postcard_reader(service->request, length),
        .out = postcard_writer(service->reply, service->reply_size),
    };
    seL4_Word code = service->handle(&request);
    if (has_cap) {
        (void)seL4_CNode_Delete(cantrip_birth.self_cnode, service->receive_slot, seL4_WordBits);
    }
    size_t capacity = page == NULL ? CANTRIP_MESSAGE_BYTES : 1u << seL4_PageBits;
    if (code == 0 && (request.out.failed || size + postcard_length(&request.out) > capacity)) {
        code = service->serialize_failed;
    }
    seL4_Word words = 0;
    if (code == 0 && page == NULL) {
        words = store(size, service->reply, postcard_length(&request.out));
    } else if (code == 0) {
        copy(page + size, service->reply, postcard_length(&request.out));
        /* How much of the page is the reply. CantripOS's clients do not look. */
        seL4_SetMR(0, postcard_length(&request.out));
        words = 1;
    }
    return seL4_MessageInfo_new(code, 0, 0, words);
}

_Noreturn void cantrip_serve(const char *name, const struct cantrip_service *service)
{
    const struct cantrip_server *server = cantrip_find_server(name);
    if (server == NULL) {
        cantrip_fail("no such server interface");
    }
    seL4_Word badge = 0;
    seL4_SetCapReceivePath(cantrip_birth.self_cnode, service->receive_slot, service->receive_slot == 0 ? 0 : seL4_WordBits);
    seL4_MessageInfo_t info = seL4_Recv(server->endpoint, &badge, server->reply);
    for (;;) {
        seL4_MessageInfo_t reply = answer(server, service, info, badge);
        info = seL4_ReplyRecv(server->endpoint, reply, &badge, server->reply);
    }
}

seL4_Word cantrip_call(const struct cantrip_client *client, size_t request_size, const uint8_t *request, size_t length,
                       uint8_t *reply, size_t reply_size)
{
    uint8_t *page = client->shared_page;
    seL4_Word words = 0;
    if (page == NULL) {
        words = store(0, request, min(length, CANTRIP_MESSAGE_BYTES));
    } else if (request != page) {
        copy(page, request, length);
    }
    seL4_MessageInfo_t info = seL4_Call(client->endpoint, seL4_MessageInfo_new(0, 0, 0, words));
    seL4_Word code = seL4_MessageInfo_get_label(info);
    if (code != 0) {
        return code;
    }
    size_t end = page == NULL ? message_bytes(info) : 1u << seL4_PageBits;
    if (page != NULL && seL4_MessageInfo_get_length(info) > 0) {
        /* CantripOS's servers do not say how long a reply is. */
        end = min(end, request_size + min(seL4_GetMR(0), end));
    }
    if (end > request_size) {
        copy(reply, (page == NULL ? message() : page) + request_size, min(end - request_size, reply_size));
    }
    return 0;
}
