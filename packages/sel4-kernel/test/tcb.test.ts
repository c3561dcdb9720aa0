import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { type Answer, KernelWorld, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;
const SELF = InitialCap.InitThreadTcb;
const refused = (error: number, ...words: number[]): Answer => ({
  error,
  length: words.length,
  words,
});
const truncated = refused(ErrorCode.TruncatedMessage);
const illegal = refused(ErrorCode.IllegalOperation);

describe.each([cantrip, upstream])("TCB invocations: $name", (config) => {
  const { label, objectType, syscall } = config;

  test("messages that are too short", () => {
    const w = new KernelWorld(config);
    const { slot } = w.thread();
    const call = (name: number, words: number[] = [], caps: number[] = []): Answer =>
      w.invoke(slot, name, words, caps);
    expect(call(label.tcbReadRegisters, [0])).toEqual(truncated);
    expect(call(label.tcbWriteRegisters, [0])).toEqual(truncated);
    expect(call(label.tcbWriteRegisters, [0, 3, 1, 2])).toEqual(truncated);
    expect(call(label.tcbCopyRegisters, [0])).toEqual(truncated);
    expect(call(label.tcbCopyRegisters, [], [SELF])).toEqual(truncated);
    expect(call(label.tcbConfigure, [0, 0], [ROOT, SPACE, 0])).toEqual(truncated);
    expect(call(label.tcbConfigure, [0, 0, 0], [ROOT, SPACE])).toEqual(truncated);
    expect(call(label.tcbSetPriority, [], [SELF])).toEqual(truncated);
    expect(call(label.tcbSetPriority, [5])).toEqual(truncated);
    expect(call(label.tcbSetSchedParams, [5, 5], [SELF, 0])).toEqual(truncated);
    expect(call(label.tcbSetIPCBuffer, [0])).toEqual(truncated);
    expect(call(label.tcbSetSpace, [0, 0], [0, ROOT])).toEqual(truncated);
    expect(call(label.tcbBindNotification)).toEqual(truncated);
    expect(call(label.tcbSetTLSBase)).toEqual(truncated);
    expect(call(label.cnodeCopy)).toEqual(illegal);
    const range = refused(ErrorCode.RangeError, 1, 32);
    expect(call(label.tcbReadRegisters, [0, 0])).toEqual(range);
    expect(call(label.tcbReadRegisters, [0, 33])).toEqual(range);
    expect(call(label.tcbCopyRegisters, [0], [ROOT])).toEqual(
      refused(ErrorCode.InvalidCapability, 1),
    );
    expect(call(label.tcbUnbindNotification)).toEqual(illegal);
  });

  test("spaces and buffers that are none", () => {
    const w = new KernelWorld(config);
    const { slot } = w.thread();
    const frame = w.create(objectType.page4K);
    const table = w.create(objectType.pageTable);
    const untyped = w.create(objectType.untyped, 12);
    w.create(objectType.endpoint, 0, untyped);
    const revokeFirst = refused(ErrorCode.RevokeFirst);
    const configure = (caps: number[], words = [0, 0, 0]): Answer =>
      w.invoke(slot, label.tcbConfigure, words, caps);
    expect(configure([frame, SPACE, frame])).toEqual(illegal);
    expect(configure([untyped, SPACE, frame])).toEqual(revokeFirst);
    expect(configure([ROOT, SPACE, frame], [31 << 3, 0, 0])).toEqual(illegal);
    expect(configure([ROOT, table, frame])).toEqual(illegal);
    expect(configure([ROOT, frame, frame])).toEqual(illegal);
    expect(configure([ROOT, untyped, frame])).toEqual(revokeFirst);
    expect(configure([ROOT, SPACE, ROOT], [0, 0, 0x1000])).toEqual(illegal);
    expect(configure([ROOT, SPACE, untyped], [0, 0, 0x1000])).toEqual(revokeFirst);
    expect(configure([ROOT, SPACE, frame], [0, 0, 0x1004])).toEqual(
      refused(ErrorCode.AlignmentError),
    );
    const space = (caps: number[]): Answer => w.invoke(slot, label.tcbSetSpace, [0, 0], caps);
    expect(space([0, frame, SPACE])).toEqual(illegal);
    expect(space([0, ROOT, frame])).toEqual(illegal);
    expect(space([frame, ROOT, SPACE])).toEqual(refused(ErrorCode.InvalidCapability, 1));
    expect(space([0, ROOT, SPACE])).toEqual(refused(0));
    // Its own new buffer, and none.
    const own = (words: number[]): Answer => w.invoke(SELF, label.tcbSetIPCBuffer, words, [frame]);
    expect(own([0x1000])).toEqual(refused(0));
    expect(w.root.ipcBuffer).toBe(0x1000);
  });

  test("registers go from one thread to another, and stop or start them", () => {
    const w = new KernelWorld(config);
    const [a, b] = [w.thread({ isStarted: false }), w.thread({ isStarted: false })];
    a.tcb.context.set([0, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    const copy = (flags: number): Answer =>
      w.invoke(b.slot, label.tcbCopyRegisters, [flags], [a.slot]);
    expect(copy(4)).toEqual(refused(0));
    // The frame registers: pc, ra, sp, gp and s0 to s11.
    expect([1, 2, 3, 8, 9].map((index) => b.tcb.context[index])).toEqual([11, 12, 13, 18, 19]);
    expect([4, 5, 10].map((index) => b.tcb.context[index])).toEqual([0, 0, 0]);
    expect(b.tcb.context[33]).toBe(a.pc);
    expect(copy(8)).toEqual(refused(0));
    expect([4, 5, 10].map((index) => b.tcb.context[index])).toEqual([14, 15, 20]);
    expect(copy(2)).toEqual(refused(0));
    expect(b.tcb.state).toBe(ThreadState.Restart);
    w.must(a.slot, label.tcbResume);
    expect(copy(1)).toEqual(refused(0));
    expect(a.tcb.state).toBe(ThreadState.Inactive);
    expect(w.invoke(SELF, label.tcbCopyRegisters, [0], [a.slot])).toEqual(refused(0));
    w.must(b.slot, label.tcbReadRegisters, [1, 32]);
    expect(b.tcb.state).toBe(ThreadState.Inactive);
    expect(w.invoke(SELF, label.tcbWriteRegisters, [0, 1, 5])).toEqual(illegal);
    w.must(SELF, label.tcbSetTLSBase, [0x1234]);
    expect(w.port.registers[4]).toBe(0x1234);
  });

  test("a priority is set in every state", () => {
    const w = new KernelWorld(config);
    const endpoint = w.endpoint();
    const [high, low] = [60, 50].map((priority) => w.thread({ priority, budget: 1000 }));
    const passive = w.thread({ priority: 30 });
    const stopped = w.thread({ priority: 30, isStarted: false });
    const replies = [w.reply(), w.reply()];
    const wake = w.notification();
    const last = w.thread({ priority: 10, budget: 1000 });
    w.syscall(syscall.wait, wake);
    w.syscall(syscall.recv, endpoint, { reply: replies[0] ?? 0 });
    w.syscall(syscall.recv, endpoint, { reply: replies[1] ?? 0 });
    w.expectRunning(last);
    w.syscall(syscall.send, wake);
    const set = (slot: number, priority: number): Answer =>
      w.invoke(slot, label.tcbSetPriority, [priority], [SELF]);
    const { object } = w.typed(endpoint, CapType.Endpoint);
    expect(object.head).toBe(high?.tcb);
    expect(set(low?.slot ?? 0, 70)).toEqual(refused(0));
    expect(object.head).toBe(low?.tcb);
    expect(set(passive.slot, 31)).toEqual(refused(0));
    expect(set(stopped.slot, 32)).toEqual(refused(0));
    expect(set(last.slot, 33)).toEqual(refused(0));
    expect([passive, stopped, last].map(({ tcb }) => tcb.priority)).toEqual([31, 32, 33]);
    expect(last.tcb.inReadyQueue).toBe(true);
    // Above one's own authority is out of range.
    const weak = w.thread({ isStarted: false });
    w.must(weak.slot, label.tcbSetMCPriority, [20], [SELF]);
    const range = refused(ErrorCode.RangeError, 0, 20);
    expect(w.invoke(last.slot, label.tcbSetPriority, [21], [weak.slot])).toEqual(range);
    expect(w.invoke(last.slot, label.tcbSetSchedParams, [20, 21], [weak.slot, 0, 0])).toEqual(
      range,
    );
    expect(w.invoke(last.slot, label.tcbSetSchedParams, [21, 20], [weak.slot, 0, 0])).toEqual(
      range,
    );
    expect(set(SELF, 254)).toEqual(refused(0));
    expect(w.invoke(last.slot, label.tcbSetPriority, [1], [ROOT])).toEqual(
      refused(ErrorCode.InvalidCapability, 1),
    );
  });

  test("a notification is bound to one thread that does not wait for it", () => {
    const w = new KernelWorld(config);
    const notification = w.notification();
    const writeOnly = w.mint(notification, 0, 1);
    const [a, b] = [w.thread({ priority: 50, budget: 1000 }), w.thread({ isStarted: false })];
    const bind = (slot: number, to: number): Answer =>
      w.invoke(slot, label.tcbBindNotification, [], [to]);
    expect(bind(b.slot, ROOT)).toEqual(illegal);
    expect(bind(b.slot, writeOnly)).toEqual(illegal);
    expect(bind(b.slot, notification)).toEqual(refused(0));
    expect(bind(b.slot, w.notification())).toEqual(illegal);
    expect(bind(a.slot, notification)).toEqual(illegal);
    w.must(b.slot, label.tcbUnbindNotification);
    const wake = w.notification();
    const last = w.thread({ priority: 10, budget: 1000 });
    w.syscall(syscall.wait, wake);
    w.syscall(syscall.wait, notification);
    w.expectRunning(last);
    w.syscall(syscall.send, wake);
    expect(bind(b.slot, notification)).toEqual(illegal);
    // A bound notification that goes frees its thread.
    const bound = w.notification();
    expect(bind(b.slot, bound)).toEqual(refused(0));
    w.must(ROOT, label.cnodeDelete, [b.slot, 32]);
    expect(w.typed(bound, CapType.Notification).object.boundTcb).toBeNull();
  });

  test("an answer may end a time-out, or lead to one", () => {
    const w = new KernelWorld(config);
    const { label: labels } = config;
    const endpoint = w.endpoint();
    const timeouts = w.endpoint();
    const [reply, second] = [w.reply(), w.reply()];
    const server = w.thread({ priority: 70, budget: 1000 });
    const client = w.thread({ priority: 60, budget: 100, period: 5000, scBadge: 9 });
    const handler = w.thread({ priority: 80, budget: 1000 });
    w.must(client.slot, labels.tcbSetTimeoutEndpoint, [], [timeouts]);
    w.must(server.slot, labels.tcbSetTimeoutEndpoint, [], [0]);
    w.rest();
    w.syscall(syscall.recv, timeouts, { reply: second });
    w.syscall(syscall.recv, endpoint, { reply });
    w.expectRunning(client);
    w.syscall(syscall.call, server.sc, { label: labels.schedContextUnbind });
    w.syscall(syscall.call, endpoint);
    w.expectRunning(server);
    expect(w.schedContext(client.sc).tcb).toBe(server.tcb);
    // The server uses up what was lent to it, and waits for more; then it answers.
    w.pass(95);
    w.trap(TIMER);
    expect(server.tcb.inReleaseQueue).toBe(true);
    w.pass(5000);
    w.trap(TIMER);
    w.expectRunning(server);
    w.pass(70);
    w.syscall(syscall.send, reply);
    w.expectRunning(client);
    w.pass(15);
    w.trap(TIMER);
    w.expectRunning(handler);
    expect(w.port.registers[11] ?? 0).toBe((5 << 12) | 3);
    expect(w.port.registers[12]).toBe(9);
    expect(client.tcb.fault?.kind).toBe("timeout");
    w.syscall(syscall.send, second);
    expect(client.tcb.fault).toBeNull();
    expect(client.tcb.inReleaseQueue).toBe(true);
  });

  test("a time-out of a thread whose context was taken away says only its badge", () => {
    const w = new KernelWorld(config);
    const timeouts = w.endpoint();
    const client = w.thread({ priority: 60, budget: 100, period: 5000, scBadge: 9 });
    w.must(client.slot, label.tcbSetTimeoutEndpoint, [], [timeouts]);
    const last = w.thread({ priority: 10, budget: 1000 });
    const wake = w.rest();
    w.expectRunning(client);
    w.pass(95);
    w.trap(TIMER);
    expect(client.tcb.state).toBe(ThreadState.BlockedOnSend);
    w.expectRunning(last);
    w.syscall(syscall.send, wake);
    w.must(client.sc, label.schedContextUnbind);
    w.syscall(syscall.recv, timeouts, { reply: w.reply() });
    expect(w.port.registers[11]).toBe((5 << 12) | 1);
    expect(w.port.registers[12]).toBe(9);
  });
});
