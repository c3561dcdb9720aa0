/** Something that enters a machine from outside. */
export type MachineInput =
  /** Bytes on the receive line of a serial device; they arrive at the line's speed. */
  | {
      readonly kind: "serial";
      /** Name on the platform. */
      readonly device: string;
      readonly bytes: Uint8Array;
      /** Virtual time in cycles at which the first byte is put on the line; at once when absent or past. */
      readonly at?: number;
    }
  /** An interrupt line breaks, or is mended: the controller sees a low line while it is broken. */
  | {
      readonly kind: "interrupt-line";
      /** Source of the interrupt controller. */
      readonly source: number;
      readonly isConnected: boolean;
    }
  /** A bit of RAM changes, as in a memory error. */
  | {
      readonly kind: "bit-flip";
      /** Physical address of the byte. */
      readonly paddr: number;
      /** 0 to 7. */
      readonly bit: number;
    };

/** One line of the input log. Entered in the same order at the same cycles, the inputs give the same run. */
export interface InputRecord {
  /** Counts from 0. */
  readonly number: number;
  /** Virtual time when it entered, cycles. */
  readonly cycle: number;
  /** Instructions issued until then. */
  readonly instructions: number;
  readonly input: MachineInput;
}
