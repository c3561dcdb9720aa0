import { sparrow } from "@cantrip/assembly/cantrip";
import { createChromeTrace, createStrace } from "@cantrip/assembly/trace";
import { ECALL, type Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { InitialCap, IpcBufferWord, MESSAGE_REGISTERS, messageInfo } from "@cantrip/sel4-sys";
import { allObservers, ConsoleSession } from "@cantrip/assembly/riscv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { bootWorld, type RootTask, runWorld } from "./root-task-world.ts";

const A0 = 10;
const A1 = 11;
const A2 = 12;
const A6 = 16;
const A7 = 17;

interface RandomCall {
  readonly number: number;
  readonly cptr: number;
  readonly label: number;
  readonly words: readonly number[];
  readonly caps: readonly number[];
}

const { syscall, label, objectType } = cantrip;
const ROOT = InitialCap.InitThreadCNode;
/** In place of the initial task's largest untyped. */
const UNTYPED = -1;
/** In place of a slot that is empty. */
const FREE = -2;
/** In place of the slot that was filled last. */
const FILLED = -3;

function invocation(
  cptr: number,
  sent: number,
  words: readonly number[],
  caps: readonly number[] = [],
): RandomCall {
  return { number: syscall.call, cptr, label: sent, words, caps };
}

function plain(number: number, cptr: number): RandomCall {
  return { number, cptr, label: 0, words: [], caps: [] };
}

/** Calls that succeed. */
const valid = fc.constantFrom<RandomCall>(
  invocation(UNTYPED, label.untypedRetype, [objectType.endpoint, 0, 0, 0, FREE, 1], [ROOT]),
  invocation(UNTYPED, label.untypedRetype, [objectType.tcb, 0, 0, 0, FREE, 1], [ROOT]),
  invocation(UNTYPED, label.untypedRetype, [objectType.page4K, 0, 0, 0, FREE, 1], [ROOT]),
  invocation(ROOT, label.cnodeCopy, [FREE, 32, InitialCap.InitThreadVSpace, 32, 15], [ROOT]),
  invocation(ROOT, label.cnodeMint, [FREE, 32, ROOT, 32, 15, 0xa8], [ROOT]),
  invocation(ROOT, label.cnodeDelete, [FILLED, 32]),
  invocation(InitialCap.InitThreadTcb, label.tcbSetPriority, [255], [InitialCap.InitThreadTcb]),
  invocation(InitialCap.BootInfoFrame, label.riscvPageGetAddress, []),
  invocation(UNTYPED, label.untypedDescribe, []),
  plain(syscall.yield, 0),
  plain(syscall.debugCapIdentify, FILLED),
  plain(syscall.nbSend, FILLED),
);
const word = fc.oneof(
  fc.integer({ min: 0, max: 32 }),
  fc.constantFrom(FREE, FILLED),
  fc.nat(0xffffffff),
);
/** A mistake in a call: a word, a capability, the label or the call itself is another one. */
const mistake: fc.Arbitrary<Partial<RandomCall>> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ label: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ words: fc.array(word, { maxLength: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ caps: fc.array(fc.nat(2047), { maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ cptr: fc.nat(2047) }) },
  { weight: 2, arbitrary: fc.record({ number: fc.constantFrom(syscall.nbSend, syscall.send) }) },
  { weight: 1, arbitrary: fc.record({ number: fc.integer({ min: -40, max: 2 }) }) },
);
const call = fc.oneof(
  { weight: 3, arbitrary: valid },
  {
    weight: 2,
    arbitrary: fc.tuple(valid, mistake).map(([base, wrong]) => ({ ...base, ...wrong })),
  },
);

/** Makes a system call with these registers. */
function* make({ context, bootInfo }: RootTask, sent: RandomCall, slots: SlotsOf): Task<void> {
  const buffer = bootInfo.ipcBuffer;
  const value = (word: number): number =>
    word === UNTYPED
      ? slots.untyped
      : word === FREE
        ? slots.last + 1
        : word === FILLED
          ? slots.last
          : word;
  sent.caps.forEach((cap, index) => {
    context.store32(buffer + (IpcBufferWord.caps + index) * 4, value(cap));
  });
  sent.words.forEach((word, index) => {
    if (index < MESSAGE_REGISTERS) context.setRegister(A2 + index, value(word));
    else context.store32(buffer + (IpcBufferWord.message + index) * 4, value(word));
  });
  if (sent.words.includes(FREE)) slots.last++;
  context.setRegister(A0, value(sent.cptr));
  context.setRegister(A1, messageInfo(sent.label, sent.words.length, sent.caps.length));
  context.setRegister(A6, sent.caps[0] ?? 0);
  context.setRegister(A7, sent.number);
  yield ECALL;
}

interface SlotsOf {
  readonly untyped: number;
  last: number;
}

describe("strace of a thread without a name", () => {
  test("has its address at the beginning of each line", () => {
    const lines: string[] = [];
    let isDone = false;
    const world = bootWorld(function* ({ sel4 }) {
      yield* sel4.debugNameThread(InitialCap.InitThreadTcb, "");
      yield* sel4.yield();
      isDone = true;
    });
    const { machine, kernel } = world;
    const strace = createStrace({ write: (line) => lines.push(line.slice(13)) });
    kernel.observe(strace.observe({ machine, kernel, plan: {} }));
    runWorld(world, () => isDone);
    expect(lines.filter((line) => line.includes("seL4_Yield"))).toEqual([
      expect.stringMatching(/^tcb@0x[0-9a-f]+ seL4_Yield\(\)/),
    ]);
  });
});

describe("strace of random system calls", () => {
  test("has a line for each, and does not fail", () => {
    const report = new FuzzReport("strace");
    fc.assert(
      fc.property(fc.array(call, { minLength: 20, maxLength: 40 }), (calls) => {
        const lines: string[] = [];
        let isDone = false;
        const world = bootWorld(function* (root) {
          const { untyped, untypedList, empty } = root.bootInfo;
          let largest = 0;
          untypedList.forEach(({ isDevice, sizeBits }, index) => {
            const best = untypedList[largest];
            if (!isDevice && (best === undefined || best.isDevice || sizeBits > best.sizeBits))
              largest = index;
          });
          const slots = { untyped: untyped.start + largest, last: empty.start };
          for (const sent of calls) yield* make(root, sent, slots);
          isDone = true;
        });
        const { machine, kernel } = world;
        const trace = createChromeTrace();
        const strace = createStrace({ write: (line) => lines.push(line.slice(13)) });
        const others: string[] = [];
        const nobody = createStrace({ component: "nobody", write: (line) => others.push(line) });
        const observer = allObservers(strace, trace, nobody);
        kernel.observe(observer.observe({ machine, kernel, plan: {} }));
        runWorld(world, () => isDone);
        const seen = lines.filter((line) => /^\S+ (seL4_(?!Fault)|syscall )/.test(line));
        expect(seen.length).toBe(kernel.syscalls);
        JSON.parse(trace.json());
        expect(others).toEqual([]);
        for (const line of seen) report.count(/ = (?!seL4_NoError|badge)(\S+)/.exec(line)?.[1]);
      }),
      { numRuns: 100 },
    );
    expect(report.total).toBeGreaterThan(1000);
    report.finish();
  });
});

test("strace of a component is a part of the strace of the system, whatever is typed", () => {
  const report = new FuzzReport("strace of a system");
  const commands = fc.sample(
    fc.constantFrom(
      ...["mstats", "bundles", "builtins", "sleep 3", "ps", "capscan timer_service", "no such"],
      ...["test_timer_async 3 5", "test_timer_blocking 4", "loglevel debug", "start nothing"],
      ...["test_alloc", "test_obj_alloc", "kvwrite a b", "kvread a"],
    ),
    25,
  );
  const components = ["timer_service", "debug_console", "console", "memory_manager", undefined];
  const traces = components.map((component) => ({ component, lines: [] as string[] }));
  const session = new ConsoleSession({
    system: sparrow(),
    observer: allObservers(
      ...traces.map(({ component, lines }) =>
        createStrace({
          ...(component === undefined ? {} : { component }),
          write: (line) => lines.push(line),
        }),
      ),
    ),
  });
  session.waitForPrompt();
  for (const command of commands) session.command(command);
  const whole = traces.at(-1)?.lines ?? [];
  for (const { component, lines } of traces) {
    let at = 0;
    for (const line of lines) {
      at = whole.indexOf(line, at) + 1;
      if (at === 0) throw new Error(`not in the strace of the system: ${line}`);
      if (component !== undefined && !line.includes(component))
        throw new Error(`${component}: ${line}`);
    }
  }
  for (const line of whole) report.count(/ = (seL4_(?!NoError)\S+)/.exec(line)?.[1]);
  expect(whole.length).toBeGreaterThan(2000);
  report.finish();
});
