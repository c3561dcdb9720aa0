import { forEachTask, type Task } from "@cantrip/hosted";
import {
  type BootInfo,
  CapRights,
  type CPath,
  ErrorCode,
  InitialCap,
  InvocationError,
} from "@cantrip/sel4-sys";
import type { HandOverPlan } from "./fill-frames.ts";
import type { Instantiation } from "./instantiate.ts";
import { rootPath } from "./untyped-pool.ts";

/** Kernel capabilities in the first slots of the holding CNode. */
const KERNEL_CAPS: readonly number[] = [
  InitialCap.IrqControl,
  InitialCap.AsidControl,
  InitialCap.InitThreadAsidPool,
  InitialCap.IoPortControl,
  InitialCap.IoSpace,
  InitialCap.Domain,
];

/**
 * Gives everything away, so that nothing dangles when the root server's own memory is revoked
 * (`handoff_capabilities`): the untypeds to the CNode that is to have them, all other capabilities into a holding CNode.
 */
export function* handOver(run: Instantiation, bootInfo: BootInfo, plan: HandOverPlan): Task<void> {
  const { sel4, table, pool } = run;
  const receiver = table.original(plan.cnode.name);
  const radix = 32 - Math.clz32(KERNEL_CAPS.length + pool.usedSlots + 2);
  const holding = yield* pool.create(sel4.config.objectType.capTable, radix);
  const intoReceiver = (slot: number): CPath => ({
    root: receiver,
    index: slot,
    depth: plan.cnode.sizeBits,
  });
  let next = 0;
  const hold = (source: number): Task<void> =>
    moveIfThere(run, { root: holding, index: next++, depth: radix }, rootPath(source));

  const untypeds = Array.from(
    { length: bootInfo.untyped.end - bootInfo.untyped.start },
    (_, index) => index,
  );
  yield* forEachTask(untypeds, (index) =>
    sel4.cnode.move(
      intoReceiver(plan.holdingSlot + 1 + index),
      rootPath(bootInfo.untyped.start + index),
    ),
  );
  // The receiver must stay addressable after its own capability is held.
  const receiverCopy = pool.newSlot();
  yield* sel4.cnode.copy(rootPath(receiverCopy), rootPath(receiver), CapRights.All);
  yield* forEachTask(KERNEL_CAPS, hold);
  yield* forEachTask(table.spec.objects, function* (object, id): Task<void> {
    const slot = table.originals[id];
    if (slot === undefined || object === plan.cnode) return;
    if (object.kind !== "tcb") {
      yield* hold(slot);
      return;
    }
    // Threads are still to be started.
    yield* sel4.cnode.copy(
      { root: holding, index: next++, depth: radix },
      rootPath(slot),
      CapRights.All,
    );
  });
  yield* forEachTask(table.duplicates, hold);
  yield* forEachTask(table.irqHandlers.values(), hold);
  yield* hold(receiver);
  yield* sel4.cnode.move(
    { root: receiverCopy, index: plan.holdingSlot, depth: plan.cnode.sizeBits },
    rootPath(holding),
  );
  yield* sel4.cnode.delete(rootPath(receiverCopy));
}

function* moveIfThere({ sel4 }: Instantiation, destination: CPath, source: CPath): Task<void> {
  try {
    yield* sel4.cnode.move(destination, source);
  } catch (error) {
    // Null on this kernel, or moved into a component already.
    if (!(error instanceof InvocationError) || error.code !== ErrorCode.FailedLookup) throw error;
  }
}
