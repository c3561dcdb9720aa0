import { fstatSync, readFileSync } from "node:fs";
import process from "node:process";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Machine, StepObserver } from "@cantrip/hw-riscv";

const CTRL_A = 0x01;
const LEAVE = 0x78;
/** Instructions between two looks at the terminal or pipe. */
const SLICE = 5_000_000;
/** The same with an observer. */
const OBSERVED_SLICE = 10_000;
/** Host milliseconds to wait for input when nothing else can happen. */
const IDLE_MS = 5;

/** How a run ended. */
export type RunEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "halted"; readonly reason: string }
  | { readonly kind: "timeout" }
  /** The hart waits for an interrupt that cannot come. */
  | { readonly kind: "idle" }
  /** Somebody at the terminal left. */
  | { readonly kind: "left" };

/** What drives a run. */
export interface RunDrive {
  readonly machine: Machine;
  /** Name of the device that gets stdin. */
  readonly console: string;
  /** Virtual time, in cycles, at which the run ends. */
  readonly cycles: number;
  /** Asked now and then: the exit code, when the program gave one. */
  readonly poll: () => number | undefined;
  readonly flush: () => void;
  readonly observer: StepObserver | undefined;
}

/** Runs to an end; stdin goes to the console. */
export async function drive(run: RunDrive): Promise<RunEnd> {
  const input = new StandardInput((bytes) => {
    run.machine.inject(run.console, bytes);
  });
  try {
    for (;;) {
      const end = runSlice(run);
      run.flush();
      if (input.hasLeft) return { kind: "left" };
      if (end !== undefined && (end.kind !== "idle" || input.hasEnded)) return end;
      if (input.hasEnded) continue;
      await (end === undefined ? nextTurn() : sleep(IDLE_MS));
    }
  } finally {
    input.close();
  }
}

/** Runs one slice; `undefined` when it is to go on. */
function runSlice({ machine, cycles, poll, observer }: RunDrive): RunEnd | undefined {
  let code: number | undefined;
  const stop = machine.run({
    maxInstructions: observer === undefined ? SLICE : OBSERVED_SLICE,
    until: () => {
      // Looking at memory after each observed instruction costs more than the instruction.
      if (observer === undefined) code = poll();
      return code !== undefined;
    },
    untilCycle: cycles,
    stopsWhenIdle: true,
    ...(observer === undefined ? {} : { observer }),
  });
  code ??= poll();
  if (code !== undefined) return { kind: "exit", code };
  if (stop.kind === "halted") return { kind: "halted", reason: stop.reason };
  if (machine.cycles >= cycles) return { kind: "timeout" };
  return stop.kind === "idle" ? { kind: "idle" } : undefined;
}

/** stdin: a file is given to the machine as a whole, before it starts; what comes from elsewhere when it comes. */
class StandardInput {
  hasEnded = false;
  hasLeft = false;
  readonly #give: (bytes: Uint8Array) => void;
  readonly #isTerminal: boolean;
  #isAfterCtrlA = false;

  constructor(give: (bytes: Uint8Array) => void) {
    this.#give = give;
    this.#isTerminal = process.stdin.isTTY;
    const whole = fileOnStandardInput();
    if (whole !== undefined) {
      if (whole.length > 0) give(whole);
      this.hasEnded = true;
      return;
    }
    if (this.#isTerminal) process.stdin.setRawMode(true);
    process.once("exit", this.#restore);
    process.stdin.on("data", this.#take);
    process.stdin.on("end", this.#end);
  }

  close(): void {
    process.stdin.off("data", this.#take);
    process.stdin.off("end", this.#end);
    process.stdin.pause();
    this.#restore();
    process.off("exit", this.#restore);
  }

  readonly #restore = (): void => {
    if (this.#isTerminal) process.stdin.setRawMode(false);
  };
  readonly #end = (): void => {
    this.hasEnded = true;
  };
  readonly #take = (data: Uint8Array): void => {
    const bytes = this.#isTerminal ? data.filter((byte) => this.#isForGuest(byte)) : data;
    if (bytes.length > 0) this.#give(Uint8Array.from(bytes));
  };

  /** Keeps `Ctrl-A` to itself: `Ctrl-A x` leaves, and after it any other key is meant for the guest. */
  #isForGuest(byte: number): boolean {
    if (!this.#isAfterCtrlA && byte === CTRL_A) {
      this.#isAfterCtrlA = true;
      return false;
    }
    if (this.#isAfterCtrlA && byte === LEAVE) this.hasLeft = true;
    this.#isAfterCtrlA = false;
    return !this.hasLeft;
  }
}

/** Everything on stdin if it is a file, or nothing at all; `undefined` for a terminal or a pipe. */
function fileOnStandardInput(): Uint8Array | undefined {
  try {
    const stat = fstatSync(0);
    if (stat.isFile()) return readFileSync(0);
    return stat.isCharacterDevice() && !process.stdin.isTTY ? new Uint8Array(0) : undefined;
  } catch {
    // It is closed.
    return new Uint8Array(0);
  }
}
