import { type MeasurableSystem, measureSystem } from "@cantrip/assembly/riscv";

/** A system without a prompt is looked at after another fiftieth of its time. */
const LATER_LOOK = 1.02;

/** Figures taken while a system runs. */
export class RunMeter {
  readonly #system: MeasurableSystem;
  readonly #wallMs: () => number;
  readonly #started: number;
  /** Measuring walks through every object, so it is done once in a virtual millisecond, and later less often. */
  #nextLookCycle = 0;
  /** Instructions until the first prompt; `undefined` when there was none. */
  bootInstructions: number | undefined;
  /** Host milliseconds until the first prompt. */
  bootWallMs: number | undefined;
  /** Memory in use at the first prompt, bytes. */
  usedAtPromptBytes: number | undefined;
  /** Most memory in use until the first prompt, bytes; looked at now and then. */
  peakUsedBytes = 0;

  /** @param wallMs - host clock */
  constructor(system: MeasurableSystem, wallMs: () => number) {
    this.#system = system;
    this.#wallMs = wallMs;
    this.#started = wallMs();
  }

  /**
   * Takes what there is to take now.
   *
   * @param prompts - prompts printed so far
   */
  look(prompts: number): void {
    if (this.bootInstructions !== undefined) return;
    const { machine, cyclesPerSecond } = this.#system;
    if (prompts === 0 && machine.cycles < this.#nextLookCycle) return;
    this.#nextLookCycle = machine.cycles * LATER_LOOK + cyclesPerSecond / 1000;
    const { usedBytes } = measureSystem(this.#system).memory;
    this.peakUsedBytes = Math.max(this.peakUsedBytes, usedBytes);
    if (prompts === 0) return;
    this.bootInstructions = machine.instructions;
    this.bootWallMs = this.#wallMs() - this.#started;
    this.usedAtPromptBytes = usedBytes;
  }

  /** The contents of a `--stats` file. */
  stats(): object {
    const { virtualTimeUs, memory, kernelObjects, slots } = measureSystem(this.#system);
    return {
      instructions: this.#system.machine.instructions,
      bootInstructions: this.bootInstructions ?? null,
      virtualTimeUs,
      wallMs: this.#wallMs() - this.#started,
      bootWallMs: this.bootWallMs ?? null,
      memory: {
        ramBytes: memory.ramBytes,
        usedAtPromptBytes: this.usedAtPromptBytes ?? null,
        peakUsedBytes: Math.max(this.peakUsedBytes, memory.usedBytes),
      },
      kernelObjects,
      slots,
    };
  }
}
