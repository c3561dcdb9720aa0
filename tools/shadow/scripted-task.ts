import { CapType, type KernelState as Model, TcbSlot } from "@cantrip/sel4-kernel";
import { IpcBufferWord, messageInfo, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";

const PAGE_BYTES = 4096;
/** `ecall`, and back to it. */
const CODE = [0x00000073, 0xffdff06f];
const VADDR = 0x10000;
/** Address of the `ecall` that all threads make. */
const CALL_PC = VADDR;
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
  new Uint32Array(bytes.buffer).set(CODE);
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
  machine.pc = CALL_PC;
}

/** Physical address of the running thread's IPC buffer; 0 when it has none. */
function bufferOf({ current }: Model): number {
  const cap = current.slots[TcbSlot.Buffer]?.cap;
  if (cap?.type !== CapType.Frame || cap.isDevice) return 0;
  return cap.paddr + (current.ipcBuffer % 2 ** cap.sizeBits);
}
