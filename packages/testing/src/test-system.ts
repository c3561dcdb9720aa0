import type { SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { type BootOptions, ConsoleSession, type RunningSystem } from "@cantrip/assembly/riscv";
import { writeBundleImage } from "@cantrip/bundle-image";
import { writeCpio } from "@cantrip/cpio";
import {
  type AddressSpaceView,
  addressSpaceOf,
  leafEntryOf,
  physicalAddressOf,
} from "./address-space.ts";
import { type CSpaceView, cspaceOf } from "./cspace.ts";

/** How to boot a system for a test. */
export interface TestOptions extends Partial<Omit<BootOptions, "onConsole">> {
  /** The system; CantripOS's `sparrow` when absent. */
  readonly system?: SystemDescription;
  /** Programs for the built-in archive: ELF files by bundle name. Instead of `flash`. */
  readonly apps?: Readonly<Record<string, Uint8Array>>;
}

/** Something that goes wrong in the hardware. */
export type Fault =
  /** An interrupt line breaks: the controller sees it low until it is mended. */
  | { readonly kind: "drop-interrupt"; readonly source: number }
  | { readonly kind: "mend-interrupt"; readonly source: number }
  /** A bit of RAM flips: at a physical address, or at a virtual one of a component, application or thread. */
  | { readonly kind: "bit-flip"; readonly paddr: number; readonly bit: number }
  | {
      readonly kind: "bit-flip-at";
      readonly owner: string;
      readonly address: number;
      readonly bit: number;
    }
  /** A page is lost: whoever touches it next faults. */
  | { readonly kind: "lose-page"; readonly owner: string; readonly address: number };

/** Bit 0 of a page table entry: valid. */
const VALID_BIT = 0;

/** A booted system with its console, in virtual time. Nothing runs but inside of these methods. */
export class TestSystem {
  readonly #session: ConsoleSession;

  constructor(session: ConsoleSession) {
    this.#session = session;
  }

  /** Machine, kernel and image. */
  get system(): RunningSystem {
    return this.#session.system;
  }
  /** Everything printed so far, without carriage returns. */
  get transcript(): string {
    return this.#session.transcript;
  }

  /**
   * Runs until a text is printed.
   *
   * @param seconds - virtual seconds to wait
   * @returns what was printed before it, since the last wait
   * @throws ConsoleTimeout with what was printed instead
   */
  expectConsole(text: string, seconds?: number): string {
    return this.#session.waitFor(text, seconds);
  }

  /** Runs until the prompt of CantripOS is back. */
  expectPrompt(seconds?: number): string {
    return this.#session.waitForPrompt(seconds);
  }

  /** Types a line at the prompt and returns what the command printed; what was printed before it is passed over. */
  command(line: string, seconds?: number): string {
    this.#session.discardOutput();
    return this.#session.command(line, seconds);
  }

  /** Passes over what was printed and not waited for. */
  discardOutput(): void {
    this.#session.discardOutput();
  }

  /** Types, without waiting for anything. */
  type(text: string): void {
    this.system.type(text);
  }

  /** Lets virtual time pass. */
  advance(seconds: number): void {
    this.#session.advance(seconds);
  }

  /** Lets something go wrong, now. It enters the machine's input log, so that a replay has it, too. */
  inject(fault: Fault): void {
    const { machine } = this.system;
    switch (fault.kind) {
      case "drop-interrupt":
      case "mend-interrupt":
        machine.enter({
          kind: "interrupt-line",
          source: fault.source,
          isConnected: fault.kind === "mend-interrupt",
        });
        return;
      case "bit-flip":
        machine.enter({ kind: "bit-flip", paddr: fault.paddr, bit: fault.bit });
        return;
      case "bit-flip-at":
        machine.enter({
          kind: "bit-flip",
          paddr: physicalAddressOf(this.system, fault.owner, fault.address),
          bit: fault.bit,
        });
        return;
      case "lose-page":
        machine.enter({
          kind: "bit-flip",
          paddr: leafEntryOf(this.system, fault.owner, fault.address),
          bit: VALID_BIT,
        });
        return;
    }
  }

  /** The CSpace of a component, an application or a thread. @throws NoSuchThread */
  cspace(owner: string): CSpaceView {
    return cspaceOf(this.system, owner);
  }

  /** The address space of a component, an application or a thread. @throws NoSuchThread */
  addressSpace(owner: string): AddressSpaceView {
    return addressSpaceOf(this.system, owner);
  }
}

/**
 * Boots a system for a test; it stands at its first instruction.
 *
 * @throws AssemblyError with every mistake of the description
 */
export function bootSystem(options: TestOptions = {}): TestSystem {
  const { apps, system = sparrow(), ...rest } = options;
  const flash = apps === undefined ? {} : { flash: flashOf(apps) };
  return new TestSystem(new ConsoleSession({ ...flash, ...rest, system }));
}

/** The built-in archive with programs: what CantripOS's build puts into flash. */
export function flashOf(apps: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return writeCpio(
    Object.entries(apps).map(([name, elf]) => ({
      name: `${name}.app`,
      data: writeBundleImage(elf, "application"),
    })),
  );
}
