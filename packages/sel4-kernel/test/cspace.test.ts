import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { type Answer, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const refused = (error: number, ...words: number[]): Answer => ({
  error,
  length: words.length,
  words,
});
/** `seL4_FailedLookup` of a target (0) or source (1), with the failure's own words. */
const failed = (isSource: number, ...failure: number[]): Answer =>
  refused(ErrorCode.FailedLookup, isSource, ...failure);
const INVALID_ROOT = 1;
const MISSING = 2;
const DEPTH = 3;
const GUARD = 4;

describe.each([cantrip, upstream])("CNode invocations: $name", (config) => {
  const { label, objectType } = config;
  const { cnodeCopy, cnodeMint, cnodeMove, cnodeMutate, cnodeRotate } = label;
  const { cnodeDelete, cnodeRevoke, cnodeCancelBadgedSends } = label;

  test("messages that are too short, and labels that are none", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const to = w.freeSlot();
    const truncated = refused(ErrorCode.TruncatedMessage);
    const call = (name: number, words: number[], caps = [ROOT]): Answer =>
      w.invoke(ROOT, name, words, caps);
    expect(call(cnodeDelete, [to])).toEqual(truncated);
    expect(call(cnodeMove, [to, 32, endpoint])).toEqual(truncated);
    expect(call(cnodeMove, [to, 32, endpoint, 32], [])).toEqual(truncated);
    expect(call(cnodeCopy, [to, 32, endpoint, 32])).toEqual(truncated);
    expect(call(cnodeMint, [to, 32, endpoint, 32, 15])).toEqual(truncated);
    expect(call(cnodeMutate, [to, 32, endpoint, 32])).toEqual(truncated);
    // The slots are looked at before the words behind them are counted.
    expect(call(cnodeCopy, [endpoint, 32, endpoint, 32])).toEqual(refused(ErrorCode.DeleteFirst));
    expect(call(cnodeMint, [to, 32, to, 32, 15])).toEqual(failed(1, MISSING, 32));
    const rotate = [to, 32, 0, endpoint, 32, 0, to];
    expect(call(cnodeRotate, rotate, [ROOT, ROOT])).toEqual(truncated);
    expect(call(cnodeRotate, [...rotate, 32], [ROOT])).toEqual(truncated);
    expect(call(cnodeRotate, [...rotate, 32], [])).toEqual(truncated);
    expect(call(cnodeRevoke - 1, [to, 32])).toEqual(refused(ErrorCode.IllegalOperation));
    expect(call(cnodeRotate + 1, [to, 32])).toEqual(refused(ErrorCode.IllegalOperation));
  });

  test("slots that cannot be found", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const node = w.create(objectType.capTable, 4);
    const to = w.freeSlot();
    const copy = (words: number[], root: number = ROOT, at: number = ROOT): Answer =>
      w.invoke(at, cnodeCopy, [...words, 15], [root]);
    const range = refused(ErrorCode.RangeError, 1, 32);
    expect(copy([to, 0, endpoint, 32])).toEqual(range);
    expect(copy([to, 33, endpoint, 32])).toEqual(range);
    expect(copy([to, 32, endpoint, 0])).toEqual(range);
    expect(copy([to, 32, endpoint, 32], endpoint)).toEqual(failed(1, INVALID_ROOT));
    // The initial CNode has a guard of zeros in front of its 13 bits.
    const guardBits = 32 - config.settings.rootCNodeSizeBits;
    expect(copy([0x80000000 + to, 32, endpoint, 32])).toEqual(failed(0, GUARD, 32, 0, guardBits));
    expect(copy([0, guardBits - 1, endpoint, 32])).toEqual(
      failed(0, GUARD, guardBits - 1, 0, guardBits),
    );
    const short = guardBits + 2;
    expect(copy([0, short, endpoint, 32])).toEqual(failed(0, DEPTH, short, 32));
    // The 4 bits of a CNode without a guard leave some over, or are too many.
    expect(copy([1, 3, endpoint, 32], ROOT, node)).toEqual(failed(0, DEPTH, 3, 4));
    expect(copy([0x10, 8, endpoint, 32], ROOT, node)).toEqual(failed(0, DEPTH, 4, 0));
    expect(copy([to, 32, to, 32])).toEqual(failed(1, MISSING, 32));
    expect(copy([endpoint, 32, endpoint, 32])).toEqual(refused(ErrorCode.DeleteFirst));
    expect(copy([3, 4, endpoint, 32], ROOT, node)).toEqual(refused(0));
  });

  test("a lookup goes through CNodes, and needs the guard", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const inner = w.create(objectType.capTable, 4);
    const outer = w.create(objectType.capTable, 4);
    const guarded = w.freeSlot();
    // A guard of 5 bits: 0b10110.
    const data = (0b10110 << 8) | (5 << 3);
    w.must(ROOT, cnodeMint, [guarded, 32, inner, 32, 15, data], [ROOT]);
    expect(w.typed(guarded, CapType.CNode)).toMatchObject({ guard: 0b10110, guardSize: 5 });
    w.must(outer, cnodeMove, [7, 4, guarded, 32], [ROOT]);
    const path = (7 << 9) | (0b10110 << 4) | 3;
    w.must(outer, cnodeCopy, [path, 13, endpoint, 32, 15], [ROOT]);
    const { object } = w.typed(inner, CapType.CNode);
    expect(object.slots[3]?.cap.type).toBe(CapType.Endpoint);
    const wrong = (7 << 9) | (0b10111 << 4) | 4;
    expect(w.invoke(outer, cnodeCopy, [wrong, 13, endpoint, 32, 15], [ROOT])).toEqual(
      failed(0, GUARD, 9, 0b10110, 5),
    );
    // A CNode that is left over is the slot itself.
    expect(w.invoke(outer, cnodeDelete, [7, 4])).toEqual(refused(0));
  });

  test("guards that do not fit, badges that are there, and what has no data", () => {
    const w = new KernelWorld(config);
    const node = w.create(objectType.capTable, 4);
    const endpoint = w.endpoint();
    const badged = w.mint(endpoint, 5);
    const to = w.freeSlot();
    const illegal = refused(ErrorCode.IllegalOperation);
    const mint = (from: number, data: number): Answer =>
      w.invoke(ROOT, cnodeMint, [to, 32, from, 32, 15, data], [ROOT]);
    expect(mint(node, 29 << 3)).toEqual(illegal);
    expect(mint(badged, 6)).toEqual(illegal);
    expect(w.invoke(ROOT, cnodeMutate, [to, 32, endpoint, 32, 6], [ROOT])).toEqual(illegal);
    expect(w.invoke(ROOT, cnodeMutate, [to, 32, node, 32, 29 << 3], [ROOT])).toEqual(illegal);
    // The data of others does not matter; badges have 28 bits.
    expect(w.invoke(ROOT, cnodeMutate, [to, 32, node, 32, 28 << 3], [ROOT])).toEqual(refused(0));
    expect(w.typed(to, CapType.CNode).guardSize).toBe(28);
    const reply = w.reply();
    const second = w.freeSlot();
    w.must(ROOT, cnodeMint, [second, 32, reply, 32, 0, 77], [ROOT]);
    expect(w.typed(second, CapType.Reply).canGrant).toBe(false);
    expect(w.typed(w.mint(endpoint, 0xffffffff), CapType.Endpoint).badge).toBe(0x0fffffff);
    expect(w.typed(w.mint(endpoint, 0, 5), CapType.Endpoint)).toMatchObject({
      badge: 0,
      rights: 5,
    });
  });

  test("what cannot be copied", () => {
    const w = new KernelWorld(config);
    const to = w.freeSlot();
    const copy = (from: number): Answer =>
      w.invoke(ROOT, cnodeCopy, [to, 32, from, 32, 15], [ROOT]);
    expect(copy(InitialCap.IrqControl)).toEqual(refused(ErrorCode.IllegalOperation));
    expect(copy(w.create(objectType.pageTable))).toEqual(refused(ErrorCode.IllegalOperation));
    const untyped = w.create(objectType.untyped, 12);
    w.create(objectType.endpoint, 0, untyped);
    expect(copy(untyped)).toEqual(refused(ErrorCode.RevokeFirst));
    // A copy of an untyped has its memory: the source has nothing left.
    const second = w.create(objectType.untyped, 12);
    expect(copy(second)).toEqual(refused(0));
    expect(w.typed(second, CapType.Untyped).freeBytes).toBe(4096);
    expect(w.typed(to, CapType.Untyped).freeBytes).toBe(0);
  });

  test.each(["Domain", "AsidControl"] as const)("copies of %s are its children", (name) => {
    const w = new KernelWorld(config);
    const source = InitialCap[name];
    const to = w.freeSlot();
    w.must(ROOT, cnodeCopy, [to, 32, source, 32, 15], [ROOT]);
    w.must(ROOT, cnodeRevoke, [to, 32]);
    expect(w.cap(source).type).not.toBe(CapType.Null);
    w.must(ROOT, cnodeRevoke, [source, 32]);
    expect(w.cap(to).type).toBe(CapType.Null);
  });

  test("copies of scheduling control are its children", () => {
    const w = new KernelWorld(config);
    const to = w.freeSlot();
    w.must(ROOT, cnodeCopy, [to, 32, w.schedControl(), 32, 15], [ROOT]);
    w.must(ROOT, cnodeRevoke, [w.schedControl(), 32]);
    expect(w.cap(to).type).toBe(CapType.Null);
  });

  test("rotate moves two capabilities at once", () => {
    const w = new KernelWorld(config);
    const [a, b] = [w.endpoint(), w.create(objectType.capTable, 4)];
    const to = w.freeSlot();
    const rotate = (words: number[], caps = [ROOT, ROOT]): Answer =>
      w.invoke(ROOT, cnodeRotate, words, caps);
    // Destination, pivot and source; the data belong to pivot and source.
    expect(rotate([to, 32, 5 << 3, b, 32, 0, a, 32])).toEqual(refused(ErrorCode.IllegalOperation));
    const [c, d] = [w.create(objectType.capTable, 4), w.create(objectType.tcb)];
    expect(rotate([to, 32, 2 << 3, b, 32, 4 << 3, c, 32])).toEqual(refused(0));
    expect(w.typed(to, CapType.CNode).guardSize).toBe(2);
    expect(w.typed(b, CapType.CNode).guardSize).toBe(4);
    expect(w.cap(c).type).toBe(CapType.Null);
    // With the source as destination both change places.
    expect(rotate([d, 32, 0, to, 32, 0, d, 32])).toEqual(refused(0));
    expect(w.cap(to).type).toBe(CapType.Thread);
    expect(w.cap(d).type).toBe(CapType.CNode);
    const illegal = refused(ErrorCode.IllegalOperation);
    expect(rotate([c, 32, 0, to, 32, 0, to, 32])).toEqual(illegal);
    expect(rotate([to, 32, 0, to, 32, 0, d, 32])).toEqual(illegal);
    expect(rotate([a, 32, 0, to, 32, 0, d, 32])).toEqual(refused(ErrorCode.DeleteFirst));
    expect(rotate([c, 32, 0, to, 32, 0, c + 100, 32])).toEqual(failed(1, MISSING, 32));
    expect(rotate([c, 32, 0, c + 100, 32, 0, d, 32])).toEqual(failed(0, MISSING, 32));
    expect(rotate([c, 32, 0, to, 33, 0, d, 32])).toEqual(refused(ErrorCode.RangeError, 1, 32));
    expect(rotate([c, 32, 0, to, 32, 0, d, 33])).toEqual(refused(ErrorCode.RangeError, 1, 32));
    expect(rotate([c, 32, 0, to, 32, 30 << 3, d, 32])).toEqual(illegal);
  });

  test("neighbours in the derivation list change places", () => {
    const w = new KernelWorld(config);
    const node = w.create(objectType.capTable, 4);
    const [a, b] = [w.freeSlot(), w.freeSlot()];
    w.must(ROOT, cnodeCopy, [a, 32, node, 32, 15], [ROOT]);
    w.must(ROOT, cnodeCopy, [b, 32, node, 32, 15], [ROOT]);
    const rotate = (first: number, second: number): void => {
      const words = [first, 32, 0, second, 32, 0, first, 32];
      w.must(ROOT, cnodeRotate, words, [ROOT, ROOT]);
    };
    rotate(a, b);
    rotate(node, b);
    rotate(b, a);
    // The original is where it went to.
    const left = (): number[] => [a, b, node].filter((slot) => w.cap(slot).type === CapType.CNode);
    w.must(ROOT, cnodeRevoke, [b, 32]);
    expect(left()).toHaveLength(3);
    w.must(ROOT, cnodeRevoke, [a, 32]);
    expect(left()).toEqual([a]);
  });

  test("revoke deletes what was derived, by badge for endpoints", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const five = w.mint(endpoint, 5);
    const six = w.mint(endpoint, 6);
    const copy = w.freeSlot();
    w.must(ROOT, cnodeCopy, [copy, 32, five, 32, 15], [ROOT]);
    w.must(ROOT, cnodeRevoke, [copy, 32]);
    expect(w.cap(five).type).toBe(CapType.Endpoint);
    w.must(ROOT, cnodeRevoke, [five, 32]);
    expect(w.cap(copy).type).toBe(CapType.Null);
    expect(w.cap(six).type).toBe(CapType.Endpoint);
    // The first with a badge is gone: the next one takes its place, and is no copy of the one before.
    const again = w.mint(endpoint, 6);
    w.must(ROOT, cnodeDelete, [again, 32]);
    w.must(ROOT, cnodeRevoke, [endpoint, 32]);
    expect(w.cap(six).type).toBe(CapType.Null);
    expect(w.cap(endpoint).type).toBe(CapType.Endpoint);
    w.must(ROOT, cnodeRevoke, [w.freeSlot(), 32]);
  });

  test("only senders with that badge make their call again", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const five = w.mint(endpoint, 5);
    const six = w.mint(endpoint, 6);
    const weak = w.mint(endpoint, 5, 7);
    const wake = w.notification();
    const senders = [five, six, five].map((slot) => ({
      ...w.thread({ priority: 50, budget: 1000 }),
      slot,
    }));
    const last = w.thread({ priority: 40, budget: 1000 });
    w.syscall(config.syscall.wait, wake);
    for (const { slot } of senders) w.syscall(config.syscall.send, slot);
    w.expectRunning(last);
    w.syscall(config.syscall.send, wake);
    w.expectRunning(w.root);
    const cancel = (slot: number): Answer => w.invoke(ROOT, cnodeCancelBadgedSends, [slot, 32]);
    expect(cancel(weak)).toEqual(refused(ErrorCode.IllegalOperation));
    expect(cancel(wake)).toEqual(refused(ErrorCode.IllegalOperation));
    expect(cancel(endpoint)).toEqual(refused(0));
    const states = (): number[] => senders.map(({ tcb }) => tcb.state);
    const { BlockedOnSend, Restart } = ThreadState;
    expect(states()).toEqual([BlockedOnSend, BlockedOnSend, BlockedOnSend]);
    expect(cancel(five)).toEqual(refused(0));
    expect(states()).toEqual([Restart, BlockedOnSend, Restart]);
    expect(cancel(five)).toEqual(refused(0));
    expect(cancel(six)).toEqual(refused(0));
    expect(states()).toEqual([Restart, Restart, Restart]);
    expect(cancel(six)).toEqual(refused(0));
  });
});
