import {
  type KernelObserver,
  inspectAddress,
  inspectSlot,
  SyscallOutcome,
} from "@cantrip/sel4-kernel";
import { cantrip } from "@cantrip/sel4-config";
import { CapRights, ErrorCode, InitialCap, messageInfo } from "@cantrip/sel4-sys";
import { Kernel } from "@cantrip/sel4-kernel";
import { describe, expect, test } from "vitest";
import { A1, ECALL, EXTERNAL, KernelWorld, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const OUTCOMES = Object.keys(SyscallOutcome);
const SYSCALLS = Object.entries(cantrip.syscall);

function syscallName(number: number): string {
  return SYSCALLS.find(([, value]) => value === number)?.[0] ?? String(number);
}

/** Writes down every event. */
function recorder(seen: string[]): KernelObserver {
  return {
    systemCall: (thread, number) => seen.push(`${thread.name}: ${syscallName(number)}`),
    systemCallEnd: (thread, number, outcome, error) =>
      seen.push(
        `${thread.name}: ${syscallName(number)} ${OUTCOMES[outcome] ?? "?"}${error === 0 ? "" : ` error ${error}`}`,
      ),
    message: (sender, receiver, endpoint, badge, info) =>
      seen.push(
        `${sender.name} -> ${receiver.name} ${endpoint === null ? "reply" : "endpoint"} badge ${badge} info ${info.toString(16)}`,
      ),
    fault: (thread, fault, hasHandler) =>
      seen.push(`${thread.name} ${fault.kind}${hasHandler ? "" : " unhandled"}`),
    interrupt: (irq, notification) =>
      seen.push(`irq ${irq ?? "timer"}${notification === null ? "" : " signals"}`),
    threadSwitch: (from, to) => seen.push(`${from.name} => ${to.name}`),
  };
}

function observed(world: KernelWorld): string[] {
  const seen: string[] = [];
  world.kernel.observe(recorder(seen));
  return seen;
}

describe("an observer sees", () => {
  test("the boot, each system call and each exit", () => {
    const world = new KernelWorld();
    const seen: string[] = [];
    const { port } = world;
    const kernel = new Kernel({
      config: cantrip,
      port,
      platform: world.kernel.state.platform,
      observer: { ...recorder(seen), exit: (thread) => seen.push(`> ${thread.name}`) },
    });
    kernel.boot({ image: { paddr: 0x28028000, size: 0x2000 }, vaddr: 0x10000, entry: 0x10000 });
    port.registers[17] = cantrip.syscall.yield;
    kernel.trap(ECALL, 0);
    expect(seen).toEqual([
      "idle_thread => rootserver",
      "> rootserver",
      "rootserver: yield",
      "rootserver: yield Done",
      "> rootserver",
    ]);
    expect(kernel.syscalls).toBe(1);
  });

  test("a call and its reply, with badge, capability and switches", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const badged = world.mint(endpoint, 77);
    const gift = world.notification();
    const free = world.freeSlot();
    const server = world.thread({ priority: 120, budget: 1000 });
    const client = world.thread({ priority: 100, budget: 1000 });
    world.rest();
    world.expectRunning(server);
    world.setReceiveSlot(server.tcb, free);
    const seen = observed(world);
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(client);
    world.syscall(syscall.call, badged, { label: 5, words: [1], caps: [gift] });
    world.syscall(syscall.replyRecv, endpoint, { reply, label: 3 });
    const [s, c] = [server.tcb.name, client.tcb.name];
    expect(seen).toEqual([
      `${s}: recv`,
      `${s}: recv Blocked`,
      `${s} => ${c}`,
      `${c}: call`,
      `${c} -> ${s} endpoint badge 77 info ${messageInfo(5, 1, 1).toString(16)}`,
      `${c}: call Blocked`,
      `${c} => ${s}`,
      `${s}: replyRecv`,
      `${s} -> ${c} reply badge 0 info ${messageInfo(3, 0).toString(16)}`,
      `${s}: replyRecv Blocked`,
      `${s} => ${c}`,
    ]);
  });

  test("the message of a sender that waited, when the receiver comes", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const sender = world.thread({ priority: 120, budget: 1000 });
    const receiver = world.thread({ priority: 100, budget: 1000 });
    const reply = world.reply();
    world.rest();
    const seen = observed(world);
    world.syscall(syscall.send, endpoint, { label: 2 });
    world.syscall(syscall.recv, endpoint, { reply });
    expect(seen).toContain(`${sender.tcb.name}: send Blocked`);
    const at = seen.indexOf(
      `${sender.tcb.name} -> ${receiver.tcb.name} endpoint badge 0 info ${messageInfo(2, 0).toString(16)}`,
    );
    expect(at).toBeGreaterThan(seen.indexOf(`${receiver.tcb.name}: recv`));
    expect(at).toBeLessThan(seen.indexOf(`${receiver.tcb.name}: recv Done`));
  });

  test("the error of an invocation, and none for the next one", () => {
    const world = new KernelWorld();
    const { label } = world.config;
    const endpoint = world.endpoint();
    const seen = observed(world);
    const answer = world.invoke(ROOT, label.cnodeCopy, [endpoint, 32, endpoint, 32, 3], [ROOT]);
    expect(answer.error).toBe(ErrorCode.DeleteFirst);
    world.must(ROOT, label.cnodeDelete, [endpoint, 32]);
    expect(seen.filter((line) => line.includes("call "))).toEqual([
      `rootserver: call Done error ${ErrorCode.DeleteFirst}`,
      "rootserver: call Done",
    ]);
  });

  test("a refused send, which its thread does not hear of", () => {
    const world = new KernelWorld();
    const endpoint = world.endpoint();
    const deaf = world.mint(endpoint, 1, CapRights.Read);
    const seen = observed(world);
    world.syscall(world.config.syscall.send, deaf);
    expect(seen).toEqual([
      "rootserver: send",
      `rootserver: send Done error ${ErrorCode.InvalidCapability}`,
    ]);
  });

  test("faults, with and without a handler", () => {
    const world = new KernelWorld();
    const endpoint = world.endpoint();
    const reply = world.reply();
    const faultHandler = world.mint(endpoint, 66);
    const handler = world.thread({ priority: 200, budget: 1000 });
    const watched = world.thread({ priority: 100, budget: 1000, faultHandler });
    const lonely = world.thread({ priority: 50, budget: 1000 });
    world.rest();
    world.syscall(world.config.syscall.recv, endpoint, { reply });
    world.expectRunning(watched);
    const seen = observed(world);
    world.trap(13, 0xdead1000);
    expect(seen).toEqual([
      `${watched.tcb.name} vmFault`,
      `${watched.tcb.name} -> ${handler.tcb.name} endpoint badge 66 info ${(world.port.registers[A1] ?? 0).toString(16)}`,
      `${watched.tcb.name} => ${handler.tcb.name}`,
    ]);
    world.syscall(world.config.syscall.recv, endpoint, { reply });
    world.expectRunning(lonely);
    seen.length = 0;
    world.syscall(world.config.syscall.recv, 0x7777);
    expect(seen).toEqual([
      `${lonely.tcb.name}: recv`,
      `${lonely.tcb.name} capFault unhandled`,
      `${lonely.tcb.name}: recv Fault`,
      `${lonely.tcb.name} => idle_thread`,
    ]);
  });

  test("interrupts: what they signal, and the kernel's own timer", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const handler = world.freeSlot();
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [7, handler, 32], [ROOT]);
    const notification = world.notification();
    world.must(handler, label.irqSetIRQHandler, [], [notification]);
    const seen = observed(world);
    world.port.raised.add(7);
    world.trap(EXTERNAL);
    world.must(handler, label.irqClearIRQHandler);
    world.must(handler, label.irqAckIRQ);
    world.port.raised.add(7);
    world.trap(EXTERNAL);
    world.trap(TIMER);
    world.syscall(syscall.wait, notification);
    expect(seen.filter((line) => line.startsWith("irq"))).toEqual([
      "irq 7 signals",
      "irq 7",
      "irq timer",
    ]);
  });

  test("a call whose budget is used up, and which is made again", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const thread = world.thread({ priority: 100, budget: 100, period: 1000 });
    const endpoint = world.endpoint();
    world.rest();
    world.expectRunning(thread);
    const seen = observed(world);
    world.pass(200);
    world.syscall(syscall.nbSend, endpoint);
    world.pass(2000);
    world.trap(TIMER);
    world.expectRunning(thread);
    world.syscall(syscall.nbSend, endpoint);
    expect(seen.filter((line) => line.includes("nbSend "))).toEqual([
      `${thread.tcb.name}: nbSend Restart`,
      `${thread.tcb.name}: nbSend Done`,
    ]);
  });

  test("a thread that stops itself", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 100, budget: 1000 });
    world.rest();
    const seen = observed(world);
    world.syscall(world.config.syscall.call, thread.slot, { label: world.config.label.tcbSuspend });
    expect(seen).toContain(`${thread.tcb.name}: call Stopped`);
  });

  test("nothing any more when it was taken away", () => {
    const world = new KernelWorld();
    const seen = observed(world);
    world.syscall(world.config.syscall.yield, 0);
    const { length } = seen;
    expect(length).toBe(2);
    world.kernel.observe(null);
    world.syscall(world.config.syscall.yield, 0);
    expect(seen).toHaveLength(length);
  });
});

describe("tools look", () => {
  test("up a slot without leaving a failure", () => {
    const world = new KernelWorld();
    const { state } = world.kernel;
    const before = state.lookupFailure;
    expect(inspectSlot(world.kernel.state, world.root, ROOT)?.cap.type).toBe(world.cap(ROOT).type);
    expect(inspectSlot(world.kernel.state, world.root, InitialCap.InitThreadTcb)?.index).toBe(1);
    expect(inspectSlot(world.kernel.state, world.root, 0xffff0001)).toBeNull();
    expect(state.lookupFailure).toBe(before);
  });

  test("through the page tables of a thread", () => {
    const world = new KernelWorld();
    const { state } = world.kernel;
    expect(inspectAddress(state, world.root, 0x10010)).toBe(0x28028010);
    expect(inspectAddress(state, world.root, 0x7ffff000)).toBe(0);
  });
});
