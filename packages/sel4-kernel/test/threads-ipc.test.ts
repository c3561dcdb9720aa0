import { ThreadState } from "@cantrip/sel4-kernel";
import { CapRights, ErrorCode, InitialCap, IpcBufferWord, messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, A1, A2, FAULT_PC, KernelWorld, PC } from "./kernel-world.ts";

/** A server that waits passively, started on the scheduling context that is taken from it afterwards. */
function passiveServer(world: KernelWorld, endpoint: number, reply: number) {
  const server = world.thread({ priority: 120, budget: 1000 });
  const wake = world.rest();
  world.expectRunning(server);
  world.syscall(world.config.syscall.recv, endpoint, { reply });
  return { server, wake };
}

/** Something that signals the initial task awake, at the lowest priority. */
function wakeRoot(world: KernelWorld, notification: number): void {
  world.syscall(world.config.syscall.send, notification);
  world.expectRunning(world.root);
}

describe("call and reply", () => {
  test("a message of registers and buffer words, a badge, a lent budget and its return", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const badged = world.mint(endpoint, 77);
    const helper = world.thread({ priority: 10, budget: 1000 });
    const { server, wake } = passiveServer(world, endpoint, reply);
    world.expectRunning(helper);
    wakeRoot(world, wake);
    world.must(server.sc, label.schedContextUnbind);
    const client = world.thread({ priority: 100, budget: 1000 });
    const rest = world.rest();
    world.expectRunning(client);

    const words = [11, 12, 13, 14, 15, 16];
    world.syscall(syscall.call, badged, { label: 5, words });
    world.expectRunning(server);
    expect(world.port.registers[A0]).toBe(77);
    expect((world.port.registers[A1] ?? 0) >>> 0).toBe(messageInfo(5, 6));
    expect(world.answer().words).toEqual(words);
    expect(server.tcb.schedContext).toBe(world.schedContext(client.sc));
    expect(client.tcb.state).toBe(ThreadState.BlockedOnReply);
    expect(client.tcb.schedContext).toBeNull();

    world.syscall(syscall.replyRecv, endpoint, { reply, label: 3, words: [21] });
    world.expectRunning(client);
    expect(world.port.registers[A0]).toBe(0);
    expect(world.answer()).toEqual({ error: 3, length: 1, words: [21] });
    expect(world.port.registers[PC]).toBe(client.pc + 4);
    expect(client.tcb.schedContext).toBe(world.schedContext(client.sc));
    expect(server.tcb.schedContext).toBeNull();
    expect(server.tcb.state).toBe(ThreadState.BlockedOnReceive);
    wakeRoot(world, rest);
  });

  test("a call without the right to be answered delivers, and leaves the caller inactive", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const mute = world.mint(endpoint, 1, CapRights.Write);
    const caller = world.thread({ priority: 50, budget: 1000 });
    const receiver = world.thread({ priority: 100, budget: 1000 });
    world.rest();
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(caller);
    world.syscall(syscall.call, mute, { words: [9] });
    world.expectRunning(receiver);
    expect(world.port.registers[A2]).toBe(9);
    expect(caller.tcb.state).toBe(ThreadState.Inactive);
  });

  test("a reply object that is used again cancels who waited on it", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const client = world.thread({ priority: 50, budget: 1000 });
    const server = world.thread({ priority: 100, budget: 1000 });
    world.rest();
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(client);
    world.syscall(syscall.call, endpoint);
    world.expectRunning(server);
    expect(client.tcb.state).toBe(ThreadState.BlockedOnReply);
    world.syscall(syscall.recv, endpoint, { reply });
    expect(client.tcb.state).toBe(ThreadState.Inactive);
  });

  test("a deleted reply object gives the budget back and leaves the caller inactive", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const helper = world.thread({ priority: 5, budget: 1000 });
    const { server, wake } = passiveServer(world, endpoint, reply);
    world.expectRunning(helper);
    wakeRoot(world, wake);
    world.must(server.sc, label.schedContextUnbind);
    const client = world.thread({ priority: 100, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.call, endpoint);
    world.expectRunning(server);
    wakeRoot(world, rest);
    world.must(InitialCap.InitThreadCNode, label.cnodeDelete, [reply, 32]);
    expect(client.tcb.state).toBe(ThreadState.Inactive);
    expect(client.tcb.schedContext).toBe(world.schedContext(client.sc));
    expect(server.tcb.schedContext).toBeNull();
  });

  test("a call to a notification or an unused reply object is answered empty", () => {
    const world = new KernelWorld();
    for (const slot of [world.notification(), world.reply()]) {
      world.port.registers[A2] = 99;
      const answer = world.invoke(slot, 7, [99]);
      expect(answer).toEqual({ error: 0, length: 0, words: [] });
      expect(world.port.registers[A0]).toBe(0);
    }
  });

  test("the send phase of a combined call does not act on threads", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const thread = world.thread({ priority: 50, budget: 1000 });
    const notification = world.notification();
    world.syscall(syscall.nbSendWait, notification, {
      label: label.tcbSuspend,
      reply: thread.slot,
    });
    expect(thread.tcb.state).not.toBe(ThreadState.Inactive);
    world.expectRunning(thread);
  });
});

describe("sending and receiving", () => {
  test("senders wait by priority, first come first served inside one", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const senders = [50, 60, 50, 60].map((priority, index) => ({
      ...world.thread({ priority, budget: 1000 }),
      priority,
      badge: world.mint(endpoint, index + 1),
    }));
    const receiver = world.thread({ priority: 10, budget: 1000 });
    world.rest();
    const sent: typeof senders = [];
    while (sent.length < senders.length) {
      const sender = senders.find(({ tcb }) => tcb === world.current);
      if (sender === undefined) throw new Error("nobody is left to send");
      sent.push(sender);
      world.syscall(syscall.send, sender.badge, { words: [sender.tcb.priority] });
    }
    world.expectRunning(receiver);
    const queue = [];
    const { head } = world.typed(endpoint, 4).object;
    for (let tcb = head; tcb !== null; tcb = tcb.queueNext) queue.push(tcb);
    const wanted = [60, 50].flatMap((priority) => sent.filter((one) => one.priority === priority));
    expect(queue.map(({ name }) => name)).toEqual(wanted.map(({ tcb }) => tcb.name));

    world.syscall(syscall.recv, endpoint, { reply });
    const [first] = wanted;
    if (first === undefined) throw new Error("nobody sent");
    expect(receiver.tcb.context[A0]).toBe(world.typed(first.badge, 4).badge);
    expect(world.messageOf(receiver.tcb, 0)).toBe(60);
    world.expectRunning(first);
  });

  test("a new priority moves a waiting sender in the queue", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const endpoint = world.endpoint();
    const low = world.thread({ priority: 50, budget: 1000 });
    const high = world.thread({ priority: 60, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.expectRunning(high);
    world.syscall(syscall.send, endpoint);
    world.expectRunning(low);
    world.syscall(syscall.send, endpoint);
    world.expectRunning(helper);
    expect(world.typed(endpoint, 4).object.head).toBe(high.tcb);
    wakeRoot(world, rest);
    world.must(low.slot, label.tcbSetPriority, [70], [InitialCap.InitThreadTcb]);
    expect(world.typed(endpoint, 4).object.head).toBe(low.tcb);
  });

  test("a send nobody waits for is dropped when it must not block", () => {
    const world = new KernelWorld();
    const endpoint = world.endpoint();
    world.syscall(world.config.syscall.nbSend, endpoint, { words: [1] });
    world.expectRunning(world.root);
    expect(world.typed(endpoint, 4).object.head).toBeNull();
  });

  test("a receive or wait that finds nothing writes only a0", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const notification = world.notification();
    const reply = world.reply();
    for (const [number, cptr] of [
      [syscall.nbRecv, endpoint],
      [syscall.nbWait, notification],
    ] as const) {
      world.port.registers.fill(0x1234, 1, 32);
      world.syscall(number, cptr, { reply });
      expect(world.port.registers[A0]).toBe(0);
      expect([...world.port.registers.slice(A2, A2 + 4)]).toEqual(Array(4).fill(0x1234));
    }
  });

  test("a signal writes only a0, and signals before a wait are or-ed", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const notification = world.notification();
    for (const badge of [1, 4]) world.syscall(syscall.send, world.mint(notification, badge));
    world.port.registers.fill(0x1234, 1, 32);
    world.syscall(syscall.wait, notification);
    world.expectRunning(world.root);
    expect(world.port.registers[A0]).toBe(5);
    expect(world.port.registers[A2]).toBe(0x1234);
  });

  test("senders with a cancelled badge make their system call again", () => {
    const world = new KernelWorld();
    const { syscall, label } = world.config;
    const endpoint = world.endpoint();
    const badged = world.mint(endpoint, 7);
    const sender = world.thread({ priority: 50, budget: 1000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    const rest = world.rest();
    world.syscall(syscall.send, badged, { words: [1, 2, 3, 4] });
    const before = [...sender.tcb.context.slice(0, 32)];
    world.expectRunning(helper);
    wakeRoot(world, rest);
    world.must(InitialCap.InitThreadCNode, label.cnodeCancelBadgedSends, [badged, 32]);
    expect(sender.tcb.state).toBe(ThreadState.Restart);
    world.rest();
    world.expectRunning(sender);
    expect(world.port.registers[PC]).toBe(sender.pc);
    expect([...world.port.registers.slice(0, 32)]).toEqual(before);
  });
});

describe("capabilities in messages", () => {
  function transfer(caps: (world: KernelWorld, endpoint: number) => number[]) {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const sent = caps(world, endpoint);
    const target = world.freeSlot();
    const sender = world.thread({ priority: 50, budget: 1000 });
    const receiver = world.thread({ priority: 100, budget: 1000 });
    world.setReceiveSlot(receiver.tcb, target);
    world.rest();
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(sender);
    world.syscall(syscall.send, endpoint, { caps: sent });
    world.expectRunning(receiver);
    const info = (world.port.registers[A1] ?? 0) >>> 0;
    return { world, receiver, target, extraCaps: (info >>> 7) & 3, unwrapped: (info >>> 9) & 7 };
  }

  test("one moves into the receive slot, further ones do not", () => {
    const result = transfer((world) => [world.notification(), world.notification()]);
    expect(result.world.cap(result.target).type).toBe(6);
    expect(result.extraCaps).toBe(1);
    expect(result.unwrapped).toBe(0);
  });

  test("one to the endpoint itself arrives as its badge", () => {
    const result = transfer((world, endpoint) => [world.mint(endpoint, 42), world.notification()]);
    expect(result.extraCaps).toBe(2);
    expect(result.unwrapped).toBe(1);
    expect(result.world.bufferWord(result.receiver.tcb, IpcBufferWord.caps)).toBe(42);
    expect(result.world.cap(result.target).type).toBe(6);
  });

  test("an empty slot moves nothing", () => {
    const result = transfer((world) => [world.freeSlot()]);
    expect(result.world.cap(result.target).type).toBe(0);
    expect(result.extraCaps).toBe(0);
  });
});

describe("invocations", () => {
  test("the words of each refusal", () => {
    const world = new KernelWorld();
    const { label } = world.config;
    const thread = world.thread({ priority: 50, budget: 1000 });
    world.must(thread.slot, label.tcbSetMCPriority, [60], [InitialCap.InitThreadTcb]);
    expect(world.invoke(thread.slot, label.tcbSetPriority, [61], [thread.slot])).toEqual({
      error: ErrorCode.RangeError,
      length: 2,
      words: [0, 60],
    });
    expect(world.invoke(thread.slot, label.tcbSetPriority, [61])).toEqual({
      error: ErrorCode.TruncatedMessage,
      length: 0,
      words: [],
    });
    expect(
      world.invoke(thread.slot, label.tcbSetPriority, [1], [InitialCap.InitThreadCNode]),
    ).toEqual({ error: ErrorCode.InvalidCapability, length: 1, words: [1] });
    expect(world.invoke(world.freeSlot(), 1)).toEqual({
      error: ErrorCode.InvalidCapability,
      length: 1,
      words: [0],
    });
    expect(world.invoke(thread.slot, 999).error).toBe(ErrorCode.IllegalOperation);
  });

  test("a refused send is silent and changes no register", () => {
    const world = new KernelWorld();
    const before = [...world.port.registers];
    before[17] = world.config.syscall.send;
    before[A0] = InitialCap.InitThreadTcb;
    before[A1] = messageInfo(999, 0);
    before[PC] = (before[PC] ?? 0) + 4;
    world.syscall(world.config.syscall.send, InitialCap.InitThreadTcb, { label: 999 });
    expect([...world.port.registers]).toEqual(before);
  });

  test("registers of another thread, in the order of seL4_UserContext", () => {
    const world = new KernelWorld();
    const { label } = world.config;
    const thread = world.thread({ priority: 50, isStarted: false });
    const words = Array.from({ length: 32 }, (_, index) => 0x100 + index * 4);
    world.must(thread.slot, label.tcbWriteRegisters, [0, 32, ...words]);
    expect(world.must(thread.slot, label.tcbReadRegisters, [0, 32])).toEqual(words);
    expect(thread.tcb.context[FAULT_PC]).toBe(0x100);
    expect(thread.tcb.context[2]).toBe(0x108);
    expect(thread.tcb.context[A0]).toBe(0x100 + 16 * 4);
    expect(thread.tcb.context[4]).toBe(0x100 + 31 * 4);
    const self = world.invoke(InitialCap.InitThreadTcb, label.tcbReadRegisters, [0, 32]);
    expect(self.error).toBe(ErrorCode.IllegalOperation);
  });
});
