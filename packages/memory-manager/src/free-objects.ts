import type { Task } from "@cantrip/hosted";
import { InvocationError } from "@cantrip/sel4-sys";
import type { Claim, Claims, Ledger, Use } from "./ledger.ts";
import { invalidContainer, notOwned } from "./memory-failure.ts";
import type { MemoryKernel } from "./memory-kernel.ts";
import type { CheckedObject } from "./object-size.ts";

/** What became of a request to free. */
export interface Freed {
  /** Blocks of which something was deleted, and of which nothing may be left. */
  readonly touched: readonly Use[];
  /** Why a capability could not be deleted. */
  readonly failure: InvocationError | undefined;
}

/** Deletes the capabilities that a client names. */
export class ObjectFreer {
  readonly #kernel: MemoryKernel;
  readonly #ledger: Ledger;
  readonly #cnode: number;
  readonly #depth: number;
  #isCNode = false;
  #failure: InvocationError | undefined;

  /** @param cnode - own slot with a capability that may be no CNode */
  constructor(kernel: MemoryKernel, ledger: Ledger, cnode: number, depth: number) {
    this.#kernel = kernel;
    this.#ledger = ledger;
    this.#cnode = cnode;
    this.#depth = depth;
  }

  /**
   * Deletes what was claimed. Where that is only a part of what a block holds, it counts how much of it there was.
   *
   * @throws MemoryFailure when the CNode is none, and when nothing is where a client says that it has put something;
   * nothing was deleted then
   */
  *free({ known, strangers }: Claims): Task<Freed> {
    for (const object of strangers) yield* this.#freeStranger(object);
    const uses: Use[] = [];
    for (const { run, count } of known) {
      if (run.use.claimed === 0) uses.push(run.use);
      run.use.claimed += count;
    }
    const whole = uses.filter(({ claimed, objects }) => claimed === objects);
    for (const use of uses) use.claimed = 0;
    yield* this.#deleteAll(known.filter(({ run }) => whole.includes(run.use)));
    for (const claim of known) if (!whole.includes(claim.run.use)) yield* this.#deletePart(claim);
    const touched = uses.filter((use) => whole.includes(use) || use.objects === 0);
    return { touched, failure: this.#failure };
  }

  *#freeStranger({ type, cptr, count }: CheckedObject): Task<void> {
    if (this.#isCNode) yield* this.#deleteAll([{ cptr, count }]);
    else if (yield* this.#takeOut(cptr))
      yield* this.#deleteAll([{ cptr: cptr + 1, count: count - 1 }]);
    else throw notOwned(type, count, cptr);
  }

  *#deletePart(claim: Claim): Task<void> {
    let existed = 0;
    for (let slot = claim.cptr; slot < claim.cptr + claim.count; slot++) {
      if (yield* this.#takeOut(slot)) existed++;
    }
    this.#ledger.strike(claim, existed);
  }

  /** Whether there was something. */
  *#takeOut(slot: number): Task<boolean> {
    const outcome = yield* this.#kernel.takeOut(this.#cnode, slot, this.#depth);
    if (outcome === "no-cnode") throw invalidContainer("the capability is no CNode");
    this.#isCNode = true;
    return outcome === "taken";
  }

  /** Deletes the capabilities in runs of slots. The first one shows whether they are in a CNode. */
  *#deleteAll(runs: readonly { readonly cptr: number; readonly count: number }[]): Task<void> {
    for (const { cptr, count } of runs) {
      for (let slot = cptr; slot < cptr + count; slot++) {
        if (!this.#isCNode) {
          yield* this.#takeOut(slot);
          continue;
        }
        try {
          yield* this.#kernel.deleteIn(this.#cnode, slot, this.#depth);
        } catch (error) {
          if (!(error instanceof InvocationError)) throw error;
          this.#failure = error;
        }
      }
    }
  }
}
