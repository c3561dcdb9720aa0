#!/bin/sh
# Builds fib.elf of this folder with Debian's gcc-riscv64-unknown-elf 12.2: fib(12) for bare hardware, QEMU's virt board.
set -e
cd "$(dirname "$0")"
riscv64-unknown-elf-gcc -march=rv32imac_zicsr_zifencei -mabi=ilp32 -Os -mcmodel=medany -ffreestanding -fno-builtin \
  -fno-tree-loop-distribute-patterns -nostdlib -nostartfiles -static -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=16 -DN=12 -s \
  -T link.ld crt0.S rt.c fib.c -lgcc -o fib.elf
