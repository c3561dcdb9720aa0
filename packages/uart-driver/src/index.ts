export { RingBuffer } from "./ring-buffer.ts";
export { BUFFER_BYTES, Uart } from "./uart.ts";
