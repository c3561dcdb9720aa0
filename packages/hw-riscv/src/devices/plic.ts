import type { BusDevice, InterruptLine } from "../bus.ts";
import type { InterruptController, InterruptSink } from "../platform.ts";
import { PlicRegister } from "../registers/plic.ts";

/** How a PLIC is built into a platform. */
export interface PlicOptions {
  /** Highest source number (sources are 1..sources). */
  readonly sources: number;
  /** Highest priority. */
  readonly maxPriority: number;
  /** Output of each context. */
  readonly contexts: readonly InterruptLine[];
  /** Index of the supervisor's context. */
  readonly supervisorContext: number;
}

interface Context {
  readonly enabled: Uint8Array;
  threshold: number;
}

/**
 * The RISC-V platform-level interrupt controller with level-sensitive gateways.
 *
 * A gateway forwards its source once, and looks at the line again when the interrupt is completed.
 */
export class Plic implements BusDevice, InterruptSink {
  /** The supervisor's context. */
  readonly controller: InterruptController;
  readonly #options: PlicOptions;
  readonly #priorities: Uint8Array;
  readonly #levels: Uint8Array;
  readonly #pending: Uint8Array;
  /** Forwarded and not completed yet. */
  readonly #inService: Uint8Array;
  readonly #contexts: Context[];

  constructor(options: PlicOptions) {
    const count = options.sources + 1;
    this.#options = options;
    this.#priorities = new Uint8Array(count);
    this.#levels = new Uint8Array(count);
    this.#pending = new Uint8Array(count);
    this.#inService = new Uint8Array(count);
    this.#contexts = options.contexts.map(() => ({
      enabled: new Uint8Array(count),
      threshold: 0,
    }));
    const context = options.supervisorContext;
    this.controller = {
      claim: () => this.claim(context),
      complete: (source) => {
        this.complete(context, source);
      },
      setEnabled: (source, enabled) => {
        this.setEnabled(context, source, enabled);
      },
    };
  }

  setSource(source: number, level: boolean): void {
    if (source <= 0 || source > this.#options.sources) return;
    const value = level ? 1 : 0;
    if (this.#levels[source] === value) return;
    this.#levels[source] = value;
    if (level) this.#forward(source);
  }

  #forward(source: number): void {
    if (this.#levels[source] === 0 || this.#inService[source] === 1) return;
    this.#pending[source] = 1;
    this.#update();
  }

  /** Claims for a context; 0 when nothing is pending there. */
  claim(context: number): number {
    const source = this.#best(context);
    if (source === 0) return 0;
    this.#pending[source] = 0;
    this.#inService[source] = 1;
    this.#update();
    return source;
  }

  /** Completes for a context; ignored when the source is not enabled there, as the specification says. */
  complete(context: number, source: number): void {
    if (this.#contexts[context]?.enabled[source] !== 1) return;
    if (this.#inService[source] === 0) return;
    this.#inService[source] = 0;
    this.#forward(source);
    this.#update();
  }

  /** Enables or disables a source for a context; a source of priority 0 gets priority 1. */
  setEnabled(context: number, source: number, enabled: boolean): void {
    if (source <= 0 || source > this.#options.sources) return;
    const state = this.#contexts[context];
    if (state === undefined) return;
    state.enabled[source] = enabled ? 1 : 0;
    if (enabled && this.#priorities[source] === 0) this.#priorities[source] = 1;
    this.#update();
  }

  /** Source with the highest priority above the threshold; the lowest number among equals. */
  #best(context: number): number {
    const state = this.#contexts[context];
    if (state === undefined) return 0;
    let best = 0;
    let bestPriority = state.threshold;
    for (let source = 1; source <= this.#options.sources; source++) {
      if (this.#pending[source] === 0 || state.enabled[source] === 0) continue;
      const priority = this.#priorities[source] ?? 0;
      if (priority > bestPriority) {
        best = source;
        bestPriority = priority;
      }
    }
    return best;
  }

  #update(): void {
    for (const [index, line] of this.#options.contexts.entries()) line.set(this.#best(index) !== 0);
  }

  read(offset: number, size: number): number {
    if (size !== 4) return 0;
    if (offset < PlicRegister.PENDING) return this.#priorities[offset >>> 2] ?? 0;
    if (offset < PlicRegister.ENABLE) return bits(this.#pending, offset - PlicRegister.PENDING);
    if (offset < PlicRegister.THRESHOLD) {
      const at = offset - PlicRegister.ENABLE;
      const context = this.#contexts[Math.floor(at / PlicRegister.ENABLE_STRIDE)];
      return context === undefined ? 0 : bits(context.enabled, at % PlicRegister.ENABLE_STRIDE);
    }
    const at = offset - PlicRegister.THRESHOLD;
    const index = Math.floor(at / PlicRegister.CONTEXT_STRIDE);
    const register = at % PlicRegister.CONTEXT_STRIDE;
    if (register === PlicRegister.CLAIM) return this.claim(index);
    return register === 0 ? (this.#contexts[index]?.threshold ?? 0) : 0;
  }

  write(offset: number, value: number, size: number): void {
    if (size !== 4) return;
    const { maxPriority } = this.#options;
    if (offset < PlicRegister.PENDING) {
      // Source 0 does not exist.
      if (offset !== 0) this.#priorities[offset >>> 2] = Math.min(value >>> 0, maxPriority);
    } else if (offset >= PlicRegister.THRESHOLD) {
      const at = offset - PlicRegister.THRESHOLD;
      const index = Math.floor(at / PlicRegister.CONTEXT_STRIDE);
      const register = at % PlicRegister.CONTEXT_STRIDE;
      const context = this.#contexts[index];
      if (context === undefined) return;
      if (register === PlicRegister.CLAIM) this.complete(index, value >>> 0);
      else if (register === 0) context.threshold = Math.min(value >>> 0, maxPriority);
    } else if (offset >= PlicRegister.ENABLE) {
      const at = offset - PlicRegister.ENABLE;
      const context = this.#contexts[Math.floor(at / PlicRegister.ENABLE_STRIDE)];
      if (context === undefined) return;
      const first = (at % PlicRegister.ENABLE_STRIDE) * 8;
      for (let bit = 0; bit < 32; bit++) {
        const source = first + bit;
        if (source > 0 && source <= this.#options.sources) {
          context.enabled[source] = (value >>> bit) & 1;
        }
      }
    }
    this.#update();
  }
}

/** 32 flags from byte offset `at` of a bit array. */
function bits(flags: Uint8Array, at: number): number {
  let word = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (flags[at * 8 + bit] === 1) word |= 1 << bit;
  }
  return word >>> 0;
}
