import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { KernelWorld, type TestThread } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;

describe.each([cantrip, upstream])("what goes with a last capability: $name", (config) => {
  const { label, objectType, sizeBits, syscall } = config;
  const { cnodeCopy, cnodeDelete, cnodeMove, cnodeRevoke } = label;

  /** A world, and a way to have its root delete while it waits for nothing. */
  const make = (): KernelWorld => new KernelWorld(config);
  const remove = (w: KernelWorld, slot: number): void => {
    w.must(ROOT, cnodeDelete, [slot, 32]);
  };
  /** Lets threads run until one signals that the root goes on. */
  const letRun = (w: KernelWorld, run: (wake: number) => void): void => {
    const wake = w.notification();
    w.syscall(syscall.wait, wake);
    run(wake);
    w.syscall(syscall.send, wake);
    w.expectRunning(w.root);
  };

  test("a CNode's capabilities, and CNodes that hold each other", () => {
    const w = make();
    const [a, b] = [w.create(objectType.capTable, 3), w.create(objectType.capTable, 3)];
    const endpoint = w.endpoint();
    const { object } = w.typed(endpoint, CapType.Endpoint);
    w.must(a, cnodeCopy, [0, 3, b, 32, 15], [ROOT]);
    w.must(a, cnodeMove, [5, 3, endpoint, 32], [ROOT]);
    w.must(b, cnodeCopy, [0, 3, a, 32, 15], [ROOT]);
    w.must(b, cnodeCopy, [4, 3, a, 32, 15], [ROOT]);
    // The last capability to b is in a, and a is deleted with b in it.
    remove(w, b);
    expect(w.kernel.state.objectsByPaddr.get(object.paddr)).toBe(object);
    w.must(ROOT, cnodeRevoke, [w.untyped, 32]);
    expect(w.cap(a).type).toBe(CapType.Null);
    expect(w.kernel.state.objectsByPaddr.get(object.paddr)).toBeUndefined();
  });

  test("a CNode that was only in another CNode is left to the end of its memory", () => {
    const w = make();
    const untyped = w.create(objectType.untyped, 12);
    const [outer, inner] = [w.create(objectType.capTable, 3), w.freeSlot()];
    const words = [objectType.capTable, 3, 0, 0, inner, 1];
    w.must(untyped, label.untypedRetype, words, [ROOT]);
    const { object } = w.typed(inner, CapType.CNode);
    w.must(inner, cnodeCopy, [0, 3, w.endpoint(), 32, 15], [ROOT]);
    w.must(inner, cnodeCopy, [6, 3, w.endpoint(), 32, 15], [ROOT]);
    w.must(outer, cnodeMove, [2, 3, inner, 32], [ROOT]);
    remove(w, outer);
    // What is left of it is in its own first slot, where nothing reaches it.
    expect(object.slots[0]?.cap).toMatchObject({ type: CapType.Zombie, object, count: 8 });
    expect(object.slots[6]?.cap.type).toBe(CapType.Endpoint);
    w.must(ROOT, cnodeRevoke, [untyped, 32]);
    expect(w.kernel.state.objectsByPaddr.get(object.paddr)).toBeUndefined();
  });

  test("a large CNode in steps, with interrupts in between", () => {
    const w = make();
    const node = w.create(objectType.capTable, 8);
    const endpoint = w.endpoint();
    for (let index = 0; index < 200; index++)
      w.must(node, cnodeCopy, [index, 8, endpoint, 32, 15], [ROOT]);
    w.kernel.state.workUnits = 0;
    w.port.isTimerPending = true;
    const pc = w.port.registers[32];
    w.syscall(syscall.call, ROOT, { label: cnodeDelete, words: [node, 32] });
    expect(w.typed(node, CapType.Zombie).count).toBe(256 - 100);
    expect(w.port.registers[32]).toBe(pc);
    // A zombie is no CNode, and can be moved or copied no more than used.
    w.port.isTimerPending = false;
    const to = w.freeSlot();
    expect(w.invoke(ROOT, cnodeCopy, [to, 32, node, 32, 15], [ROOT]).error).toBe(3);
    expect(w.invoke(node, cnodeDelete, [0, 8]).error).toBe(2);
    if (config.syscall.debugDumpCNode !== undefined) {
      w.syscall(config.syscall.debugDumpCNode, ROOT);
      expect(w.port.output).toContain("cap_zombie_cap");
    }
    remove(w, node);
    expect(w.cap(node).type).toBe(CapType.Null);
    // A revoke stops in between, too.
    for (let index = 0; index < 150; index++) w.mint(endpoint, index + 1);
    w.kernel.state.workUnits = 0;
    w.port.isTimerPending = true;
    w.syscall(syscall.call, ROOT, { label: cnodeRevoke, words: [endpoint, 32] });
    w.port.isTimerPending = false;
    w.must(ROOT, cnodeRevoke, [endpoint, 32]);
    expect(w.cap(endpoint).type).toBe(CapType.Endpoint);
  });

  test("a thread, in steps", () => {
    const w = make();
    const thread = w.thread({ priority: 50, budget: 1000 });
    w.kernel.state.workUnits = 97;
    w.port.isTimerPending = true;
    w.syscall(syscall.call, ROOT, { label: cnodeDelete, words: [thread.slot, 32] });
    // Of its five slots the last three are empty.
    expect(w.cap(thread.slot)).toMatchObject({ type: CapType.Zombie, count: 2 });
    expect(thread.tcb.slots[2]?.cap.type).toBe(CapType.Null);
    expect(thread.tcb.slots[1]?.cap.type).toBe(CapType.PageTable);
    expect(thread.tcb.schedContext).toBeNull();
    w.port.isTimerPending = false;
    remove(w, thread.slot);
    expect(w.kernel.state.objectsByPaddr.has(thread.tcb.paddr)).toBe(false);
  });

  test("a CSpace that would be deleted with a thread's new one keeps its place", () => {
    const w = make();
    const thread = w.thread({ priority: 50, budget: 1000 });
    const node = w.create(objectType.capTable, 8);
    w.must(thread.slot, label.tcbSetSpace, [0, 0], [0, node, SPACE]);
    const setSpace = (): number =>
      w.invoke(thread.slot, label.tcbSetSpace, [0, 0], [0, ROOT, SPACE]).error;
    const configure = (): number =>
      w.invoke(thread.slot, label.tcbConfigure, [0, 0, 0], [ROOT, SPACE, 0]).error;
    const copy = w.freeSlot();
    w.must(ROOT, cnodeCopy, [copy, 32, node, 32, 15], [ROOT]);
    remove(w, node);
    remove(w, copy);
    // It has the last capability now.
    expect([setSpace(), configure()]).toEqual([3, 3]);
    expect(thread.tcb.slots[0]?.cap.type).toBe(CapType.CNode);
    remove(w, thread.slot);
  });

  test("an endpoint: those who wait make their calls again, a fault leaves its thread stopped", () => {
    const w = make();
    const endpoint = w.endpoint();
    const reply = w.reply();
    const receiver = w.thread({ priority: 60, budget: 1000 });
    const other = w.endpoint();
    const faulty = w.thread({ priority: 55, budget: 1000, faultHandler: other });
    const sender = w.thread({ priority: 50, budget: 1000 });
    const last = w.thread({ priority: 40, budget: 1000 });
    letRun(w, () => {
      w.syscall(syscall.recv, endpoint, { reply });
      w.trap(3);
      w.syscall(syscall.call, other);
      w.expectRunning(last);
    });
    expect(w.typed(reply, CapType.Reply).object.tcb).toBe(receiver.tcb);
    remove(w, endpoint);
    expect(receiver.tcb.state).toBe(ThreadState.Restart);
    expect(w.typed(reply, CapType.Reply).object.tcb).toBeNull();
    // The handler's copy is derived from the capability that it was given.
    w.must(ROOT, cnodeRevoke, [other, 32]);
    expect(faulty.tcb.slots[3]?.cap.type).toBe(CapType.Null);
    remove(w, other);
    expect(sender.tcb.state).toBe(ThreadState.Restart);
    expect(faulty.tcb.state).toBe(ThreadState.Inactive);
    // As the kernel leaves it: it is forgotten when the thread goes on.
    expect(faulty.tcb.fault).toMatchObject({ kind: "userException" });
    w.must(faulty.slot, label.tcbResume);
    expect(faulty.tcb.fault).toBeNull();
  });

  test("a notification: its waiters go on, its thread and its context are free", () => {
    const w = make();
    const [notification, bound] = [w.notification(), w.notification()];
    const first = w.thread({ priority: 60, budget: 1000 });
    const second = w.thread({ priority: 50, budget: 1000 });
    const last = w.thread({ priority: 40, budget: 1000 });
    const context = w.create(objectType.schedContext, sizeBits.minSchedContext);
    w.must(context, label.schedContextBind, [], [bound]);
    w.must(last.slot, label.tcbBindNotification, [], [bound]);
    letRun(w, () => {
      w.syscall(syscall.wait, notification);
      w.syscall(syscall.wait, notification);
      w.expectRunning(last);
    });
    remove(w, notification);
    expect([first, second].map(({ tcb }) => tcb.state)).toEqual([2, 2]);
    remove(w, bound);
    expect(last.tcb.boundNotification).toBeNull();
    expect(w.schedContext(context).notification).toBeNull();
    w.must(last.slot, label.tcbBindNotification, [], [w.notification()]);
  });

  /** A chain of three calls on one budget: root's own thread, `client`, called `middle`, which called `server`. */
  const chain = (
    w: KernelWorld,
  ): Record<"client" | "middle" | "server", TestThread> & {
    replies: number[];
    last: TestThread;
  } => {
    const [outer, inner] = [w.endpoint(), w.endpoint()];
    const replies = [w.reply(), w.reply()];
    const server = w.thread({ priority: 70, budget: 1000 });
    const middle = w.thread({ priority: 60, budget: 1000 });
    const client = w.thread({ priority: 50, budget: 1000 });
    const last = w.thread({ priority: 40, budget: 1000 });
    const parked = w.notification();
    letRun(w, () => {
      w.syscall(syscall.recv, inner, { reply: replies[1] ?? 0 });
      w.syscall(syscall.recv, outer, { reply: replies[0] ?? 0 });
      w.expectRunning(client);
      // The servers are passive: their budgets are taken away while they wait.
      w.syscall(syscall.call, middle.sc, { label: label.schedContextUnbind });
      w.syscall(syscall.call, server.sc, { label: label.schedContextUnbind });
      w.syscall(syscall.call, outer);
      w.expectRunning(middle);
      w.syscall(syscall.call, inner);
      w.expectRunning(server);
      // It waits with what was lent to it.
      w.syscall(syscall.wait, parked);
      w.expectRunning(last);
    });
    return { client, middle, server, last, replies };
  };

  test("a reply on top of a chain: the budget goes back one step", () => {
    const w = make();
    const { client, middle, server, replies } = chain(w);
    const context = w.schedContext(client.sc);
    expect(context.tcb).toBe(server.tcb);
    expect([client, middle].map(({ tcb }) => tcb.state)).toEqual([5, 5]);
    remove(w, replies[1] ?? 0);
    expect(context.tcb).toBe(middle.tcb);
    expect(middle.tcb.state).toBe(ThreadState.Inactive);
    expect(context.reply).toBe(w.typed(replies[0] ?? 0, CapType.Reply).object);
    remove(w, replies[0] ?? 0);
    expect(context.tcb).toBe(client.tcb);
    expect(context.reply).toBeNull();
  });

  test("a reply below another one: the chain is broken, the budget stays", () => {
    const w = make();
    const { client, middle, server, replies } = chain(w);
    const context = w.schedContext(client.sc);
    remove(w, replies[0] ?? 0);
    expect(client.tcb.state).toBe(ThreadState.Inactive);
    expect(context.tcb).toBe(server.tcb);
    remove(w, replies[1] ?? 0);
    expect(context.tcb).toBe(middle.tcb);
    expect(client.tcb.schedContext).toBeNull();
  });

  test.each([
    { which: "middle", keeps: null },
    { which: "client", keeps: 1 },
  ] as const)("a caller that is stopped leaves the chain: $which", ({ which, keeps }) => {
    const w = make();
    const all = chain(w);
    const context = w.schedContext(all.client.sc);
    w.must(all[which].slot, label.tcbSuspend);
    expect(context.tcb).toBe(all.server.tcb);
    const [, top = 0] = all.replies;
    const kept = keeps === null ? null : w.typed(top, CapType.Reply).object;
    expect(context.reply).toBe(kept);
    remove(w, top);
    remove(w, all.replies[0] ?? 0);
    expect(all.middle.tcb.state).toBe(ThreadState.Inactive);
  });

  test("a scheduling context: nobody has it any more", () => {
    const w = make();
    const { client, server } = chain(w);
    const context = w.schedContext(client.sc);
    const notification = w.notification();
    w.must(client.sc, label.schedContextBind, [], [notification]);
    remove(w, client.sc);
    expect(server.tcb.schedContext).toBeNull();
    expect(w.typed(notification, CapType.Notification).object.schedContext).toBeNull();
    expect(context.reply).toBeNull();
  });

  test("a reply object of a thread that waits to receive: it waits no more", () => {
    const w = make();
    const endpoint = w.endpoint();
    const reply = w.reply();
    const receiver = w.thread({ priority: 60, budget: 1000 });
    w.thread({ priority: 40, budget: 1000 });
    letRun(w, () => {
      w.syscall(syscall.recv, endpoint, { reply });
    });
    expect(receiver.tcb.state).toBe(ThreadState.BlockedOnReceive);
    remove(w, reply);
    expect(receiver.tcb.state).toBe(ThreadState.Inactive);
  });
});
