import {
  type MeasurableSystem,
  measureSystem,
  type RealKernelSystem,
  type SystemFigures,
} from "@cantrip/assembly/riscv";

/** A system without a prompt is looked at after another fiftieth of its time. */
const LATER_LOOK = 1.02;

/** Figures taken while a system runs. */
export class RunMeter {
  readonly #system: MeasurableSystem | RealKernelSystem;
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
  constructor(system: MeasurableSystem | RealKernelSystem, wallMs: () => number) {
    this.#system = system;
    this.#wallMs = wallMs;
    this.#started = wallMs();
  }

  /**
   * Takes what there is to take now.
   *
   * @param prompts - prompts printed so far
   * @returns whether there was something: the time for another look had come, or that of the first prompt
   */
  look(prompts: number): boolean {
    if (this.bootInstructions !== undefined) return false;
    const { machine, cyclesPerSecond } = this.#system;
    if (prompts === 0 && machine.cycles < this.#nextLookCycle) return false;
    this.#nextLookCycle = machine.cycles * LATER_LOOK + cyclesPerSecond / 1000;
    const usedBytes = this.#figures()?.memory.usedBytes;
    if (usedBytes !== undefined) this.peakUsedBytes = Math.max(this.peakUsedBytes, usedBytes);
    if (prompts === 0) return true;
    this.bootInstructions = machine.instructions;
    this.bootWallMs = this.#wallMs() - this.#started;
    this.usedAtPromptBytes = usedBytes;
    return true;
  }

  /** What the kernel model knows; nothing looks into a real kernel. */
  #figures(): SystemFigures | undefined {
    return this.#system.kernel === undefined ? undefined : measureSystem(this.#system);
  }

  /** The contents of a `--stats` file; `null` is what only the kernel model knows. */
  stats(): object {
    const { machine } = this.#system;
    const figures = this.#figures();
    return {
      instructions: machine.instructions,
      bootInstructions: this.bootInstructions ?? null,
      virtualTimeUs: machine.timeMicroseconds,
      wallMs: this.#wallMs() - this.#started,
      bootWallMs: this.bootWallMs ?? null,
      memory: {
        ramBytes: machine.ram.length,
        usedAtPromptBytes: this.usedAtPromptBytes ?? null,
        peakUsedBytes:
          figures === undefined ? null : Math.max(this.peakUsedBytes, figures.memory.usedBytes),
      },
      kernelObjects: figures?.kernelObjects ?? null,
      slots: figures?.slots ?? null,
    };
  }
}
