import type { InterruptLine } from "./bus.ts";
import type { InterruptSink } from "./platform.ts";

/** The wires between devices and the interrupt controller, which may break. */
export class InterruptLines {
  /** Set by the platform's interrupt controller. */
  sink: InterruptSink | undefined;
  readonly #levels = new Map<number, boolean>();
  readonly #broken: Set<number>;

  /** @param broken - sources that are not connected from the start */
  constructor(broken: readonly number[]) {
    this.#broken = new Set(broken);
  }

  /** The line of a source. */
  line(source: number): InterruptLine {
    return {
      set: (level) => {
        this.#levels.set(source, level);
        if (!this.#broken.has(source)) this.sink?.setSource(source, level);
      },
    };
  }

  /** Breaks a line, or mends it: the controller then sees the level that the device drives. */
  setConnected(source: number, isConnected: boolean): void {
    if (isConnected) this.#broken.delete(source);
    else this.#broken.add(source);
    this.sink?.setSource(source, isConnected && this.#levels.get(source) === true);
  }
}
