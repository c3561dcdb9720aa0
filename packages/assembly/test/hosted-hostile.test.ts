import type { Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { FaultLabel, messageInfo, messageLabel } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import {
  bootWorld,
  type Child,
  ChildAddress,
  childSel4,
  childStub,
  component,
  type RootTask,
  runWorld,
  type World,
} from "./root-task-world.ts";

const COUNTER_ENTRY = 1;
const ENTRIES = 3;
const ENDPOINT = 1;
const REPLY = 2;
const PAGE_WORDS = 1024;

/** Counts calls in its own memory and in its coroutine, and answers with both. */
const counter = component("counter", function* (context) {
  const sel4 = childSel4(context);
  const inMemory = ChildAddress.data + 0x100;
  let inCoroutine = 0;
  yield* sel4.recv(ENDPOINT, REPLY);
  for (;;) {
    inCoroutine++;
    context.store32(inMemory, context.load32(inMemory) + 1);
    sel4.setMessageRegister(0, inCoroutine);
    sel4.setMessageRegister(1, context.load32(inMemory));
    yield* sel4.replyRecv(ENDPOINT, messageInfo(0, 2), REPLY);
  }
});

/** Runs wild in whatever address space it is in: writes over its data and calls every slot. */
const wild = component("wild", function* (context) {
  const sel4 = childSel4(context);
  for (let at = 0x200; at < 0x1000; at += 4) context.store32(ChildAddress.data + at, 0x57);
  for (let slot = 0; ; slot++) yield* sel4.call(slot, messageInfo(0, 0));
});

interface Attempt {
  readonly entry: number;
  readonly s11: number;
  /** Address of the cell that the stub names. */
  readonly cell: number;
  /** What the hostile program wrote into the cell at the start of its data. */
  readonly nonce: readonly [number, number];
}

/** Every entry and many that do not exist, with tickets and cells of its own and of others. */
function* attempts(victim: {
  readonly nonce: readonly [number, number];
  readonly ticket: number;
}): Generator<Attempt> {
  const { nonce, ticket } = victim;
  const own = ChildAddress.data;
  for (let entry = 0; entry < 4096; entry++) yield { entry, s11: 1, cell: own, nonce: [0, 0] };
  const tickets = [0, 1, 2, 3, -1, 0x7fffffff, -0x80000000, ticket - 1, ticket, ticket + 1];
  const nonces = [nonce, [0, 0], [nonce[0], 0], [nonce[1], nonce[0]], [1, 1], [-1, -1]] as const;
  const cells = [
    own,
    own + 8,
    own + 4,
    0,
    ChildAddress.text,
    ChildAddress.text + 8,
    -8,
    0x80000000,
  ];
  for (let entry = 0; entry <= ENTRIES; entry++) {
    for (const s11 of tickets) {
      for (const guessed of nonces) {
        for (const cell of cells) yield { entry, s11, cell, nonce: guessed };
      }
    }
  }
}

/** The words of a child's page, as the initial task sees them. */
function pageOf(root: RootTask, address: number): number[] {
  return Array.from({ length: PAGE_WORDS }, (_, index) => root.context.load32(address + index * 4));
}

interface Outcome {
  readonly world: World;
  attempts: number;
  /** How many attempts ended with each fault. */
  readonly faults: Map<number, number>;
  /** What the counter answered: once before, once after. */
  readonly answers: (readonly [number, number])[];
  isVictimUntouched: boolean;
}

function attack(): Outcome {
  const outcome: Omit<Outcome, "world"> = {
    ...{ attempts: 0, faults: new Map(), answers: [], isVictimUntouched: true },
  };
  let isDone = false;
  const world = bootWorld(
    function* (root) {
      const { sel4, context } = root;
      yield* root.openWindow();
      const endpoint = yield* root.make(cantrip.objectType.endpoint);
      const faults = yield* root.make(cantrip.objectType.endpoint);
      const reply = yield* root.make(cantrip.objectType.reply);
      const faultReply = yield* root.make(cantrip.objectType.reply);
      const victim = yield* root.makeChild({
        ...{ name: "counter", text: childStub(COUNTER_ENTRY), priority: 200 },
        caps: [{ slot: endpoint }, { slot: reply }],
      });
      yield* sel4.tcb.resume(victim.tcb);
      const ask = function* (): Task<void> {
        yield* sel4.call(endpoint, messageInfo(0, 0));
        outcome.answers.push([sel4.messageRegister(0), sel4.messageRegister(1)]);
      };
      yield* ask();
      const hostile = yield* root.makeChild({
        ...{ name: "hostile", text: childStub(COUNTER_ENTRY), priority: 100 },
        ...{ caps: [], faultEndpoint: faults },
      });
      const before = yield* look(root, victim);
      const nonce = [context.load32(victim.data), context.load32(victim.data + 4)] as const;
      for (const attempt of attempts({ nonce, ticket: before.registers["s11"] ?? 0 })) {
        outcome.attempts++;
        yield* tryIt(root, hostile, attempt);
        const info = yield* sel4.recv(faults, faultReply);
        const label = messageLabel(info);
        outcome.faults.set(label, (outcome.faults.get(label) ?? 0) + 1);
        yield* sel4.tcb.suspend(hostile.tcb);
      }
      outcome.isVictimUntouched =
        JSON.stringify(yield* look(root, victim)) === JSON.stringify(before);
      yield* ask();
      isDone = true;
    },
    [counter, wild],
  );
  runWorld(world, () => isDone);
  expect(isDone).toBe(true);
  return { ...outcome, world };
}

/** Everything of a child that another could change. */
function* look(
  root: RootTask,
  child: Child,
): Task<{
  readonly registers: Readonly<Record<string, number>>;
  readonly memory: readonly number[];
}> {
  const registers = yield* root.sel4.tcb.readRegisters(child.tcb);
  return { registers, memory: [...pageOf(root, child.text), ...pageOf(root, child.data)] };
}

/** Lets the hostile program run its stub with a ticket and a cell of its choice. */
function* tryIt(root: RootTask, hostile: Child, attempt: Attempt): Task<void> {
  const { context, sel4 } = root;
  const { entry, s11, cell, nonce } = attempt;
  const stub = [((entry << 20) | 0x0b) >>> 0, 0x00000073, 0xff9ff06f, cell];
  for (const [index, word] of stub.entries()) context.store32(hostile.text + index * 4, word);
  for (const [index, word] of nonce.entries()) context.store32(hostile.data + index * 4, word);
  yield* sel4.tcb.writeRegisters(
    ...[hostile.tcb, { pc: ChildAddress.text, s11: s11 >>> 0 }, { resume: true }],
  );
}

describe("a RISC-V program that executes hosted instructions of others", () => {
  it("faults, and changes nothing but itself", () => {
    const { attempts: count, faults, answers, isVictimUntouched, world } = attack();
    expect(count).toBeGreaterThan(5000);
    // Each attempt ended with a fault of the hostile program: refused, or of the code that ran in its place.
    expect([...faults.values()].reduce((sum, value) => sum + value, 0)).toBe(count);
    expect(faults.get(FaultLabel.UserException)).toBeGreaterThan(5000);
    expect(isVictimUntouched).toBe(true);
    expect(answers).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const refused = world.errors.filter(({ kind }) => kind === "refused");
    expect(refused.length).toBeGreaterThan(5000);
  });
});
