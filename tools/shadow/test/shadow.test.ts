import { sparrowPlatform } from "@cantrip/assembly/riscv";
import { cantrip } from "@cantrip/sel4-config";
import { CapType, Kernel } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { decodeCap } from "../cap-fields.ts";
import { compareStates } from "../compare-states.ts";
import { firstOperations } from "../first-operations.ts";
import { FollowerPort } from "../follower-port.ts";
import type { Operation } from "../operation.ts";
import { RandomOperations } from "../random-operations.ts";
import { readModel } from "../read-model.ts";
import { type DivergedRun, smallestProgram } from "../report.ts";
import { runShadow } from "../run-shadow.ts";
import { issue, READY_PC, scriptedTask } from "../scripted-task.ts";

const ECALL = 8;
const RAM = { base: 0x28000000, size: 4 * 1024 * 1024 };
const PAGE_BYTES = 4096;

/** A kernel model and whoever runs its threads, on memory of their own. */
class ModelBoard {
  readonly port = new FollowerPort({ base: RAM.base, bytes: new Uint8Array(RAM.size) });
  readonly kernel: Kernel;

  constructor() {
    const { kernelImageBytes, kernelBootBytes, kernelDevices, maxIrq } = sparrowPlatform;
    this.port.begin({ times: [{ time: 1000, isInterruptPending: false }], claims: [] });
    this.kernel = new Kernel({
      config: cantrip,
      port: this.port,
      platform: {
        ...{ ram: RAM, kernelDevices, maxIrq, ticksPerUs: 24 },
        kernelImage: { base: RAM.base, size: kernelImageBytes, bootBytes: kernelBootBytes },
      },
    });
    const { vaddr, entry } = scriptedTask();
    this.kernel.boot({
      image: { paddr: RAM.base + kernelImageBytes, size: PAGE_BYTES },
      ...{ vaddr, entry },
    });
  }

  /** The running thread makes a system call; `false` when there is none, or it is elsewhere. */
  make(operation: Operation, time: number): boolean {
    const { kernel, port } = this;
    if (port.isWaiting || port.pc !== READY_PC) return false;
    const writePhysical32 = (paddr: number, value: number): void => {
      port.writeWord(paddr, value);
    };
    const thread = { registers: port.registers, pc: port.pc, writePhysical32 };
    issue(thread, kernel.state, InitialCap.InitThreadCNode, operation);
    port.pc = thread.pc;
    port.begin({ times: [{ time, isInterruptPending: false }], claims: [] });
    kernel.trap(ECALL, 0);
    return true;
  }
}

/** Makes operations on a board, up to a number. */
function run(board: ModelBoard, operations: readonly Operation[]): void {
  for (const [index, operation] of operations.entries())
    if (!board.make(operation, 2000 + index * 10)) return;
}

/** A board after what every random run begins with. */
function prepared(): ModelBoard {
  const board = new ModelBoard();
  run(board, firstOperations(board.kernel.state));
  return board;
}

function differences(a: ModelBoard, b: ModelBoard): string[] {
  return compareStates(readModel(a.kernel.state), readModel(b.kernel.state)).map(
    ({ where }) => where,
  );
}

/** Threads of {@link firstOperations} that have the same priority. */
const SECOND = 139;
const FOURTH = 142;

function resume(tcb: number): Operation {
  const { label, syscall } = cantrip;
  const words = [1, 2, READY_PC, 0];
  return {
    name: "TCB_WriteRegisters",
    syscall: syscall.call,
    cptr: tcb,
    label: label.tcbWriteRegisters,
    words,
  };
}

/** What a kernel would do that appends to the head of a queue: the queue that is longest is the other way round. */
function putAtWrongEnd({ kernel }: ModelBoard): void {
  const { readyHead, readyTail } = kernel.state.scheduler;
  for (const [index, head] of readyHead.entries()) {
    const second = head?.schedNext ?? null;
    if (head === null || second?.schedNext !== null) continue;
    [head.schedNext, head.schedPrev, second.schedNext, second.schedPrev] = [
      null,
      second,
      head,
      null,
    ];
    readyHead[index] = second;
    readyTail[index] = head;
  }
}

/** Two boards make the same operations; in one of them something is done after each. */
function lockStep(
  operations: readonly Operation[],
  plant: (board: ModelBoard) => void,
): DivergedRun {
  const model = new ModelBoard();
  const kernel = new ModelBoard();
  for (const [index, operation] of operations.entries()) {
    const time = 2000 + index * 10;
    if (!model.make(operation, time) || !kernel.make(operation, time)) break;
    plant(model);
    const states = [readModel(model.kernel.state), readModel(kernel.kernel.state)] as const;
    const found = compareStates(...states);
    if (found.length === 0) continue;
    const divergence = { exit: index + 1, differences: found, visits: [], lastGood: index };
    return { operations: operations.slice(0, index + 1), divergence };
  }
  return { operations, divergence: undefined };
}

describe("two models", () => {
  test.each([1, 2, 3])("agree after the same random operations, seed %i", (seed) => {
    const a = prepared();
    const b = prepared();
    const random = new RandomOperations(a.kernel.state, seed);
    let made = 0;
    for (; made < 200; made++) {
      const operation = random.next();
      if (!a.make(operation, 5000 + made * 10)) break;
      b.make(operation, 5000 + made * 10);
      expect(differences(a, b)).toEqual([]);
    }
    expect(made).toBeGreaterThan(10);
  });

  test.each<[string, (board: ModelBoard) => void, RegExp]>([
    [
      "a capability",
      ({ kernel }) => {
        const root = kernel.state.current.slots[0]?.cap;
        const slot = root?.type === CapType.CNode ? root.object.slots[124] : undefined;
        if (slot?.cap.type === CapType.Endpoint) slot.cap = { ...slot.cap, badge: 7 };
      },
      /^cnode 0x[0-9a-f]+ slot 124 badge$/,
    ],
    [
      "the derivation list",
      ({ kernel }) => {
        const root = kernel.state.current.slots[0]?.cap;
        const slot = root?.type === CapType.CNode ? root.object.slots[124] : undefined;
        if (slot !== undefined) slot.mdbNext = null;
      },
      /slot 124 mdbNext$/,
    ],
    [
      "a queue",
      ({ kernel }) => {
        const { readyHead } = kernel.state.scheduler;
        const index = readyHead.findIndex((head) => head !== null);
        readyHead[index] = null;
      },
      /^ready queue \d+$/,
    ],
    [
      "a refill",
      ({ kernel }) => {
        const refill = kernel.state.currentSchedContext.refills[0];
        if (refill !== undefined) refill.amount++;
      },
      /^schedContext 0x[0-9a-f]+ word 1$/,
    ],
    [
      "a thread",
      ({ kernel }) => {
        if (kernel.state.debugThreads !== null) kernel.state.debugThreads.priority++;
      },
      /^thread 0x[0-9a-f]+ priority$/,
    ],
    [
      "a page table",
      ({ kernel, port }) => {
        const table = kernel.state.current.slots[1]?.cap;
        if (table?.type === CapType.PageTable) port.writeWord(table.paddr + 40, 1);
      },
      /^pageTable 0x[0-9a-f]+ word 10$/,
    ],
  ])("differ in %s", (_, plant, where) => {
    const a = prepared();
    const b = prepared();
    expect(differences(a, b)).toEqual([]);
    plant(b);
    const found = differences(a, b);
    expect(found.filter((each) => where.test(each))).toHaveLength(1);
  });

  test("one of which puts threads at the wrong end of a queue are shown with the smallest program", () => {
    const operations = [
      ...firstOperations(prepared().kernel.state),
      resume(SECOND),
      resume(FOURTH),
    ];
    const found = lockStep(operations, putAtWrongEnd);
    expect(found.divergence?.exit).toBeGreaterThan(10);
    const lines = smallestProgram(found, (list) => lockStep(list, putAtWrongEnd).divergence);
    const program = lines.filter((line) => /, label \d+/.test(line));
    // Threads and contexts are made and joined, and two threads of one priority begin.
    expect(program.length).toBeLessThan(12);
    expect(program.length).toBeLessThan(operations.length / 3);
    expect(program.filter((line) => line.startsWith("TCB_WriteRegisters"))).toHaveLength(2);
    const last = lines.at(-1);
    expect(last).toMatch(
      /^ready queue \d+: the model: \[0x(\w+) 0x(\w+)\]; the kernel: \[0x\2 0x\1\]$/,
    );
    // Without the defect the same operations agree.
    expect(lockStep(operations, () => undefined).divergence).toBeUndefined();
  });
});

describe("a real kernel's capabilities", () => {
  const windows = { physical: (pointer: number): number => pointer - 0x58000000 };

  // The words are what `structures_gen.h` of the kernel's build makes of the fields.
  test.each([
    [
      "untyped",
      [0x80100002, 0x00000452],
      { type: 2, object: 0x28100000, sizeBits: 18, isDevice: 0, freeBytes: 0x110 },
    ],
    ["endpoint", [0x00000054, 0x8010000f], { type: 4, object: 0x28100000, badge: 5, rights: 15 }],
    [
      "notification",
      [0x80100026, 0x00000073],
      { type: 6, object: 0x28100020, badge: 7, rights: 3 },
    ],
    [
      "CNode",
      [0x8010000a, 0x0aac0003],
      { type: 10, object: 0x28100000, radix: 11, guard: 3, guardSize: 21 },
    ],
    ["thread", [0x8010010c, 0], { type: 12, object: 0x28100000 }],
    ["interrupt", [0x1e, 31], { type: 0x1e, irq: 31 }],
    ["scheduling context", [0x84e, 0x80100100], { type: 0x4e, object: 0x28100100, sizeBits: 8 }],
    [
      "frame",
      [0x06000121, 0x00c00808],
      {
        type: 1,
        object: 0x28101000,
        sizeBits: 12,
        rights: 3,
        isDevice: 0,
        asid: 1,
        vaddr: 0x12000,
      },
    ],
  ])("%s", (_, [word0 = 0, word1 = 0], fields) => {
    expect(decodeCap(word0, word1, windows)).toEqual(fields);
  });
});

test("without a real kernel the run says that it skips", () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const none = { boards: new Map(), driver: () => undefined, now: () => 0, print };
  expect(runShadow({ ...none, args: [] })).toBe(0);
  expect(lines).toEqual([expect.stringContaining("skipped")]);
  expect(runShadow({ ...none, args: ["--nonsense", "1"] })).toBe(2);
});
