import type { Task } from "@cantrip/hosted";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";
import {
  CapRights,
  guardWord,
  InitialCap,
  messageInfo,
  messageLabel,
  messageLength,
} from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import {
  bootWorld,
  type Child,
  childSel4,
  childStub,
  component,
  type RootTask,
  runWorld,
} from "./root-task-world.ts";

const ENDPOINT = 1;

/** What the initial task saw: messages at the server's endpoint, faults, and what the caller reported. */
type Trace = string[];

const REPORT = 2;
const FAULTS_BADGE = 7;

/** Calls with the value 5, and reports the answer, for ever. */
const hostedCaller = component("caller", function* (context) {
  const sel4 = childSel4(context);
  for (;;) {
    sel4.setMessageRegister(0, 5);
    yield* sel4.call(ENDPOINT, messageInfo(0, 1));
    const answer = sel4.messageRegister(0);
    sel4.setMessageRegister(0, answer);
    yield* sel4.send(REPORT, messageInfo(0, 1));
  }
});

/** The same in RISC-V code. */
const MACHINE_CALLER = `
again:
  li a2, 5
  li a0, ${ENDPOINT}
  li a1, ${messageInfo(0, 1)}
  li a7, ${cantrip.syscall.call}
  ecall
  li a0, ${REPORT}
  li a1, ${messageInfo(0, 1)}
  li a7, ${cantrip.syscall.send}
  ecall
  j again
`;

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}

/** The caller's surroundings, as a scenario uses them. */
interface Scene {
  readonly root: RootTask;
  readonly caller: Child;
  /** Slots of the initial task. */
  readonly endpoint: number;
  readonly report: number;
  readonly faults: number;
  /** What hears of the caller's faults. */
  readonly badgedFaults: number;
  readonly reply: number;
  /** Receives from an endpoint and notes the message; "nothing" when none comes while the caller can run. */
  readonly look: (where: "endpoint" | "report" | "faults") => Task<void>;
  /** Answers the last call with `value`. */
  readonly answer: (value: number) => Task<void>;
  /** Lets the faulting caller try again. */
  readonly answerFault: () => Task<void>;
  /** Lets the caller run until it blocks. */
  readonly settle: () => Task<void>;
}

interface Scenario {
  /** What becomes of the caller. */
  readonly name: string;
  /** What is seen of it: the kernel's rules for any thread. */
  readonly trace: readonly string[];
  readonly play: (scene: Scene) => Task<void>;
}

const scenarios: readonly Scenario[] = [
  {
    name: "suspended while it waits to send, and resumed",
    trace: ["endpoint nothing", "endpoint 0 5", "report 0 50"],
    *play({ root, caller, settle, look, answer }) {
      yield* settle();
      yield* root.sel4.tcb.suspend(caller.tcb);
      yield* look("endpoint");
      yield* root.sel4.tcb.resume(caller.tcb);
      yield* settle();
      yield* look("endpoint");
      yield* answer(50);
      yield* settle();
      yield* look("report");
    },
  },
  {
    name: "suspended while it waits for the reply, and resumed",
    trace: ["endpoint 0 5", "report nothing", "endpoint 0 5", "report 0 52"],
    *play({ root, caller, settle, look, answer }) {
      yield* settle();
      yield* look("endpoint");
      yield* root.sel4.tcb.suspend(caller.tcb);
      yield* answer(51);
      yield* look("report");
      yield* root.sel4.tcb.resume(caller.tcb);
      yield* settle();
      yield* look("endpoint");
      yield* answer(52);
      yield* settle();
      yield* look("report");
    },
  },
  {
    name: "waiting to send on an endpoint that is revoked",
    trace: ["endpoint 0 5", "faults nothing"],
    *play({ root, endpoint, settle, look }) {
      yield* settle();
      yield* root.sel4.cnode.revoke(root.slot(endpoint));
      yield* settle();
      yield* look("endpoint");
      yield* look("faults");
    },
  },
  {
    name: "suspended, then the endpoint revoked, then resumed",
    trace: ["endpoint nothing", "report 0 0"],
    *play({ root, caller, endpoint, settle, look }) {
      yield* settle();
      yield* root.sel4.tcb.suspend(caller.tcb);
      yield* root.sel4.cnode.revoke(root.slot(endpoint));
      yield* root.sel4.tcb.resume(caller.tcb);
      yield* settle();
      yield* look("endpoint");
      yield* look("report");
    },
  },
  {
    name: "suspended, then its CSpace broken, then resumed, and the fault answered",
    trace: ["endpoint nothing", "faults 1 0 1 0 1", "endpoint 0 5", "report 0 56"],
    *play(scene) {
      const { root, caller, settle, look, answer, answerFault } = scene;
      const setGuard = (guard: number): Task<void> =>
        root.sel4.tcb.setSpace(caller.tcb, {
          ...{ cspaceRoot: caller.cnode, cspaceData: guardWord(guard, 28) },
          ...{ vspaceRoot: caller.vspace, faultEndpoint: scene.badgedFaults },
        });
      yield* settle();
      yield* root.sel4.tcb.suspend(caller.tcb);
      yield* setGuard(1);
      yield* root.sel4.tcb.resume(caller.tcb);
      yield* settle();
      yield* look("endpoint");
      yield* look("faults");
      yield* setGuard(0);
      yield* answerFault();
      yield* settle();
      yield* look("endpoint");
      yield* answer(56);
      yield* settle();
      yield* look("report");
    },
  },
  {
    name: "waiting for a reply whose reply object is deleted, and resumed",
    trace: ["endpoint 0 5", "report nothing", "endpoint 0 5", "report 0 53"],
    *play(scene) {
      const { root, caller, reply, settle, look, answer } = scene;
      yield* settle();
      yield* look("endpoint");
      yield* root.sel4.cnode.delete(root.slot(reply));
      yield* settle();
      yield* look("report");
      yield* root.make(cantrip.objectType.reply, { slot: reply });
      yield* root.sel4.tcb.resume(caller.tcb);
      yield* settle();
      yield* look("endpoint");
      yield* answer(53);
      yield* settle();
      yield* look("report");
    },
  },
  {
    name: "cancelled among the badged senders",
    trace: ["endpoint 0 5", "report 0 54"],
    *play({ root, endpoint, settle, look, answer }) {
      yield* settle();
      const copy = root.newSlot();
      yield* root.sel4.cnode.mint(root.slot(copy), root.slot(endpoint), CapRights.All, 1);
      yield* root.sel4.cnode.cancelBadgedSends(root.slot(copy));
      yield* settle();
      yield* look("endpoint");
      yield* answer(54);
      yield* settle();
      yield* look("report");
    },
  },
  {
    name: "whose scheduling context is taken away and given back",
    trace: ["endpoint 0 5", "report nothing", "report 0 55"],
    *play({ root, caller, settle, look, answer }) {
      yield* settle();
      yield* look("endpoint");
      yield* root.sel4.schedContext.unbind(caller.schedContext);
      yield* answer(55);
      yield* settle();
      yield* look("report");
      yield* root.sel4.schedContext.bind(caller.schedContext, caller.tcb);
      yield* settle();
      yield* look("report");
    },
  },
];

/** Runs a scenario with a caller and gives what was seen. */
function run(scenario: (scene: Scene) => Task<void>, text: readonly number[]): Trace {
  const trace: Trace = [];
  let isDone = false;
  const world = bootWorld(
    function* (root) {
      const { sel4 } = root;
      yield* root.openWindow();
      const endpoint = yield* root.make(cantrip.objectType.endpoint);
      const report = yield* root.make(cantrip.objectType.endpoint);
      const faults = yield* root.make(cantrip.objectType.endpoint);
      const reply = yield* root.make(cantrip.objectType.reply);
      const otherReply = yield* root.make(cantrip.objectType.reply);
      const badgedFaults = root.newSlot();
      yield* sel4.cnode.mint(
        ...[root.slot(badgedFaults), root.slot(faults), CapRights.All, FAULTS_BADGE],
      );
      const caller = yield* root.makeChild({
        ...{ name: "caller", text, priority: 100, faultEndpoint: badgedFaults },
        caps: [{ slot: endpoint, badge: 1 }, { slot: report }],
      });
      const slots = { endpoint, report, faults };
      yield* sel4.tcb.resume(caller.tcb);
      yield* scenario({
        ...{ root, caller, ...slots, badgedFaults, reply },
        answerFault: () => sel4.send(otherReply, messageInfo(0, 0)),
        *look(where) {
          // A reply object holds one caller: looking elsewhere must not let go of it.
          const info = yield* sel4.nbRecv(slots[where], where === "endpoint" ? reply : otherReply);
          const message = Array.from({ length: Math.min(messageLength(info), 4) }, (_, index) =>
            sel4.messageRegister(index),
          );
          // The program counter differs between the two programs; that it stands at an ecall does not.
          if (sel4.badge === FAULTS_BADGE) message[0] = 0;
          const isMessage = messageLength(info) > 0;
          trace.push(
            isMessage ? `${where} ${messageLabel(info)} ${message.join(" ")}` : `${where} nothing`,
          );
        },
        *answer(value) {
          sel4.setMessageRegister(0, value);
          yield* sel4.send(reply, messageInfo(0, 1));
        },
        *settle() {
          const { InitThreadTcb } = InitialCap;
          yield* sel4.tcb.setPriority(InitThreadTcb, InitThreadTcb, 50);
          yield* sel4.tcb.setPriority(InitThreadTcb, InitThreadTcb, 255);
        },
      });
      isDone = true;
    },
    [hostedCaller],
  );
  runWorld(world, () => isDone);
  expect(isDone).toBe(true);
  return trace;
}

describe("a hosted thread in mid-call behaves as machine code does:", () => {
  it.each(scenarios)("$name", ({ trace, play }) => {
    expect(run(play, words(assemble(MACHINE_CALLER).bytes))).toEqual(trace);
    expect(run(play, childStub(1))).toEqual(trace);
  });
});
