import { cantrip, upstream } from "@cantrip/sel4-config";
import {
  brokenInvariants,
  CapType,
  checkInvariants,
  KernelInvariantError,
  kernelInvariants,
  Tcb,
  ThreadState,
} from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { ContextSlab } from "../src/context-slab.ts";
import { Everything, VADDR } from "./everything.ts";
import { RAM_BASE } from "./fake-port.ts";
import { KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const FAR = 2 ** 40;

/** What breaks each invariant, and no other. */
const breaks: Readonly<Record<string, (all: Everything) => void>> = {
  valid_objs: (all) => {
    const slot = all.slot(all.node);
    if (slot.cap.type === CapType.CNode) slot.cap = { ...slot.cap, guardSize: 30 };
  },
  if_live_then_nonz_cap: ({ state }) => {
    for (const object of [...state.objectsByPaddr.values()])
      if (object.kind === "endpoint") {
        const lost = Object.assign(
          Object.create(Object.getPrototypeOf(object) as object) as object,
          object,
          {
            paddr: 0x28000000,
            head: null,
            tail: null,
            state: 0,
          },
        ) as typeof object;
        state.objectsByPaddr.set(lost.paddr, lost);
        return;
      }
  },
  zombies_final: (all) => {
    const { world } = all;
    const copy = world.freeSlot();
    world.must(ROOT, world.config.label.cnodeCopy, [copy, 32, all.node, 32, 15], [ROOT]);
    const { object } = world.typed(all.node, CapType.CNode);
    all.slot(copy).cap = { type: CapType.Zombie, object, count: 3 };
  },
  fault_tcbs_valid_states: (all) => {
    all.thread(all.ready).fault = { kind: "timeout", badge: 0, badgeHigh: 0 };
  },
  sym_refs: (all) => {
    all.world.typed(all.notification, CapType.Notification).object.boundTcb = all.stopped.tcb;
  },
  valid_irq_node: ({ state }) => {
    const slot = state.irqSlots[3];
    if (slot !== undefined) slot.cap = { type: CapType.Domain };
  },
  valid_irq_handlers: ({ state }) => {
    state.irqActive[7] = false;
  },
  valid_mdb: (all) => {
    all.slot(InitialCap.InitThreadTcb).mdbPrev = null;
  },
  ut_revocable: (all) => {
    const { cap } = all.slot(all.world.untyped);
    const device = Array.from({ length: 200 }, (_, index) => all.slot(index)).find(
      ({ cap: other }) => other.type === CapType.Untyped && other.isDevice,
    );
    expect(cap.type).toBe(CapType.Untyped);
    if (device !== undefined) device.isRevocable = false;
  },
  mdb_chunked: (all) => {
    const { world } = all;
    const copy = world.freeSlot();
    world.must(ROOT, world.config.label.cnodeCopy, [copy, 32, all.endpoint, 32, 15], [ROOT]);
    const a = all.slot(copy);
    const b = all.slot(all.notification);
    [a.cap, b.cap] = [b.cap, a.cap];
  },
  irq_control: (all) => {
    const slot = all.slot(all.handler);
    const control = all.slot(InitialCap.IrqControl);
    control.mdbNext = slot.mdbNext;
    slot.mdbPrev = null;
    slot.mdbNext = null;
  },
  pspace_aligned: (all) => {
    const { object } = all.world.typed(all.child, CapType.Endpoint);
    all.state.objectsByPaddr.delete(object.paddr);
    Object.assign(object, { paddr: object.paddr + 4 });
    all.state.objectsByPaddr.set(object.paddr, object);
    const { cap } = all.slot(all.untyped);
    if (cap.type === CapType.Untyped) cap.freeBytes += 16;
  },
  pspace_distinct: (all) => {
    const { object } = all.world.typed(all.reply, CapType.Reply);
    const { paddr } = all.world.typed(all.frame, CapType.Frame);
    all.state.objectsByPaddr.delete(object.paddr);
    Object.assign(object, { paddr: paddr + 32 });
    all.state.objectsByPaddr.set(object.paddr, object);
  },
  valid_untyped: (all) => {
    const { cap } = all.slot(all.untyped);
    if (cap.type === CapType.Untyped) cap.freeBytes = 0;
  },
  untyped_mdb: (all) => {
    const slot = all.slot(all.child);
    const { mdbPrev, mdbNext } = slot;
    if (mdbPrev !== null) mdbPrev.mdbNext = mdbNext;
    if (mdbNext !== null) mdbNext.mdbPrev = mdbPrev;
    slot.mdbPrev = null;
    slot.mdbNext = null;
  },
  valid_ep: (all) => {
    all.world.typed(all.endpoint, CapType.Endpoint).object.tail = null;
  },
  valid_ready_qs: (all) => {
    all.state.scheduler.readyTail[30] = null;
  },
  valid_release_q: (all) => {
    all.thread(all.waiting).inReleaseQueue = true;
  },
  ready_or_release: (all) => {
    const tcb = all.thread(all.ready, 1);
    // Linked only as the tail of its ready queue, it can be the only one to be released, too.
    all.state.scheduler.readyHead[30] = tcb;
    all.state.scheduler.readyTail[30] = tcb;
    const other = all.thread(all.ready);
    other.inReadyQueue = false;
    other.state = ThreadState.Inactive;
    other.schedNext = null;
    other.schedPrev = null;
    tcb.schedNext = null;
    tcb.schedPrev = null;
    all.state.scheduler.releaseHead = tcb;
    tcb.inReleaseQueue = true;
  },
  valid_replies: (all) => {
    const { object } = all.world.typed(all.reply, CapType.Reply);
    object.tcb = all.stopped.tcb;
    all.stopped.tcb.reply = object;
  },
  valid_sched_action: ({ state }) => {
    state.scheduler.action = "choose";
  },
  ct_not_in_q: ({ state }) => {
    const { current, scheduler } = state;
    current.inReadyQueue = true;
    scheduler.readyHead[255] = current;
    scheduler.readyTail[255] = current;
    scheduler.readyBitmap[7] = 0x80000000;
    scheduler.readyWords[0] = (scheduler.readyWords[0] ?? 0) | 0x80;
  },
  ct_in_cur_domain: ({ state }) => {
    state.scheduler.currentDomain = 1;
  },
  valid_idle: ({ state }) => {
    state.idle.state = ThreadState.Running;
  },
  valid_blocked: (all) => {
    const { scheduler } = all.state;
    const kept = all.thread(all.ready);
    const lost = all.thread(all.ready, 1);
    scheduler.readyHead[30] = kept;
    scheduler.readyTail[30] = kept;
    for (const tcb of [kept, lost]) {
      tcb.schedNext = null;
      tcb.schedPrev = null;
    }
    lost.inReadyQueue = false;
  },
  valid_asid_table: (all) => {
    Object.assign(all.pool(), { index: 9 });
  },
  valid_vspace_objs: (all) => {
    all.write(all.entry, all.read(all.entry) & ~0x10);
  },
  valid_vs_lookup: (all) => {
    all.write(all.entry + 4, all.read(all.entry));
  },
  valid_table_caps: (all) => {
    all.write(all.world.typed(all.emptyTable, CapType.PageTable).paddr, 1);
  },
  unique_table_refs: (all) => {
    const { world } = all;
    const copy = world.freeSlot();
    world.must(ROOT, world.config.label.cnodeCopy, [copy, 32, all.table, 32, 15], [ROOT]);
    const { cap } = all.slot(copy);
    if (cap.type === CapType.PageTable) cap.vaddr += 0x400000;
  },
  wellformed_mapdata: (all) => {
    const { cap } = all.slot(all.frame);
    all.write(all.entry, 0);
    if (cap.type === CapType.Frame) cap.vaddr = VADDR + 12;
  },
  valid_global_vspace_mappings: (all) => {
    all.write(all.state.globalRoot, 1);
  },
  cur_sc_tcb: (all) => {
    all.state.currentSchedContext = all.context(all.ready);
  },
  valid_refills: (all) => {
    all.context(all.waiting).budget++;
  },
  consumed_time_bounded: (all) => {
    all.context(all.ready).consumed = -1;
  },
  if_unsafe_then_cap: (all) => {
    const { world } = all;
    const { object } = world.typed(all.node, CapType.CNode);
    const { label } = world.config;
    world.must(all.node, label.cnodeCopy, [5, 4, all.endpoint, 32, 15], [ROOT]);
    all.slot(all.node).cap = { type: CapType.Zombie, object, count: 3 };
  },
  valid_global_refs: (all) => {
    const paddr = all.state.globalRoot;
    all.empty().cap = { type: CapType.PageTable, paddr, isMapped: false, asid: 0, vaddr: 0 };
  },
  irq_revocable: (all) => {
    all.world.must(ROOT, all.world.config.label.cnodeDelete, [all.handler, 32]);
    all.slot(InitialCap.IrqControl).isRevocable = false;
  },
  valid_badges: (all) => {
    const first = all.world.mint(all.endpoint, 5);
    all.world.mint(all.endpoint, 6);
    all.slot(first).isFirstBadged = false;
  },
  pspace_in_kernel_window: (all) => {
    const cap = all.world.typed(all.frame, CapType.Frame);
    all.empty().cap = { ...cap, paddr: 0x70000000, asid: 0, vaddr: 0 };
  },
  cap_refs_respects_device_region: (all) => {
    const cap = all.world.typed(all.frame, CapType.Frame);
    all.empty().cap = { ...cap, paddr: RAM_BASE, isDevice: true, asid: 0, vaddr: 0 };
  },
  untyped_inc: (all) => {
    const cap = all.world.typed(all.untyped, CapType.Untyped);
    const slot = all.empty();
    slot.cap = { ...cap, paddr: cap.paddr + 0x2000, sizeBits: 12, freeBytes: 0 };
    slot.isRevocable = true;
  },
  sorted_ipc_queues: (all) => {
    all.thread(all.waiting).priority = 1;
  },
  released_ipc_queues: (all) => {
    for (const refill of all.context(all.waiting).refills) refill.time += FAR;
  },
  sorted_release_q: (all) => {
    const first = all.thread(all.ready);
    const second = all.thread(all.ready, 1);
    const { scheduler } = all.state;
    scheduler.readyHead[30] = null;
    scheduler.readyTail[30] = null;
    scheduler.readyBitmap[0] = 0;
    scheduler.readyWords[0] = (scheduler.readyWords[0] ?? 0) & ~1;
    scheduler.releaseHead = first;
    Object.assign(first, { schedPrev: null, schedNext: second });
    Object.assign(second, { schedPrev: first, schedNext: null });
    for (const tcb of [first, second])
      Object.assign(tcb, { inReadyQueue: false, inReleaseQueue: true });
    for (const refill of all.context(all.ready).refills) refill.time += FAR;
  },
  active_reply_scs: (all) => {
    const { world } = all;
    const { objectType, sizeBits } = world.config;
    const slot = world.create(objectType.schedContext, sizeBits.minSchedContext);
    const context = world.schedContext(slot);
    const { object } = world.typed(all.reply, CapType.Reply);
    Object.assign(object, { tcb: all.stopped.tcb, next: context });
    Object.assign(all.stopped.tcb, { reply: object, state: ThreadState.BlockedOnReply });
    context.reply = object;
  },
  cur_tcb: ({ state }) => {
    const ghost = new Tcb(0, new ContextSlab().take());
    ghost.state = ThreadState.Running;
    ghost.schedContext = state.currentSchedContext;
    state.current.state = ThreadState.Inactive;
    state.current = ghost;
  },
  only_idle: (all) => {
    all.stopped.tcb.state = ThreadState.Idle;
  },
  valid_domain_list: ({ state }) => {
    state.scheduler.domainIndex = 5;
  },
  cur_sc_offset_ready: ({ state }) => {
    for (const refill of state.currentSchedContext.refills) refill.time += FAR;
  },
  valid_asid_pool_caps: (all) => {
    all.state.asidPools[all.pool().index] = null;
  },
  unique_table_caps: (all) => {
    const slot = all.slot(all.emptyTable);
    const copy = all.empty();
    Object.assign(copy, { cap: slot.cap, mdbPrev: slot, mdbNext: slot.mdbNext });
    if (slot.mdbNext !== null) slot.mdbNext.mdbPrev = copy;
    slot.mdbNext = copy;
  },
};

describe("checkInvariants", () => {
  it.each([cantrip, upstream])("accepts a freshly booted kernel: $name", (config) => {
    checkInvariants(new KernelWorld(config).kernel.state);
  });

  it("accepts a system with something of every kind", () => {
    checkInvariants(new Everything().state);
  });

  it("has a case for every invariant", () => {
    expect(Object.keys(breaks).sort()).toEqual(kernelInvariants.map(({ name }) => name).sort());
  });

  it.each(Object.entries(breaks))("finds a state that breaks only: %s", (name, breakIt) => {
    const all = new Everything();
    breakIt(all);
    expect(brokenInvariants(all.state).map(({ invariant }) => invariant.name)).toEqual([name]);
    expect(() => {
      checkInvariants(all.state);
    }).toThrow(KernelInvariantError);
  });
});
