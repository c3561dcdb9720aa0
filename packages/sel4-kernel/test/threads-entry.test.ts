import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap, IpcBufferWord } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, EXTERNAL, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;

describe("interrupts", () => {
  function handler(world: KernelWorld, irq: number): number {
    const { label } = world.config;
    const slot = world.freeSlot();
    world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [irq, slot, 32], [ROOT]);
    return slot;
  }

  test("signals the notification; the claim holds the line until it is acknowledged", () => {
    const world = new KernelWorld();
    const { label, syscall } = world.config;
    const irq = handler(world, 7);
    const notification = world.notification();
    const badged = world.mint(notification, 0x10);
    world.must(irq, label.irqSetIRQHandler, [], [badged]);
    world.port.raised.add(7);
    world.syscall(syscall.wait, notification);
    expect(world.port.isWaiting).toBe(true);
    world.trap(EXTERNAL);
    world.expectRunning(world.root);
    expect(world.port.registers[A0]).toBe(0x10);
    expect(world.port.claimed.has(7)).toBe(true);
    world.must(irq, label.irqAckIRQ);
    expect(world.port.claimed.has(7)).toBe(false);
    expect(world.port.output).toBe("");
  });

  test("an interrupt without a notification is reported, and stays claimed", () => {
    const world = new KernelWorld();
    const irq = handler(world, 9);
    world.port.raised.add(9);
    world.trap(EXTERNAL);
    expect(world.port.output).toBe("Undelivered IRQ: 9\n");
    expect(world.port.claimed.has(9)).toBe(true);
    world.must(irq, world.config.label.irqAckIRQ);
    expect(world.port.claimed.has(9)).toBe(false);
  });

  test("an interrupt that nobody owns is masked", () => {
    const world = new KernelWorld();
    world.port.unmasked.add(12);
    world.port.raised.add(12);
    world.trap(EXTERNAL);
    expect(world.port.output).toBe("Received disabled IRQ: 12\n");
    expect(world.port.unmasked.has(12)).toBe(false);
  });

  test("an external interrupt that somebody else claimed is nothing", () => {
    const world = new KernelWorld();
    const before = [...world.port.registers];
    world.trap(EXTERNAL);
    expect([...world.port.registers]).toEqual(before);
    expect(world.port.output).toBe("");
  });
});

describe("debug calls", () => {
  test("a character", () => {
    const world = new KernelWorld();
    for (const byte of [0x48, 0x169]) world.syscall(world.config.syscall.debugPutChar, byte);
    expect(world.port.output).toBe("Hi");
  });

  test("are made even when the budget is gone", () => {
    const world = new KernelWorld();
    world.pass(1_000_000);
    world.syscall(world.config.syscall.debugPutChar, 0x48);
    expect(world.port.output).toBe("H");
    world.expectRunning(world.root);
  });

  test("the type of a capability; nothing for one that cannot be found", () => {
    const world = new KernelWorld();
    const identify = (cptr: number): number => {
      world.syscall(world.config.syscall.debugCapIdentify, cptr);
      return world.port.registers[A0] ?? -1;
    };
    expect(identify(InitialCap.InitThreadTcb)).toBe(12);
    expect(identify(ROOT)).toBe(10);
    expect(identify(InitialCap.InitThreadSchedContext)).toBe(0x4e);
    expect(identify(world.endpoint())).toBe(4);
    expect(identify(world.freeSlot())).toBe(0);
    expect(identify(0x80000000)).toBe(0);
  });

  test("a name, as long as half a TCB holds", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 50 });
    const name = (text: string): void => {
      const bytes = new Uint8Array(480);
      bytes.set(Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)));
      new Uint32Array(bytes.buffer).forEach((word, index) => {
        world.setBufferWord(world.root, IpcBufferWord.message + index, word);
      });
      world.syscall(world.config.syscall.debugNameThread, thread.slot);
    };
    name("uart_driver:control");
    expect(thread.tcb.name).toBe("uart_driver:control");
    name("x".repeat(300));
    expect(thread.tcb.name).toBe("x".repeat(167));
    expect(world.port.haltReason).toBeUndefined();
    name("x".repeat(480));
    expect(world.port.haltReason).toBeDefined();
  });

  test("halt stops the machine where it is", () => {
    const world = new KernelWorld();
    world.syscall(world.config.syscall.debugHalt, 0);
    expect(world.port.haltReason).toBe("seL4_DebugHalt");
    expect(world.port.output).toMatch(
      /^Debug halt syscall from user thread 0x80[0-9a-f]{6} "rootserver"\n$/,
    );
  });

  test("the threads, in the table of the fork", () => {
    const world = new KernelWorld();
    const thread = world.thread({ priority: 50, budget: 1000, isStarted: false });
    world.syscall(world.config.syscall.debugDumpScheduler, 0);
    expect(world.port.output.split("\n")).toEqual([
      "Dumping all tcbs!",
      "Name                                    \tState          \tIP                  \t Prio \t Core\t InReleaseQueue",
      "--------------------------------------------------------------------------------------",
      `${thread.tcb.name.padStart(40)}\t       inactive\t0x${thread.pc.toString(16)}\t                  50\t0\t0`,
      `${"idle_thread".padStart(40)}\t           idle\t0\t                   0\t0\t0`,
      `${"rootserver".padStart(40)}\t        running\t0x${(world.root.context[33] ?? 0).toString(16)}\t                 255\t0\t0`,
      "",
    ]);
  });

  test("the threads, in the table of current seL4", () => {
    const world = new KernelWorld(upstream);
    world.syscall(world.config.syscall.debugDumpScheduler, 0);
    const [, header = "", rule, idle] = world.port.output.split("\n");
    expect(header).toBe(
      `${"Name".padEnd(40)}   ${"State".padEnd(16)}   ${"IP".padEnd(18)}   Prio   InReleaseQueue`,
    );
    expect(rule).toBe("-".repeat(105));
    expect(idle).toBe(
      `${"idle_thread".padEnd(40)}   ${"idle".padEnd(16)}   ${"00000000".padEnd(18)}      0   ${"no".padEnd(14)}`,
    );
  });

  test("the slots of a CNode, in the fork's words", () => {
    const world = new KernelWorld();
    const { objectType, sizeBits, syscall } = world.config;
    const { base } = world.kernel.state.platform.ram;
    const at = (paddr: number): string => `0x0x${(0x80000000 + paddr - base).toString(16)}`;
    const slots = {
      thread: world.create(objectType.tcb),
      frame: world.create(objectType.page4K),
      endpoint: world.create(objectType.endpoint),
    };
    const badged = world.mint(slots.endpoint, 5);
    const { object: thread } = world.typed(slots.thread, CapType.Thread);
    const frame = world.typed(slots.frame, CapType.Frame);
    const { object: endpoint } = world.typed(slots.endpoint, CapType.Endpoint);
    if (syscall.debugDumpCNode === undefined) throw new Error("no such call");
    world.syscall(syscall.debugDumpCNode, ROOT);
    const lines = world.port.output.split("\n");
    const line = (slot: number): string | undefined =>
      lines.find((each) => each.startsWith(`|- ${index(slot)}. `))?.slice(8);
    const index = (slot: number): string => slot.toString(16).padStart(3, "0");
    const isFinal = "[isFinal=1, isRevokable=1]";
    // As the real kernel prints it: the prefix of pointers twice, and a thread by the second half of its object.
    const threadAt = at(thread.paddr + 2 ** (sizeBits.tcb - 1));
    expect(line(slots.thread)).toBe(`cap_thread_cap (pptr=${threadAt}) ${isFinal} -> null`);
    expect(line(slots.frame)).toBe(
      `cap_frame_cap (pptr=${at(frame.paddr)}, itasid=0, ismapped=0, mapped=0x0, size=0) ${isFinal} -> null`,
    );
    const where = `cap_endpoint_cap (pptr=${at(endpoint.paddr)})`;
    expect(line(slots.endpoint)).toBe(
      `${where} [isFinal=0, isRevokable=1] -> ${index(badged)}. ${where} [isFinal=0, isRevokable=1] -> null`,
    );
  });

  test("a thread is called after its creator", () => {
    const world = new KernelWorld();
    const slot = world.create(world.config.objectType.tcb);
    expect(world.typed(slot, 12).object.name).toBe("child of: 'rootserver'");
  });

  test("of a kernel without them are faults", () => {
    const settings = { ...cantrip.settings, debugBuild: false };
    const world = new KernelWorld({ ...cantrip, settings });
    world.syscall(cantrip.syscall.debugPutChar, 0x48);
    expect(world.port.output).toBe("");
    expect(world.root.state).toBe(ThreadState.Inactive);
  });
});
