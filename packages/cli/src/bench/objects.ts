import { performance } from "node:perf_hooks";
import type { Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import type { RootTask } from "@cantrip/assembly/riscv";
import { bootWorld } from "./kernel-world.ts";
import { type Measurement, median } from "./measurement.ts";

/** log2 of the slots of the CNode that the capabilities are put into. */
const CNODE_BITS = 17;
const REVOKED = [10_000, 30_000, 100_000] as const;
/** A page of the initial task's window. */
const ADDRESS = 0x400000;
const OPERATIONS = 20_000;
const RUNS = 5;

/** Host milliseconds of retypes, deletions, mappings and revocations, of one run each. */
type Times = Record<string, number[]>;

function* measureObjects(root: RootTask, times: Times): Task<void> {
  const { sel4 } = root;
  const { objectType } = cantrip;
  const cnode = yield* root.make(objectType.capTable, { sizeBits: CNODE_BITS });
  const endpoint = yield* root.make(objectType.endpoint);
  const frame = yield* root.make(objectType.page4K);
  const untyped = yield* root.make(objectType.untyped, { sizeBits: 20 });
  yield* root.openWindow();
  const time = function* (name: string, work: Task<void>): Task<void> {
    const began = performance.now();
    yield* work;
    (times[name] ??= []).push(performance.now() - began);
  };
  const path = (index: number) => ({ root: cnode, index, depth: CNODE_BITS });
  const retype = function* (): Task<void> {
    for (let index = 0; index < OPERATIONS; index++) {
      yield* sel4.untyped.retype(untyped, {
        ...{ type: objectType.endpoint, sizeBits: 0, root: cnode, nodeIndex: 0, nodeDepth: 0 },
        ...{ nodeOffset: index, count: 1 },
      });
    }
  };
  const remove = function* (): Task<void> {
    for (let index = 0; index < OPERATIONS; index++) yield* sel4.cnode.delete(path(index));
  };
  const map = function* (): Task<void> {
    for (let index = 0; index < OPERATIONS; index++) {
      yield* sel4.page.map(frame, {
        ...{ vspace: InitialCap.InitThreadVSpace, address: ADDRESS, rights: CapRights.ReadWrite },
      });
      yield* sel4.page.unmap(frame);
    }
  };
  const source = root.slot(endpoint);
  for (let run = 0; run < RUNS; run++) {
    yield* time("retype", retype());
    yield* time("delete", remove());
    yield* sel4.cnode.revoke(root.slot(untyped));
    yield* time("map and unmap", map());
    for (const count of REVOKED) {
      for (let index = 0; index < count; index++)
        yield* sel4.cnode.copy(path(index), source, CapRights.All);
      yield* time(`revoke ${count / 1000}k`, sel4.cnode.revoke(source));
    }
  }
}

/** Retype, delete, map and revoke by the initial task. */
export function benchObjects(): Measurement[] {
  const times: Times = {};
  let isDone = false;
  const world = bootWorld(function* (root) {
    yield* measureObjects(root, times);
    isDone = true;
  });
  world.machine.run({ until: () => isDone });
  const operations: Readonly<Record<string, number>> = Object.fromEntries(
    REVOKED.map((count) => [`revoke ${count / 1000}k`, count]),
  );
  return Object.entries(times).map(([name, runs]) => {
    const ms = median(runs);
    const count = operations[name] ?? OPERATIONS;
    return { name, ours: (ms * 1e6) / count, unit: "ns each", opsPerSecond: (count * 1000) / ms };
  });
}
