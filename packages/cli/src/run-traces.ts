import { writeFileSync } from "node:fs";
import process from "node:process";
import { allObservers, type SystemObserver } from "@cantrip/assembly/riscv";
import { type ChromeTrace, createChromeTrace, createStrace } from "@cantrip/assembly/trace";
import type { BootArguments } from "./boot-arguments.ts";

/** What `--strace` and `--trace` ask for. */
export class RunTraces {
  readonly #file: string | undefined;
  readonly #trace: ChromeTrace | undefined;
  readonly #strace: SystemObserver | undefined;

  constructor({ strace, trace }: Pick<BootArguments, "strace" | "trace">) {
    this.#file = trace;
    this.#trace = trace === undefined ? undefined : createChromeTrace();
    const write = (line: string): void => void process.stderr.write(`${line}\n`);
    if (strace !== undefined)
      this.#strace = createStrace({ write, ...(strace === "" ? {} : { component: strace }) });
  }

  /** For the system that boots. */
  get observer(): SystemObserver | undefined {
    const observers = [this.#strace, this.#trace].filter((observer) => observer !== undefined);
    return observers.length === 0 ? undefined : allObservers(...observers);
  }

  /** Writes the file of `--trace`; says on stderr when the end of the run is missing in it. */
  finish(): void {
    if (this.#file === undefined || this.#trace === undefined) return;
    writeFileSync(this.#file, this.#trace.json());
    if (this.#trace.isFull)
      process.stderr.write(`cantrip: ${this.#file} is full: the end of the run is missing\n`);
  }
}
