import type { KernelState } from "./state.ts";

/** Lower half of a word of an IPC buffer, unsigned. */
export function bufferWord(kernel: KernelState, buffer: number, index: number): number {
  return kernel.port.readWord(buffer + index * kernel.wordBytes);
}

/** Upper half of a word of an IPC buffer, unsigned; 0 on a 32-bit kernel. */
export function bufferWordHigh(kernel: KernelState, buffer: number, index: number): number {
  return kernel.is64 ? kernel.port.readWord(buffer + index * kernel.wordBytes + 4) : 0;
}

/** Writes a word of an IPC buffer; on a 32-bit kernel only its lower half. */
export function writeBufferWord(
  kernel: KernelState,
  buffer: number,
  index: number,
  low: number,
  high: number,
): void {
  const { port, wordBytes, is64 } = kernel;
  port.writeWord(buffer + index * wordBytes, low >>> 0);
  if (is64) port.writeWord(buffer + index * wordBytes + 4, high >>> 0);
}
