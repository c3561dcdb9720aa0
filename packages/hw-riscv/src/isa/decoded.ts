/**
 * A decoded instruction, as decoded pages keep it.
 *
 * Operation: bits 8:0 its number, 14:9 rd ({@link SINK_REGISTER} in place of `x0`), 19:15 rs1, 24:20 rs2, 25 set for an
 * instruction of 2 bytes. Number 0 means that nothing was decoded yet.
 */
export interface Decoded {
  operation: number;
  /** Immediate, or the whole instruction, as the row says; the instruction where it is illegal. */
  immediate: number;
}

/** Number of what is no instruction. */
export const ILLEGAL = 511;
/** Number of the first instruction of extensions from outside; they go up to {@link ILLEGAL}. */
export const FIRST_EXTERNAL = 384;
/** Bits of an operation that hold its number. */
export const OPERATION_MASK = 511;
export const RD_SHIFT = 9;
export const RS1_SHIFT = 15;
export const RS2_SHIFT = 20;
/** Flag of an instruction of 2 bytes. */
export const COMPRESSED_FLAG: number = 1 << 25;
/** Takes what is written to `x0`. */
export const SINK_REGISTER = 32;
