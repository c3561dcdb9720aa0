import type { Xlen } from "@cantrip/hw-riscv";
import { Decoder } from "../../../packages/hw-riscv/src/isa/decoder.ts";
import { instructionsOf } from "../../../packages/hw-riscv/src/isa/table.ts";

/** Their work is a trap. */
const TRAPPING: readonly string[] = ["ecall", "ebreak", "c.ebreak"];
/** Nobody else has it. */
const OURS = "hosted";

/** Which instructions of the table were done, and how often. */
export class Coverage {
  readonly #decoder: Decoder;
  readonly #counts: Map<string, number>;

  constructor(xlen: Xlen) {
    this.#decoder = new Decoder({ xlen });
    const names = instructionsOf(xlen).map(({ name }) => name);
    this.#counts = new Map(names.filter((name) => name !== OURS).map((name) => [name, 0]));
  }

  /** Counts an instruction, unless it trapped instead of doing its work. */
  count(word: number, isTrap: boolean): void {
    const name = this.#decoder.find(word)?.name;
    if (name === undefined || (isTrap && !TRAPPING.includes(name))) return;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Instructions that never were. */
  get missing(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([name]) => name);
  }

  /** How many there were, and which was the rarest. */
  get text(): string {
    const { missing } = this;
    const all = this.#counts.size;
    const [rarest = "", least = 0] = [...this.#counts].sort(([, a], [, b]) => a - b)[0] ?? [];
    return (
      `${all - missing.length} of the table's ${all} instructions were done, ` +
      (missing.length === 0 ? `${rarest} least: ${least} times` : `not ${missing.join(", ")}`)
    );
  }
}
