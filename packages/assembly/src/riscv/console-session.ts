import { PROMPT } from "../console-script.ts";
import type { MachineSystem } from "./machine-system.ts";
import {
  type BootOptions,
  bootSystem,
  type RealKernelBootOptions,
  type RunningRealKernelSystem,
  type RunningSystem,
} from "./running-system.ts";

/** The console did not do what was waited for. */
export class ConsoleTimeout extends Error {
  override readonly name = "ConsoleTimeout";
  /** Everything printed since the last thing that was waited for. */
  readonly output: string;
  constructor(wanted: string, seconds: number, output: string) {
    super(
      `no ${JSON.stringify(wanted)} within ${seconds} virtual seconds; printed: ${JSON.stringify(output)}`,
    );
    this.output = output;
  }
}

/** Virtual seconds to wait for something. */
const DEFAULT_SECONDS = 20;
const CARRIAGE_RETURN = 0x0d;

/** A booted system and its console: type, and wait for text. */
export class SystemConsole<System extends MachineSystem> {
  readonly system: System;
  /** Everything printed so far; carriage returns are left out. */
  transcript = "";
  /** Where the search for the next text begins. */
  #seen = 0;

  /** @param boot - boots the system; what it transmits goes to `onConsole` */
  constructor(boot: (onConsole: (byte: number) => void) => System) {
    this.system = boot((byte) => {
      if (byte !== CARRIAGE_RETURN) this.transcript += String.fromCharCode(byte);
    });
  }

  /**
   * Runs until a text is printed.
   *
   * @param seconds - virtual seconds to wait
   * @returns what was printed before it, since the last wait
   * @throws ConsoleTimeout
   */
  waitFor(text: string, seconds: number = DEFAULT_SECONDS): string {
    const find = (): number => this.transcript.indexOf(text, this.#seen);
    const { machine, cyclesPerSecond } = this.system;
    const untilCycle = machine.cycles + seconds * cyclesPerSecond;
    if (find() < 0) this.system.run({ untilCycle, until: () => find() >= 0 });
    const found = find();
    if (found < 0) throw new ConsoleTimeout(text, seconds, this.transcript.slice(this.#seen));
    const before = this.transcript.slice(this.#seen, found);
    this.#seen = found + text.length;
    return before;
  }

  /** Waits for the prompt. */
  waitForPrompt(seconds?: number): string {
    return this.waitFor(PROMPT, seconds);
  }

  /** Types a line at the prompt and returns what the command printed, without the echo of the line. */
  command(line: string, seconds?: number): string {
    this.system.type(`${line}\r`);
    const output = this.waitForPrompt(seconds);
    const end = output.indexOf("\n");
    return output.slice(end + 1);
  }

  /** Forgets what was printed and not waited for. */
  discardOutput(): void {
    this.#seen = this.transcript.length;
  }

  /** Lets virtual time pass. */
  advance(seconds: number): void {
    const { machine, cyclesPerSecond } = this.system;
    this.system.run({ untilCycle: machine.cycles + seconds * cyclesPerSecond });
  }
}

/** A system on the kernel model and its console, for tests and tools. */
export class ConsoleSession extends SystemConsole<RunningSystem> {
  constructor(options: Omit<BootOptions, "onConsole">) {
    super((onConsole) => bootSystem({ ...options, onConsole }));
  }
}

/** A system on a real kernel and its console, for tests and tools. */
export class RealKernelSession extends SystemConsole<RunningRealKernelSystem> {
  constructor(options: Omit<RealKernelBootOptions, "onConsole">) {
    super((onConsole) => bootSystem({ ...options, onConsole }));
  }
}
