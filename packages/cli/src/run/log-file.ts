import { closeSync, openSync, writeSync } from "node:fs";

const BUFFERED = 1 << 16;

/** A text file that lines are added to, a block at a time. */
export class LogFile {
  readonly #file: number;
  #pending = "";

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  write(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length >= BUFFERED) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#pending);
    this.#pending = "";
  }
}
