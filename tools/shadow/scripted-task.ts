import { CapType, type KernelState as Model, TcbSlot } from "@cantrip/sel4-kernel";
import { IpcBufferWord, messageInfo, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";

const PAGE_BYTES = 4096;
/** Offsets of the instructions that a thread may execute; behind each it goes back to the system call. */
export const Code = {
  Call: 0,
  Illegal: 8,
  Breakpoint: 16,
  Load: 24,
  Store: 32,
  Jump: 40,
} as const;
/** `ecall`, an illegal one, `ebreak`, `lw t1, 0(a0)`, `sw t1, 0(a0)` and `jr a0`. */
const INSTRUCTIONS: readonly (readonly [offset: number, instruction: number])[] = [
  [Code.Call, 0x00000073],
  [Code.Illegal, 0],
  [Code.Breakpoint, 0x00100073],
  [Code.Load, 0x00052303],
  [Code.Store, 0x00652023],
  [Code.Jump, 0x00050067],
];
/** `j` to an earlier place, by the bytes that it is away. */
function jumpBack(bytes: number): number {
  const offset = -bytes;
  const bit = (from: number, count: number, to: number): number =>
    ((offset >> from) & (2 ** count - 1)) << to;
  return (bit(20, 1, 31) | bit(1, 10, 21) | bit(11, 1, 20) | bit(12, 8, 12) | 0x6f) >>> 0;
}
const VADDR = 0x10000;
/** Where a thread is that waits for its next operation. */
export const READY_PC = VADDR + 4;
const A0 = 10;
const A2 = 12;
const A6 = 16;
const A7 = 17;
const T0 = 5;
/** The initial CNode is addressed with all bits. */
const DEPTH = 32;
const WORD = 4;

/** An initial task that makes system calls and nothing else: what they are comes from outside, call by call. */
export function scriptedTask(): { bytes: Uint8Array; vaddr: number; entry: number } {
  const bytes = new Uint8Array(PAGE_BYTES);
  const words = new Uint32Array(bytes.buffer);
  for (const [offset, instruction] of INSTRUCTIONS)
    words.set([instruction, jumpBack(offset + WORD)], offset / WORD);
  return { bytes, vaddr: VADDR, entry: READY_PC };
}

/** What runs a thread: registers, pc and memory. */
export interface ThreadMachine {
  readonly registers: Int32Array;
  pc: number;
  writePhysical32(paddr: number, value: number): void;
}

/** Puts an operation into the running thread's registers and IPC buffer, and lets it begin. */
export function issue(
  machine: ThreadMachine,
  model: Model,
  rootCNode: number,
  operation: Operation,
): void {
  const { label = 0, words = [], caps = [], reply, destination, receiveSlot } = operation;
  const { registers } = machine;
  const buffer = bufferOf(model);
  registers[A0] = operation.cptr;
  registers[A0 + 1] = messageInfo(label, words.length, caps.length);
  for (let index = 0; index < MESSAGE_REGISTERS; index++) registers[A2 + index] = words[index] ?? 0;
  registers[A6] = reply ?? 0;
  registers[T0] = destination ?? 0;
  registers[A7] = operation.syscall;
  if (buffer !== 0) {
    const write = (index: number, value: number): void => {
      machine.writePhysical32(buffer + index * WORD, value >>> 0);
    };
    for (const [index, word] of words.entries()) write(IpcBufferWord.message + index, word);
    for (const [index, cap] of caps.entries()) write(IpcBufferWord.caps + index, cap);
    write(IpcBufferWord.receiveCNode, receiveSlot === undefined ? 0 : rootCNode);
    write(IpcBufferWord.receiveIndex, receiveSlot ?? 0);
    write(IpcBufferWord.receiveDepth, receiveSlot === undefined ? 0 : DEPTH);
  }
  machine.pc = VADDR + (operation.code ?? Code.Call);
}

/** Physical address of the running thread's IPC buffer; 0 when it has none. */
function bufferOf({ current }: Model): number {
  const cap = current.slots[TcbSlot.Buffer]?.cap;
  if (cap?.type !== CapType.Frame || cap.isDevice) return 0;
  return cap.paddr + (current.ipcBuffer % 2 ** cap.sizeBits);
}
