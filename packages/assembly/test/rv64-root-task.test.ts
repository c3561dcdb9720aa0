/** An initial task in 64-bit machine code on the kernel model. */
import {
  bootInitialTask,
  type InitialTaskSystem,
  qemuVirtPlatform,
  sparrowPlatform,
} from "@cantrip/assembly/riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip, type KernelConfig, upstream64 } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { InitialCap, IpcBufferWord, messageInfo } from "@cantrip/sel4-sys";
import { expect, test } from "vitest";
import { RootserverEntry } from "../src/link-rootserver.ts";

const VADDR = 0x10000;
const ROOT = InitialCap.InitThreadCNode;
const { bootInfo, label, objectType, syscall } = upstream64;
const messageWord = (index: number): number => (IpcBufferWord.message + index) * 8;
const call = (invocation: number, words: number): string => `
  li a1, ${messageInfo(invocation, words, 1)}
  li a7, ${syscall.call}
  ecall`;

/**
 * Makes a notification of the first untyped that is no device, mints it with a badge of 64 bits, and prints `ok` when that
 * arrives, and its registers are what they were.
 */
const PROGRAM = `
  mv s1, a0
  ld s2, ${bootInfo.ipcBuffer}(s1)
  ld s3, ${bootInfo.untyped}(s1)
  ld s4, ${bootInfo.empty}(s1)
  addi t0, s1, ${bootInfo.untypedList}
next:
  lbu t1, 9(t0)
  beq t1, zero, found
  addi t0, t0, ${bootInfo.untypedDescBytes}
  addi s3, s3, 1
  j next
found:
  li t1, ${ROOT}
  sd t1, ${IpcBufferWord.caps * 8}(s2)
  sd s4, ${messageWord(4)}(s2)
  li t1, 1
  sd t1, ${messageWord(5)}(s2)
  mv a0, s3
  li a2, ${objectType.notification}
  li a3, 0
  li a4, 0
  li a5, 0
  ${call(label.untypedRetype, 6)}
  # All 64 bits of a badge: -2^40 + 5.
  li s5, -1
  slli s5, s5, 40
  addi s5, s5, 5
  li t1, 15
  sd t1, ${messageWord(4)}(s2)
  sd s5, ${messageWord(5)}(s2)
  li a0, ${ROOT}
  addi a2, s4, 1
  li a3, 64
  mv a4, s4
  li a5, 64
  ${call(label.cnodeMint, 6)}
  addi a0, s4, 1
  li a1, 0
  li a7, ${syscall.send}
  ecall
  mv a0, s4
  li a7, ${syscall.nbWait}
  ecall
  li s6, ${"k".charCodeAt(0)}
  beq a0, s5, same
  li s6, ${"-".charCodeAt(0)}
same:
  li a0, ${"o".charCodeAt(0)}
  li a7, ${syscall.debugPutChar}
  ecall
  mv a0, s6
  ecall
  li a7, ${syscall.debugHalt}
  ecall
`;

function systemOf(kernel: KernelConfig): InitialTaskSystem {
  const { bytes } = assemble(PROGRAM, { base: VADDR, xlen: 64 });
  const page = new Uint8Array(4096);
  page.set(bytes);
  return { kernel, entries: [], initialTask: { bytes: page, vaddr: VADDR, entry: VADDR } };
}

test("runs with words of 64 bits, in address spaces of three levels", () => {
  let printed = "";
  const system = bootInitialTask(systemOf(upstream64), {
    platform: qemuVirtPlatform,
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
  });
  expect(system.machine.xlen).toBe(64);
  expect(system.run({ maxInstructions: 1_000_000 }).kind).toBe("stopped");
  expect(system.haltReason).toBe("seL4_DebugHalt");
  checkInvariants(system.kernel.state);
  expect(printed.slice(0, 2)).toBe("ok");
  // Its TCB is where the real kernel's window has it.
  expect(printed).toMatch(/user thread 0xffffffc0[0-9a-f]{8} "rootserver"/);
});

test("faults at addresses that no number holds exactly", () => {
  const source = `
    li t0, -1
    slli t0, t0, 62
    addi t0, t0, 0x123
    ld t0, 0(t0)`;
  const page = new Uint8Array(4096);
  page.set(assemble(source, { base: VADDR, xlen: 64 }).bytes);
  let printed = "";
  const initialTask = { bytes: page, vaddr: VADDR, entry: VADDR };
  const system = bootInitialTask(
    { kernel: upstream64, entries: [], initialTask },
    { platform: qemuVirtPlatform, onConsole: (byte) => (printed += String.fromCharCode(byte)) },
  );
  system.run({ maxInstructions: 100_000 });
  expect(printed).toContain("vm fault on data at address 0xc000000000000123 with status");
});

test("needs a board with a 64-bit hart", () => {
  expect(() => bootInitialTask(systemOf(upstream64), { platform: sparrowPlatform })).toThrow(
    "sparrow has no 64-bit hart",
  );
  expect(() =>
    bootInitialTask(systemOf(upstream64), {
      ...{ platform: qemuVirtPlatform, kernelImage: new Uint8Array(0) },
    }),
  ).toThrow("kernel images of 32 bits");
});

test("is not the root server, which is for 32 bits", () => {
  const link = (kernel: KernelConfig): unknown =>
    new RootserverEntry().link(kernel, new Uint8Array(64), new Map());
  expect(() => link(upstream64)).toThrow("the root server is for 32-bit kernels");
  expect(() => link(cantrip)).not.toThrow();
});
