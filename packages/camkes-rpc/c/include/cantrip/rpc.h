/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remote calls with CantripOS's bytes. Basic transport: the request is at byte 0 of the message registers and the reply
 * at byte request_size. Shared transport: the same in the page that server and client share.
 */
#ifndef CANTRIP_RPC_H
#define CANTRIP_RPC_H

#include <cantrip/birth.h>
#include <cantrip/postcard.h>

/* Bytes that travel in message registers. */
#define CANTRIP_MESSAGE_BYTES (seL4_MsgMaxLength * sizeof(seL4_Word))

/* A request that a server handles. */
struct cantrip_request {
    seL4_Word badge; /* of the client, whichever thread calls: 1 and up, in the order of the connection's from ends */
    seL4_CPtr cap;   /* capability that came with the request; 0 when none did. Deleted after the handler. */
    struct postcard_reader in;
    struct postcard_writer out;
};

/* How an interface is served: its transport's numbers, and buffers that belong to one thread. */
struct cantrip_service {
    /* Answers a request: writes the reply and returns 0, or returns an error code of the interface. */
    seL4_Word (*handle)(struct cantrip_request *request);
    seL4_Word serialize_failed; /* error code for a reply that does not fit */
    uint8_t *request;
    size_t request_size; /* of the interface: bytes, a multiple of 4, and room in request */
    uint8_t *reply;
    size_t reply_size;     /* room in reply */
    seL4_CPtr receive_slot; /* free slot for capabilities of requests; 0 when the interface takes none */
};

/* Serves an interface for ever. Clients with a shared page use it, others use message registers. */
_Noreturn void cantrip_serve(const char *name, const struct cantrip_service *service);

/* Signals a client of a cantripRPCCallSignal interface. */
void cantrip_emit(const struct cantrip_server *server, seL4_Word badge);

/*
 * Calls a service. Threads that share the client's page (it has a page_mutex) take turns: that is the caller's affair. A
 * request that is already in the page is not copied.
 *
 * Returns the service's error code, 0 for success. Of the reply, as many bytes as came and as there is room for
 * are in reply.
 */
seL4_Word cantrip_call(const struct cantrip_client *client, size_t request_size, const uint8_t *request, size_t length,
                       uint8_t *reply, size_t reply_size);

#endif
