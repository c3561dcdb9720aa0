import type { Machine } from "@cantrip/hw-riscv";

/** System calls of RISC-V's proxy kernel that bare programs make through the interface. */
const SystemCall = { Write: 64, Exit: 93 } as const;
/** Device and command, in the upper half of `tohost`: the console's device, and its command to print. */
const PUT_CHAR = 0x0101;
const TWO_32 = 0x1_0000_0000;

/** Where a program has the words of the interface: physical addresses. */
export interface HtifAddresses {
  readonly toHost: number;
  readonly fromHost: number | undefined;
}

/**
 * The host-target interface of RISC-V's simulators: a program stores a request into its 64-bit word `tohost`, and waits
 * until it is taken.
 */
export class Htif {
  readonly #machine: Machine;
  readonly #addresses: HtifAddresses;
  readonly #print: (byte: number) => void;

  constructor(machine: Machine, addresses: HtifAddresses, print: (byte: number) => void) {
    this.#machine = machine;
    this.#addresses = addresses;
    this.#print = print;
  }

  /**
   * Takes a request, if there is one.
   *
   * @returns the exit code, when the program asks to end
   */
  poll(): number | undefined {
    const { toHost } = this.#addresses;
    const machine = this.#machine;
    const low = machine.readPhysical32(toHost);
    const high = machine.readPhysical32(toHost + 4);
    if (low === 0 && high === 0) return undefined;
    if (high === 0 && (low & 1) === 1) return low >>> 1;
    machine.writePhysical32(toHost, 0);
    machine.writePhysical32(toHost + 4, 0);
    if (high >>> 16 === PUT_CHAR) {
      this.#print(low & 0xff);
      this.#answer(high, 0);
      return undefined;
    }
    return high >>> 16 === 0 ? this.#systemCall((high & 0xffff) * TWO_32 + low) : undefined;
  }

  /** A call of four 64-bit words: number and arguments; the answer takes the first one's place. */
  #systemCall(block: number): number | undefined {
    const machine = this.#machine;
    const word = (index: number): number => machine.readPhysical32(block + 8 * index);
    try {
      const number = word(0);
      if (number === SystemCall.Exit) return word(1);
      if (number === SystemCall.Write) {
        const length = word(3);
        for (const byte of machine.copyFromPhysical(word(2), length)) this.#print(byte);
        machine.writePhysical32(block, length);
        machine.writePhysical32(block + 4, 0);
      }
    } catch (error) {
      // A request that names no memory does nothing.
      if (!(error instanceof RangeError)) throw error;
    }
    this.#answer(0, 1);
    return undefined;
  }

  #answer(high: number, low: number): void {
    const { fromHost } = this.#addresses;
    if (fromHost === undefined) return;
    this.#machine.writePhysical32(fromHost, low);
    this.#machine.writePhysical32(fromHost + 4, high & 0xffff0000);
  }
}
