# SPDX-License-Identifier: Apache-2.0
# Start of a model: a stack in the temporary window, main, its return code into the output, finish.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    la      sp, __stack_end
    call    main
    la      t0, cantrip_model_output
    sw      a0, 0(t0)
    # finish: custom-3, funct3 3. The core goes into reset.
    .word   0x0000307b
    .size _start, . - _start

    .section .model_output, "aw", @nobits
    .globl cantrip_model_output
    .balign 4
cantrip_model_output:
    .zero   76

    .section .stack, "aw", @nobits
    .zero   4096
