import { CapType } from "@cantrip/sel4-kernel";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import fc from "fast-check";
import { EXTERNAL } from "./kernel-world.ts";
import type { Operation, RandomCalls } from "./random-calls.ts";
import type { RandomProgram } from "./random-program.ts";

const ROOT = InitialCap.InitThreadCNode;
const SPACE = InitialCap.InitThreadVSpace;
const T = CapType;

type Act = (p: RandomCalls, numbers: Operation) => void;

const words = ({ a, b }: Operation): number[] =>
  Array.from({ length: a % 8 }, (_, index) => b + index);
const endpoint = (p: RandomCalls, { a }: Operation): number => p.some(T.Endpoint, a);
const notification = (p: RandomCalls, { b }: Operation): number => p.some(T.Notification, b);
const reply = (p: RandomCalls, { c }: Operation): number => p.some(T.Reply, c);
const caps = (p: RandomCalls, { b, c }: Operation): number[] => (c % 4 === 0 ? [p.full(b)] : []);
const vaddr = ({ a, b }: Operation): number => 0x40000000 + (a % 3) * 0x400000 + (b % 4) * 0x1000;
/** A root table: the initial task's, or one that got an ASID. */
const space = (p: RandomCalls, { c }: Operation): number => {
  const roots = p.pool.filter((slot) => {
    const cap = p.cap(slot);
    return cap.type === T.PageTable && cap.isMapped && cap.vaddr === 0;
  });
  return c % 3 === 0 ? (roots[c % roots.length] ?? SPACE) : SPACE;
};
/** Anything a TCB may get as its buffer; an address of a buffer in it. */
const buffer = (p: RandomCalls, { b }: Operation): number =>
  b % 3 === 0 ? p.some(T.Frame, b) : InitialCap.InitThreadIpcBuffer;
const bufferAddress = ({ c }: Operation): number => [0, 0x1000, 0x400200, 0x1004][c % 4] ?? 0;
const ownTcb = InitialCap.InitThreadTcb;

function retype(p: RandomCalls, from: number, { a, c }: Operation): void {
  const types = p.world.config.objectType;
  const all = [
    ...[types.untyped, types.tcb, types.endpoint, types.notification, types.capTable],
    ...[types.schedContext, types.reply, types.page4K, types.pageTable],
  ];
  const type = all[a % all.length] ?? 0;
  const size = type === types.untyped ? 12 : type === types.schedContext ? 8 : 3;
  p.invoke("untypedRetype", from, [type, size, 0, 0, p.free(c), 1], [ROOT]);
}

/** System calls, faults and interrupts. */
const systemActs: Readonly<Record<string, Act>> = {
  call: (p, n) => {
    p.system("call", endpoint(p, n), { words: words(n), caps: caps(p, n) });
  },
  recv: (p, n) => {
    p.system("recv", endpoint(p, n), { reply: reply(p, n) });
  },
  replyRecv: (p, n) => {
    p.system("replyRecv", endpoint(p, n), { reply: reply(p, n), words: words(n) });
  },
  send: (p, n) => {
    p.system("send", endpoint(p, n), { words: words(n), caps: caps(p, n) });
  },
  nbSend: (p, n) => {
    p.system("nbSend", endpoint(p, n), { words: words(n), caps: caps(p, n) });
  },
  nbRecv: (p, n) => {
    p.system("nbRecv", endpoint(p, n), { reply: reply(p, n) });
  },
  answer: (p, n) => {
    p.system("send", reply(p, n), { words: words(n) });
  },
  signal: (p, n) => {
    p.system("send", notification(p, n));
  },
  wait: (p, n) => {
    p.system("wait", notification(p, n));
  },
  nbWait: (p, n) => {
    p.system("nbWait", notification(p, n));
  },
  nbSendRecv: (p, n) => {
    const destination = n.a % 2 === 0 ? notification(p, n) : p.some(T.Endpoint, n.b);
    p.system("nbSendRecv", endpoint(p, n), { reply: reply(p, n), destination, words: words(n) });
  },
  nbSendWait: (p, n) => {
    p.system("nbSendWait", notification(p, n), { reply: endpoint(p, n), words: words(n) });
  },
  yield: (p) => {
    p.system("yield", 0);
  },
  receiveSlot: (p, n) => {
    const { current } = p.world;
    const cap = current.slots[2]?.cap;
    if (cap?.type === T.Frame && !cap.isDevice) p.world.setReceiveSlot(current, p.free(n.c));
    p.system("recv", endpoint(p, n), { reply: reply(p, n) });
  },
  debug: (p, n) => {
    const calls = [
      "debugPutChar",
      "debugCapIdentify",
      "debugDumpScheduler",
      "debugDumpCNode",
      "debugSnapshot",
    ] as const;
    p.system(calls[n.a % 5] ?? "debugPutChar", n.b % 2 === 0 ? ROOT : p.full(n.b));
    p.world.port.output = "";
  },
  exception: (p, { a, b }) => {
    // The fork does not delegate illegal instructions and access faults: they stop the machine.
    const causes = p.world.config.cantripFork ? [3, 12, 13, 15] : [2, 3, 5, 7, 12, 13, 15];
    p.trap(causes[a % causes.length] ?? 3, b * 0x1000);
  },
  interrupt: (p, { a }) => {
    p.world.port.raised.add(1 + (a % 30));
    p.interrupt(EXTERNAL);
  },
};

/** Memory and CSpaces. */
const cspaceActs: Readonly<Record<string, Act>> = {
  untypedRetype: (p, n) => {
    retype(p, p.untyped, n);
  },
  untypedRetypeOfAny: (p, n) => {
    retype(p, p.some(T.Untyped, n.b), n);
  },
  untypedRetypeOfDevice: (p, { a, b, c }) => {
    const { megaPage, page4K, untyped } = p.world.config.objectType;
    const type = [megaPage, page4K, untyped, a % 12][b % 4] ?? 0;
    p.invoke("untypedRetype", p.deviceUntyped, [type, 12, 0, 0, p.free(c), 1], [ROOT]);
  },
  untypedDescribe: (p, { a }) => {
    p.invoke("untypedDescribe", p.some(T.Untyped, a));
  },
  cnodeCopy: (p, { a, c }) => {
    p.invoke("cnodeCopy", ROOT, [p.free(c), p.depth, p.full(a), p.depth, CapRights.All], [ROOT]);
  },
  cnodeMint: (p, n) => {
    // Of 64 bits, some whose lower half is the same.
    const badge = n.c & 1 ? n.a + (p.depth === 64 ? (n.b & 2) * 2 ** 40 : 0) : 0;
    p.invoke(
      "cnodeMint",
      ROOT,
      [p.free(n.c), p.depth, endpoint(p, n), p.depth, n.b & 15, badge],
      [ROOT],
    );
  },
  cnodeMintOfAny: (p, { a, b, c }) => {
    p.invoke(
      "cnodeMint",
      ROOT,
      [p.free(c), p.depth, p.full(a), p.depth, b & 15, c & 1 ? 7 : 0],
      [ROOT],
    );
  },
  cnodeMove: (p, { a, c }) => {
    p.invoke("cnodeMove", ROOT, [p.free(c), p.depth, p.full(a), p.depth], [ROOT]);
  },
  cnodeMutate: (p, { a, b, c }) => {
    const at = p.some(T.CNode, a);
    p.invoke("cnodeMutate", ROOT, [p.free(c), p.depth, at, p.depth, b & 0xf8], [ROOT]);
  },
  cnodeRotate: (p, { a, b, c }) => {
    const args = [p.free(c), p.depth, 0, p.full(a), p.depth, 0, p.full(b), p.depth];
    p.invoke("cnodeRotate", ROOT, args, [ROOT, ROOT]);
  },
  cnodeIntoNode: (p, { a, b, c }) => {
    p.invoke("cnodeCopy", p.some(T.CNode, b), [c % 8, 3 + (b & 1), p.full(a), p.depth, 15], [ROOT]);
  },
  cnodeMoveIntoNode: (p, { a, b, c }) => {
    p.invoke("cnodeMove", p.some(T.CNode, b), [c % 8, 3 + (b & 1), p.full(a), p.depth], [ROOT]);
  },
  cnodeRevoke: (p, { a, c }) => {
    p.invoke("cnodeRevoke", ROOT, [c % 7 === 0 ? p.untyped : p.full(a), p.depth]);
  },
  cnodeDelete: (p, { a }) => {
    p.invoke("cnodeDelete", ROOT, [p.full(a), p.depth]);
  },
  cnodeCancelBadgedSends: (p, n) => {
    p.invoke("cnodeCancelBadgedSends", ROOT, [endpoint(p, n), p.depth]);
  },
};

const threadActs: Readonly<Record<string, Act>> = {
  tcbReadRegisters: (p, { a, b, c }) => {
    p.invoke("tcbReadRegisters", p.thread(a), [b & 1, 1 + (c % 32)]);
  },
  tcbWriteRegisters: (p, { a, b, c }) => {
    p.invoke("tcbWriteRegisters", p.thread(a), [b & 1, 3, 0x10000 + c * 4, b, c]);
  },
  tcbCopyRegisters: (p, { a, b, c }) => {
    p.invoke("tcbCopyRegisters", p.thread(a), [c & 15], [p.thread(b)]);
  },
  tcbConfigure: (p, n) => {
    const args = [0, 0, bufferAddress(n)];
    p.invoke("tcbConfigure", p.thread(n.a), args, [ROOT, space(p, n), buffer(p, n)]);
  },
  tcbSetSpace: (p, n) => {
    const handler = n.b % 3 === 0 ? 0 : endpoint(p, n);
    p.invoke("tcbSetSpace", p.thread(n.a), [0, 0], [handler, ROOT, space(p, n)]);
  },
  tcbSetNodeAsSpace: (p, n) => {
    p.invoke("tcbSetSpace", p.some(T.Thread, n.a), [0, 0], [0, p.some(T.CNode, n.b), SPACE]);
  },
  tcbSetIPCBuffer: (p, n) => {
    p.invoke("tcbSetIPCBuffer", p.thread(n.a), [bufferAddress(n)], [buffer(p, n)]);
  },
  tcbSetSchedParams: (p, n) => {
    const { a, b, c } = n;
    const context = c % 2 === 0 ? 0 : p.context(b);
    p.invoke("tcbSetSchedParams", p.thread(a), [100, b % 100], [ownTcb, context, endpoint(p, n)]);
  },
  tcbSetTimeoutEndpoint: (p, n) => {
    p.invoke("tcbSetTimeoutEndpoint", p.thread(n.b), [], [n.c % 2 === 0 ? endpoint(p, n) : 0]);
  },
  tcbSetPriority: (p, { a, b }) => {
    p.invoke("tcbSetPriority", p.thread(a), [b % 100], [ownTcb]);
  },
  tcbSetMCPriority: (p, { a, b }) => {
    p.invoke("tcbSetMCPriority", p.thread(a), [b % 110], [ownTcb]);
  },
  tcbResume: (p, { a, c }) => {
    p.invoke("tcbResume", c % 2 === 0 ? p.thread(a) : p.some(T.Thread, a));
  },
  tcbSuspend: (p, { a }) => {
    p.invoke("tcbSuspend", p.thread(a));
  },
  tcbBindNotification: (p, n) => {
    p.invoke("tcbBindNotification", p.thread(n.a), [], [notification(p, n)]);
  },
  tcbUnbindNotification: (p, { a }) => {
    p.invoke("tcbUnbindNotification", p.thread(a));
  },
  tcbSetTLSBase: (p, { a, b }) => {
    p.invoke("tcbSetTLSBase", p.thread(a), [b]);
  },
  tcbSetFlags: (p, { a, b, c }) => {
    p.invoke("tcbSetFlags", p.thread(a), [b, c]);
  },
  domainSetSet: (p, { a, b }) => {
    p.invoke("domainSetSet", InitialCap.Domain, [b % 3 === 0 ? 1 : 0], [p.thread(a)]);
  },
  domainScheduleConfigure: (p, { a, b, c }) => {
    const args = [a % 4, b % 3, ...p.world.times((c % 3) * 24_000)];
    p.invoke("domainScheduleConfigure", InitialCap.Domain, args);
  },
  domainScheduleSetStart: (p, { a }) => {
    p.invoke("domainScheduleSetStart", InitialCap.Domain, [a % 4]);
  },
  schedControlConfigureFlags: (p, { a, b, c }) => {
    const period = 100 + a + (b & 1) * c * 9;
    const args = [...p.world.times(100 + a, period), c % 4, b, b & 2 ? 1 : 0];
    p.invoke("schedControlConfigureFlags", p.schedControl, args, [p.context(b)]);
  },
  schedContextBind: (p, n) => {
    const target = n.c % 2 === 0 ? p.thread(n.a) : notification(p, n);
    p.invoke("schedContextBind", p.context(n.b), [], [target]);
  },
  schedContextUnbind: (p, { b }) => {
    p.invoke("schedContextUnbind", p.context(b));
  },
  schedContextUnbindObject: (p, n) => {
    const target = n.c % 2 === 0 ? p.thread(n.b) : notification(p, n);
    p.invoke("schedContextUnbindObject", p.context(n.b), [], [target]);
  },
  schedContextConsumed: (p, { b }) => {
    p.invoke("schedContextConsumed", p.context(b));
  },
  schedContextYieldTo: (p, { b }) => {
    p.invoke("schedContextYieldTo", p.context(b));
  },
};

/** Page tables, ASIDs and interrupts. */
const machineActs: Readonly<Record<string, Act>> = {
  riscvPageTableMap: (p, n) => {
    p.invoke("riscvPageTableMap", p.some(T.PageTable, n.c), [vaddr(n), 0], [space(p, n)]);
  },
  riscvPageTableUnmap: (p, { c }) => {
    p.invoke("riscvPageTableUnmap", p.some(T.PageTable, c));
  },
  riscvPageMap: (p, n) => {
    const frame = p.some(T.Frame, n.c);
    const cap = p.cap(frame);
    const isMega = cap.type === T.Frame && cap.sizeBits > 12;
    const at = isMega ? 0x40000000 + (n.a % 3) * 0x400000 : vaddr(n);
    p.invoke("riscvPageMap", frame, [at, 1 + (n.c % 3), n.a & 1], [space(p, n)]);
  },
  riscvPageUnmap: (p, { c }) => {
    p.invoke("riscvPageUnmap", p.some(T.Frame, c));
  },
  riscvPageGetAddress: (p, { c }) => {
    p.invoke("riscvPageGetAddress", p.some(T.Frame, c));
  },
  riscvASIDControlMakePool: (p, { a, c }) => {
    const from = [p.some(T.Untyped, a), ROOT];
    p.invoke("riscvASIDControlMakePool", InitialCap.AsidControl, [p.free(c), p.depth], from);
  },
  riscvASIDPoolAssign: (p, { a, b, c }) => {
    const pool = c % 2 === 0 ? p.some(T.AsidPool, b) : InitialCap.InitThreadAsidPool;
    p.invoke("riscvASIDPoolAssign", pool, [], [p.some(T.PageTable, a)]);
  },
  irqIssueIRQHandler: (p, { a, c }) => {
    const args = [1 + (a % 30), p.free(c), p.depth];
    p.invoke("irqIssueIRQHandler", InitialCap.IrqControl, args, [ROOT]);
  },
  riscvIRQIssueIRQHandlerTrigger: (p, { a, b, c }) => {
    const args = [1 + (a % 30), b & 1, p.free(c), p.depth];
    p.invoke("riscvIRQIssueIRQHandlerTrigger", InitialCap.IrqControl, args, [ROOT]);
  },
  irqSetIRQHandler: (p, n) => {
    p.invoke("irqSetIRQHandler", p.some(T.IrqHandler, n.a), [], [notification(p, n)]);
  },
  irqAckIRQ: (p, { a }) => {
    p.invoke("irqAckIRQ", p.some(T.IrqHandler, a));
  },
  irqClearIRQHandler: (p, { a }) => {
    p.invoke("irqClearIRQHandler", p.some(T.IrqHandler, a));
  },
};

const acts: Readonly<Record<string, Act>> = {
  ...systemActs,
  ...cspaceActs,
  ...threadActs,
  ...machineActs,
};

/** Names of all acts. */
export const actNames: readonly string[] = Object.keys(acts);

/** Acts that keep the others supplied with objects, and threads talking, are more frequent. */
const FREQUENT = [
  ...["call", "call", "recv", "recv", "replyRecv", "untypedRetype", "untypedRetype", "cnodeCopy"],
  ...["cnodeDelete", "tcbResume", "riscvPageTableMap", "riscvPageMap", "riscvASIDPoolAssign"],
];

/** Acts after which the kernel writes to memory. */
const WRITING = [
  ...["call", "replyRecv", "recv", "riscvPageTableMap", "riscvPageTableMap", "riscvPageMap"],
  ...["riscvPageMap", "riscvPageUnmap", "riscvPageTableUnmap", "untypedRetype", "tcbReadRegisters"],
];

function operations(...acts: string[]): fc.Arbitrary<Operation> {
  return fc.record({
    act: fc.constantFrom(...actNames, ...FREQUENT, ...acts),
    a: fc.nat({ max: 255 }),
    b: fc.nat({ max: 255 }),
    c: fc.nat({ max: 255 }),
    us: fc.oneof(
      { weight: 3, arbitrary: fc.constant(3) },
      { weight: 1, arbitrary: fc.nat({ max: 400 }) },
    ),
  });
}

export const operation = operations();
/** With more of those that make the kernel write. */
export const writingOperation = operations(...WRITING, ...WRITING);

/** Does one thing. */
export function act(calls: RandomCalls, one: Operation): void {
  acts[one.act]?.(calls, one);
}

/** Lets time pass and does one thing; `false`: nobody can run any more. */
export function step(program: RandomProgram, one: Operation): boolean {
  if (!program.prepare(one.us)) return false;
  act(program, one);
  return true;
}
