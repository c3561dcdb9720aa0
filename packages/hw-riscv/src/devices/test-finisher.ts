import type { BusDevice } from "../bus.ts";
import { FinisherCommand } from "../registers/test-finisher.ts";

/** SiFive's test finisher: a write ends the machine. */
export class TestFinisher implements BusDevice {
  readonly #halt: (reason: string) => void;

  constructor(halt: (reason: string) => void) {
    this.#halt = halt;
  }

  read(): number {
    return 0;
  }

  write(_offset: number, value: number): void {
    const command = value & 0xffff;
    if (command === FinisherCommand.PASS) this.#halt("pass");
    else if (command === FinisherCommand.FAIL) this.#halt(`fail ${value >>> 16}`);
    else if (command === FinisherCommand.RESET) this.#halt("reset");
  }
}
