import { brokenInvariants, CapType, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { expect, test } from "vitest";
import { Everything } from "./everything.ts";
import { KernelWorld } from "./kernel-world.ts";

const FAR = 2 ** 40;
const notification = ({ world, notification: slot }: Everything) =>
  world.typed(slot, CapType.Notification).object;
const endpoint = ({ world, endpoint: slot }: Everything) =>
  world.typed(slot, CapType.Endpoint).object;
const reply = ({ world, reply: slot }: Everything) => world.typed(slot, CapType.Reply).object;
/** Other ways to break an invariant; some break another one with it. What is reported is part of the message. */
const breaks: readonly (readonly [string, RegExp, (all: Everything) => void])[] = [
  ["valid_objs", /which is gone/, (all) => all.state.objectsByPaddr.delete(reply(all).paddr)],
  [
    "valid_objs",
    /zombie of 999 slots/,
    (all) => {
      const { object } = all.world.typed(all.node, CapType.CNode);
      all.slot(all.node).cap = { type: CapType.Zombie, object, count: 999 };
    },
  ],
  [
    "valid_objs",
    /cannot be in a TCB/,
    (all) => {
      const slot = all.stopped.tcb.slots[3];
      if (slot !== undefined) slot.cap = all.world.cap(all.notification);
    },
  ],
  [
    "valid_objs",
    /cannot be in a TCB/,
    (all) => {
      const slot = all.stopped.tcb.slots[0];
      if (slot !== undefined) slot.cap = all.world.cap(all.notification);
    },
  ],
  ["valid_objs", /its priority/, (all) => (all.stopped.tcb.priority = 256)],
  [
    "valid_objs",
    /refers to/,
    (all) => {
      const object = all.context(all.ready);
      all.state.objectsByPaddr.delete(object.paddr);
    },
  ],
  ["valid_objs", /does not fit/, (all) => (all.stopped.tcb.state = ThreadState.BlockedOnSend)],
  ["valid_objs", /from nobody/, (all) => (all.stopped.tcb.state = ThreadState.BlockedOnReply)],
  [
    "sym_refs",
    /older reply's/,
    (all) => {
      const other = all.world.reply();
      reply(all).prev = all.world.typed(other, CapType.Reply).object;
    },
  ],
  [
    "sym_refs",
    /newer reply/,
    (all) => {
      const other = all.world.reply();
      reply(all).next = all.world.typed(other, CapType.Reply).object;
    },
  ],
  [
    "valid_global_refs",
    /idle thread/,
    (all) => (all.empty().cap = { type: CapType.Thread, object: all.state.idle }),
  ],
  [
    "valid_mdb",
    /predecessor/,
    (all) => (all.slot(all.child).mdbPrev = all.slot(InitialCap.InitThreadTcb)),
  ],
  [
    "valid_mdb",
    /an empty slot is in/,
    (all) => (all.slot(InitialCap.InitThreadTcb).mdbNext = all.empty()),
  ],
  [
    "valid_mdb",
    /is empty and in/,
    (all) => (all.empty().mdbNext = all.slot(InitialCap.InitThreadTcb)),
  ],
  [
    "valid_mdb",
    /without a beginning/,
    (all) => {
      const [a, b] = [all.empty(), all.empty()];
      const cap = { type: CapType.Domain } as const;
      Object.assign(a, { cap, mdbPrev: b, mdbNext: b });
      Object.assign(b, { cap, mdbPrev: a, mdbNext: a });
    },
  ],
  [
    "irq_control",
    /a second/,
    (all) => Object.assign(all.empty(), { cap: { type: CapType.IrqControl }, isRevocable: true }),
  ],
  [
    "pspace_aligned",
    /is not aligned/,
    (all) => {
      const slot = all.slot(all.frame);
      if (slot.cap.type === CapType.Frame) slot.cap = { ...slot.cap, paddr: slot.cap.paddr + 16 };
    },
  ],
  [
    "valid_untyped",
    /has handed out -1/,
    (all) => {
      const slot = all.slot(all.untyped);
      if (slot.cap.type === CapType.Untyped) slot.cap.freeBytes = -1;
    },
  ],
  [
    "untyped_inc",
    /beyond what was carved/,
    (all) => {
      const slot = all.slot(all.world.untyped);
      if (slot.cap.type === CapType.Untyped) slot.cap.freeBytes = 16;
    },
  ],
  ["valid_ep", /does not fit its queue/, (all) => (notification(all).state = 1)],
  [
    "valid_ep",
    /in a queue twice/,
    (all) => (all.thread(all.waiting, 1).queueNext = all.thread(all.waiting)),
  ],
  ["valid_ep", /broken link/, (all) => (all.thread(all.waiting, 1).queuePrev = null)],
  ["valid_ep", /in state 3/, (all) => (endpoint(all).state = 1)],
  [
    "released_ipc_queues",
    /without a budget/,
    (all) => {
      const tcb = all.thread(all.waiting);
      tcb.state = ThreadState.BlockedOnReply;
      all.context(all.waiting).refillMax = 0;
    },
  ],
  ["valid_ready_qs", /bitmap/, ({ state }) => (state.scheduler.readyBitmap[0] = 1)],
  ["valid_ready_qs", /twice/, (all) => (all.thread(all.ready).schedNext = all.thread(all.ready))],
  [
    "valid_ready_qs",
    /broken link/,
    (all) => {
      for (const index of [0, 1]) all.thread(all.ready, index).schedPrev = all.world.root;
    },
  ],
  ["valid_ready_qs", /misplaced/, (all) => (all.thread(all.ready).priority = 31)],
  ["valid_ready_qs", /cannot run/, (all) => (all.thread(all.ready).state = 0)],
  ["valid_ready_qs", /flag is wrong/, (all) => (all.stopped.tcb.inReadyQueue = true)],
  ["valid_release_q", /cannot run/, (all) => (all.state.scheduler.releaseHead = all.stopped.tcb)],
  [
    "valid_release_q",
    /broken link/,
    (all) => {
      all.stopped.tcb.schedPrev = all.stopped.tcb;
      all.state.scheduler.releaseHead = all.stopped.tcb;
    },
  ],
  [
    "valid_release_q",
    /twice/,
    (all) => {
      all.stopped.tcb.schedNext = all.stopped.tcb;
      all.state.scheduler.releaseHead = all.stopped.tcb;
    },
  ],
  [
    "valid_replies",
    /without a thread/,
    (all) => {
      const object = reply(all);
      all.context(all.ready).reply = object;
      object.next = all.context(all.ready);
    },
  ],
  [
    "valid_replies",
    /twice/,
    (all) => {
      const object = reply(all);
      all.context(all.ready).reply = object;
      object.prev = object;
    },
  ],
  ["valid_sched_action", /does not run/, ({ state }) => (state.current.state = 2)],
  [
    "valid_idle",
    /is not its own/,
    ({ state: { idle } }) => {
      if (idle.schedContext !== null) idle.schedContext.period = 5;
    },
  ],
  ["valid_idle", /bound to something/, (all) => (all.state.idle.reply = reply(all))],
  ["valid_idle", /in a queue/, ({ state }) => (state.idle.inReadyQueue = true)],
  ["valid_idle", /in domain 1/, ({ state }) => (state.idle.domain = 1)],
  ["valid_domain_list", /no domain 1/, (all) => (all.stopped.tcb.domain = 1)],
  [
    "valid_domain_list",
    /starts at its end/,
    ({ state }) => Object.assign(state.scheduler.domainSchedule[0] ?? {}, { duration: 0 }),
  ],
  [
    "valid_domain_list",
    /is no turn(.|\n)*does not end/,
    ({ state }) => Object.assign(state.scheduler.domainSchedule.at(-1) ?? {}, { domain: 2 }),
  ],
  ["cur_sc_tcb", /has no budget/, ({ state }) => (state.currentSchedContext.refillMax = 0)],
  ["consumed_time_bounded", /until/, ({ state }) => (state.scheduler.consumed = FAR)],
  ["valid_refills", /not configured/, (all) => (all.context(all.ready).refillMax = 0)],
  ["valid_refills", /0 of 2/, (all) => (all.context(all.ready, 1).refills.length = 0)],
  [
    "valid_refills",
    /first refill is 1(.|\n)*granted/,
    (all) => Object.assign(all.context(all.ready).refills[0] ?? {}, { amount: 1 }),
  ],
  ["valid_refills", /round robin/, (all) => (all.context(all.ready, 1).refills.length = 1)],
  ["valid_refills", /a budget of/, (all) => (all.context(all.ready).period = 1)],
  [
    "valid_refills",
    /refill of 0 at(.|\n)*beyond a period/,
    (all) => {
      const { refills } = all.context(all.ready);
      refills.splice(1, 9, { amount: 0, time: FAR });
    },
  ],
  [
    "valid_asid_table",
    /ASID 0/,
    (all) => {
      const [pool] = all.state.asidPools;
      if (pool != null) pool.roots[0] = all.world.typed(all.emptyTable, CapType.PageTable).paddr;
    },
  ],
  [
    "valid_asid_pool_caps",
    /has no capability/,
    (all) => {
      const pool = all.pool();
      for (const slot of all.nodeSlots())
        if (slot.cap.type === CapType.AsidPool && slot.cap.object === pool)
          slot.cap = { type: CapType.Domain };
    },
  ],
  [
    "valid_vspace_objs",
    /beyond the user's/,
    (all) => {
      all.write(all.rootEntry(0x80000000), 1);
    },
  ],
  [
    "valid_vspace_objs",
    /writable only/,
    (all) => {
      all.write(all.entry, all.read(all.entry) & ~2);
    },
  ],
  [
    "valid_vspace_objs",
    /is not aligned/,
    (all) => {
      all.write(all.rootEntry(0x50000000), all.read(all.entry));
    },
  ],
  [
    "valid_vspace_objs",
    /below a table/,
    (all) => {
      all.write(all.entry, 1);
    },
  ],
  [
    "valid_vs_lookup",
    /root 0x[0-9a-f]+ has no/,
    ({ state }) => {
      const [pool] = state.asidPools;
      if (pool != null) pool.roots[9] = state.globalRoot;
    },
  ],
  [
    "valid_vs_lookup",
    /is writable/,
    (all) => {
      const slot = all.slot(all.frame);
      if (slot.cap.type === CapType.Frame) slot.cap = { ...slot.cap, rights: 2 };
    },
  ],
];

test.each(breaks)("%s: %s", (name, text, breakIt) => {
  const all = new Everything();
  breakIt(all);
  const broken = brokenInvariants(all.state).find(({ invariant }) => invariant.name === name);
  expect(broken?.problems.join("\n")).toMatch(text);
});

test("without interrupt control handlers have no parent", () => {
  const world = new KernelWorld();
  const handler = world.freeSlot();
  const { label } = world.config;
  const root = InitialCap.InitThreadCNode;
  world.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [7, handler, 32], [root]);
  world.must(root, label.cnodeDelete, [InitialCap.IrqControl, 32]);
  expect(brokenInvariants(world.kernel.state)).toEqual([]);
});
