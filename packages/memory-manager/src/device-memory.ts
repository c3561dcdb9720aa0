import type { Task } from "@cantrip/hosted";
import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import { type Block, BuddyMemory } from "./buddy-memory.ts";
import type { MemoryKernel } from "./memory-kernel.ts";
import { PAGE_BITS } from "./plan-pieces.ts";

/** An untyped of device memory. */
export interface DeviceUntyped {
  /** Own slot of its capability. */
  readonly slot: number;
  readonly paddr: number;
  readonly sizeBits: number;
  /** Bytes at its end that nothing was made of. */
  readonly remainingBytes: number;
}

/** An untyped of device memory whose capability somebody holds until it is wanted. */
export interface DevicePiece {
  readonly paddr: number;
  readonly sizeBits: number;
  /** Brings its capability into an own slot; `undefined` when there is none left. Called once that succeeds. */
  fetch(): Task<number | undefined>;
}

/** An untyped, and how far it was cut. */
interface Cut {
  readonly untyped: DeviceUntyped;
  /** Physical address up to which blocks were made of it. */
  next: number;
}

/**
 * Device memory by physical address.
 *
 * An untyped is cut, from where it is unused and no further than it must be, into blocks that are as large as their
 * alignment allows. What was made of it before is out of reach, as the kernel cannot go back, but for the pieces that whoever
 * made it has kept.
 */
export class DeviceMemory {
  readonly #kernel: MemoryKernel;
  readonly #untypedType: number;
  readonly #blocks: BuddyMemory;
  readonly #cuts: readonly Cut[];
  /** Those that were not fetched yet. */
  readonly #pieces: Set<DevicePiece>;

  constructor(
    kernel: MemoryKernel,
    config: KernelConfig,
    untypeds: readonly DeviceUntyped[],
    pieces: readonly DevicePiece[] = [],
  ) {
    this.#kernel = kernel;
    this.#untypedType = config.objectType.untyped;
    this.#blocks = new BuddyMemory(kernel, this.#untypedType);
    this.#pieces = new Set(pieces);
    this.#cuts = untypeds.map((untyped) => ({
      untyped,
      next: untyped.paddr + powerOfTwo(untyped.sizeBits) - untyped.remainingBytes,
    }));
  }

  /** The block at a physical address, a multiple of its size; `undefined` when it cannot be had. */
  *take(paddr: number, sizeBits: number): Task<Block | undefined> {
    const end = paddr + powerOfTwo(sizeBits);
    const cut = this.#cuts.find(
      ({ untyped, next }) => next < end && end <= untyped.paddr + powerOfTwo(untyped.sizeBits),
    );
    if (cut !== undefined) yield* this.#cutTo(cut, end);
    else yield* this.#fetch(paddr, end);
    return yield* this.#blocks.takeAt(paddr, sizeBits);
  }

  /** Gives a block back of which nothing is made any more. */
  give(block: Block): Task<void> {
    return this.#blocks.give(block);
  }

  /** Fetches the piece with these addresses, if there is one. */
  *#fetch(paddr: number, end: number): Task<void> {
    for (const piece of this.#pieces) {
      if (paddr < piece.paddr || end > piece.paddr + 2 ** piece.sizeBits) continue;
      const slot = yield* piece.fetch();
      if (slot === undefined) return;
      this.#pieces.delete(piece);
      this.#blocks.addRoot(slot, piece.sizeBits, piece.paddr);
      return;
    }
  }

  *#cutTo(cut: Cut, end: number): Task<void> {
    const { slot, paddr, sizeBits } = cut.untyped;
    while (cut.next < end) {
      const offset = cut.next - paddr;
      // Nothing was made of it: it is one block.
      const bits = offset === 0 ? sizeBits : trailingZeros(offset);
      if (bits === sizeBits) {
        this.#blocks.addRoot(slot, sizeBits, paddr);
      } else if (bits >= PAGE_BITS) {
        const piece = this.#kernel.allocSlots(1);
        if (piece === undefined) return;
        const type = this.#untypedType;
        const request = { type, sizeBits: bits, cnode: undefined, offset: piece, count: 1 };
        try {
          yield* this.#kernel.retype(slot, request);
        } catch (error) {
          this.#kernel.freeSlots(piece, 1);
          throw error;
        }
        this.#blocks.addRoot(piece, bits, cut.next);
      }
      cut.next += powerOfTwo(bits);
    }
  }
}

/** Of a number below 2^32 that is not 0. */
function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
