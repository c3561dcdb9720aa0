# SPDX-License-Identifier: Apache-2.0
# Start of a CantripOS application. The process manager sets:
#   sp  top of the stack          a0  address of the IPC buffer
#   a1  slot of the SDK endpoint  a2  slot of the SDK parameter frame
#   a3  address of the SDK parameter page
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      t0, __sel4_ipc_buffer
    sw      a0, 0(t0)
    la      t0, cantrip_sdk_endpoint
    sw      a1, 0(t0)
    la      t0, cantrip_sdk_frame
    sw      a2, 0(t0)
    la      t0, cantrip_sdk_params
    sw      a3, 0(t0)
    call    main
    # What main returns is the exit code.
    tail    cantrip_sdk_exit
    .size _start, . - _start
