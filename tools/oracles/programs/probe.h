/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share that ask a kernel for its answers: system calls by register, and lines on its debug console. */
#pragma once
#include <sel4/sel4.h>

typedef seL4_Word word;

/** Registers of a system call, before and after it. */
struct registers {
    word a[7]; /* a0..a6 */
    word t0;
};

/** Makes system call `number`; all registers that the kernel may answer in are given and taken. */
static inline void system_call(long number, struct registers *r)
{
    register word a0 asm("a0") = r->a[0];
    register word a1 asm("a1") = r->a[1];
    register word a2 asm("a2") = r->a[2];
    register word a3 asm("a3") = r->a[3];
    register word a4 asm("a4") = r->a[4];
    register word a5 asm("a5") = r->a[5];
    register word a6 asm("a6") = r->a[6];
    register word t0 asm("t0") = r->t0;
    register long a7 asm("a7") = number;
    asm volatile("ecall"
                 : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6), "+r"(t0)
                 : "r"(a7)
                 : "memory");
    r->a[0] = a0;
    r->a[1] = a1;
    r->a[2] = a2;
    r->a[3] = a3;
    r->a[4] = a4;
    r->a[5] = a5;
    r->a[6] = a6;
    r->t0 = t0;
}

/* A function and not an initialiser, which would call memset. */
static inline void clear(struct registers *r)
{
    r->a[0] = r->a[1] = r->a[2] = r->a[3] = r->a[4] = r->a[5] = r->a[6] = r->t0 = 0;
}

static inline void put_char(char c)
{
    struct registers r;
    clear(&r);
    r.a[0] = (word)c;
    system_call(seL4_SysDebugPutChar, &r);
}

static inline void put_text(const char *text)
{
    while (*text) {
        put_char(*text++);
    }
}

static inline void put_hex(word value)
{
    int started = 0;
    for (int shift = 28; shift >= 0; shift -= 4) {
        word digit = (value >> shift) & 15;
        started |= digit != 0 || shift == 0;
        if (started) {
            put_char(digit < 10 ? '0' + digit : 'a' + digit - 10);
        }
    }
}
