import { sparrow } from "@cantrip/assembly/cantrip";
import type { Task } from "@cantrip/hosted";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { outcome, sparrowWithUploader } from "./uploader.ts";

/** The UART's page, which its driver has, and two pages behind the last device of the system. */
const UART = 0x5000_0000;
const TIMER = 0x5003_0000;
const FREE = 0x5600_5000;
/** Between the UART and the timer, below the timer's page, in the untyped of both. */
const BETWEEN = 0x5000_6000;

describe("device memory of sparrow", () => {
  it("is given to a client by its physical address, unless the system has mapped it", () => {
    const outcomes: string[] = [];
    const addresses: number[] = [];
    let isDone = false;
    const system = sparrowWithUploader(function* ({ memory, processes, thread }): Task<void> {
      // Every service is set up once it has answered.
      yield* processes.call("GetRunningBundles", undefined);
      const { sel4, runtime } = thread;
      const first = runtime.slots.alloc(2) ?? 0;
      const frames = {
        ...{ cnode: runtime.selfCNode, depth: 32 },
        objs: [{ type: runtime.config.objectType.page4K, count: 2, cptr: first }],
      };
      const before = yield* memory.stats();
      outcomes.push(yield* outcome(memory.allocDevice(frames, UART)));
      for (let round = 0; round < 3; round++) {
        const made = yield* outcome(memory.allocDevice(frames, FREE));
        outcomes.push(made);
        if (made !== "Success") break;
        for (const slot of [first, first + 1]) addresses.push(yield* sel4.page.getAddress(slot));
        const { deviceBytes } = yield* memory.usage();
        outcomes.push(`${deviceBytes} bytes`);
        outcomes.push(yield* outcome(memory.free(frames)));
      }
      expect(yield* memory.stats()).toEqual(before);
      isDone = true;
    });
    const errors: unknown[] = [];
    const session = bootSystem({
      system,
      onHostedError: ({ error }) => {
        errors.push(error);
      },
    });
    session.system.run({
      untilCycle: 5 * session.system.cyclesPerSecond,
      until: () => isDone || errors.length > 0,
    });
    if (errors.length > 0) throw errors[0];
    expect(isDone).toBe(true);
    const round = ["Success", "8192 bytes", "Success"];
    expect(outcomes).toEqual(["AllocFailed", ...round, ...round, ...round]);
    expect(addresses).toEqual([0, 1, 2].flatMap(() => [FREE, FREE + 0x1000]));
    checkInvariants(session.system.kernel.state);
  });

  it("6: is given also below pages of the system in the same untyped, and no page twice", () => {
    const outcomes: string[] = [];
    const addresses: number[] = [];
    const system = sparrowWithUploader(function* ({ memory, processes, thread }): Task<void> {
      yield* processes.call("GetRunningBundles", undefined);
      const { sel4, runtime } = thread;
      const cptr = runtime.slots.alloc(3) ?? 0;
      const framesAt = (index: number, count: number) => ({
        ...{ cnode: runtime.selfCNode, depth: 32 },
        objs: [{ type: runtime.config.objectType.page4K, count, cptr: cptr + index }],
      });
      for (let round = 0; round < 2; round++) {
        // The second one is not aligned to what both take, and the third is there already.
        outcomes.push(yield* outcome(memory.allocDevice(framesAt(0, 1), BETWEEN + 0x8000)));
        outcomes.push(yield* outcome(memory.allocDevice(framesAt(1, 2), BETWEEN + 0x1000)));
        for (let slot = cptr; slot < cptr + 3; slot++)
          addresses.push(yield* sel4.page.getAddress(slot));
        outcomes.push(yield* outcome(memory.free(framesAt(0, 1))));
        outcomes.push(yield* outcome(memory.free(framesAt(1, 2))));
      }
      outcomes.push(yield* outcome(memory.allocDevice(framesAt(0, 2), UART)));
      outcomes.push(yield* outcome(memory.allocDevice(framesAt(0, 1), TIMER)));
      outcomes.push("done");
    });
    const session = bootSystem({ system });
    const untilCycle = 5 * session.system.cyclesPerSecond;
    session.system.run({ untilCycle, until: () => outcomes.at(-1) === "done" });
    const round = Array<string>(4).fill("Success");
    expect(outcomes).toEqual([...round, ...round, "AllocFailed", "AllocFailed", "done"]);
    const [first, ...others] = [BETWEEN + 0x8000, BETWEEN + 0x1000, BETWEEN + 0x2000];
    expect(addresses).toEqual([first, ...others, first, ...others]);
    checkInvariants(session.system.kernel.state);
  });

  it("6: is refused to a client that the system does not allow it, whatever its address", () => {
    const outcomes: string[] = [];
    const system = sparrowWithUploader(function* ({ memory, thread }): Task<void> {
      const { runtime } = thread;
      const { page4K } = runtime.config.objectType;
      const cptr = runtime.slots.alloc() ?? 0;
      const objs = [{ type: page4K, count: 1, cptr }];
      const frames = { cnode: runtime.selfCNode, depth: 32, objs };
      for (const paddr of [UART, FREE, 0x2800_0000])
        outcomes.push(yield* outcome(memory.allocDevice(frames, paddr)));
      outcomes.push(yield* outcome(memory.alloc(frames)));
    }, {});
    const session = bootSystem({ system });
    const untilCycle = 5 * session.system.cyclesPerSecond;
    session.system.run({ untilCycle, until: () => outcomes.length === 4 });
    expect(outcomes).toEqual(["NotPermitted", "NotPermitted", "NotPermitted", "Success"]);
  });

  it("6: is nobody's unless somebody says so: sparrow's own components have none", () => {
    const { components } = sparrow();
    const allowed = Object.entries(components).filter(
      ([, { privileges }]) => privileges?.["memory"] !== undefined,
    );
    expect(allowed).toEqual([]);
  });
});
