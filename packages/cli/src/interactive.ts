import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { MachineSystem } from "@cantrip/assembly/riscv";

const CTRL_A = 0x01;
const LEAVE = 0x78;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Host milliseconds between two looks at the terminal. */
const SLICE_MS = 10;
/** Virtual milliseconds after the last answer at the end of the input: late output of programs. */
const DRAIN_MS = 100;

/** What the console's output tells. */
export interface InteractiveConsole {
  /** Prompts printed so far. */
  prompts(): number;
  /** Whether it prints a prompt when it waits for a line. */
  readonly hasPrompt: boolean;
  /** Virtual time, in cycles, at which a run from a pipe ends that has no prompt. */
  readonly cycles: number;
  flush(): void;
  /** Called every now and then while the system runs. */
  look(): void;
}

/** Bytes on their way from this terminal to the console. */
class TerminalInput {
  readonly #isTerminal: boolean;
  #bytes: number[] = [];
  #isAfterCtrlA = false;
  /** Lines given to the console. */
  lines = 0;
  hasLeft = false;
  hasEnded = false;

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  push(data: Uint8Array): void {
    for (const byte of data) {
      if (this.#isTerminal && !this.#isAfterCtrlA && byte === CTRL_A) {
        this.#isAfterCtrlA = true;
        continue;
      }
      if (this.#isAfterCtrlA && byte === LEAVE) this.hasLeft = true;
      this.#isAfterCtrlA = false;
      // A pipe ends its lines with LF; a keyboard sends CR.
      this.#bytes.push(!this.#isTerminal && byte === LINE_FEED ? CARRIAGE_RETURN : byte);
    }
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /**
   * What to type now: everything from a keyboard, one line per prompt from a pipe, nothing before the first prompt.
   *
   * @param prompts - prompts so far; `undefined` for a console without
   */
  take(prompts: number | undefined): string {
    if (prompts === 0 || this.isEmpty) return "";
    if (this.#isTerminal || prompts === undefined)
      return String.fromCharCode(...this.#bytes.splice(0));
    if (prompts <= this.lines) return "";
    const end = this.#bytes.indexOf(CARRIAGE_RETURN);
    if (end < 0 && !this.hasEnded) return "";
    this.lines++;
    const line = this.#bytes.splice(0, end < 0 ? this.#bytes.length : end + 1);
    if (end < 0) line.push(CARRIAGE_RETURN);
    return String.fromCharCode(...line);
  }
}

/**
 * Connects the console to this terminal until `Ctrl-A x`, or until the input ends and every line was answered.
 *
 * At a terminal virtual time follows the host's, so that a sleep at the prompt lasts as long as it says; input from a
 * pipe is answered as fast as it can be.
 */
export async function runInteractively(
  system: MachineSystem,
  console: InteractiveConsole,
): Promise<void> {
  const { stdin } = process;
  const input = new TerminalInput(stdin.isTTY);
  const perMs = system.cyclesPerSecond / 1000;
  if (stdin.isTTY) stdin.setRawMode(true);
  const restore = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  process.once("exit", restore);
  stdin.on("data", (data: Buffer) => {
    input.push(data);
  });
  stdin.on("end", () => {
    input.hasEnded = true;
  });
  const until = (): boolean => {
    console.look();
    return false;
  };
  const begin = performance.now() - system.machine.cycles / perMs;
  while (!input.hasLeft) {
    const text = input.take(console.hasPrompt ? console.prompts() : undefined);
    if (text !== "") system.type(text);
    const now = system.machine.cycles;
    const target = stdin.isTTY ? (performance.now() - begin) * perMs : now + SLICE_MS * perMs;
    const stop = target > now ? system.run({ untilCycle: target, until }) : undefined;
    console.flush();
    if (stop?.kind === "halted") break;
    if (!console.hasPrompt && input.hasEnded && input.isEmpty && !stdin.isTTY) {
      system.run({ until: () => system.machine.cycles >= console.cycles });
      console.flush();
      break;
    }
    const isAnswered = input.isEmpty && console.prompts() > input.lines;
    if (input.hasEnded && isAnswered && !stdin.isTTY) {
      system.run({ untilCycle: system.machine.cycles + DRAIN_MS * perMs });
      console.flush();
      break;
    }
    await sleep(stdin.isTTY ? SLICE_MS : 0);
  }
  stdin.pause();
  restore();
  process.off("exit", restore);
}
