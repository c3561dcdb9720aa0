import {
  ECALL,
  type HostedComponent,
  type HostedEntry,
  type HostedInstance,
  MAX_HOSTED_ENTRIES,
  PageFault,
  type StepEnd,
  Steps,
  STUB_BYTES,
} from "@cantrip/hosted";
import { Cause } from "./cause.ts";
import type { Hart } from "./hart.ts";
import { HartUserContext } from "./hart-user-context.ts";
import { Access } from "./mmu.ts";
import type { HostedExecutor } from "./seams.ts";

const S11 = 27;
const ECALL_OFFSET = 4;
const CELL_OFFSET = 12;
const PAGE_MASK = 0xfff;

/** Why a hosted thread took a trap of its own making. */
export const HostedErrorKind = {
  /** The coroutine threw. */
  threw: "threw",
  /** The coroutine returned, which no thread does. */
  returned: "returned",
  /** A plain access of the coroutine was refused by the MMU; the kernel sees an ordinary fault. */
  faulted: "faulted",
  /** `hosted` was executed with a wrong ticket, cell or entry; nothing changed. */
  refused: "refused",
} as const;
export type HostedErrorKind = (typeof HostedErrorKind)[keyof typeof HostedErrorKind];

/** What the machine reports beside the trap that the kernel sees. */
export interface HostedError {
  readonly kind: HostedErrorKind;
  /** Name of the component; empty when there is no such entry. */
  readonly component: string;
  /** Name of the thread; empty when there is no such entry. */
  readonly thread: string;
  /** Immediate of the instruction. */
  readonly entry: number;
  /** Virtual address of the stub. */
  readonly pc: number;
  readonly message: string;
  /** JavaScript stack of what was thrown. */
  readonly stack?: string;
  /** What was thrown. */
  readonly error?: unknown;
}

/** How hosted code runs on a machine. */
export interface HostedUnitOptions {
  readonly entries: readonly HostedEntry[];
  /** Instructions that every step costs beside itself and the words it moves (K of rule R7). */
  readonly stepCost: number;
  /** Seed of the nonces. */
  readonly seed: number;
  /** Trap cause of refusals: 2 (illegal instruction), or 3 where firmware does not delegate 2. */
  readonly refusalCause: 2 | 3;
  readonly onError: (error: HostedError) => void;
}

interface Coroutine {
  readonly instance: Instance;
  /** Virtual address of its stub. */
  readonly stub: number;
  readonly entry: number;
  readonly steps: Steps<void>;
  /** Value of s11 that continues it. */
  ticket: number;
}

interface Instance {
  readonly nonceLow: number;
  readonly nonceHigh: number;
  readonly satp: number;
  readonly cell: number;
  /** Where in physical memory the cell was when the instance last ran: see `HostedUnit.#placeOf`. */
  cellPlace: number;
  readonly component: HostedComponent;
  readonly code: HostedInstance;
  /** One coroutine per stub. */
  readonly coroutines: Map<number, Coroutine>;
  nextTicket: number;
}

/**
 * Executes `hosted n`: one step of the coroutine that belongs to the stub at the pc.
 *
 * A coroutine is named by its instance and its stub; s11 holds a ticket that is good for one step. An instance is
 * named by a nonce in the component's memory together with satp, the cell's address and the component.
 */
export class HostedUnit implements HostedExecutor {
  readonly #hart: Hart;
  readonly #options: HostedUnitOptions;
  readonly #context: HartUserContext;
  /** By the low word of the nonce, which no two live instances share. */
  readonly #instances = new Map<number, Instance>();
  /** Per entry the coroutine that made the last step: as long as it is one of its instance's, and that lives. */
  readonly #recent: (Coroutine | null)[];
  readonly #stepCost: number;
  #random: number;

  /** @throws RangeError when there are more entries than the instruction can name */
  constructor(hart: Hart, options: HostedUnitOptions) {
    if (options.entries.length > MAX_HOSTED_ENTRIES) {
      throw new RangeError(
        `${options.entries.length} hosted entries, at most ${MAX_HOSTED_ENTRIES}`,
      );
    }
    this.#hart = hart;
    this.#options = options;
    this.#context = new HartUserContext(hart);
    this.#recent = options.entries.map(() => null);
    this.#stepCost = options.stepCost;
    this.#random = options.seed | 0;
  }

  /** Live instances. */
  get instanceCount(): number {
    return this.#instances.size;
  }

  execute(n: number, text: number): void {
    const recent = this.#recent[n] ?? null;
    if (recent !== null && this.#goesOn(recent, text)) {
      this.#step(recent);
      return;
    }
    const { pc } = this.#hart;
    const entry = this.#options.entries[n];
    if (entry === undefined) {
      this.#refuse(n, "no such entry");
      return;
    }
    const instance = this.#instanceAt(pc, text, n, entry);
    if (instance === null) return;
    const coroutine = this.#coroutineAt(instance, pc, n, entry);
    if (coroutine === null) return;
    this.#recent[n] = coroutine;
    this.#step(coroutine);
  }

  /** Whether the stub, its cell and the ticket still are those of a coroutine; `false` also when that takes longer. */
  #goesOn(coroutine: Coroutine, text: number): boolean {
    const hart = this.#hart;
    const { mmu, x } = hart;
    const { words } = hart.memory;
    const { instance, stub } = coroutine;
    const { cell } = instance;
    if (stub !== hart.pc || x[S11] !== coroutine.ticket) return false;
    if (instance.satp !== hart.satp) return false;
    if (words[(text + ((stub + CELL_OFFSET) & PAGE_MASK)) >>> 2] !== cell) return false;
    const place = mmu.cachedLoad(cell);
    if (place < 0) return false;
    if (words[place >>> 2] !== instance.nonceLow) return false;
    if (words[(place >>> 2) + 1] !== instance.nonceHigh) return false;
    instance.cellPlace = place;
    return true;
  }

  #step(coroutine: Coroutine): void {
    const hart = this.#hart;
    const context = this.#context;
    const { instance, stub } = coroutine;
    // The ticket changes before anything in the step can trap.
    const ticket = instance.nextTicket;
    instance.nextTicket = ticket === -1 ? 1 : (ticket + 1) | 0;
    coroutine.ticket = ticket;
    hart.x[S11] = ticket;
    context.words = 0;
    let end: IteratorResult<StepEnd, void>;
    try {
      end = coroutine.steps.next();
    } catch (error) {
      this.#payFor(context.words);
      this.#forget(coroutine);
      if (error instanceof PageFault) {
        this.#report(HostedErrorKind.faulted, coroutine.entry, error);
        hart.trap(error.code, error.address | 0);
      } else {
        this.#report(HostedErrorKind.threw, coroutine.entry, error);
        hart.trap(Cause.breakpoint, stub);
      }
      return;
    }
    this.#payFor(context.words);
    if (end.done === true) {
      this.#forget(coroutine);
      this.#report(HostedErrorKind.returned, coroutine.entry, undefined);
      hart.trap(Cause.breakpoint, stub);
      return;
    }
    const step = end.value;
    if (step === ECALL) {
      hart.pc = (stub + ECALL_OFFSET) | 0;
      return;
    }
    switch (step.kind) {
      case "ecall":
        hart.pc = (stub + ECALL_OFFSET) | 0;
        return;
      case "pause":
        return;
      case "touch-fault": {
        const access = step.access === "store" ? Access.store : Access.load;
        const missing = step.access === "store" ? Cause.storePageFault : Cause.loadPageFault;
        const cause = hart.mmu.probe(step.address, access);
        hart.trap(cause === 0 ? missing : cause, step.address | 0);
      }
    }
  }

  /** The instruction itself was counted already; a step also costs the configured constant and its words. */
  #payFor(words: number): void {
    this.#hart.charge(this.#stepCost + words);
  }

  #forget(coroutine: Coroutine): void {
    const { coroutines } = coroutine.instance;
    if (coroutines.get(coroutine.stub) === coroutine) coroutines.delete(coroutine.stub);
    if (this.#recent[coroutine.entry] === coroutine) this.#recent[coroutine.entry] = null;
  }

  /** Reads the cell and finds or makes its instance; `null` after a trap. */
  #instanceAt(stub: number, text: number, n: number, entry: HostedEntry): Instance | null {
    const hart = this.#hart;
    const { mmu, memory } = hart;
    if ((stub & (STUB_BYTES - 1)) !== 0) return this.#refuse(n, "stub is not aligned");
    // Not a load: text may be execute-only. The stub lies in one page, which was just fetched from.
    const cell = memory.words[(text + ((stub + CELL_OFFSET) & PAGE_MASK)) >>> 2] ?? 0;
    if ((cell & 7) !== 0) return this.#refuse(n, "cell is not aligned");
    const low = this.#loadCell(cell);
    if (low === null) return null;
    const high = this.#loadCell((cell + 4) | 0);
    if (high === null) return null;
    if (low === 0 && high === 0) {
      if (hart.x[S11] !== 0) return this.#refuse(n, "ticket without an instance");
      return this.#birth(cell, entry);
    }
    const instance = this.#instances.get(low);
    if (instance?.nonceHigh !== high) return this.#refuse(n, "unknown instance");
    if (instance.satp !== hart.satp || instance.cell !== cell) {
      return this.#refuse(n, "instance of another address space or cell");
    }
    if (instance.component !== entry.component) {
      return this.#refuse(n, "instance of another component");
    }
    const cached = mmu.cachedLoad(cell);
    instance.cellPlace = cached >= 0 ? cached : this.#placeOf(mmu.translate(cell, Access.load));
    return instance;
  }

  /** Names a physical address: its offset in the memory's buffer, or a negative number outside RAM. */
  #placeOf(physical: number): number {
    const offset = this.#hart.memory.offsetOf(physical);
    return offset >= 0 ? offset : -physical - 1;
  }

  #loadCell(address: number): number | null {
    const { mmu, memory } = this.#hart;
    const cached = mmu.cachedLoad(address);
    if (cached >= 0) return memory.words[cached >>> 2] ?? 0;
    const value = mmu.read(address, 4);
    if (mmu.fault === 0) return value;
    this.#hart.trap(mmu.fault, mmu.faultAddress);
    return null;
  }

  #birth(cell: number, entry: HostedEntry): Instance | null {
    const hart = this.#hart;
    const { mmu } = hart;
    const place = this.#placeOf(mmu.translate(cell, Access.store));
    let nonceLow = this.#draw();
    while (nonceLow === 0 || this.#instances.has(nonceLow)) nonceLow = this.#draw();
    const nonceHigh = this.#draw();
    mmu.write(cell, nonceLow, 4);
    if (mmu.fault === 0) mmu.write((cell + 4) | 0, nonceHigh, 4);
    if (mmu.fault !== 0) {
      hart.trap(mmu.fault, mmu.faultAddress);
      return null;
    }
    let code: HostedInstance;
    try {
      code = entry.component.create();
    } catch (error) {
      this.#report(HostedErrorKind.threw, this.#options.entries.indexOf(entry), error);
      hart.trap(Cause.breakpoint, hart.pc);
      return null;
    }
    // Its memory was given to a new life: the old one cannot be named any more, even where the kernel
    // chose another root table for the address space.
    for (const [key, old] of this.#instances) {
      if ((old.satp === hart.satp && old.cell === cell) || old.cellPlace === place) {
        this.#instances.delete(key);
        this.#recent.fill(null);
      }
    }
    const instance: Instance = {
      nonceLow,
      nonceHigh,
      satp: hart.satp,
      cell,
      cellPlace: place,
      component: entry.component,
      code,
      coroutines: new Map(),
      nextTicket: 1,
    };
    this.#instances.set(nonceLow, instance);
    return instance;
  }

  #coroutineAt(instance: Instance, stub: number, n: number, entry: HostedEntry): Coroutine | null {
    const ticket = this.#hart.x[S11] ?? 0;
    const old = instance.coroutines.get(stub);
    if (ticket !== 0) {
      if (old?.entry !== n) return this.#refuse(n, "no coroutine at this stub");
      return old.ticket === ticket ? old : this.#refuse(n, "stale ticket");
    }
    let steps: Steps<void>;
    try {
      steps = new Steps(instance.code.run(entry.thread, this.#context));
    } catch (error) {
      this.#report(HostedErrorKind.threw, n, error);
      this.#hart.trap(Cause.breakpoint, stub);
      return null;
    }
    if (old !== undefined) this.#forget(old);
    const coroutine: Coroutine = { instance, stub, entry: n, steps, ticket: 0 };
    instance.coroutines.set(stub, coroutine);
    return coroutine;
  }

  #refuse(n: number, message: string): null {
    const hart = this.#hart;
    const entry = this.#options.entries[n];
    this.#options.onError({
      kind: HostedErrorKind.refused,
      component: entry?.component.name ?? "",
      thread: entry?.thread ?? "",
      entry: n,
      pc: hart.pc >>> 0,
      message,
    });
    const { refusalCause } = this.#options;
    hart.trap(refusalCause, refusalCause === Cause.breakpoint ? hart.pc : (n << 20) | 0x0b);
    return null;
  }

  #report(kind: HostedErrorKind, n: number, error: unknown): void {
    const entry = this.#options.entries[n];
    const isError = error instanceof Error;
    const stack = isError ? error.stack : undefined;
    this.#options.onError({
      kind,
      component: entry?.component.name ?? "",
      thread: entry?.thread ?? "",
      entry: n,
      pc: this.#hart.pc >>> 0,
      message: isError
        ? `${error.name}: ${error.message}`
        : kind === HostedErrorKind.returned
          ? "the thread's task returned"
          : String(error),
      ...(stack === undefined ? {} : { stack }),
      ...(error === undefined ? {} : { error }),
    });
  }

  /** One step of a counter passed through a 32-bit mixing function: every value once in 2^32. */
  #draw(): number {
    this.#random = (this.#random + 0x9e3779b9) | 0;
    let z = this.#random;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  }
}
