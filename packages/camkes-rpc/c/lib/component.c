/* SPDX-License-Identifier: Apache-2.0 */
#include <cantrip/component.h>

SEL4_TLS seL4_IPCBuffer *__sel4_ipc_buffer;

/* The three semaphores that keep the start-up order. */
static struct cantrip_semaphore pre_init, interface_init, post_init;

static int is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Every entry of a table begins with its name. */
static const void *find(seL4_Word count, const void *entries, size_t entry_size, const char *name)
{
    const uint8_t *entry = entries;
    for (seL4_Word i = 0; i < count; i++, entry += entry_size) {
        if (is_same(*(const char *const *)entry, name)) {
            return entry;
        }
    }
    return NULL;
}

#define FIND(table, name) \
    find(cantrip_birth.table.count, cantrip_birth.table.entries, sizeof cantrip_birth.table.entries[0], name)

const struct cantrip_client *cantrip_find_client(const char *name)
{
    return FIND(clients, name);
}

const struct cantrip_server *cantrip_find_server(const char *name)
{
    return FIND(servers, name);
}

const struct cantrip_dataport *cantrip_find_dataport(const char *name)
{
    return FIND(dataports, name);
}

const struct cantrip_interrupt *cantrip_find_interrupt(const char *name)
{
    return FIND(interrupts, name);
}

const struct cantrip_copy_region *cantrip_find_copy_region(const char *name)
{
    return FIND(copy_regions, name);
}

struct cantrip_semaphore cantrip_semaphore(const char *name)
{
    const struct cantrip_semaphore_birth *birth = FIND(semaphores, name);
    if (birth == NULL) {
        cantrip_fail("no such semaphore");
    }
    struct cantrip_semaphore semaphore = {birth->endpoint, (int)birth->value};
    return semaphore;
}

_Noreturn void cantrip_fail(const char *what)
{
    seL4_DebugPutString(cantrip_birth.name);
    seL4_DebugPutString(": ");
    seL4_DebugPutString(what);
    seL4_DebugPutChar('\n');
    __builtin_trap();
}

_Noreturn void cantrip_serve_interrupts(const char *name, const struct cantrip_interrupt_handler *handlers)
{
    const struct cantrip_interrupt *interrupt = cantrip_find_interrupt(name);
    if (interrupt == NULL) {
        cantrip_fail("no such interrupt interface");
    }
    for (;;) {
        seL4_Word badge = 0;
        (void)seL4_Wait(interrupt->notification, &badge);
        for (seL4_Word i = 0; i < interrupt->source_count; i++) {
            const struct cantrip_interrupt_source *source = &interrupt->sources[i];
            if ((badge & source->mask) == 0) {
                continue;
            }
            const struct cantrip_interrupt_handler *handler = handlers;
            while (handler->name != NULL && !is_same(handler->name, source->name)) {
                handler++;
            }
            if (handler->name != NULL && !handler->handle()) {
                continue;
            }
            if (seL4_IRQHandler_Ack(source->handler) != seL4_NoError) {
                cantrip_fail("cannot acknowledge an interrupt");
            }
        }
    }
}

static void call(void (*function)(void))
{
    if (function != NULL) {
        function();
    }
}

static const struct cantrip_thread_birth *find_thread(seL4_CPtr tcb)
{
    for (seL4_Word i = 0; i < cantrip_birth.threads.count; i++) {
        if (cantrip_birth.threads.entries[i].tcb == tcb) {
            return &cantrip_birth.threads.entries[i];
        }
    }
    __builtin_trap();
}

static void start_control(const struct cantrip_thread *code)
{
    seL4_Word others = cantrip_birth.threads.count - 1;
    call(code->pre_init);
    for (seL4_Word i = 0; i < others; i++) {
        cantrip_semaphore_post(&pre_init);
    }
    for (seL4_Word i = 0; i < others; i++) {
        cantrip_semaphore_wait(&interface_init);
    }
    call(code->post_init);
    for (seL4_Word i = 0; i < others; i++) {
        cantrip_semaphore_post(&post_init);
    }
}

static void start_interface(const struct cantrip_thread *code)
{
    cantrip_semaphore_wait(&pre_init);
    call(code->init);
    cantrip_semaphore_post(&interface_init);
    cantrip_semaphore_wait(&post_init);
}

/* crt0 comes here. */
_Noreturn void cantrip_start_thread(seL4_CPtr tcb)
{
    const struct cantrip_thread_birth *own = find_thread(tcb);
    __sel4_ipc_buffer = own->ipc_buffer;
    /* Each thread writes the same. */
    pre_init.endpoint = cantrip_birth.pre_init;
    interface_init.endpoint = cantrip_birth.interface_init;
    post_init.endpoint = cantrip_birth.post_init;
    const struct cantrip_thread *code = cantrip_threads;
    while (code->name != NULL && !is_same(code->name, own->name)) {
        code++;
    }
    if (own == cantrip_birth.threads.entries) {
        start_control(code);
    } else {
        start_interface(code);
    }
    call(code->run);
    for (;;) {
        (void)seL4_Wait(cantrip_birth.interface_init, NULL);
    }
}
