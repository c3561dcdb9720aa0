/** What a 64-bit kernel does with words that 32 bits do not hold. Numbers below 0 stand for words with all upper bits set. */
import { upstream64 } from "@cantrip/sel4-config";
import { CapType, CONTEXT_FAULT_PC, numberOf, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, FaultLabel, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, A1, A2, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;
const TWO_32 = 2 ** 32;
const { label, objectType, syscall } = upstream64;

/** The initial task lets threads of priority 254 run before it. */
function stepAside(world: KernelWorld): void {
  const own = InitialCap.InitThreadTcb;
  world.syscall(syscall.call, own, { label: label.tcbSetPriority, words: [253], caps: [own] });
}

describe("badges", () => {
  test("have 64 bits, and reach the receiver", () => {
    const world = new KernelWorld(upstream64);
    const endpoint = world.endpoint();
    const badged = world.mint(endpoint, -2);
    expect(world.typed(badged, CapType.Endpoint)).toMatchObject({
      badge: 0xfffffffe,
      badgeHigh: 0xffffffff,
    });
  });

  test("are collected over both halves of a notification's word", () => {
    const again = new KernelWorld(upstream64);
    const notification = again.notification();
    const low = again.mint(notification, 1);
    const high = again.mint(notification, 5 * TWO_32);
    again.syscall(syscall.send, low);
    again.syscall(syscall.send, high);
    again.syscall(syscall.nbWait, notification);
    expect(numberOf(again.port.registers, A0)).toBe(5 * TWO_32 + 1);
    again.syscall(syscall.nbWait, notification);
    expect(numberOf(again.port.registers, A0)).toBe(0);
  });

  test("of a cancelled send are compared as a whole", () => {
    const world = new KernelWorld(upstream64);
    const endpoint = world.endpoint();
    const first = world.mint(endpoint, 7);
    const second = world.mint(endpoint, 7 + TWO_32);
    const sender = world.thread({ priority: 254, budget: 1000 });
    stepAside(world);
    world.expectRunning(sender);
    world.syscall(syscall.send, first, { words: [1] });
    world.expectRunning(world.root);
    world.must(ROOT, label.cnodeCancelBadgedSends, [second, 64]);
    expect(sender.tcb.state).toBe(ThreadState.BlockedOnSend);
    const { cnodeCancelBadgedSends } = label;
    world.syscall(syscall.call, ROOT, { label: cnodeCancelBadgedSends, words: [first, 64] });
    world.expectRunning(sender);
    expect(sender.tcb.state).not.toBe(ThreadState.BlockedOnSend);
  });
});

describe("messages", () => {
  test.each([true, false])("carry whole words and labels; fast path: %s", (hasFastPath) => {
    const world = new KernelWorld(upstream64, { hasFastPath });
    const endpoint = world.mint(world.endpoint(), 3 * TWO_32 + 9);
    const reply = world.reply();
    const server = world.thread({ priority: 254, budget: 1000 });
    stepAside(world);
    world.syscall(syscall.recv, endpoint, { reply });
    world.must(server.sc, label.schedContextUnbind);
    world.expectRunning(world.root);
    const words = [-1, 2 ** 40 + 3, 5, -(2 ** 45)];
    world.syscall(syscall.call, endpoint, { words, label: 0x1234 });
    world.expectRunning(server);
    expect(world.kernel.fastSyscalls > 0).toBe(hasFastPath);
    expect(words.map((_, index) => numberOf(world.port.registers, A2 + index))).toEqual(words);
    expect(numberOf(world.port.registers, A0)).toBe(3 * TWO_32 + 9);
    // The answer, with words of the buffer.
    const answer = [1, 2, 3, 4, 7 * TWO_32 + 1, 2 ** 52 + 1];
    world.syscall(syscall.replyRecv, endpoint, { reply, words: answer });
    world.expectRunning(world.root);
    expect(world.answer().words).toEqual(answer);
  });
});

describe("CSpaces", () => {
  test("have guards of up to 58 bits", () => {
    const world = new KernelWorld(upstream64);
    const node = world.create(objectType.capTable, 6);
    // All 58 bits: a radix of 6 leaves as many. Size in bits 5:0, guard behind it.
    const guarded = world.mint(node, 58 - 64 * 3);
    const cap = world.typed(guarded, CapType.CNode);
    expect(cap).toMatchObject({ guardSize: 58, guard: 0xfffffffd, guardHigh: 0x3ffffff });
    const thread = world.thread({ priority: 254, budget: 1000, isStarted: false });
    world.must(node, label.cnodeCopy, [9, 6, InitialCap.InitThreadTcb, 64, 15], [ROOT]);
    world.must(node, label.cnodeCopy, [10, 6, world.notification(), 64, 15], [ROOT]);
    world.must(thread.slot, label.tcbSetSpace, [0, 0], [0, guarded, SPACE]);
    world.must(thread.slot, label.tcbResume);
    stepAside(world);
    world.expectRunning(thread);
    // The guard's two lowest of 58 bits are 01.
    const cptr = (index: number): number => -64 * 3 + index;
    world.syscall(syscall.debugCapIdentify, cptr(9));
    expect(world.port.registers[A0]).toBe(CapType.Thread);
    world.syscall(syscall.debugCapIdentify, cptr(10));
    expect(world.port.registers[A0]).toBe(CapType.Notification);
    world.syscall(syscall.debugCapIdentify, 9);
    expect(world.port.registers[A0]).toBe(CapType.Null);
    world.syscall(syscall.debugCapIdentify, cptr(9) - 2 ** 40);
    expect(world.port.registers[A0]).toBe(CapType.Null);
  });

  test("report the guard that they have, all of it", () => {
    const world = new KernelWorld(upstream64);
    const node = world.create(objectType.capTable, 6);
    const guarded = world.mint(node, 40 + 64 * (2 ** 36 + 5));
    const answer = world.invoke(guarded, label.cnodeDelete, [1, 64]);
    expect(answer.error).toBe(ErrorCode.FailedLookup);
    expect(answer.words).toEqual([0, 4, 64, 2 ** 36 + 5, 40]);
    // Guard and radix together are no more than a word.
    const wide = [world.freeSlot(), 64, node, 64, 15, 59];
    expect(world.invoke(ROOT, label.cnodeMint, wide, [ROOT]).error).toBe(
      ErrorCode.IllegalOperation,
    );
  });

  test("number capabilities as riscv64 does", () => {
    const world = new KernelWorld(upstream64);
    const tag = (slot: number): number => {
      world.syscall(syscall.debugCapIdentify, slot);
      return world.port.registers[A0] ?? -1;
    };
    expect(tag(world.schedControl())).toBe(24);
    expect(tag(InitialCap.InitThreadSchedContext)).toBe(22);
    expect(tag(InitialCap.Domain)).toBe(20);
    expect(tag(InitialCap.InitThreadTcb)).toBe(12);
  });
});

describe("address spaces", () => {
  const VADDR = 3 * 2 ** 32 + 0x40201000;
  const isMissing = (bits: number): unknown => ({
    error: ErrorCode.FailedLookup,
    words: [0, 2, bits],
  });

  test("have three levels of tables, and pages of three sizes", () => {
    const world = new KernelWorld(upstream64, {
      deviceRegions: [
        { base: 0x20000000, size: 0x200000 },
        { base: 0x40000000, size: 0x40000000 },
      ],
    });
    const { port, kernel } = world;
    const page = world.create(objectType.page4K);
    const map = (frame: number, at: number): unknown =>
      world.invoke(frame, label.riscvPageMap, [at, 3, 0], [SPACE]);
    expect(map(page, VADDR)).toMatchObject(isMissing(30) as object);
    const first = world.create(objectType.pageTable);
    world.must(first, label.riscvPageTableMap, [VADDR, 0], [SPACE]);
    expect(world.typed(first, CapType.PageTable).vaddr).toBe(3 * 2 ** 32 + 0x40000000);
    expect(map(page, VADDR)).toMatchObject(isMissing(21) as object);
    const second = world.create(objectType.pageTable);
    world.must(second, label.riscvPageTableMap, [VADDR, 0], [SPACE]);
    expect(world.typed(second, CapType.PageTable).vaddr).toBe(3 * 2 ** 32 + 0x40200000);
    expect(map(page, VADDR)).toMatchObject({ error: 0 });
    const { paddr } = world.typed(second, CapType.PageTable);
    const frame = world.typed(page, CapType.Frame);
    expect(port.readWord(paddr + 8)).toBe(((frame.paddr / 4096) * 1024 + 0xdf) >>> 0);
    // All tables are there.
    const third = world.create(objectType.pageTable);
    expect(world.invoke(third, label.riscvPageTableMap, [VADDR, 0], [SPACE]).error).toBe(
      ErrorCode.DeleteFirst,
    );
    const cspace = kernel.state.current.slots[0]?.cap;
    if (cspace?.type !== CapType.CNode) throw new Error("no CSpace");
    const device = (sizeBits: number): number =>
      cspace.object.slots.find(
        ({ cap }) => cap.type === CapType.Untyped && cap.isDevice && cap.sizeBits === sizeBits,
      )?.index ?? 0;
    const mega = world.create(objectType.megaPage, 0, device(21));
    expect(world.typed(mega, CapType.Frame).sizeBits).toBe(21);
    expect(map(mega, VADDR - 0x1000)).toMatchObject({ error: ErrorCode.FailedLookup });
    expect(map(mega, VADDR - 0x1000 + 0x200000)).toMatchObject({ error: 0 });
    const giga = world.create(objectType.gigaPage ?? 0, 0, device(30));
    expect(map(giga, 0x40001000)).toMatchObject({ error: ErrorCode.AlignmentError });
    expect(map(giga, 0x80000000)).toMatchObject({ error: 0 });
    const root = world.typed(SPACE, CapType.PageTable).paddr;
    expect(port.readWord(root + 2 * 8)).toBe((0x40000 << 10) | 0xdf);
    // Without the table in the middle nothing of it is mapped; the capabilities below may be stale.
    world.must(first, label.riscvPageTableUnmap);
    expect(port.readWord(root + ((3 * 2 ** 32 + 0x40000000) / 2 ** 30) * 8)).toBe(0);
    world.must(page, label.riscvPageUnmap);
    expect(kernel.state.isHalted).toBe(false);
  });

  test("end with the user's top, and a last address wraps around", () => {
    const world = new KernelWorld(upstream64);
    const page = world.create(objectType.page4K);
    const map = (at: number): number =>
      world.invoke(page, label.riscvPageMap, [at, 3, 0], [SPACE]).error;
    expect(map(0x3ffffff000)).toBe(ErrorCode.InvalidArgument);
    expect(map(0x3fffffe000)).toBe(ErrorCode.FailedLookup);
    expect(map(-4096)).toBe(ErrorCode.InvalidArgument);
    expect(map(-4095)).toBe(ErrorCode.AlignmentError);
    expect(map(2 ** 40)).toBe(ErrorCode.InvalidArgument);
  });
});

describe("a time", () => {
  test("is one word, in arguments, ranges and answers", () => {
    const world = new KernelWorld(upstream64);
    const { schedControlConfigureFlags } = label;
    const sc = world.create(objectType.schedContext, 7);
    const control = world.schedControl();
    const configure = (words: readonly number[]): unknown =>
      world.invoke(control, schedControlConfigureFlags, words, [sc]);
    expect(configure([1000, 1000, 0, 0])).toMatchObject({ error: ErrorCode.TruncatedMessage });
    expect(configure([1000, 2000, 0, 2 ** 36 + 1, 1])).toMatchObject({ error: 0 });
    expect(world.schedContext(sc)).toMatchObject({
      ...{ budget: 24_000, period: 48_000, badge: 1, badgeHigh: 16, isSporadic: true },
    });
    // A context of the least size has the least refills.
    expect(configure([1000, 2000, 1, 0, 0])).toMatchObject({
      error: ErrorCode.RangeError,
      words: [0, 0],
    });
    expect(configure([-1, 2000, 0, 0, 0])).toMatchObject({
      error: ErrorCode.RangeError,
      words: [20, Number((2n ** 64n - 1n) / 24n / 8n)],
    });
    expect(configure([2 ** 40, 2 ** 39, 0, 0, 0])).toMatchObject({ words: [20, 2 ** 39] });
    world.schedContext(sc).consumed = 24 * (2 ** 33 + 7);
    expect(world.must(sc, label.schedContextConsumed)).toEqual([2 ** 33 + 7]);
  });
});

describe("registers and faults", () => {
  test("have whole words", () => {
    const world = new KernelWorld(upstream64);
    const endpoint = world.endpoint();
    const reply = world.reply();
    const { slot, tcb } = world.thread({
      ...{ priority: 254, budget: 1000, faultHandler: endpoint, isStarted: false },
    });
    const registers = [2 ** 37 + 0x1000, -5, 2 ** 36];
    world.must(slot, label.tcbWriteRegisters, [0, 3, ...registers]);
    expect(world.must(slot, label.tcbReadRegisters, [0, 3])).toEqual(registers);
    world.must(slot, label.tcbSetTLSBase, [2 ** 35 + 8]);
    expect(numberOf(tcb.context, 4)).toBe(2 ** 35 + 8);
    world.must(slot, label.tcbResume);
    stepAside(world);
    world.expectRunning(tcb);
    expect(numberOf(world.port.registers, 32)).toBe(2 ** 37 + 0x1000);
    world.trap(13, 2 ** 35 + 0x123);
    world.syscall(syscall.recv, endpoint, { reply });
    expect(world.port.registers[A1]).toBe((FaultLabel.VMFault << 12) | 4);
    expect(world.answer().words).toEqual([2 ** 37 + 0x1000, 2 ** 35 + 0x123, 0, 5]);
    world.syscall(syscall.send, reply);
    world.expectRunning(tcb);
    // A number whose lower half is a system call's is none.
    world.syscall(TWO_32 - 5, endpoint);
    expect(numberOf(tcb.context, CONTEXT_FAULT_PC)).toBe(2 ** 37 + 0x1000);
    world.syscall(syscall.recv, endpoint, { reply });
    const message = world.answer();
    expect(message.error).toBe(FaultLabel.UnknownSyscall);
    expect(message.words.at(-1)).toBe(TWO_32 - 5);
    expect(message.words[1]).toBe(2 ** 36);
    // The answer sets registers, all of them.
    world.syscall(syscall.send, reply, { words: [2 ** 34, 2 ** 33 + 16] });
    expect(numberOf(world.port.registers, 32)).toBe(2 ** 34);
    expect(numberOf(world.port.registers, 2)).toBe(2 ** 33 + 16);
  });
});
