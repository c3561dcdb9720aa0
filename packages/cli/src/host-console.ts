import process from "node:process";
import type { HostedError } from "@cantrip/hw-riscv";

const LINE_FEED = 0x0a;
const MOST_PENDING = 4096;

/** Passes what a system prints to stdout and what goes wrong in it to stderr. */
export class HostConsole {
  #pending: number[] = [];
  readonly #printed: number[] = [];
  readonly #keeps: boolean;
  crashes = 0;

  /** @param keeps - whether all that is printed is kept for {@link printed} */
  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** Everything that was printed, if it is kept. */
  get printed(): Uint8Array {
    return Uint8Array.from(this.#printed);
  }

  print(byte: number): void {
    if (this.#keeps) this.#printed.push(byte);
    this.#pending.push(byte);
    if (byte === LINE_FEED || this.#pending.length >= MOST_PENDING) this.flush();
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    process.stdout.write(Uint8Array.from(this.#pending));
    this.#pending = [];
  }

  crash({ component, thread, kind, message, stack }: HostedError): void {
    this.crashes++;
    process.stderr.write(`cantrip: ${component}, thread ${thread} ${kind}: ${stack ?? message}\n`);
  }
}
