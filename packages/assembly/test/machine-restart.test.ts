import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";
import { InitialCap, IpcBufferWord, messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { bootWorld, ChildAddress, type RootTask, runWorld, type World } from "./root-task-world.ts";

const { syscall, label, objectType } = cantrip;
const ENDPOINT = 1;
const REPLY = 2;
const REPORT = 2;
const CALLS = 10_000;

/** Words of a program in RISC-V assembly, to lie at {@link ChildAddress.text}. */
function program(text: string): number[] {
  const { bytes } = assemble(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}

function systemCall(number: number, cptr: number, words: number, labelOf = 0, caps = 0): string {
  return `
  li a0, ${cptr}
  li a1, ${messageInfo(labelOf, words, caps)}
  li a7, ${number}
  ecall`;
}

/** Sends what s0 and s1 hold, and waits for ever. */
const REPORT_AND_STOP = `
  mv a2, s0
  mv a3, s1
  ${systemCall(syscall.send, REPORT, 2)}
end:
  ${systemCall(syscall.yield, 0, 0)}
  j end
`;

/** Answers each call with the number of calls so far: a call that came twice shifts all answers behind it. */
const COUNTER = program(`
  li s0, 0
  li a6, ${REPLY}
  ${systemCall(syscall.recv, ENDPOINT, 0)}
again:
  addi s0, s0, 1
  mv a2, s0
  li a6, ${REPLY}
  ${systemCall(syscall.replyRecv, ENDPOINT, 1)}
  j again
`);

/** Makes its calls, and counts in s1 the answers that are not the number of the call. */
const CALLER = program(`
  li s0, 0
  li s1, 0
  li s2, ${CALLS}
again:
  addi s0, s0, 1
  mv a2, s0
  ${systemCall(syscall.call, ENDPOINT, 1)}
  beq a2, s0, right
  addi s1, s1, 1
right:
  bne s0, s2, again
  ${REPORT_AND_STOP}
`);

const TICKER_TARGET = 1;
/** Stops another thread and lets it go on, as soon as its own budget comes back. */
const TICKER = program(`
again:
  ${systemCall(syscall.call, TICKER_TARGET, 0, label.tcbSuspend)}
  ${systemCall(syscall.call, TICKER_TARGET, 0, label.tcbResume)}
  ${systemCall(syscall.yield, 0, 0)}
  j again
`);

interface Report {
  /** Calls that were made, and those that were answered wrongly. */
  readonly words: readonly number[];
  readonly world: World;
}

/** Boots an initial task that makes others, and waits until one of them reports. */
function waitForReport(
  make: (root: RootTask, report: number) => ReturnType<typeof Object>,
): Report {
  const words: number[] = [];
  const world = bootWorld(function* (root) {
    yield* root.openWindow();
    const report = yield* root.make(objectType.endpoint);
    const reply = yield* root.make(objectType.reply);
    yield* make(root, report);
    yield* root.sel4.recv(report, reply);
    words.push(root.sel4.messageRegister(0), root.sel4.messageRegister(1));
  });
  runWorld(world, () => words.length > 0);
  return { words, world };
}

/** The counter and its caller, whose budget is 60 of every 1000 microseconds. */
function* makeCaller(root: RootTask, report: number, isPassive: boolean) {
  const { sel4 } = root;
  const endpoint = yield* root.make(objectType.endpoint);
  const reply = yield* root.make(objectType.reply);
  const server = yield* root.makeChild({
    ...{ name: "counter", text: COUNTER, priority: 200 },
    caps: [{ slot: endpoint }, { slot: reply }],
  });
  yield* sel4.tcb.resume(server.tcb);
  const caller = yield* root.makeChild({
    ...{ name: "caller", text: CALLER, priority: 100, budgetUs: 60, periodUs: 1000 },
    caps: [{ slot: endpoint }, { slot: report }],
  });
  yield* sel4.tcb.resume(caller.tcb);
  if (isPassive) {
    const { InitThreadTcb } = InitialCap;
    yield* sel4.tcb.setPriority(InitThreadTcb, InitThreadTcb, 50);
    yield* sel4.schedContext.unbind(server.schedContext);
  }
  return caller;
}

describe("a system call of machine code that is restarted is executed exactly once", () => {
  it.each([
    ["with a server of its own time", false],
    ["with a server on its time", true],
  ])("when the budget is used up at its entry, %s", (_, isPassive) => {
    const { words, world } = waitForReport(function* (root, report) {
      yield* makeCaller(root, report, isPassive);
    });
    expect(words).toEqual([CALLS, 0]);
    // 60 of every 1000 microseconds: the budget ran out again and again.
    expect(world.machine.timeMicroseconds).toBeGreaterThan(1_000_000);
  });

  it("when its thread is suspended between calls and in them, and resumed", () => {
    const { words, world } = waitForReport(function* (root, report) {
      const caller = yield* makeCaller(root, report, false);
      // Below the counter: a call that the counter has is answered before its caller is stopped.
      const ticker = yield* root.makeChild({
        ...{ name: "ticker", text: TICKER, priority: 150, budgetUs: 40, periodUs: 330 },
        caps: [{ slot: caller.tcb }],
      });
      yield* root.sel4.tcb.resume(ticker.tcb);
    });
    expect(words).toEqual([CALLS, 0]);
    expect(world.machine.timeMicroseconds).toBeGreaterThan(1_000_000);
  });

  it("when its thread is suspended while it waits to send, and resumed", () => {
    const seen: number[] = [];
    const STOPS = 500;
    const world = bootWorld(function* (root) {
      const { sel4 } = root;
      yield* root.openWindow();
      const endpoint = yield* root.make(objectType.endpoint);
      const report = yield* root.make(objectType.endpoint);
      const reply = yield* root.make(objectType.reply);
      const caller = yield* root.makeChild({
        ...{ name: "caller", text: CALLER, priority: 254 },
        caps: [{ slot: endpoint }, { slot: report }],
      });
      yield* sel4.tcb.resume(caller.tcb);
      const { InitThreadTcb } = InitialCap;
      for (let stop = 0; stop < STOPS; stop++) {
        // The caller runs into its next call, and waits there.
        yield* sel4.tcb.setPriority(InitThreadTcb, InitThreadTcb, 50);
        yield* sel4.tcb.setPriority(InitThreadTcb, InitThreadTcb, 255);
        yield* sel4.tcb.suspend(caller.tcb);
        yield* sel4.nbRecv(endpoint, reply);
        if (sel4.badge !== 0) seen.push(-1);
        yield* sel4.tcb.resume(caller.tcb);
        yield* sel4.recv(endpoint, reply);
        seen.push(sel4.messageRegister(0));
        yield* sel4.send(reply, messageInfo(0, 1));
      }
    });
    runWorld(world, () => seen.length === STOPS);
    expect(seen).toEqual(Array.from({ length: STOPS }, (_, index) => index + 1));
  });

  it("when its revoke, or the reset of its retype, is pre-empted", () => {
    const ROUNDS = 100;
    const UNTYPED = 1;
    const OWN_CNODE = 3;
    const SLOT = 5;
    const CHILD_BITS = 17;
    const buffer = (word: number): number => ChildAddress.ipcBuffer + word * 4;
    const store = (word: number, value: number): string => `
  li t0, ${buffer(word)}
  li t1, ${value}
  sw t1, 0(t0)`;
    const error = `
  srli a1, a1, 12
  beq a1, zero, 1f
  addi s1, s1, 1
1:`
      .replaceAll("1f", "$")
      .replaceAll("1:", "$:");
    let labels = 0;
    const countError = (): string => error.replaceAll("$", `ok${labels++}`);
    const text = program(`
  li s0, 0
  li s1, 0
  li s2, ${ROUNDS}
again:
  addi s0, s0, 1
  ${store(IpcBufferWord.message + 4, SLOT)}
  ${store(IpcBufferWord.message + 5, 1)}
  ${store(IpcBufferWord.caps, OWN_CNODE)}
  li a2, ${objectType.untyped}
  li a3, ${CHILD_BITS}
  li a4, 0
  li a5, 0
  ${systemCall(syscall.call, UNTYPED, 6, label.untypedRetype, 1)}
  ${countError()}
  li a2, ${UNTYPED}
  li a3, 4
  ${systemCall(syscall.call, OWN_CNODE, 2, label.cnodeRevoke)}
  ${countError()}
  bne s0, s2, again
  ${REPORT_AND_STOP}
`);
    const { words, world } = waitForReport(function* (root, report) {
      const untyped = yield* root.make(objectType.untyped, { sizeBits: CHILD_BITS + 1 });
      const child = yield* root.makeChild({
        ...{ name: "revoker", text, priority: 100, budgetUs: 60, periodUs: 1000 },
        caps: [{ slot: untyped }, { slot: report }],
      });
      yield* root.sel4.cnode.copy(
        { root: child.cnode, index: OWN_CNODE, depth: 4 },
        root.slot(child.cnode),
        15,
      );
      yield* root.sel4.tcb.resume(child.tcb);
    });
    // A retype that is made twice finds its slot taken, a revoke that is left out leaves no room for the next one.
    expect(words).toEqual([ROUNDS, 0]);
    // Entries of calls that were pre-empted count again.
    expect(world.kernel.syscalls).toBeGreaterThan(4 * ROUNDS);
  });
});
