import { measureSystem } from "@cantrip/assembly/riscv";
import { RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { memoryInterface, type MemoryLifetime } from "@cantrip/interfaces/memory";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { numbers } from "./random-bundles.ts";
import { sparrowWithUploader, type Uploader } from "./uploader.ts";

const REQUESTS = 3000;
const LIFETIMES: readonly MemoryLifetime[] = ["Short", "Medium", "Static"];
/** Types of `seL4_Untyped_Retype` that the interface can name. */
const OBJECT_TYPES = 10;
/** Slots of the own CSpace in which objects are made and freed. */
const SLOTS = 12;

/** A component that asks the memory manager for what makes sense and for what does not. */
class Rogue {
  readonly #uploader: Uploader;
  readonly #memory: RpcClient<typeof memoryInterface>;
  readonly #below: (limit: number) => number;
  readonly #report: FuzzReport;

  constructor(uploader: Uploader, seed: number, report: FuzzReport) {
    const random = numbers(seed);
    this.#uploader = uploader;
    this.#memory = new RpcClient(uploader.thread, "memory", memoryInterface);
    this.#below = (limit) => random.next().value % limit;
    this.#report = report;
  }

  *act(first: number): Task<void> {
    const { thread } = this.#uploader;
    const { runtime, birth, own } = thread;
    const isOdd = this.#below(5) === 0;
    // Endpoints are the worst: whoever invokes one waits for an answer.
    const odd = [
      ...[own.tcb, birth.selfVSpaceRoot, birth.clients["memory"]?.endpoint ?? 0],
      ...[birth.clients["proc_ctrl"]?.endpoint ?? 0, birth.preInit],
    ];
    const cap = isOdd ? (odd[this.#below(odd.length)] ?? 0) : runtime.selfCNode;
    const count = this.#below(6) === 0 ? this.#below(100_000) : 1 + this.#below(4);
    const objs = Array.from({ length: 1 + this.#below(2) }, () => {
      const type = this.#below(OBJECT_TYPES);
      const isSized = type === 0 || type === 4 || type === 5;
      const cptr = this.#below(40) === 0 ? this.#below(1e9) : first + this.#below(SLOTS);
      return { type, cptr, count: isSized ? 4 + this.#below(7) : Math.min(count, 100_000) };
    });
    const depth = this.#below(10) === 0 ? this.#below(256) : 32;
    const cnode = this.#below(4) === 0 ? this.#below(100) : runtime.selfCNode;
    const bundle = { cnode, depth, objs };
    const lifetime = LIFETIMES[this.#below(3)] ?? "Short";
    switch (this.#below(10)) {
      case 0:
      case 1:
      case 2:
        yield* this.#ask(this.#memory.call("Free", bundle, { cap }));
        break;
      case 3: {
        const paddr = (this.#below(2) === 0 ? 0x5000_0000 : 0x4700_0000) + this.#below(64) * 2048;
        yield* this.#ask(this.#memory.call("AllocDevice", { bundle, paddr }, { cap }));
        break;
      }
      case 4:
        yield* this.#ask(this.#memory.call("Alloc", { bundle, lifetime }));
        break;
      case 5:
        yield* this.#ask(this.#memory.call("Usage", undefined));
        break;
      case 6:
        yield* this.#ask(this.#memory.call("Stats", undefined));
        break;
      default: {
        const one = { ...bundle, objs: objs.slice(0, 1) };
        yield* this.#ask(this.#memory.call("Alloc", { bundle: one, lifetime }, { cap }));
      }
    }
  }

  /** Deletes what there is, behind the manager's back. */
  *tidyUp(first: number): Task<void> {
    const { sel4, runtime } = this.#uploader.thread;
    for (let index = first; index < first + SLOTS + 8; index++)
      yield* sel4.cnode.delete({ root: runtime.selfCNode, index, depth: 32 });
  }

  *#ask(task: Task<unknown>): Task<void> {
    try {
      yield* task;
      this.#report.succeeded();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#report.refused(error.errorName);
    }
  }
}

describe("a rogue client of the memory manager", () => {
  it("does not stop it, whatever capabilities and bundles it sends, and leaves nothing behind", () => {
    const report = new FuzzReport("requests of a rogue client of the memory manager");
    const booted: TestSystem[] = [];
    const errors: unknown[] = [];
    const found = { before: undefined as unknown, after: undefined as unknown };
    const system = sparrowWithUploader(function* (uploader): Task<void> {
      const running = booted[0]?.system;
      if (running === undefined) throw new Error("it is not booted");
      const { slots } = uploader.thread.runtime;
      const first = slots.alloc(SLOTS + 8);
      if (first === undefined) throw new Error("no free slots");
      const rogue = new Rogue(uploader, 7, report);
      const holdings = function* (): Task<unknown> {
        const { allocatedBytes, allocatedObjs } = yield* uploader.memory.stats();
        const { clients } = yield* uploader.memory.usage();
        const { kernelObjects } = measureSystem(running);
        return { allocatedBytes, allocatedObjs, clients, kernelObjects };
      };
      // Every service is set up once it has answered.
      yield* uploader.processes.call("GetRunningBundles", undefined);
      yield* uploader.security.call("GetPackages", undefined);
      found.before = yield* holdings();
      for (let done = 1; done <= REQUESTS; done++) {
        yield* rogue.act(first);
        if (done % 20 === 0) yield* rogue.tidyUp(first);
      }
      yield* rogue.tidyUp(first);
      found.after = yield* holdings();
    });
    const session = bootSystem({
      system,
      onHostedError: ({ error }) => {
        errors.push(error);
      },
    });
    booted.push(session);
    const { system: running } = session;
    running.run({
      untilCycle: 1000 * running.cyclesPerSecond,
      until: () => found.after !== undefined || errors.length > 0,
    });
    if (errors.length > 0) throw errors[0];
    checkInvariants(running.kernel.state);
    expect(found.after).toEqual(found.before);
    report.finish();
  });
});
