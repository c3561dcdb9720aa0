/* SPDX-License-Identifier: Apache-2.0 */
#include <cantrip/component.h>

SEL4_TLS seL4_IPCBuffer *__sel4_ipc_buffer;

/* The TCB of the running thread, which is its name. */
static SEL4_TLS seL4_CPtr own_tcb;

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
    for (seL4_Word i = 0; i < cantrip_birth.clients.count; i++) {
        const struct cantrip_client *client = &cantrip_birth.clients.entries[i];
        if ((client->tcb == 0 || client->tcb == own_tcb) && is_same(client->name, name)) {
            return client;
        }
    }
    return NULL;
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

struct cantrip_mutex cantrip_mutex(const char *name)
{
    const struct cantrip_mutex_birth *birth = FIND(mutexes, name);
    if (birth == NULL) {
        cantrip_fail("no such mutex");
    }
    struct cantrip_mutex mutex = {.notification = birth->notification};
    return mutex;
}

void cantrip_mutex_lock(struct cantrip_mutex *mutex)
{
    if (mutex->notification == 0) {
        cantrip_fail("locks a mutex that did not come from cantrip_mutex");
    }
    if (__atomic_load_n(&mutex->holder, __ATOMIC_RELAXED) == own_tcb) {
        cantrip_fail("locks a mutex that it holds");
    }
    if (__atomic_fetch_add(&mutex->count, 1, __ATOMIC_ACQUIRE) > 0) {
        (void)seL4_Wait(mutex->notification, NULL);
    }
    __atomic_store_n(&mutex->holder, own_tcb, __ATOMIC_RELAXED);
}

int cantrip_mutex_try_lock(struct cantrip_mutex *mutex)
{
    int free = 0;
    if (!__atomic_compare_exchange_n(&mutex->count, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return 0;
    }
    __atomic_store_n(&mutex->holder, own_tcb, __ATOMIC_RELAXED);
    return 1;
}

void cantrip_mutex_unlock(struct cantrip_mutex *mutex)
{
    if (__atomic_load_n(&mutex->holder, __ATOMIC_RELAXED) != own_tcb) {
        cantrip_fail("unlocks a mutex that it does not hold");
    }
    __atomic_store_n(&mutex->holder, 0, __ATOMIC_RELAXED);
    if (__atomic_fetch_sub(&mutex->count, 1, __ATOMIC_RELEASE) > 1) {
        seL4_Signal(mutex->notification);
    }
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
    own_tcb = tcb;
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
