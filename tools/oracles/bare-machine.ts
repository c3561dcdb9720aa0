import { readElf, readSymbols } from "@cantrip/elf";
import { fullHart, loadElf, Machine } from "@cantrip/hw-riscv";
import { qemuVirt } from "@cantrip/hw-riscv/platforms";

const RAM_BYTES = 16 * 1024 * 1024;
/** Far more than any test of these suites takes; one that runs longer hangs. */
const MAX_INSTRUCTIONS = 50_000_000;
/** Device and command of the host-target interface, in the upper byte pair of `tohost`. */
const HTIF_PUT_CHAR = 0x0101;

/** How a bare program ended. */
export interface BareRun {
  /** What it wrote to `tohost`, divided by two: 0 is a pass. `undefined` when it wrote nothing. */
  readonly exitCode: number | undefined;
  /** Where it was when it did not end. */
  readonly pc: number;
  /** What it printed through the host-target interface. */
  readonly output: string;
  /** Words of RAM from one symbol up to another, as unsigned numbers. */
  words(from: string, to: string): number[];
}

/**
 * Runs a program that expects nothing but a hart, RAM at 0x80000000 and the host-target interface of RISC-V's simulators:
 * an odd word at its symbol `tohost` ends the run.
 *
 * @throws ElfError when the file is no executable for RISC-V
 * @throws Error when it has no symbol `tohost`
 */
export function runBare(elf: Uint8Array): BareRun {
  const file = readElf(elf);
  const hart = fullHart(file.is64 ? 64 : 32);
  const machine = new Machine({ platform: qemuVirt({ ramSize: RAM_BYTES, hart }) });
  machine.pc = loadElf(machine, elf);
  const symbols = new Map(readSymbols(file).map(({ name, value }) => [name, value]));
  const addressOf = (name: string): number => {
    const address = symbols.get(name);
    if (address === undefined) throw new Error(`no symbol ${name}`);
    return address;
  };
  const toHost = addressOf("tohost");
  let output = "";
  let exitCode: number | undefined;
  // `run` asks only now and then, and a program waits until its word is taken: nothing gets lost.
  machine.run({
    maxInstructions: MAX_INSTRUCTIONS,
    until: () => {
      const low = machine.readPhysical32(toHost);
      const high = machine.readPhysical32(toHost + 4);
      if ((low & 1) === 1 && high === 0) exitCode = low >>> 1;
      else if (high >>> 16 === HTIF_PUT_CHAR) {
        output += String.fromCharCode(low & 0xff);
        machine.writePhysical32(toHost + 4, 0);
        machine.writePhysical32(toHost, 0);
      }
      return exitCode !== undefined;
    },
  });
  return {
    exitCode,
    pc: machine.pc,
    output,
    words(from, to) {
      const words: number[] = [];
      for (let at = addressOf(from); at < addressOf(to); at += 4) {
        words.push(machine.readPhysical32(at));
      }
      return words;
    },
  };
}
