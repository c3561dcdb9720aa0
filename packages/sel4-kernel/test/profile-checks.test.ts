import { cantrip, upstream } from "@cantrip/sel4-config";
import { ErrorCode, FaultLabel, InitialCap, LookupFailureType } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { A0, A1, A2, KernelWorld } from "./kernel-world.ts";
import { type Delta, testDeltas } from "./profile-table.ts";

const ROOT = InitialCap.InitThreadCNode;
/** `MAX_PERIOD_US` with 24 ticks a microsecond, 0x01555555_55555555: its lower word. */
const MAX_LOW = 0x55555555;
const MAX_HIGH = 0x01555555;

/** A scheduling context that was never configured, with room for 12 refills. */
function context(world: KernelWorld): number {
  return world.create(world.config.objectType.schedContext, 8);
}

function configure(world: KernelWorld, words: readonly number[], sc = context(world)): object {
  const label = world.config.label.schedControlConfigureFlags;
  return world.invoke(world.schedControl(), label, words, [sc]);
}

/** The fault that a receive or send of a thread makes, as its handler gets it: label, length and words. */
function capFault(world: KernelWorld, cptr: number): object {
  const handler = world.endpoint();
  const reply = world.reply();
  const thread = world.thread({ priority: 50, budget: 1000, faultHandler: handler });
  world.syscall(world.config.syscall.recv, handler, { reply });
  world.expectRunning(thread);
  world.syscall(world.config.syscall.send, cptr);
  const { error, length, words } = world.answer();
  return { label: error, length, failure: words.slice(3) };
}

const CAP_FAULT = FaultLabel.CapFault;

const deltas: readonly Delta[] = [
  {
    what: "length of SchedControl_ConfigureFlags without flags",
    source: "schedcontrol.c: decodeSchedControl_ConfigureFlags",
    see: (world) => configure(world, [500, 0, 1000, 0, 0, 0]),
    cantrip: { error: ErrorCode.NoError, length: 0, words: [] },
    upstream: { error: ErrorCode.TruncatedMessage, length: 0, words: [] },
  },
  {
    what: "extra refills that overflow, of a slice",
    source: "schedcontrol.c: decodeSchedControl_ConfigureFlags",
    see: (world) => configure(world, [500, 0, 500, 0, 0xffffffff, 0, 0]),
    cantrip: { error: ErrorCode.NoError, length: 0, words: [] },
    upstream: { error: ErrorCode.RangeError, length: 2, words: [0, 10] },
  },
  {
    what: "extra refills that overflow to none",
    source: "schedcontrol.c: invokeSchedControl_ConfigureFlags",
    see: (world) => {
      const sc = context(world);
      world.isChecked = false;
      world.syscall(world.config.syscall.call, world.schedControl(), {
        label: world.config.label.schedControlConfigureFlags,
        words: [500, 0, 1000, 0, 0xfffffffe, 0, 0],
        caps: [sc],
      });
      return { isHalted: world.kernel.state.isHalted, output: world.port.output };
    },
    cantrip: {
      isHalted: true,
      output:
        "seL4 failed assertion 'target->scRefillMax > 0' at src/object/schedcontrol.c:71 in function invokeSchedControl_ConfigureFlags\nhalting...",
    },
    upstream: { isHalted: false, output: "" },
  },
  {
    what: "SchedControl_ConfigureFlags with a wrong capability and a wrong budget",
    source: "schedcontrol.c: decodeSchedControl_ConfigureFlags",
    see: (world) => configure(world, [1, 0, 1000, 0, 0, 0, 0], InitialCap.InitThreadTcb),
    cantrip: { error: ErrorCode.InvalidCapability, length: 1, words: [1] },
    upstream: { error: ErrorCode.RangeError, length: 2, words: [20, MAX_LOW] },
  },
  {
    what: "TCB_SetSchedParams with the thread's own scheduling context",
    source: "tcb.c: decodeSetSchedParams",
    see: (world) => {
      const { slot, sc } = world.thread({ budget: 1000 });
      const label = world.config.label.tcbSetSchedParams;
      return world.invoke(slot, label, [254, 100], [InitialCap.InitThreadTcb, sc, 0]).error;
    },
    cantrip: ErrorCode.IllegalOperation,
    upstream: ErrorCode.NoError,
  },
  {
    what: "what a cap fault says of its lookup, where the guard does not match",
    source: "faulthandler.c: sendFaultIPC (nobody sets tcbLookupFailure)",
    see: (world) => capFault(world, 0x80000000),
    cantrip: { label: CAP_FAULT, length: 4, failure: [LookupFailureType.InvalidRoot] },
    upstream: {
      label: CAP_FAULT,
      length: 7,
      failure: [LookupFailureType.GuardMismatch, 32, 0, expect.any(Number) as number],
    },
  },
  {
    what: "a receive whose reply capability is none",
    source: "syscall.c: lookupReply",
    see: (world) => {
      const handler = world.endpoint();
      const thread = world.thread({ priority: 50, budget: 1000, faultHandler: handler });
      world.syscall(world.config.syscall.recv, handler, { reply: world.reply() });
      world.expectRunning(thread);
      world.syscall(world.config.syscall.recv, handler, { reply: handler });
      return world.answer().words.slice(3);
    },
    cantrip: [LookupFailureType.InvalidRoot],
    upstream: [LookupFailureType.MissingCapability, 0],
  },
  {
    what: "smallest scheduling context",
    source: "libsel4: seL4_MinSchedContextBits",
    see: (world) => {
      const { objectType, label } = world.config;
      const slot = world.freeSlot();
      const words = [objectType.schedContext, 7, 0, 0, slot, 1];
      return world.invoke(world.untyped, label.untypedRetype, words, [ROOT]);
    },
    cantrip: { error: ErrorCode.InvalidArgument, length: 1, words: [1] },
    upstream: { error: ErrorCode.NoError, length: 0, words: [] },
  },
  {
    what: "exceptions that are no page faults",
    source: "arch/riscv/kernel/preboot.c: medeleg; machine_isr.c: machine_isr",
    see: (world) => {
      const handler = world.endpoint();
      const thread = world.thread({ priority: 50, budget: 1000, faultHandler: handler });
      world.syscall(world.config.syscall.recv, handler, { reply: world.reply() });
      world.expectRunning(thread);
      world.trap(2, 0xffffffff);
      if (world.kernel.state.isHalted) return world.port.output;
      return (world.port.registers[A1] ?? 0) >>> 12;
    },
    cantrip: expect.stringMatching(
      /^mcause 0x00000002 mtval 0xFFFFFFFF mepc 0x0002.{4}\nassertion failed: machine_isr unhandled mcause\n$/,
    ),
    upstream: FaultLabel.UserException,
  },
  {
    what: "Untyped_Describe",
    source: "untyped.c: invokeUntyped_Describe",
    see: (world) => {
      const small = world.create(world.config.objectType.untyped, 12);
      const tcb = world.create(world.config.objectType.tcb, 0, small);
      const bits = world.config.sizeBits.tcb;
      const { registers } = world.port;
      // Label 2; of current seL4 it is one of a thread's.
      world.syscall(world.config.syscall.call, small, { label: 2 });
      const used = [A0, A1, A2, A2 + 1].map((index) => (registers[index] ?? 0) >>> 0);
      world.must(ROOT, world.config.label.cnodeDelete, [tcb, 32]);
      world.syscall(world.config.syscall.call, small, { label: 2 });
      const free = [A2, A2 + 1].map((index) => (registers[index] ?? 0) >>> 0);
      return { used: [used[0] === small, ...used.slice(1)], free, bits };
    },
    // a0 and a1 are left as they were sent; the whole memory counts as free when nothing is in it.
    cantrip: { used: [true, 2 << 12, 4096 - 512, 12], free: [4096, 12], bits: 9 },
    upstream: {
      used: [false, ErrorCode.IllegalOperation << 12, expect.any(Number), expect.any(Number)],
      free: [expect.any(Number), expect.any(Number)],
      bits: expect.any(Number) as number,
    },
  },
  {
    what: "Untyped_Describe that is not called",
    source:
      "untyped.c: invokeUntyped_Describe, which does not ask whether anybody waits for an answer",
    see: (world) => {
      const small = world.create(world.config.objectType.untyped, 12);
      world.syscall(world.config.syscall.nbSend, small, { label: 2, words: [7, 8] });
      return [A0, A1, A2, A2 + 1].map((index) => {
        const value = (world.port.registers[index] ?? 0) >>> 0;
        return value === small ? "untyped" : value;
      });
    },
    cantrip: ["untyped", (2 << 12) | 2, 4096, 12],
    upstream: ["untyped", (2 << 12) | 2, 7, 8],
  },
  {
    what: "TCB_SetFlags",
    source: "tcb.c: decodeSetFlags",
    see: (world) => {
      const { slot } = world.thread({ isStarted: false });
      const { tcbSetFlags } = world.config.label;
      return tcbSetFlags === undefined ? "none" : world.invoke(slot, tcbSetFlags, [0, 1]);
    },
    cantrip: "none",
    upstream: { error: ErrorCode.NoError, length: 1, words: [0] },
  },
  {
    what: "DomainSet_ScheduleConfigure",
    source: "domain.c: decodeDomainInvocation",
    see: (world) => {
      const label = world.config.label.domainScheduleConfigure ?? 31;
      return world.invoke(InitialCap.Domain, label, [0, 0, 1000, 0]).error;
    },
    cantrip: ErrorCode.IllegalOperation,
    upstream: ErrorCode.NoError,
  },
];

testDeltas("checks", deltas);

describe.each([cantrip, upstream])("the range of budgets and periods: $name", (config) => {
  const range = { error: ErrorCode.RangeError, length: 2, words: [20, MAX_LOW] };

  it.each([
    ["a budget that is too long", [0x55555556, MAX_HIGH, 0x55555556, MAX_HIGH]],
    ["a period that is too long", [500, 0, 0, MAX_HIGH + 1]],
    ["a budget that is too short", [19, 0, 1000, 0]],
    ["a period that is too short", [500, 0, 19, 0]],
    ["a budget whose upper word alone is too long", [0, 0x80000000, 1000, 0]],
  ])("%s (sporadic.h: MAX_PERIOD_US)", (_, times) => {
    expect(configure(new KernelWorld(config), [...times, 0, 0, 0])).toEqual(range);
  });

  it("ends with the longest of all", () => {
    const times = [MAX_LOW, MAX_HIGH, MAX_LOW, MAX_HIGH];
    expect(configure(new KernelWorld(config), [...times, 0, 0, 0])).toMatchObject({ error: 0 });
  });

  it("names the lower word of a period that is shorter than its budget", () => {
    const words = [0x501, 7, 0x500, 7, 0, 0, 0];
    expect(configure(new KernelWorld(config), words)).toEqual({ ...range, words: [20, 0x500] });
  });
});
