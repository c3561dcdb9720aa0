/* SPDX-License-Identifier: Apache-2.0 */
/* What a component instance is given at birth: what CAmkES generates as a C file per instance. */
#ifndef CANTRIP_BIRTH_H
#define CANTRIP_BIRTH_H

/* Each thread of a component has an IPC buffer of its own. */
#ifndef SEL4_TLS
#define SEL4_TLS __thread
#endif
#include <sel4/sel4.h>

/* Layout of struct cantrip_birth. The assembly refuses an image of another version. */
#define CANTRIP_BIRTH_VERSION 2

/* Bytes that the image reserves for struct cantrip_birth, the tables behind it and their names. */
#ifndef CANTRIP_BIRTH_BYTES
#define CANTRIP_BIRTH_BYTES 1024
#endif

/* Capability slots and addresses are 0 where there is none. Every entry has the name it has in the description. */

struct cantrip_thread_birth {
    const char *name; /* "control", or the interface that the thread serves */
    seL4_CPtr tcb;
    seL4_IPCBuffer *ipc_buffer;
};

struct cantrip_semaphore_birth {
    const char *name;
    seL4_CPtr endpoint;
    seL4_Word value;
};

struct cantrip_mutex_birth {
    const char *name;
    seL4_CPtr notification;
};

/* The from end of an RPC connection, as one thread has it. */
struct cantrip_client {
    const char *name;
    seL4_CPtr tcb; /* the thread; 0 when it is every thread's */
    seL4_CPtr endpoint;
    uint8_t *shared_page;         /* shared transport: page that the server also has */
    seL4_CPtr page_mutex;         /* notification of the page's mutex, when threads share it */
    seL4_CPtr notification;       /* cantripRPCCallSignal: what the server signals */
    seL4_Word notification_badge; /* with what badge; other servers signal the same with others */
};

/* A thread of a client as its server knows it. */
struct cantrip_peer {
    seL4_Word badge;
    seL4_Word client; /* badge of the component's first thread, which stands for the component */
    uint8_t *shared_page;
    seL4_CPtr notification;
};

/* The to end of an RPC connection. */
struct cantrip_server {
    const char *name;
    seL4_CPtr endpoint;
    seL4_CPtr reply;
    seL4_Word peer_count;
    const struct cantrip_peer *peers; /* threads of clients with a page or a notification, by ascending badge */
};

struct cantrip_dataport {
    const char *name;
    uint8_t *address;
    seL4_Word size; /* bytes */
    seL4_Word is_writable;
    seL4_Word frame_count;
    const seL4_CPtr *frames; /* device memory only */
};

struct cantrip_interrupt_source {
    const char *name;
    seL4_Word irq;
    seL4_Word mask; /* badge bit with which it signals the notification */
    seL4_CPtr handler;
};

struct cantrip_interrupt {
    const char *name;
    seL4_CPtr notification;
    seL4_Word source_count;
    const struct cantrip_interrupt_source *sources;
};

/* A page-aligned hole in the address space. */
struct cantrip_copy_region {
    const char *name;
    uint8_t *address;
    seL4_Word size; /* bytes */
};

#define CANTRIP_TABLE(type)  \
    struct {                 \
        seL4_Word count;     \
        const type *entries; \
    }

struct cantrip_birth {
    seL4_Word version; /* CANTRIP_BIRTH_VERSION that the image was built with */
    char profile[16];  /* CANTRIP_KERNEL_PROFILE that the image was built for */
    const char *name;
    seL4_CPtr self_cnode;
    seL4_CPtr self_vspace_root;
    seL4_CPtr first_slot; /* free slots: first_slot up to, not including, last_slot */
    seL4_CPtr last_slot;
    seL4_CPtr recv_cnode;
    seL4_Word recv_cnode_depth;
    seL4_CPtr pre_init;
    seL4_CPtr interface_init;
    seL4_CPtr post_init;
    const uint8_t *boot_info;
    seL4_CPtr asid_pool;
    seL4_CPtr sched_control;
    seL4_CPtr domain_control;
    CANTRIP_TABLE(struct cantrip_thread_birth) threads; /* control first */
    CANTRIP_TABLE(struct cantrip_semaphore_birth) semaphores;
    CANTRIP_TABLE(struct cantrip_mutex_birth) mutexes;
    CANTRIP_TABLE(struct cantrip_client) clients;
    CANTRIP_TABLE(struct cantrip_server) servers;
    CANTRIP_TABLE(struct cantrip_dataport) dataports;
    CANTRIP_TABLE(struct cantrip_interrupt) interrupts;
    CANTRIP_TABLE(struct cantrip_copy_region) copy_regions;
};

/* The layout that packages/camkes-rpc/src/birth-image.ts writes. */
_Static_assert(offsetof(struct cantrip_birth, name) == 20, "birth layout");
_Static_assert(offsetof(struct cantrip_birth, threads) == 76, "birth layout");
_Static_assert(offsetof(struct cantrip_birth, copy_regions) == 132, "birth layout");
_Static_assert(sizeof(struct cantrip_birth) == 140, "birth layout");
_Static_assert(sizeof(struct cantrip_thread_birth) == 12, "birth layout");
_Static_assert(sizeof(struct cantrip_semaphore_birth) == 12, "birth layout");
_Static_assert(sizeof(struct cantrip_mutex_birth) == 8, "birth layout");
_Static_assert(sizeof(struct cantrip_client) == 28, "birth layout");
_Static_assert(sizeof(struct cantrip_peer) == 16, "birth layout");
_Static_assert(sizeof(struct cantrip_server) == 20, "birth layout");
_Static_assert(sizeof(struct cantrip_dataport) == 24, "birth layout");
_Static_assert(sizeof(struct cantrip_interrupt_source) == 16, "birth layout");
_Static_assert(sizeof(struct cantrip_interrupt) == 16, "birth layout");
_Static_assert(sizeof(struct cantrip_copy_region) == 12, "birth layout");
_Static_assert(CANTRIP_BIRTH_BYTES >= sizeof(struct cantrip_birth), "birth area");

/* Filled when the system is built. lib/birth.c reserves it. */
extern const struct cantrip_birth cantrip_birth;

/* An entry by its name; NULL when there is none. A client is that of the calling thread: NULL when it does not call. */
const struct cantrip_client *cantrip_find_client(const char *name);
const struct cantrip_server *cantrip_find_server(const char *name);
const struct cantrip_dataport *cantrip_find_dataport(const char *name);
const struct cantrip_interrupt *cantrip_find_interrupt(const char *name);
const struct cantrip_copy_region *cantrip_find_copy_region(const char *name);

#endif
