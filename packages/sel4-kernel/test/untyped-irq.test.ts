import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { type Answer, EXTERNAL, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const refused = (error: number, ...words: number[]): Answer => ({
  error,
  length: words.length,
  words,
});
const DEVICES = [{ base: 0x60000000, size: 0x100000 }];

describe.each([cantrip, upstream])("Untyped_Retype: $name", (config) => {
  const { label, objectType, sizeBits } = config;
  const make = (): { w: KernelWorld; untyped: number; retype: Retype } => {
    const w = new KernelWorld(config, { deviceRegions: DEVICES });
    const untyped = w.create(objectType.untyped, 14);
    const retype: Retype = (how) => {
      const { type = objectType.endpoint, size = 0, node = 0, depth = 0, count = 1 } = how;
      const { from = untyped, root = ROOT, offset = w.freeSlot() } = how;
      const words = [type, size, node, depth, offset, count];
      return w.invoke(from, label.untypedRetype, words, [root]);
    };
    return { w, untyped, retype };
  };
  type Retype = (how: {
    type?: number;
    size?: number;
    node?: number;
    depth?: number;
    offset?: number;
    count?: number;
    from?: number;
    root?: number;
  }) => Answer;

  test("types and sizes", () => {
    const { w, untyped, retype } = make();
    const argument = (index: number): Answer => refused(ErrorCode.InvalidArgument, index);
    const range = refused(ErrorCode.RangeError, 0, sizeBits.maxUntyped);
    expect(retype({ type: 99 })).toEqual(argument(0));
    expect(retype({ type: objectType.untyped, size: 33 })).toEqual(range);
    expect(retype({ type: objectType.untyped, size: sizeBits.maxUntyped + 1 })).toEqual(range);
    expect(retype({ type: objectType.capTable, size: sizeBits.maxUntyped })).toEqual(range);
    expect(retype({ type: objectType.capTable, size: 0 })).toEqual(argument(1));
    expect(retype({ type: objectType.untyped, size: sizeBits.minUntyped - 1 })).toEqual(
      argument(1),
    );
    const small = sizeBits.minSchedContext - 1;
    expect(retype({ type: objectType.schedContext, size: small })).toEqual(argument(1));
    const words = [objectType.endpoint, 0, 0, 0, 100];
    const truncated = refused(ErrorCode.TruncatedMessage);
    expect(w.invoke(untyped, label.untypedRetype, words, [ROOT])).toEqual(truncated);
    expect(w.invoke(untyped, label.untypedRetype, [...words, 1])).toEqual(truncated);
    expect(w.invoke(untyped, label.tcbSuspend)).toEqual(refused(ErrorCode.IllegalOperation));
  });

  test("destinations", () => {
    const { w, retype } = make();
    const node = w.create(objectType.capTable, 4);
    const endpoint = w.endpoint();
    const slots = 2 ** config.settings.rootCNodeSizeBits;
    const failed = (...words: number[]): Answer => refused(ErrorCode.FailedLookup, 0, ...words);
    expect(retype({ root: endpoint, node, depth: 32 })).toEqual(failed(1));
    expect(retype({ root: endpoint })).toEqual(failed(2, 0));
    expect(retype({ node: endpoint, depth: 32 })).toEqual(failed(2, 32));
    expect(retype({ node: 0x80000000, depth: 32 }).words.slice(0, 2)).toEqual([0, 4]);
    expect(retype({ node, depth: 33 })).toEqual(refused(ErrorCode.RangeError, 1, 32));
    expect(retype({ offset: slots })).toEqual(refused(ErrorCode.RangeError, 0, slots - 1));
    const fanOut = refused(ErrorCode.RangeError, 1, config.settings.retypeFanOutLimit);
    expect(retype({ count: 0 })).toEqual(fanOut);
    expect(retype({ count: 257 })).toEqual(fanOut);
    const last = slots - 1;
    expect(retype({ offset: last, count: 2 })).toEqual(refused(ErrorCode.RangeError, 1, 1));
    expect(retype({ offset: endpoint - 1, count: 2 })).toEqual(refused(ErrorCode.DeleteFirst));
    expect(retype({ node, depth: 32, offset: 14, count: 2 })).toEqual(refused(0));
    expect(retype({ root: node, offset: 15 })).toEqual(refused(ErrorCode.DeleteFirst));
    expect(retype({ root: node, offset: 3 })).toEqual(refused(0));
    const { object } = w.typed(node, CapType.CNode);
    expect([3, 14, 15].map((index) => object.slots[index]?.cap.type)).toEqual([4, 4, 4]);
  });

  test("memory runs out, and is there again when all children are gone", () => {
    const { w, untyped, retype } = make();
    const { label: labels } = config;
    const page = { type: objectType.page4K };
    const first = w.freeSlot();
    expect(retype({ ...page, count: 5 })).toEqual(refused(ErrorCode.NotEnoughMemory, 2 ** 14));
    expect(retype({ offset: first })).toEqual(refused(0));
    const left = 2 ** 14 - 16;
    expect(retype({ ...page, count: 4 })).toEqual(refused(ErrorCode.NotEnoughMemory, left));
    const pages = w.freeSlot() + 10;
    expect(retype({ ...page, count: 3, offset: pages })).toEqual(refused(0));
    const { paddr } = w.typed(untyped, CapType.Untyped);
    expect(w.typed(pages, CapType.Frame).paddr).toBe(paddr + 4096);
    expect(retype({})).toEqual(refused(ErrorCode.NotEnoughMemory, 0));
    w.port.writeWord(paddr + 0x3ffc, 77);
    w.must(ROOT, labels.cnodeRevoke, [untyped, 32]);
    expect(w.port.readWord(paddr + 0x3ffc)).toBe(77);
    expect(retype({ ...page, count: 4, offset: pages })).toEqual(refused(0));
    expect(w.port.readWord(paddr + 0x3ffc)).toBe(0);
  });

  test("a small untyped is cleared at once, a device's never", () => {
    const { w, retype } = make();
    const small = w.create(objectType.untyped, 4);
    const first = w.freeSlot();
    expect(retype({ from: small, offset: first })).toEqual(refused(0));
    const { paddr } = w.typed(small, CapType.Untyped);
    w.must(ROOT, label.cnodeDelete, [first, 32]);
    w.port.writeWord(paddr, 5);
    expect(retype({ from: small, offset: first })).toEqual(refused(0));
    expect(w.port.readWord(paddr)).toBe(0);
    let device = 0;
    for (let slot = 0; slot < 100; slot++) {
      const cap = w.cap(slot);
      if (cap.type === CapType.Untyped && cap.paddr === 0x60000000) device = slot;
    }
    expect(retype({ from: device })).toEqual(refused(ErrorCode.InvalidArgument, 1));
    const frame = w.freeSlot();
    const page = { from: device, type: objectType.page4K, offset: frame };
    expect(retype(page)).toEqual(refused(0));
    w.must(ROOT, label.cnodeDelete, [frame, 32]);
    expect(retype(page)).toEqual(refused(0));
    expect(w.typed(frame, CapType.Frame)).toMatchObject({ isDevice: true, paddr: 0x60000000 });
    const child = w.create(objectType.untyped, 12, device);
    expect(w.typed(child, CapType.Untyped).isDevice).toBe(true);
  });

  test("a long reset is pre-empted, and goes on where it was", () => {
    const { w, retype } = make();
    const large = w.create(objectType.untyped, 17);
    const page = w.freeSlot();
    expect(
      retype({ from: large, type: objectType.untyped, size: 16, count: 2, offset: page }),
    ).toEqual(refused(0));
    w.freeSlot();
    w.must(ROOT, label.cnodeRevoke, [large, 32]);
    w.kernel.state.workUnits = 0;
    w.port.isTimerPending = true;
    const words = [objectType.endpoint, 0, 0, 0, page, 1];
    w.syscall(config.syscall.call, large, { label: label.untypedRetype, words, caps: [ROOT] });
    const { freeBytes } = w.typed(large, CapType.Untyped);
    expect(freeBytes).toBe(2 ** 17 - 100 * 256);
    w.port.isTimerPending = false;
    // The call is made again, from its ecall.
    w.trap(8);
    expect(w.answer()).toEqual(refused(0));
    expect(w.typed(large, CapType.Untyped).freeBytes).toBe(16);
  });
});

describe.each([cantrip, upstream])("interrupts: $name", (config) => {
  const { label } = config;

  test("a handler is issued once", () => {
    const w = new KernelWorld(config);
    const { irqIssueIRQHandler, riscvIRQIssueIRQHandlerTrigger } = label;
    const control = InitialCap.IrqControl;
    const slot = w.freeSlot();
    const issue = (words: number[], caps = [ROOT], name = irqIssueIRQHandler): Answer =>
      w.invoke(control, name, words, caps);
    const truncated = refused(ErrorCode.TruncatedMessage);
    expect(issue([5, slot])).toEqual(truncated);
    expect(issue([5, slot, 32], [])).toEqual(truncated);
    expect(issue([5, 0, slot], [ROOT], riscvIRQIssueIRQHandlerTrigger)).toEqual(truncated);
    const range = refused(ErrorCode.RangeError, 1, 33);
    expect(issue([0, slot, 32])).toEqual(range);
    expect(issue([34, slot, 32])).toEqual(range);
    // The last one is the kernel's timer.
    expect(issue([33, slot, 32])).toEqual(refused(ErrorCode.RevokeFirst));
    expect(issue([5, ROOT, 32])).toEqual(refused(ErrorCode.DeleteFirst));
    expect(issue([5, slot, 40])).toEqual(refused(ErrorCode.RangeError, 1, 32));
    expect(issue([5, slot, 32], [ROOT], label.tcbSuspend)).toEqual(
      refused(ErrorCode.IllegalOperation),
    );
    expect(w.port.unmasked.has(5)).toBe(false);
    expect(issue([5, 1, slot, 32], [ROOT], riscvIRQIssueIRQHandlerTrigger)).toEqual(refused(0));
    expect(w.port.unmasked.has(5)).toBe(true);
    expect(issue([5, w.freeSlot(), 32])).toEqual(refused(ErrorCode.RevokeFirst));
    // The last capability frees it.
    w.must(ROOT, label.cnodeDelete, [slot, 32]);
    expect(w.port.unmasked.has(5)).toBe(false);
    expect(issue([5, slot, 32])).toEqual(refused(0));
  });

  test("a handler signals its notification until it is cleared", () => {
    const w = new KernelWorld(config);
    const handler = w.freeSlot();
    w.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [5, handler, 32], [ROOT]);
    const notification = w.notification();
    const badged = w.mint(notification, 0x40);
    const readOnly = w.mint(notification, 0, 2);
    const set = (caps: number[]): Answer => w.invoke(handler, label.irqSetIRQHandler, [], caps);
    expect(set([])).toEqual(refused(ErrorCode.TruncatedMessage));
    expect(set([ROOT])).toEqual(refused(ErrorCode.InvalidCapability, 0));
    expect(set([readOnly])).toEqual(refused(ErrorCode.InvalidCapability, 0));
    expect(w.invoke(handler, label.tcbSuspend)).toEqual(refused(ErrorCode.IllegalOperation));
    const interrupt = (): void => {
      w.port.raised.add(5);
      w.trap(EXTERNAL);
    };
    interrupt();
    expect(w.port.output).toContain("Undelivered IRQ: 5");
    w.must(handler, label.irqAckIRQ);
    expect(set([notification])).toEqual(refused(0));
    expect(set([badged])).toEqual(refused(0));
    interrupt();
    w.syscall(config.syscall.nbWait, notification);
    expect(w.port.registers[10]).toBe(0x40);
    w.must(handler, label.irqAckIRQ);
    // The copy that the handler keeps is derived from the capability that it was given.
    w.must(ROOT, label.cnodeRevoke, [badged, 32]);
    w.must(ROOT, label.cnodeRevoke, [notification, 32]);
    w.port.output = "";
    interrupt();
    expect(w.port.output).toContain("Undelivered IRQ: 5");
    w.must(handler, label.irqAckIRQ);
    expect(set([notification])).toEqual(refused(0));
    w.must(handler, label.irqClearIRQHandler);
    w.must(handler, label.irqClearIRQHandler);
    w.port.output = "";
    interrupt();
    expect(w.port.output).toContain("Undelivered IRQ: 5");
  });
});
