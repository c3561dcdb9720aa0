import type { SeL4 } from "@cantrip/sel4-sys";

const WORD_BYTES = 4;
/** Bytes that travel in message registers: `seL4_MsgMaxLength` words. */
export const MAX_MESSAGE_BYTES = 480;

/** Puts bytes into message registers from byte `offset` (a multiple of 4) on; returns the words up to the last byte. */
export function storeMessage(sel4: SeL4, offset: number, bytes: Uint8Array): number {
  const words = Math.ceil(bytes.length / WORD_BYTES);
  for (let index = 0; index < words; index++) {
    let word = 0;
    for (let byte = 3; byte >= 0; byte--)
      word = (word << 8) | (bytes[index * WORD_BYTES + byte] ?? 0);
    sel4.setMessageRegister(offset / WORD_BYTES + index, word >>> 0);
  }
  return offset / WORD_BYTES + words;
}

/** Takes `length` bytes (a multiple of 4) out of message registers from byte `offset` on. */
export function loadMessage(sel4: SeL4, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + WORD_BYTES <= length; at += WORD_BYTES) {
    view.setUint32(at, sel4.messageRegister((offset + at) / WORD_BYTES), true);
  }
  return bytes;
}
