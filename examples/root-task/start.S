# SPDX-License-Identifier: Apache-2.0
# Start of an initial task: the kernel passes the address of the boot info in a0.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    call    main
    # Nobody waits for an initial task: it gives up its time for ever.
1:  li      a7, -11
    ecall
    j       1b
    .size _start, . - _start

    .section .bss
    .balign 16
    .skip 4096
stack_top:
