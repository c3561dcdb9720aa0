/* SPDX-License-Identifier: Apache-2.0 */
/* The area that the assembly fills. It has a file of its own, so that no compiler takes it for zeroes. */
#include <cantrip/birth.h>

#define CANTRIP_AREA __attribute__((section(".cantrip_birth"), used, aligned(4)))

/* The symbol covers the whole area; its size tells how much room there is. */
union cantrip_birth_area {
    struct cantrip_birth birth;
    uint8_t bytes[CANTRIP_BIRTH_BYTES];
};

CANTRIP_AREA const union cantrip_birth_area cantrip_birth_area __asm__("cantrip_birth") = {
    .birth = {.version = CANTRIP_BIRTH_VERSION, .profile = CANTRIP_KERNEL_PROFILE},
};
