# SPDX-License-Identifier: Apache-2.0
# Start of every thread of a component. The root server sets:
#   sp  top of the thread's stack    a0  slot of the thread's TCB, as CAmkES passes it
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    # The thread-local variables are at the top of the stack.
    la      t0, __tls_bytes
    sub     sp, sp, t0
    andi    sp, sp, -16
    mv      tp, sp
    la      t0, __tdata_start
    la      t1, __tdata_end
    mv      t2, tp
1:  bgeu    t0, t1, 2f
    lw      t3, 0(t0)
    sw      t3, 0(t2)
    addi    t0, t0, 4
    addi    t2, t2, 4
    j       1b
    # A fresh stack is zero, and so are the variables of .tbss.
2:  tail    cantrip_start_thread
    .size _start, . - _start
