import type { Xlen } from "@cantrip/hw-riscv";

/** Bytes of memory at a physical address. */
export interface MemoryPiece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Instructions that stay together. */
export interface Item {
  /** Bytes of it. */
  readonly size: number;
  /** How many items further on it may go; 0: only to the next. */
  readonly jump: number;
  /**
   * Its bytes.
   *
   * @param at - its address
   * @param target - address of the item that it may go to
   */
  encode(at: number, target: number): Uint8Array;
}

/** A program for a bare hart, with everything that it begins with. */
export interface Program {
  readonly xlen: Xlen;
  /** What is run: the items lie one behind the other at {@link start}. */
  readonly items: readonly Item[];
  readonly start: number;
  /** First values of all compared registers, the program counter among them. */
  readonly state: Int32Array;
  /** Where traps go. */
  readonly handlers: readonly number[];
  /** Memory beside the items. */
  readonly memory: readonly MemoryPiece[];
  /** Range of memory that is compared at the end. */
  readonly data: { readonly address: number; readonly length: number };
}

/** A program as it lies in memory. */
export interface PlacedProgram {
  readonly program: Program;
  readonly memory: readonly MemoryPiece[];
  /** Address behind the last item, where the program ends. */
  readonly end: number;
  /** Steps after which it does not go on. */
  readonly maxSteps: number;
}

/** `nop` for behind the last item: harts may fetch it. */
const NOP = Uint8Array.of(0x13, 0, 0, 0);
/** Of each item, and of the trap that it may take. */
const STEPS_PER_ITEM = 16;
/** Of the way into a program. */
const STEPS_BEFORE = 16;

/** Gives the items of a program their addresses. */
export function place(program: Program): PlacedProgram {
  const { items, start } = program;
  const addresses: number[] = [start];
  for (const { size } of items) addresses.push((addresses.at(-1) ?? start) + size);
  const end = addresses.at(-1) ?? start;
  const code = new Uint8Array(end - start + NOP.length);
  items.forEach((item, index) => {
    const at = addresses[index] ?? start;
    code.set(item.encode(at, addresses[index + 1 + item.jump] ?? end), at - start);
  });
  code.set(NOP, end - start);
  return {
    program,
    memory: [...program.memory, { address: start, bytes: code }],
    end,
    maxSteps: items.length * STEPS_PER_ITEM + STEPS_BEFORE,
  };
}
