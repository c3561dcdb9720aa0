import type { HostedComponent } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { InitialCap, messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import {
  bootWorld,
  childSel4,
  childStub,
  component,
  type RootTask,
  runWorld,
} from "./root-task-world.ts";

const ENDPOINT = 1;
const REPLY = 2;
const DONE = 2;

/** Answers each call with the number of calls so far, and notes what it was asked. */
function counterServer(seen: number[]): HostedComponent {
  return component("counter", function* (context) {
    const sel4 = childSel4(context);
    let count = 0;
    yield* sel4.recv(ENDPOINT, REPLY);
    for (;;) {
      seen.push(sel4.messageRegister(0));
      count++;
      sel4.setMessageRegister(0, count);
      yield* sel4.replyRecv(ENDPOINT, messageInfo(0, 1), REPLY);
    }
  });
}

describe("a hosted thread that runs out of budget in mid-call", () => {
  const CALLS = 10_000;

  /** Calls the counter and compares the answers. */
  function client(wrong: number[]): HostedComponent {
    return component("client", function* (context) {
      const sel4 = childSel4(context);
      for (let call = 1; call <= CALLS; call++) {
        sel4.setMessageRegister(0, call);
        yield* sel4.call(ENDPOINT, messageInfo(0, 1));
        if (sel4.messageRegister(0) !== call) wrong.push(call);
      }
      yield* sel4.signal(DONE);
      for (;;) yield* sel4.wait(DONE);
    });
  }

  it.each([
    ["with a server of its own time", { isPassive: false }],
    ["with a server on its time", { isPassive: true }],
  ])("has each of 10,000 calls executed exactly once, %s", (_, { isPassive }) => {
    const seen: number[] = [];
    const wrong: number[] = [];
    let isDone = false;
    const world = bootWorld(
      function* (root: RootTask) {
        const { sel4 } = root;
        yield* root.openWindow();
        const endpoint = yield* root.make(cantrip.objectType.endpoint);
        const done = yield* root.make(cantrip.objectType.notification);
        const reply = yield* root.make(cantrip.objectType.reply);
        const server = yield* root.makeChild({
          ...{ name: "counter", text: childStub(1), priority: 200 },
          caps: [{ slot: endpoint }, { slot: reply }],
        });
        yield* sel4.tcb.resume(server.tcb);
        const caller = yield* root.makeChild({
          ...{ name: "client", text: childStub(2), priority: 100, budgetUs: 60, periodUs: 1000 },
          caps: [{ slot: endpoint }, { slot: done }],
        });
        yield* sel4.tcb.resume(caller.tcb);
        if (isPassive) {
          // The server waits by then: it has the higher priority, but the initial task's is higher still.
          yield* sel4.tcb.setPriority(InitialCap.InitThreadTcb, InitialCap.InitThreadTcb, 50);
          yield* sel4.schedContext.unbind(server.schedContext);
        }
        yield* sel4.wait(done);
        isDone = true;
      },
      [counterServer(seen), client(wrong)],
    );
    runWorld(world, () => isDone);
    expect(isDone).toBe(true);
    expect(wrong).toEqual([]);
    expect(seen).toEqual(Array.from({ length: CALLS }, (_, index) => index + 1));
    // 60 of every 1000 microseconds: the budget ran out again and again.
    expect(world.machine.timeMicroseconds).toBeGreaterThan(1_000_000);
  });
});
