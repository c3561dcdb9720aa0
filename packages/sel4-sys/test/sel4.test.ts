import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import {
  CapRights,
  ErrorCode,
  guardWord,
  InvocationError,
  messageExtraCaps,
  messageInfo,
  messageLabel,
  messageLength,
  SeL4,
  USER_CONTEXT_REGISTERS,
} from "@cantrip/sel4-sys";
import type { Task } from "@cantrip/hosted";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { FakeContext, runWithKernel, seenCall, type SeenCall } from "./fake-context.ts";

const BUFFER = 0x1000;

function setUp(config: KernelConfig = cantrip): { context: FakeContext; sel4: SeL4 } {
  const context = new FakeContext();
  return { context, sel4: new SeL4(context, config, BUFFER) };
}

/** Runs one system call: returns what it sent and its result. */
function one<T>(
  context: FakeContext,
  task: Task<T>,
  answer: (context: FakeContext) => void = () => {
    context.registers[10] = 0;
    context.registers[11] = 0;
  },
): { seen: SeenCall; value: T } {
  let seen: SeenCall | undefined;
  const { value, calls } = runWithKernel(task, () => {
    seen = seenCall(context);
    answer(context);
  });
  if (calls !== 1 || seen === undefined) throw new Error(`${calls} calls`);
  return { seen, value };
}

describe("message info", () => {
  it("keeps its fields", () => {
    const report = new FuzzReport("message info");
    fc.assert(
      fc.property(fc.nat(0xfffff), fc.nat(120), fc.nat(3), (label, length, caps) => {
        const info = messageInfo(label, length, caps);
        expect([messageLabel(info), messageLength(info), messageExtraCaps(info)]).toEqual([
          label,
          length,
          caps,
        ]);
        report.succeeded();
      }),
    );
    report.finish();
  });
});

describe("system calls", () => {
  it("puts each argument into its register", () => {
    const { context, sel4 } = setUp();
    const cases: [Task<unknown>, Partial<SeenCall>][] = [
      [sel4.call(7, 0x1234), { number: -1, a0: 7, a1: 0x1234 }],
      [sel4.replyRecv(7, 0x20, 9), { number: -2, a0: 7, a1: 0x20, a6: 9 }],
      [sel4.nbSendRecv(3, 0x20, 7, 9), { number: -3, a0: 7, a1: 0x20, a6: 9, t0: 3 }],
      [sel4.nbSendWait(3, 0x20, 7), { number: -4, a0: 7, a1: 0x20, a6: 3 }],
      [sel4.send(5, 0x21), { number: -5, a0: 5, a1: 0x21 }],
      [sel4.nbSend(5, 0x22), { number: -6, a0: 5, a1: 0x22 }],
      [sel4.recv(7, 9), { number: -7, a0: 7, a6: 9 }],
      [sel4.nbRecv(7, 9), { number: -8, a0: 7, a6: 9 }],
      [sel4.wait(7), { number: -9, a0: 7 }],
      [sel4.nbWait(7), { number: -10, a0: 7 }],
      [sel4.yield(), { number: -11 }],
      [sel4.debugPutChar(65), { number: -12, a0: 65 }],
      [sel4.debugDumpScheduler(), { number: -13 }],
      [sel4.debugDumpCNode(8), { number: -14, a0: 8 }],
      [sel4.debugHalt(), { number: -15 }],
      [sel4.debugCapIdentify(8), { number: -16, a0: 8 }],
      [sel4.debugSnapshot(), { number: -17 }],
      [sel4.debugNameThread(4, "x"), { number: -18, a0: 4 }],
    ];
    for (const [task, expected] of cases) expect(one(context, task).seen).toMatchObject(expected);
  });

  it("signals with an empty message, also after a send with another", () => {
    const { context, sel4 } = setUp();
    one(context, sel4.send(5, messageInfo(1, 2)));
    expect(one(context, sel4.signal(6)).seen).toMatchObject({ number: -5, a0: 6, a1: 0 });
  });

  it("returns the received info and keeps the badge", () => {
    const { context, sel4 } = setUp();
    const { value } = one(context, sel4.recv(7, 9), ({ registers }) => {
      registers[10] = 42;
      registers[11] = messageInfo(3, 2);
    });
    expect([value, sel4.badge]).toEqual([messageInfo(3, 2), 42]);
  });

  it("shows a notification received by recv as an empty message", () => {
    const { context, sel4 } = setUp();
    context.registers[11] = 0x99;
    const { value } = one(context, sel4.recv(7, 9), ({ registers }) => {
      registers[10] = 4;
    });
    expect([value, sel4.badge]).toEqual([0, 4]);
  });

  it("returns the badge of a wait, and whether a dump had a CNode", () => {
    const { context, sel4 } = setUp();
    const badge = one(context, sel4.wait(7), ({ registers }) => {
      registers[10] = 6;
    });
    const dumped = one(context, sel4.debugDumpCNode(9), () => undefined);
    const refused = one(context, sel4.debugDumpCNode(9), ({ registers }) => {
      registers[10] = 2;
    });
    expect([badge.value, dumped.value, refused.value]).toEqual([6, true, false]);
  });

  it("uses a task object again and restarts it from the beginning", () => {
    const { context, sel4 } = setUp();
    const first: Task<void> = sel4.send(5, 0);
    const second: Task<void> = sel4.send(6, 0);
    expect(second).toBe(first);
    // A coroutine that is dropped in the middle of a call leaves the task started.
    expect(second[Symbol.iterator]().next().done).toBe(false);
    expect(one(context, second).seen.a0).toBe(6);
  });

  it("keeps the arguments of an invocation that waits while another one is made", () => {
    const { context, sel4 } = setUp();
    const waiting = sel4.cnode.delete({ root: 5, index: 50, depth: 8 });
    const made = one(context, sel4.cnode.delete({ root: 6, index: 60, depth: 8 }));
    const late = one(context, waiting);
    const seen = [made, late].map(({ seen: { a0, message } }) => [a0, message[0]]);
    expect(seen).toEqual([
      [6, 60],
      [5, 50],
    ]);
  });

  it("makes invocations one after another with one object", () => {
    const { context, sel4 } = setUp();
    const first = sel4.cnode.delete({ root: 5, index: 50, depth: 8 });
    one(context, first);
    expect(sel4.cnode.revoke({ root: 6, index: 60, depth: 8 })).toBe(first);
  });

  it("puts a thread's name behind the tag of the IPC buffer", () => {
    const { context, sel4 } = setUp();
    context.memory.fill(0xff);
    one(context, sel4.debugNameThread(4, "ab"));
    expect(Array.from(context.memory.subarray(BUFFER, BUFFER + 8))).toEqual([
      0xff, 0xff, 0xff, 0xff, 0x61, 0x62, 0, 0xff,
    ]);
  });
});

describe("messages", () => {
  it("keeps registers 0 to 3 in a2 to a5 and the rest in the IPC buffer", () => {
    const { context, sel4 } = setUp();
    for (let index = 0; index < 120; index++) sel4.setMessageRegister(index, 100 + index);
    expect(Array.from(context.registers.subarray(12, 16))).toEqual([100, 101, 102, 103]);
    expect(context.load32(BUFFER + 4)).toBe(0);
    expect(context.load32(BUFFER + 4 + 16)).toBe(104);
    expect(context.load32(BUFFER + 480)).toBe(219);
    expect(context.load32(BUFFER + 484)).toBe(0);
    expect(sel4.messageRegister(119)).toBe(219);
  });

  it("puts capabilities and the receive path where the kernel reads them", () => {
    const { context, sel4 } = setUp();
    sel4.setCap(2, 77);
    sel4.setReceivePath(1, 2, 32);
    expect([496, 500, 504, 508].map((offset) => context.load32(BUFFER + offset))).toEqual([
      77, 1, 2, 32,
    ]);
    expect(sel4.cap(2)).toBe(77);
  });
});

describe("invocations", () => {
  const destination = { root: 2, index: 40, depth: 32 };
  const source = { root: 3, index: 41, depth: 8 };

  /** Message registers, capabilities and label of an invocation. */
  function sent(task: (sel4: SeL4) => Task<unknown>, config: KernelConfig = cantrip): unknown {
    const { context, sel4 } = setUp(config);
    let result: unknown;
    one(context, task(sel4), () => {
      const info = context.register(11);
      result = {
        service: context.register(10),
        label: messageLabel(info),
        message: Array.from({ length: messageLength(info) }, (_, index) =>
          sel4.messageRegister(index),
        ),
        caps: Array.from({ length: messageExtraCaps(info) }, (_, index) => sel4.cap(index)),
      };
      context.registers[10] = 0;
      context.registers[11] = 0;
    });
    return result;
  }

  it("lays out the arguments of each as the kernel reads them", () => {
    const guard = guardWord(0, 24);
    expect(sent((sel4) => sel4.cnode.copy(destination, source, CapRights.All))).toEqual({
      service: 2,
      label: 21,
      message: [40, 32, 41, 8, 15],
      caps: [3],
    });
    expect(sent((sel4) => sel4.cnode.mint(destination, source, 11, 5))).toEqual({
      service: 2,
      label: 22,
      message: [40, 32, 41, 8, 11, 5],
      caps: [3],
    });
    expect(sent((sel4) => sel4.cnode.rotate(destination, 1, source, 2, source))).toEqual({
      service: 2,
      label: 25,
      message: [40, 32, 1, 41, 8, 2, 41, 8],
      caps: [3, 3],
    });
    expect(sent((sel4) => sel4.cnode.revoke(source))).toEqual({
      service: 3,
      label: 18,
      message: [41, 8],
      caps: [],
    });
    const retype = {
      type: 4,
      sizeBits: 8,
      root: 2,
      nodeIndex: 0,
      nodeDepth: 0,
      nodeOffset: 50,
      count: 1,
    };
    expect(sent((sel4) => sel4.untyped.retype(90, retype))).toEqual({
      service: 90,
      label: 1,
      message: [4, 8, 0, 0, 50, 1],
      caps: [2],
    });
    const configuration = {
      cspaceRoot: 2,
      cspaceData: guard,
      vspaceRoot: 3,
      bufferAddress: 0x7000,
      bufferFrame: 9,
    };
    expect(sent((sel4) => sel4.tcb.configure(4, configuration))).toEqual({
      service: 4,
      label: 6,
      message: [24 << 3, 0, 0x7000],
      caps: [2, 3, 9],
    });
    const params = { authority: 1, mcp: 254, priority: 253, schedContext: 6, faultEndpoint: 7 };
    expect(sent((sel4) => sel4.tcb.setSchedParams(4, params))).toEqual({
      service: 4,
      label: 9,
      message: [254, 253],
      caps: [1, 6, 7],
    });
    const mapping = { vspace: 3, address: 0x8000, rights: 3, executeNever: true };
    expect(sent((sel4) => sel4.page.map(9, mapping))).toEqual({
      service: 9,
      label: 39,
      message: [0x8000, 3, 1],
      caps: [3],
    });
    expect(sent((sel4) => sel4.pageTable.map(9, 3, 0x400000))).toEqual({
      service: 9,
      label: 37,
      message: [0x400000, 0],
      caps: [3],
    });
    expect(sent((sel4) => sel4.asidControl.makePool(5, 90, destination))).toEqual({
      service: 5,
      label: 42,
      message: [40, 32],
      caps: [90, 2],
    });
    expect(sent((sel4) => sel4.irqControl.get(4, 31, destination))).toEqual({
      service: 4,
      label: 26,
      message: [31, 40, 32],
      caps: [2],
    });
    const time = { budgetUs: 2 ** 32 + 10, periodUs: 20, extraRefills: 1, badge: 3, flags: 1 };
    expect(sent((sel4) => sel4.schedControl.configureFlags(5, 6, time))).toEqual({
      service: 5,
      label: 31,
      message: [10, 1, 20, 0, 1, 3, 1],
      caps: [6],
    });
    expect(sent((sel4) => sel4.domainSet.set(11, 0, 4))).toEqual({
      service: 11,
      label: 30,
      message: [0],
      caps: [4],
    });
  });

  it("sets flags of threads and the domains' schedule where the kernel can", () => {
    const forever = 2 ** 40 + 5;
    expect(sent((sel4) => sel4.tcb.setFlags(4, 1, 2), upstream)).toMatchObject({
      service: 4,
      label: 17,
      message: [1, 2],
    });
    expect(
      sent((sel4) => sel4.domainSet.scheduleConfigure(11, 3, 2, forever), upstream),
    ).toMatchObject({ service: 11, label: 31, message: [3, 2, 5, 256] });
    expect(sent((sel4) => sel4.domainSet.scheduleSetStart(11, 3), upstream)).toMatchObject({
      service: 11,
      label: 32,
      message: [3],
    });
    const { sel4 } = setUp(cantrip);
    const calls = [
      sel4.tcb.setFlags(4, 1, 2),
      sel4.domainSet.scheduleConfigure(11, 3, 2, 5),
      sel4.domainSet.scheduleSetStart(11, 3),
    ];
    const results = calls.map((task: Task<unknown>) => runWithKernel(task, () => undefined));
    expect(results).toMatchObject([
      { value: undefined, calls: 0 },
      { value: false, calls: 0 },
      { value: false, calls: 0 },
    ]);
  });

  it("takes its labels from the profile", () => {
    const resume = (sel4: SeL4): Task<void> => sel4.tcb.resume(4);
    expect([sent(resume), sent(resume, upstream)]).toMatchObject([{ label: 14 }, { label: 13 }]);
  });

  it("writes and reads all registers in the order of seL4_UserContext", () => {
    const expected = USER_CONTEXT_REGISTERS.map((name) =>
      name === "pc" ? 0x100 : name === "sp" ? 0x200 : name === "a0" ? 5 : name === "tp" ? 6 : 0,
    );
    const registers = { pc: 0x100, sp: 0x200, a0: 5, tp: 6 };
    expect(sent((sel4) => sel4.tcb.writeRegisters(4, registers, { resume: true }))).toMatchObject({
      label: 4,
      message: [1, 32, ...expected],
    });
    const { context, sel4 } = setUp();
    const { value } = one(context, sel4.tcb.readRegisters(4), () => {
      expected.forEach((word, index) => {
        sel4.setMessageRegister(index, word);
      });
      context.registers[11] = messageInfo(0, 32);
    });
    expect(value).toMatchObject({ ...registers, ra: 0, t6: 0 });
  });

  it("throws the kernel's error with its message registers", () => {
    const { context, sel4 } = setUp();
    const run = (): unknown =>
      one(context, sel4.cnode.move(destination, source), ({ registers }) => {
        registers[11] = messageInfo(ErrorCode.FailedLookup, 3);
        registers.set([1, 2, 8], 12);
      });
    expect(run).toThrow(InvocationError);
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({
        code: ErrorCode.FailedLookup,
        invocation: "seL4_CNode_Move",
        registers: [1, 2, 8],
      });
    }
  });
});
