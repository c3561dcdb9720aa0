import type { Xlen } from "./isa/instruction.ts";

/** What kind of hart a platform has. */
export interface HartDescription {
  /** Width of a register. */
  readonly xlen: Xlen;
  /** Extensions beside I and Zicsr, in lower case: `m`, `a`, `c`, `f`, `d`, `zba`, `zbb`, `zbs`. */
  readonly extensions: readonly string[];
  /**
   * What happens to a page whose accessed bit is clear, or which is written and whose dirty bit is clear: a page fault
   * (Svade), or the hart sets the bit (Svadu).
   */
  readonly accessDirty: "fault" | "update";
  /**
   * Whether there is a `time` register; `true` when absent. Where there is none, reading it is an illegal instruction, for
   * firmware to emulate.
   */
  readonly hasTime?: boolean;
  /** `mhartid`; 0 when absent. */
  readonly id?: number;
}

/** What a platform has that does not say: RV32IMAC with Svade. */
export const RV32IMAC: HartDescription = {
  xlen: 32,
  extensions: ["m", "a", "c"],
  accessDirty: "fault",
};

/** Everything that there is. */
export function fullHart(xlen: Xlen): HartDescription {
  return {
    xlen,
    extensions: ["m", "a", "f", "d", "c", "zba", "zbb", "zbs"],
    accessDirty: "update",
  };
}
