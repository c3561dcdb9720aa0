import { cantrip, type KernelChecks, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { A0, A2, KernelWorld, TIMER } from "./kernel-world.ts";

/** A profile with one check changed: the order follows from these values, not from the name. */
function withChecks(config: KernelConfig, checks: Partial<KernelChecks>): KernelConfig {
  return { ...config, checks: { ...config.checks, ...checks } };
}

describe("SchedControl_ConfigureFlags with a wrong capability and a wrong budget", () => {
  const configure = (config: KernelConfig, budget: number): number => {
    const world = new KernelWorld(config);
    return world.configure(InitialCap.InitThreadTcb, budget, 1000).error;
  };

  test("names the capability on the fork, the budget on current seL4", () => {
    expect(configure(cantrip, 1)).toBe(ErrorCode.InvalidCapability);
    expect(configure(upstream, 1)).toBe(ErrorCode.RangeError);
    expect(configure(cantrip, 2000)).toBe(ErrorCode.InvalidCapability);
    expect(configure(upstream, 2000)).toBe(ErrorCode.RangeError);
  });

  test("names the capability on both when the times are right", () => {
    expect(configure(cantrip, 500)).toBe(ErrorCode.InvalidCapability);
    expect(configure(upstream, 500)).toBe(ErrorCode.InvalidCapability);
  });

  test("as the profile's data says", () => {
    const swapped = (config: KernelConfig): KernelConfig =>
      withChecks(config, { schedContextBeforeTimes: !config.checks.schedContextBeforeTimes });
    expect(configure(swapped(cantrip), 1)).toBe(ErrorCode.RangeError);
    expect(configure(swapped(upstream), 1)).toBe(ErrorCode.InvalidCapability);
  });
});

describe("TCB_SetSchedParams with the thread's own scheduling context", () => {
  const rebind = (config: KernelConfig): number => {
    const world = new KernelWorld(config);
    const { slot, sc } = world.thread({ budget: 1000 });
    const label = config.label.tcbSetSchedParams;
    return world.invoke(slot, label, [254, 100], [InitialCap.InitThreadTcb, sc, 0]).error;
  };

  test("is refused by the fork only", () => {
    expect(rebind(cantrip)).toBe(ErrorCode.IllegalOperation);
    expect(rebind(upstream)).toBe(0);
    expect(rebind(withChecks(cantrip, { acceptsOwnSchedContext: true }))).toBe(0);
  });

  test("is refused when the thread is blocked and has to wait for its budget", () => {
    const world = new KernelWorld(upstream);
    const { label, syscall } = world.config;
    const handler = world.endpoint();
    const thread = world.thread({ priority: 50, budget: 1000, period: 10_000 });
    const helper = world.thread({ priority: 10, budget: 1000 });
    world.must(thread.slot, label.tcbSetTimeoutEndpoint, [], [handler]);
    const rest = world.rest();
    world.expectRunning(thread);
    // Nobody receives its timeout fault.
    world.pass(1000);
    world.trap(TIMER);
    expect(thread.tcb.state).toBe(ThreadState.BlockedOnSend);
    world.expectRunning(helper);
    world.syscall(syscall.send, rest);
    const caps = [InitialCap.InitThreadTcb, thread.sc, 0];
    const rebind = () => world.invoke(thread.slot, label.tcbSetSchedParams, [254, 50], caps).error;
    expect(rebind()).toBe(ErrorCode.IllegalOperation);
    world.pass(20_000);
    world.trap(TIMER);
    world.expectRunning(world.root);
    expect(rebind()).toBe(0);
  });
});

describe("a receive whose reply capability is none", () => {
  /** Kind of the lookup failure in the fault message, after a lookup that failed at the root. */
  const failureOf = (config: KernelConfig): number => {
    const world = new KernelWorld(config);
    const { syscall } = config;
    const endpoint = world.endpoint();
    const handler = world.endpoint();
    const reply = world.reply();
    const thread = world.thread({ priority: 50, budget: 1000, faultHandler: handler });
    const { state } = world.kernel;
    world.syscall(syscall.recv, handler, { reply });
    world.expectRunning(thread);
    state.lookupFailure = { kind: "invalidRoot" };
    world.syscall(syscall.recv, endpoint, { reply: endpoint });
    expect(world.current).toBe(world.root);
    expect(world.port.registers[A0]).toBe(0);
    return world.port.registers[A2 + 3] ?? 0;
  };

  test("reports a missing capability on current seL4, the failure before on the fork, if that reports any", () => {
    const invalidRoot = 1;
    const missingCapability = 2;
    expect(failureOf(upstream)).toBe(missingCapability);
    const reports = withChecks(cantrip, { reportsLookupFailure: true });
    expect(failureOf(reports)).toBe(invalidRoot);
    expect(failureOf(withChecks(reports, { reportsWrongReply: true }))).toBe(missingCapability);
  });
});
