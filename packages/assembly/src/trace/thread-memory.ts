import type { Machine } from "@cantrip/hw-riscv";
import {
  CapType,
  inspectAddress,
  inspectSlot,
  type Kernel,
  type Slot,
  type Tcb,
  TcbSlot,
} from "@cantrip/sel4-kernel";
import { IpcBufferWord, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";

const FIRST_MESSAGE_REGISTER = 12;
const PAGE_BYTES = 4096;
const WORD_BYTES = 4;

/** Reads what threads see: messages, capabilities of messages, memory through their page tables. Nothing is changed. */
export class ThreadMemory {
  readonly #machine: Machine;
  readonly #kernel: Kernel;

  constructor(machine: Machine, kernel: Kernel) {
    this.#machine = machine;
    this.#kernel = kernel;
  }

  /** Bytes from a virtual address on, inside of one page; `undefined` when no RAM is mapped there. */
  bytes(thread: Tcb, vaddr: number, length: number): Uint8Array | undefined {
    const paddr = inspectAddress(this.#kernel.state, thread, vaddr);
    if (paddr === 0 || (vaddr % PAGE_BYTES) + length > PAGE_BYTES) return undefined;
    return this.physical(paddr, length);
  }

  /** Bytes of RAM; `undefined` when the range leaves it. */
  physical(paddr: number, length: number): Uint8Array | undefined {
    const { base, size } = this.#kernel.state.platform.ram;
    if (paddr < base || paddr + length > base + size) return undefined;
    return this.#machine.copyFromPhysical(paddr, length);
  }

  /** Message register `index` of a thread, unsigned; 0 without an IPC buffer to hold it. */
  messageWord(thread: Tcb, index: number): number {
    if (index < MESSAGE_REGISTERS)
      return (thread.context[FIRST_MESSAGE_REGISTER + index] ?? 0) >>> 0;
    return this.#bufferWord(thread, IpcBufferWord.message + index);
  }

  /** Message registers `first`.. as bytes, little-endian. */
  messageBytes(thread: Tcb, first: number, words: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, words) * WORD_BYTES);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < words; index++)
      view.setUint32(index * WORD_BYTES, this.messageWord(thread, first + index), true);
    return bytes;
  }

  /** The message words in a thread's IPC buffer as bytes, those that travel in registers too. */
  bufferBytes(thread: Tcb, words: number): Uint8Array {
    const bytes = new Uint8Array(words * WORD_BYTES);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < words; index++)
      view.setUint32(
        index * WORD_BYTES,
        this.#bufferWord(thread, IpcBufferWord.message + index),
        true,
      );
    return bytes;
  }

  /** CPtr of extra capability `index` of the message that a thread sends. */
  extraCap(thread: Tcb, index: number): number {
    return this.#bufferWord(thread, IpcBufferWord.caps + index);
  }

  /** The slot that a CPtr names for a thread. */
  slot(thread: Tcb, cptr: number): Slot | null {
    return inspectSlot(this.#kernel.state, thread, cptr);
  }

  #bufferWord(thread: Tcb, index: number): number {
    const frame = thread.slots[TcbSlot.Buffer]?.cap;
    if (frame?.type !== CapType.Frame || frame.isDevice) return 0;
    const offset = thread.ipcBuffer % 2 ** frame.sizeBits;
    return this.#machine.readPhysical32(frame.paddr + offset + index * WORD_BYTES);
  }
}
