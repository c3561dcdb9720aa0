import { PROMPT } from "../console-script.ts";
import { type BootOptions, bootSystem, type RunningSystem } from "./running-system.ts";

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
/** Instructions between two looks at the output. */
const SLICE_INSTRUCTIONS = 500_000;

/** A booted system and its console, for tests and tools: type, and wait for text. */
export class ConsoleSession {
  readonly system: RunningSystem;
  /** Everything printed so far; carriage returns are left out. */
  transcript = "";
  /** Where the search for the next text begins. */
  #seen = 0;
  /** A prefix of the transcript's rest was printed when this many characters were there. */
  #wanted: string | undefined;

  constructor(options: Omit<BootOptions, "onConsole">) {
    this.system = bootSystem({
      ...options,
      onConsole: (byte) => {
        if (byte !== 0x0d) this.transcript += String.fromCharCode(byte);
      },
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
    const { machine } = this.system;
    const limit = machine.clockInstructions + seconds * machine.instructionsPerSecond;
    this.#wanted = text;
    for (;;) {
      const found = this.#find();
      if (found >= 0) {
        const before = this.transcript.slice(this.#seen, found);
        this.#seen = found + text.length;
        this.#wanted = undefined;
        return before;
      }
      const left = limit - machine.clockInstructions;
      const stop =
        left > 0
          ? this.system.run({
              maxInstructions: Math.min(left, SLICE_INSTRUCTIONS),
              until: () => this.#find() >= 0,
            })
          : undefined;
      const isOver =
        stop === undefined || stop.kind === "halted" || (stop.kind === "idle" && this.#find() < 0);
      if (isOver) throw new ConsoleTimeout(text, seconds, this.transcript.slice(this.#seen));
    }
  }

  #find(): number {
    return this.#wanted === undefined ? -1 : this.transcript.indexOf(this.#wanted, this.#seen);
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

  /** Lets virtual time pass. */
  advance(seconds: number): void {
    const { machine } = this.system;
    const limit = machine.clockInstructions + seconds * machine.instructionsPerSecond;
    while (machine.clockInstructions < limit) {
      const stop = this.system.run({ maxInstructions: limit - machine.clockInstructions });
      if (stop.kind !== "budget") return;
    }
  }
}
