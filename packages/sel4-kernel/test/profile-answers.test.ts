import { ErrorCode, InitialCap, messageInfo } from "@cantrip/sel4-sys";
import { expect } from "vitest";
import { A0, A1, A2, type KernelWorld } from "./kernel-world.ts";
import { type Delta, testDeltas } from "./profile-table.ts";

const SENTINEL = 0x7777;

/** Registers a0..a3 behind a system call; what the kernel left alone is `SENTINEL`. */
function send(world: KernelWorld, cptr: number, label: number): number[] {
  const { registers } = world.port;
  registers.fill(SENTINEL, A2, A2 + 4);
  world.syscall(world.config.syscall.send, cptr, { label });
  return [A0, A1, A2, A2 + 1].map((index) => (registers[index] ?? 0) >>> 0);
}

/** Length and words of the answer to a Call, with words that are there although the length hides them. */
function call(world: KernelWorld, cptr: number, label: number): object {
  const { registers } = world.port;
  registers.fill(SENTINEL, A2, A2 + 4);
  const { error, length } = world.invoke(cptr, label);
  const words = [registers[A2], registers[A2 + 1]].map((word) => (word ?? 0) >>> 0);
  return { error, length, words };
}

/** A scheduling context whose thread ran for 30 microseconds. */
function usedContext(world: KernelWorld): number {
  const thread = world.thread({ priority: 100, budget: 1000 });
  const rest = world.rest();
  world.pass(30);
  world.syscall(world.config.syscall.send, rest);
  return thread.sc;
}

/** Registers a1 and a2 of a thread that waits for what it yielded to when another thread yields to the same context. */
function yieldTwice(world: KernelWorld): object {
  const { label, syscall } = world.config;
  const wakeUp = world.notification();
  const second = world.thread({ priority: 70, budget: 1000 });
  const target = world.thread({ priority: 60, budget: 1000 });
  const first = world.thread({ priority: 60, budget: 1000 });
  world.rest();
  world.expectRunning(second);
  world.syscall(syscall.wait, wakeUp);
  world.expectRunning(first);
  const { registers } = world.port;
  registers.fill(SENTINEL, A2, A2 + 4);
  world.syscall(syscall.call, target.sc, { label: label.schedContextYieldTo });
  world.expectRunning(target);
  world.pass(40);
  world.syscall(syscall.send, wakeUp);
  world.expectRunning(second);
  world.syscall(syscall.call, target.sc, { label: label.schedContextYieldTo });
  return [A1, A2].map((index) => (first.tcb.context[index] ?? 0) >>> 0);
}

const deltas: readonly Delta[] = [
  {
    what: "SchedContext_Consumed, called",
    source: "schedcontext.c: setConsumed",
    see: (world) => call(world, usedContext(world), world.config.label.schedContextConsumed),
    cantrip: { error: 0, length: 0, words: [30, 0] },
    upstream: { error: 0, length: 2, words: [30, 0] },
  },
  {
    what: "SchedContext_Consumed, sent",
    source: "schedcontext.c: setConsumed",
    see: (world) =>
      send(world, usedContext(world), world.config.label.schedContextConsumed).slice(1),
    cantrip: [messageInfo(0, 2), 30, 0],
    upstream: [messageInfo(37, 0), SENTINEL, SENTINEL],
  },
  {
    what: "SchedContext_YieldTo a thread of lower priority, called",
    source: "schedcontext.c: invokeSchedContext_YieldTo",
    see: (world) => call(world, usedContext(world), world.config.label.schedContextYieldTo),
    cantrip: { error: 0, length: 0, words: [30, 0] },
    upstream: { error: 0, length: 2, words: [30, 0] },
  },
  {
    what: "RISCV_Page_GetAddress, called",
    source: "arch/riscv/kernel/vspace.c: performPageGetAddress",
    see: (world) => {
      const frame = world.create(world.config.objectType.page4K);
      const paddr = world.typed(frame, 1).paddr;
      const { registers } = world.port;
      const { error, length } = world.invoke(frame, world.config.label.riscvPageGetAddress);
      return { error, length, isAddress: (registers[A2] ?? 0) >>> 0 === paddr };
    },
    cantrip: { error: 0, length: 0, isAddress: true },
    upstream: { error: 0, length: 1, isAddress: true },
  },
  {
    what: "RISCV_Page_GetAddress, sent",
    source: "arch/riscv/kernel/vspace.c: performPageGetAddress",
    see: (world) => {
      const frame = world.create(world.config.objectType.page4K);
      const paddr = world.typed(frame, 1).paddr;
      const [, info, word] = send(world, frame, world.config.label.riscvPageGetAddress);
      return { info, isAddress: word === paddr, isLeftAlone: word === SENTINEL };
    },
    cantrip: { info: messageInfo(0, 1), isAddress: true, isLeftAlone: false },
    upstream: { info: messageInfo(43, 0), isAddress: false, isLeftAlone: true },
  },
  {
    what: "whom the answer goes to when another yields to the same context",
    source: "schedcontext.c: setConsumed writes the registers of the current thread",
    see: yieldTwice,
    cantrip: [0, SENTINEL],
    upstream: [messageInfo(0, 2), 40],
  },
  {
    what: "TCB_SetTimeoutEndpoint without a capability, after RangeError",
    source: "tcb.c: decodeSetTimeoutEndpoint",
    see: (world) => {
      const { slot } = world.thread({ isStarted: false });
      world.invoke(slot, world.config.label.tcbReadRegisters, [0, 99]);
      return world.invoke(slot, world.config.label.tcbSetTimeoutEndpoint);
    },
    cantrip: { error: ErrorCode.RangeError, length: 2, words: [1, 32] },
    upstream: { error: ErrorCode.TruncatedMessage, length: 0, words: [] },
  },
  {
    what: "TCB_SetTimeoutEndpoint without a capability, after a retype from an untyped with children",
    source: "tcb.c: decodeSetTimeoutEndpoint; untyped.c: ensureNoChildren leaves its error",
    see: (world) => {
      const { slot } = world.thread({ isStarted: false });
      world.invoke(slot, world.config.label.tcbReadRegisters, [0, 99]);
      world.endpoint();
      return world.invoke(slot, world.config.label.tcbSetTimeoutEndpoint).error;
    },
    cantrip: ErrorCode.RevokeFirst,
    upstream: ErrorCode.TruncatedMessage,
  },
  {
    what: "TCB_SetTimeoutEndpoint without a capability, after no error at all",
    source: "tcb.c: decodeSetTimeoutEndpoint, setMRs_syscall_error",
    see: (world) => {
      const { state } = world.kernel;
      state.syscallError.code = 0;
      world.syscall(world.config.syscall.call, InitialCap.InitThreadTcb, {
        label: world.config.label.tcbSetTimeoutEndpoint,
      });
      return { isHalted: state.isHalted, output: world.port.output };
    },
    cantrip: {
      isHalted: true,
      output: expect.stringMatching(
        /seL4 called fail at .*:\d+ in function setMRs_syscall_error, saying "Invalid syscall error"/,
      ) as unknown,
    },
    upstream: { isHalted: false, output: "" },
  },
];

testDeltas("answers", deltas);
