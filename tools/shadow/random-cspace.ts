import { CapType } from "@cantrip/sel4-kernel";
import type { Operation } from "./operation.ts";
import { ROOT, DEPTH, type RandomSlots } from "./random-slots.ts";

/** Larger untypeds take long to clear. */
const MOST_BITS = 18;

/** Makes objects out of untyped memory that has room for them, mostly. */
export function drawRetype(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { objectType, sizeBits, label } = model.config;
  const context = sizeBits.minSchedContext;
  const [type, size, bits] = random.of<readonly [type: number, size: number, bits: number]>([
    ...[4 + random.below(9), 6 + random.below(7)].map(
      (each) => [objectType.untyped, each, each] as const,
    ),
    ...[1, 2].map(() => [objectType.tcb, 0, sizeBits.tcb] as const),
    [objectType.endpoint, 0, sizeBits.endpoint],
    [objectType.notification, 0, sizeBits.notification],
    [objectType.reply, 0, sizeBits.reply],
    ...[1, 3].map((radix) => [objectType.capTable, radix, radix + sizeBits.slot] as const),
    ...[context, context + 1 + random.below(2)].map(
      (each) => [objectType.schedContext, each, each] as const,
    ),
    [objectType.page4K, 0, 12],
    [objectType.pageTable, 0, 12],
    ...(random.onceIn(20) ? [[objectType.megaPage, 0, 22] as const] : []),
  ]);
  const count = 1 + random.below(3);
  const need = random.onceIn(10) ? 0 : count * 2 ** bits;
  const untyped = slots.of(
    CapType.Untyped,
    (cap) =>
      cap.sizeBits <= MOST_BITS && cap.freeBytes >= need && (!cap.isDevice || random.onceIn(30)),
  );
  const nested = slots.place(true);
  const where =
    nested.root === ROOT || random.onceIn(2)
      ? { words: [0, 0, slots.free(count)], root: ROOT }
      : random.onceIn(2)
        ? { words: [0, 0, nested.index], root: nested.root }
        : { words: [nested.root, DEPTH, nested.index], root: ROOT };
  const words = [type, size, ...where.words, count];
  return slots.invoke("Untyped_Retype", untyped, label.untypedRetype, words, [where.root]);
}

/** Copies, moves, deletes and revokes, in the initial CNode and in smaller ones. */
export function drawCNode(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { label } = model.config;
  const from = slots.place(false);
  const to = slots.place(!random.onceIn(12));
  const badge = random.onceIn(3) ? 0 : random.below(4) * 0x10000 + random.below(3);
  const rights = random.onceIn(2) ? 15 : random.below(16);
  const two = (name: string, number: number, ...words: number[]): Operation =>
    slots.invoke(
      `CNode_${name}`,
      to.root,
      number,
      [to.index, to.depth, from.index, from.depth, ...words],
      [from.root],
    );
  const one = (name: string, number: number, { root, index, depth } = from): Operation =>
    slots.invoke(`CNode_${name}`, root, number, [index, depth]);
  const rotate = (back: boolean): Operation => {
    const pivot = slots.place(false);
    const target = back ? from : to;
    return slots.invoke(
      "CNode_Rotate",
      target.root,
      label.cnodeRotate,
      [
        ...[target.index, target.depth, badge, pivot.index, pivot.depth, badge],
        ...[from.index, from.depth],
      ],
      [pivot.root, from.root],
    );
  };
  const revoked = (): number =>
    slots.of(CapType.Untyped, (cap) => !cap.isDevice && cap.sizeBits < MOST_BITS);
  return random.of([
    ...[15, 15, rights].map((some) => () => two("Copy", label.cnodeCopy, some)),
    ...[15, rights].map((some) => () => two("Mint", label.cnodeMint, some, badge)),
    () => two("Move", label.cnodeMove),
    () => two("Mutate", label.cnodeMutate, badge),
    () => rotate(false),
    () => rotate(true),
    ...[1, 2].map(() => () => one("Delete", label.cnodeDelete)),
    () =>
      one(
        "Revoke",
        label.cnodeRevoke,
        random.onceIn(3) ? { root: ROOT, index: revoked(), depth: DEPTH } : from,
      ),
    () =>
      one("CancelBadgedSends", label.cnodeCancelBadgedSends, {
        ...{ root: ROOT, index: slots.of(CapType.Endpoint), depth: DEPTH },
      }),
  ])();
}
