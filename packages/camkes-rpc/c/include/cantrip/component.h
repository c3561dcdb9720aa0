/* SPDX-License-Identifier: Apache-2.0 */
/* A component in C: its threads, their start-up order, and what they share. */
#ifndef CANTRIP_COMPONENT_H
#define CANTRIP_COMPONENT_H

#include <cantrip/birth.h>

/*
 * Code of a thread; any function may be NULL. Order: control's pre_init, then every interface's init, then control's
 * post_init, then every run. A thread whose run is over, or that has no code, waits for ever.
 */
struct cantrip_thread {
    const char *name; /* "control" or an interface's name */
    void (*pre_init)(void);  /* control only */
    void (*init)(void);      /* interfaces only */
    void (*post_init)(void); /* control only */
    void (*run)(void);
};

/* The component defines this; an entry without a name ends it. */
extern const struct cantrip_thread cantrip_threads[];

/* Says what is wrong on the kernel's debug console and stops the thread. */
_Noreturn void cantrip_fail(const char *what);

/* A semaphore between threads of one instance. A post is a blocking send, so that no wake-up is lost. */
struct cantrip_semaphore {
    seL4_CPtr endpoint;
    int count;
};

/* A semaphore of the description, to be taken once: the threads share what it returns. */
struct cantrip_semaphore cantrip_semaphore(const char *name);

static inline void cantrip_semaphore_wait(struct cantrip_semaphore *semaphore)
{
    if (__atomic_fetch_sub(&semaphore->count, 1, __ATOMIC_ACQUIRE) <= 0) {
        (void)seL4_Wait(semaphore->endpoint, NULL);
    }
}

static inline void cantrip_semaphore_post(struct cantrip_semaphore *semaphore)
{
    if (__atomic_fetch_add(&semaphore->count, 1, __ATOMIC_RELEASE) < 0) {
        seL4_Signal(semaphore->endpoint);
    }
}

/* Takes one if it is there; returns whether it was. */
static inline int cantrip_semaphore_try_wait(struct cantrip_semaphore *semaphore)
{
    int count = __atomic_load_n(&semaphore->count, __ATOMIC_RELAXED);
    while (count > 0) {
        if (__atomic_compare_exchange_n(&semaphore->count, &count, count - 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            return 1;
        }
    }
    return 0;
}

/*
 * Mutual exclusion between threads of one instance. A thread that finds it taken waits in the kernel; whoever unlocks
 * hands it on to the first in the kernel's queue.
 */
struct cantrip_mutex {
    seL4_CPtr notification;
    int count;        /* the holder and those who wait */
    seL4_CPtr holder; /* TCB of the holder */
};

/* A mutex of the description, to be taken once: the threads share what it returns. */
struct cantrip_mutex cantrip_mutex(const char *name);

void cantrip_mutex_lock(struct cantrip_mutex *mutex);
/* Takes it if it is free; returns whether it was. */
int cantrip_mutex_try_lock(struct cantrip_mutex *mutex);
/* Fails when the thread does not hold it. */
void cantrip_mutex_unlock(struct cantrip_mutex *mutex);

/* Handles an interrupt; returns whether it is to be acknowledged now. */
struct cantrip_interrupt_handler {
    const char *name; /* of the source; NULL ends the list */
    int (*handle)(void);
};

/* Waits for the interrupts of an interface and handles them, for ever. A source without a handler is acknowledged. */
_Noreturn void cantrip_serve_interrupts(const char *name, const struct cantrip_interrupt_handler *handlers);

#endif
