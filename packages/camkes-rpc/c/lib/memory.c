/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler may call of its own accord. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t length)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    while (length-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memset(void *to, int value, size_t length)
{
    unsigned char *t = to;
    while (length-- > 0) {
        *t++ = (unsigned char)value;
    }
    return to;
}
